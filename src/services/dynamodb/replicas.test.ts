// Global tables through the official clients: replicas in other regions, and what of one the others get.

import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  type UpdateTableInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let east: ReturnType<TestCloud['dynamodb']>;
let west: ReturnType<TestCloud['dynamodb']>;

beforeAll(async () => {
  cloud = await startTestCloud();
  east = cloud.dynamodb('us-east-1');
  west = cloud.dynamodb('us-west-2');
});
afterAll(() => cloud.stop());

type Client = typeof east;
type Item = Record<string, AttributeValue>;

const put = (client: Client, TableName: string, Item: Item) => client.send(new PutItemCommand({ TableName, Item }));
const item = (pk: string, v: string): Item => ({ pk: { S: pk }, v: { S: v } });
const describeTable = async (client: Client, TableName: string) =>
  (await client.send(new DescribeTableCommand({ TableName }))).Table;

async function get(client: Client, TableName: string, pk: string): Promise<string | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }));
  return Item?.['v']?.S;
}

async function createTable(TableName: string, more: object = { BillingMode: 'PAY_PER_REQUEST' }): Promise<void> {
  await east.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...more,
    }),
  );
}

async function update(TableName: string, more: Omit<UpdateTableInput, 'TableName'>, client = east): Promise<void> {
  await client.send(new UpdateTableCommand({ TableName, ...more }));
  await cloud.pass(1000);
}

const replicate = (TableName: string, RegionName = 'us-west-2') =>
  update(TableName, { ReplicaUpdates: [{ Create: { RegionName } }] });

it('makes a replica with what is there, and carries changes both ways', async () => {
  await createTable('both');
  for (let i = 0; i < 250; i += 1) await put(east, 'both', item(`before-${i}`, 'old'));
  await replicate('both');
  const table = await describeTable(east, 'both');
  expect(table).toMatchObject({
    TableStatus: 'ACTIVE',
    GlobalTableVersion: '2019.11.21',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    Replicas: [{ RegionName: 'us-west-2', ReplicaStatus: 'ACTIVE' }],
  });
  const replica = await describeTable(west, 'both');
  expect(replica).toMatchObject({ ItemCount: 250, Replicas: [{ RegionName: 'us-east-1', ReplicaStatus: 'ACTIVE' }] });
  expect(replica?.TableId).not.toBe(table?.TableId);
  await put(east, 'both', item('before-0', 'east'));
  await put(west, 'both', item('before-1', 'west'));
  await east.send(new DeleteItemCommand({ TableName: 'both', Key: { pk: { S: 'before-2' } } }));
  await west.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'both', Item: item('new-1', 'a') } },
        { Put: { TableName: 'both', Item: item('new-2', 'b') } },
      ],
    }),
  );
  await cloud.pass(1000);
  for (const client of [east, west]) {
    expect(await get(client, 'both', 'before-0')).toBe('east');
    expect(await get(client, 'both', 'before-1')).toBe('west');
    expect(await get(client, 'both', 'before-2')).toBeUndefined();
    expect(await get(client, 'both', 'new-2')).toBe('b');
    expect((await describeTable(client, 'both'))?.ItemCount).toBe(251);
  }
});

it('lets the last writer win, wherever the item was written', async () => {
  await createTable('conflicts');
  await replicate('conflicts');
  await replicate('conflicts', 'eu-west-1');
  const ireland = cloud.dynamodb('eu-west-1');
  const clients = [east, west, ireland];
  // Nothing is carried while time stands still.
  for (const [index, client] of [0, 2, 1, 1, 0, 2, 1].map((place, at) => [at, clients[place] as Client] as const))
    await put(client, 'conflicts', item('x', `write ${index}`));
  await put(west, 'conflicts', item('y', 'west'));
  await east.send(new DeleteItemCommand({ TableName: 'conflicts', Key: { pk: { S: 'y' } } }));
  await put(east, 'conflicts', item('z', 'first'));
  await ireland.send(
    new UpdateItemCommand({
      TableName: 'conflicts',
      Key: { pk: { S: 'z' } },
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': { S: 'last' } },
    }),
  );
  await cloud.pass(2000);
  for (const client of clients) {
    expect(await get(client, 'conflicts', 'x')).toBe('write 6');
    // The deletion was of an item that was not there yet, which is no change.
    expect(await get(client, 'conflicts', 'y')).toBe('west');
    expect(await get(client, 'conflicts', 'z')).toBe('last');
  }
  await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      put(clients[(i * 7) % 3] as Client, 'conflicts', item(`k${(i * 13) % 10}`, `${i}`)),
    ),
  );
  await cloud.pass(10_000);
  const scans = await Promise.all(clients.map((client) => client.send(new ScanCommand({ TableName: 'conflicts' }))));
  expect(scans[1]?.Items).toEqual(scans[0]?.Items);
  expect(scans[2]?.Items).toEqual(scans[0]?.Items);
});

it('tells a replica’s stream of what came from elsewhere, once', async () => {
  await createTable('told');
  await put(east, 'told', item('before', 'a'));
  await replicate('told');
  await put(east, 'told', item('a', '1'));
  await put(west, 'told', item('b', '1'));
  await cloud.pass(1000);
  for (const [region, client] of [
    ['us-east-1', east],
    ['us-west-2', west],
  ] as const) {
    const streams = cloud.streams(region);
    const StreamArn = (await describeTable(client, 'told'))?.LatestStreamArn;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S).sort()).toEqual(['a', 'b']);
    expect(Records.every(({ awsRegion }) => awsRegion === region)).toBe(true);
  }
});

it('keeps indexes and the time to live alike', async () => {
  await createTable('alike');
  await replicate('alike');
  await put(west, 'alike', { ...item('a', '1'), g: { S: 'x' } });
  await update('alike', {
    AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      },
    ],
  });
  await west.send(
    new UpdateTimeToLiveCommand({
      TableName: 'alike',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
    }),
  );
  await cloud.pass(1000);
  for (const client of [east, west]) {
    const { Items } = await client.send(new ScanCommand({ TableName: 'alike', IndexName: 'byG' }));
    expect(Items).toHaveLength(1);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: 'alike' }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'until' });
  }
  await put(east, 'alike', { ...item('gone', '1'), until: { N: String(Math.floor(cloud.clock.now() / 1000) + 5) } });
  await cloud.pass(30_000);
  expect(await get(east, 'alike', 'gone')).toBeUndefined();
  expect(await get(west, 'alike', 'gone')).toBeUndefined();
  await update('alike', { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byG' } }] }, west);
  for (const client of [east, west])
    expect((await describeTable(client, 'alike'))?.GlobalSecondaryIndexes).toBeUndefined();
});

it('takes replicas away, and lets the last one be a table of its own', async () => {
  await createTable('less');
  await replicate('less');
  await replicate('less', 'eu-west-1');
  await put(east, 'less', item('a', '1'));
  await update('less', { ReplicaUpdates: [{ Delete: { RegionName: 'eu-west-1' } }] });
  await expect(describeTable(cloud.dynamodb('eu-west-1'), 'less')).rejects.toThrow(/not found/);
  expect(await get(west, 'less', 'a')).toBe('1');
  await west.send(new DeleteTableCommand({ TableName: 'less' }));
  await cloud.pass(1000);
  const table = await describeTable(east, 'less');
  expect(table?.Replicas).toBeUndefined();
  expect(table?.TableStatus).toBe('ACTIVE');
  await put(east, 'less', item('b', '1'));
  await replicate('less');
  expect(await get(west, 'less', 'b')).toBe('1');
});

it('loses nothing that was on its way when its table went', async () => {
  await createTable('drained');
  await replicate('drained');
  for (let i = 0; i < 150; i += 1) await put(east, 'drained', item(`${i % 100}`, `${i}`));
  await east.send(new DeleteTableCommand({ TableName: 'drained' }));
  await cloud.pass(1000);
  const { Items = [] } = await west.send(new ScanCommand({ TableName: 'drained' }));
  expect(Items).toHaveLength(100);
  expect(await get(west, 'drained', '49')).toBe('149');
  expect(await get(west, 'drained', '99')).toBe('99');
  expect((await describeTable(west, 'drained'))?.Replicas).toBeUndefined();
});

it('refuses what AWS refuses', async () => {
  await createTable('provisioned', { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } });
  await expect(replicate('provisioned')).rejects.toThrow(
    'Table write capacity should either be Pay-Per-Request or AutoScaled.',
  );
  await createTable('refused');
  await expect(replicate('refused', 'us-east-1')).rejects.toThrow(/one or more replicas already existed as tables/);
  await replicate('refused');
  await expect(replicate('refused')).rejects.toThrow(/one or more replicas already existed as tables/);
  await expect(update('refused', { StreamSpecification: { StreamEnabled: false } })).rejects.toThrow(
    /Stream cannot be disabled/,
  );
  await expect(update('refused', { ReplicaUpdates: [{ Delete: { RegionName: 'eu-west-1' } }] })).rejects.toThrow(
    /does not exist in region: eu-west-1/,
  );
  const views = {
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  };
  await createTable('keys-only', views);
  await expect(replicate('keys-only')).rejects.toThrow(/NEW_AND_OLD_IMAGES/);
});
