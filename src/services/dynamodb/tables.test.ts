// Tables through the official client, as AWS was seen to describe them; and what has expired, deleted at once.

import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableInput,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContributorInsightsCommand,
  DescribeTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
});
afterAll(() => cloud.stop());

async function create(TableName: string, more: Partial<CreateTableInput> = {}) {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      ...more,
    }),
  );
  return TableDescription;
}

const remove = async (TableName: string) => (await client.send(new DeleteTableCommand({ TableName }))).TableDescription;

async function become(TableName: string) {
  await cloud.cloud.settle();
  return (await client.send(new DescribeTableCommand({ TableName }))).Table;
}

const index = {
  IndexName: 'by-pk',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const },
};

describe('warm throughput', () => {
  it('is not told by CreateTable and DeleteTable, of tables and indexes alike', async () => {
    const created = await create('warm', { GlobalSecondaryIndexes: [index] });
    expect([created, created?.GlobalSecondaryIndexes?.[0]].map((what) => what?.WarmThroughput)).toEqual([
      undefined,
      undefined,
    ]);
    const table = await become('warm');
    const onDemand = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' };
    expect(table?.WarmThroughput).toEqual(onDemand);
    expect(table?.GlobalSecondaryIndexes?.[0]?.WarmThroughput).toEqual(onDemand);
    const removed = await remove('warm');
    expect([removed?.TableStatus, removed?.WarmThroughput]).toEqual(['DELETING', undefined]);
  });

  it('is being made when it was asked for', async () => {
    const WarmThroughput = { ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 5_000 };
    const created = await create('warmed', { WarmThroughput });
    expect(created?.WarmThroughput).toEqual({ ...WarmThroughput, Status: 'UPDATING' });
    expect((await become('warmed'))?.WarmThroughput).toEqual({ ...WarmThroughput, Status: 'ACTIVE' });
  });
});

it('encryption that is switched off is told until it is', async () => {
  const KMSMasterKeyId = 'alias/mine';
  await create('encrypted', { SSESpecification: { Enabled: true, KMSMasterKeyId } });
  expect((await become('encrypted'))?.SSEDescription).toMatchObject({ Status: 'ENABLED', SSEType: 'KMS' });
  const { TableDescription } = await client.send(
    new UpdateTableCommand({ TableName: 'encrypted', SSESpecification: { Enabled: false } }),
  );
  expect(TableDescription?.SSEDescription).toMatchObject({ Status: 'UPDATING', SSEType: 'KMS' });
  expect((await become('encrypted'))?.SSEDescription).toBeUndefined();
});

it('a batch words what is wrong with an item’s key as for any other key', async () => {
  await create('batch');
  const write = (Item: Record<string, { S: string } | { N: string }>) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { batch: [{ PutRequest: { Item } }] } }));
  const message = 'The provided key element does not match the schema';
  await expect(write({ other: { S: 'x' } })).rejects.toMatchObject({ name: 'ValidationException', message });
  await expect(write({ pk: { N: '1' } })).rejects.toMatchObject({ name: 'ValidationException', message });
  await expect(write({ pk: { S: '' } })).rejects.toThrow(/empty string value/);
});

it('a failed condition has its message beside the item', async () => {
  await create('conditions');
  await client.send(new PutItemCommand({ TableName: 'conditions', Item: { pk: { S: 'a' }, n: { N: '1' } } }));
  const failed = client.send(
    new DeleteItemCommand({
      TableName: 'conditions',
      Key: { pk: { S: 'a' } },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );
  await expect(failed).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
    Item: { pk: { S: 'a' }, n: { N: '1' } },
  });
});

it('contributor insights are off, as nobody can switch them on', async () => {
  await create('insights', { GlobalSecondaryIndexes: [index] });
  const describeInsights = async (TableName: string, IndexName?: string) => {
    const { $metadata, ...rest } = await client.send(new DescribeContributorInsightsCommand({ TableName, IndexName }));
    return rest;
  };
  expect(await describeInsights('insights')).toEqual({ TableName: 'insights', ContributorInsightsStatus: 'DISABLED' });
  expect(await describeInsights('insights', 'by-pk')).toMatchObject({ IndexName: 'by-pk' });
  await expect(describeInsights('insights', 'none')).rejects.toThrow(/Index: none not found/);
  await expect(describeInsights('none')).rejects.toThrow(/Table: none not found/);
});

it('what has expired is deleted at once for who asks at /_aws/dynamodb/expired', async () => {
  await create('expiring');
  await cloud.cloud.settle();
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: 'expiring',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
    }),
  );
  const now = Math.floor(cloud.clock.now() / 1000);
  for (const [pk, until] of Object.entries({ gone: now - 10, stays: now + 100 }))
    await client.send(new PutItemCommand({ TableName: 'expiring', Item: { pk: { S: pk }, until: { N: `${until}` } } }));
  const ask = (method: string) => fetch(`${cloud.endpoint}/_aws/dynamodb/expired`, { method });
  expect((await ask('GET')).status).toBe(404);
  expect(await (await ask('DELETE')).json()).toEqual({ ExpiredItems: 1 });
  expect(await (await ask('DELETE')).json()).toEqual({ ExpiredItems: 0 });
  const { Items } = await client.send(new ScanCommand({ TableName: 'expiring' }));
  expect(Items?.map(({ pk }) => pk)).toEqual([{ S: 'stays' }]);
});

it('a region named localhost is the usual one, as NoSQL Workbench takes it for granted', async () => {
  await create('local');
  const { Table } = await cloud.dynamodb('localhost').send(new DescribeTableCommand({ TableName: 'local' }));
  expect(Table?.TableArn).toContain(':us-east-1:');
});
