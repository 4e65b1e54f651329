// Throughput through the official clients: what a provisioned table allows, and what an account may have.

import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableInput,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import type { TableLayout } from './table-layout.ts';
import { createThrottle } from './throttling.ts';

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;
let unlimited: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ isThrottled: true });
  client = cloud.dynamodb();
  unlimited = await startTestCloud();
});
afterAll(async () => {
  await cloud.stop();
  await unlimited.stop();
});

const units = (read: number, write = read) => ({ ReadCapacityUnits: read, WriteCapacityUnits: write });

async function createTable(TableName: string, more: Partial<CreateTableInput>, through = client): Promise<void> {
  await through.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...more,
    }),
  );
}

const item = (pk: string, bytes = 0) => ({ pk: { S: pk }, text: { S: 'x'.repeat(bytes) } });
const put = (TableName: string, pk: string, bytes = 0, through = client) =>
  through.send(new PutItemCommand({ TableName, Item: item(pk, bytes) }));
const get = (TableName: string, pk: string) =>
  client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }));

const exceeded = (reason: string, resource = expect.anything()) => ({
  name: 'ProvisionedThroughputExceededException',
  message: expect.stringMatching(/^The level of configured provisioned throughput for /),
  ThrottlingReasons: [{ reason, resource }],
});

describe('a provisioned table', () => {
  it('takes five minutes of its writes at once, and then as many as come in', async () => {
    await createTable('writes', { ProvisionedThroughput: units(1) });
    await put('writes', 'a', 298 * 1024);
    await put('writes', 'b', 100 * 1024);
    await expect(put('writes', 'c')).rejects.toMatchObject(
      exceeded('TableWriteProvisionedThroughputExceeded', 'arn:aws:dynamodb:us-east-1:000000000000:table/writes'),
    );
    await expect(put('writes', 'c')).rejects.toThrow(
      /Consider increasing your provisioning level with the UpdateTable/,
    );
    await cloud.pass(99_000);
    await expect(put('writes', 'c')).rejects.toMatchObject(exceeded('TableWriteProvisionedThroughputExceeded'));
    await cloud.pass(5_000);
    await put('writes', 'c');
    expect((await get('writes', 'c')).Item).toEqual(item('c'));
  });

  it('counts reads by themselves, whatever reads', async () => {
    await createTable('reads', { ProvisionedThroughput: units(1, 1000) });
    await put('reads', 'big', 390 * 1024);
    for (let i = 0; i < 4; i += 1) await get('reads', 'big');
    const TableName = 'reads';
    const Key = { pk: { S: 'big' } };
    const reason = exceeded('TableReadProvisionedThroughputExceeded');
    await expect(get('reads', 'big')).rejects.toMatchObject(reason);
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toMatchObject(reason);
    await expect(
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'big' } },
        }),
      ),
    ).rejects.toMatchObject(reason);
    await expect(
      client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "reads"' })),
    ).rejects.toMatchObject(reason);
    await expect(
      client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key } }] })),
    ).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ProvisionedThroughputExceeded' }],
    });
    await expect(
      client.send(new BatchGetItemCommand({ RequestItems: { reads: { Keys: [Key] } } })),
    ).rejects.toMatchObject(reason);
    await put('reads', 'small');
  });

  it('is limited by a global index that is', async () => {
    await createTable('indexed', {
      ProvisionedThroughput: units(1000),
      AttributeDefinitions: ['pk', 'text'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'narrow',
          KeySchema: [{ AttributeName: 'text', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: units(1),
        },
      ],
    });
    for (let i = 0; i < 300; i += 1) await put('indexed', `${i}`, 1);
    await expect(put('indexed', 'one too many', 1)).rejects.toMatchObject(
      exceeded('IndexWriteProvisionedThroughputExceeded', expect.stringMatching(/table\/indexed\/index\/narrow$/)),
    );
    expect((await get('indexed', '1')).Item).toBeDefined();
  });

  it('leaves of a batch what it cannot take', async () => {
    await createTable('batch', { ProvisionedThroughput: units(1) });
    const writes = (from: number) => ({
      batch: Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: item(`${from + i}`, 20 * 1024) } })),
    });
    const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems: writes(0) }));
    const left = UnprocessedItems['batch']?.map(({ PutRequest }) => PutRequest?.Item?.['pk']?.S);
    expect(left).toEqual(Array.from({ length: 10 }, (_, i) => `${i + 15}`));
    await expect(client.send(new BatchWriteItemCommand({ RequestItems: writes(100) }))).rejects.toMatchObject(
      exceeded('TableWriteProvisionedThroughputExceeded'),
    );
    await expect(
      client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: 'batch', Item: item('t') } }] })),
    ).rejects.toMatchObject({ CancellationReasons: [{ Code: 'ProvisionedThroughputExceeded' }] });
    const Statement = `INSERT INTO "batch" VALUE {'pk': 'statement'}`;
    const { Responses } = await client.send(new BatchExecuteStatementCommand({ Statements: [{ Statement }] }));
    expect(Responses?.[0]?.Error?.Code).toBe('ProvisionedThroughputExceeded');

    await cloud.pass(600_000);
    const Keys = Array.from({ length: 15 }, (_, i) => ({ pk: { S: `${i}` } }));
    const read = () =>
      client.send(new BatchGetItemCommand({ RequestItems: { batch: { Keys, ConsistentRead: true } } }));
    for (let i = 0; i < 3; i += 1) expect((await read()).UnprocessedKeys).toEqual({});
    const { UnprocessedKeys, Responses: found } = await read();
    expect(UnprocessedKeys?.['batch']?.ConsistentRead).toBe(true);
    expect((UnprocessedKeys?.['batch']?.Keys?.length ?? 0) + (found?.['batch']?.length ?? 0)).toBe(15);
    await expect(read()).rejects.toMatchObject(exceeded('TableReadProvisionedThroughputExceeded'));
  });
});

it('limits a table on demand only where it was asked to', async () => {
  await createTable('demand', { BillingMode: 'PAY_PER_REQUEST' });
  for (let i = 0; i < 5; i += 1) await put('demand', 'a', 300 * 1024);
  const OnDemandThroughput = { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 1 };
  await createTable('capped', { BillingMode: 'PAY_PER_REQUEST', OnDemandThroughput });
  await put('capped', 'a', 300 * 1024);
  await expect(put('capped', 'b')).rejects.toMatchObject({
    name: 'ThrottlingException',
    throttlingReasons: [{ reason: 'TableWriteMaxOnDemandThroughputExceeded' }],
  });
});

it('throttles nothing unless it was started so', async () => {
  const through = unlimited.dynamodb();
  await createTable('free', { ProvisionedThroughput: units(1) }, through);
  for (let i = 0; i < 5; i += 1) await put('free', 'a', 300 * 1024, through);
});

it('keeps to the limits of tables, of accounts, and of decreases in a day', async () => {
  const other = cloud.dynamodb('us-east-1', '111111111111');
  const create = (TableName: string, ...given: readonly [read: number, write: number]) =>
    createTable(TableName, { ProvisionedThroughput: units(...given) }, other);
  const limit = { name: 'LimitExceededException' };
  await expect(create('huge', 40_001, 1)).rejects.toMatchObject(limit);
  await create('large-1', 1, 40_000);
  await create('large-2', 100, 38_000);
  await expect(create('large-3', 1, 38_000)).rejects.toMatchObject(limit);
  const lower = async (read: number) => {
    await other.send(new UpdateTableCommand({ TableName: 'large-2', ProvisionedThroughput: units(read, 38_000) }));
    await cloud.cloud.settle();
  };
  for (const read of [90, 80, 70, 60]) await lower(read);
  await expect(lower(50)).rejects.toThrow(/After the first 4 decreases, .* Number of decreases today: 4\./);
  await lower(65);
  await cloud.pass(3600_000);
  await lower(50);
  await cloud.pass(24 * 3600_000);
  for (const read of [40, 30]) await lower(read);
});

describe('the buckets of what is gone', () => {
  it('are forgotten', () => {
    const throttle = createThrottle();
    const table = { spaceName: 'a', throughput: { read: 1, write: 1 }, indexes: [] } as unknown as TableLayout;
    throttle.take(table, 'write', 0, { table: 500, indexes: new Map() });
    expect(throttle.left(table, 'write', 0)).toBe(-200);
    throttle.forget('a');
    expect(throttle.left(table, 'write', 0)).toBe(300);
  });
});
