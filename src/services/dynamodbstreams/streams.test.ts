// Streams through the official clients as time goes by: shards that follow one another, iterators that expire, records that go.

import {
  CreateTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DescribeStreamInput,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorInput,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../dynamodb/cloud.testing.ts';

const hourMs = 3600_000;

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;
let streams: ReturnType<TestCloud['streams']>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  streams = cloud.streams();
});
afterAll(() => cloud.stop());

async function createTable(TableName: string): Promise<string> {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  return TableDescription?.LatestStreamArn ?? '';
}

const put = (TableName: string, pk: string, more = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...more } }));

async function shardsOf(StreamArn: string, more: Partial<DescribeStreamInput> = {}) {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn, ...more }));
  return StreamDescription?.Shards ?? [];
}

async function iteratorOf(
  StreamArn: string,
  ShardId: string | undefined,
  at: Partial<GetShardIteratorInput> = {},
): Promise<string | undefined> {
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...at }),
  );
  return ShardIterator;
}

async function read(ShardIterator: string | undefined, Limit?: number) {
  const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator, Limit }));
  return { names: Records.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S), Records, NextShardIterator };
}

it('begins a new shard every four hours, whose parent is the one before', async () => {
  const arn = await createTable('rolled');
  await put('rolled', 'a');
  const [first] = await shardsOf(arn);
  const early = await iteratorOf(arn, first?.ShardId, { ShardIteratorType: 'LATEST' });
  await put('rolled', 'b');
  expect((await read(early)).NextShardIterator).toBeDefined();
  await cloud.pass(4 * hourMs);
  await put('rolled', 'c');
  const shards = await shardsOf(arn);
  expect(shards).toHaveLength(2);
  const [closed, open] = shards;
  expect(closed).toMatchObject({ ShardId: first?.ShardId, SequenceNumberRange: { EndingSequenceNumber: /\d+/ } });
  expect(closed?.ParentShardId).toBeUndefined();
  expect(open?.ParentShardId).toBe(closed?.ShardId);
  expect(open?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
  expect(BigInt(open?.SequenceNumberRange?.StartingSequenceNumber ?? 0)).toBe(
    BigInt(closed?.SequenceNumberRange?.EndingSequenceNumber ?? 0) + 1n,
  );
  const before = await read(await iteratorOf(arn, closed?.ShardId));
  expect(before).toMatchObject({ names: ['a', 'b'], NextShardIterator: undefined });
  const after = await read(await iteratorOf(arn, open?.ShardId));
  expect(after.names).toEqual(['c']);
  expect(after.NextShardIterator).toBeDefined();
  const SequenceNumber = after.Records[0]?.dynamodb?.SequenceNumber;
  const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber } as const;
  expect((await read(await iteratorOf(arn, open?.ShardId, at))).names).toEqual(['c']);
  await expect(iteratorOf(arn, closed?.ShardId, at)).rejects.toMatchObject({ name: 'ValidationException' });
  const start = { ...at, SequenceNumber: open?.SequenceNumberRange?.StartingSequenceNumber };
  expect((await read(await iteratorOf(arn, open?.ShardId, start))).names).toEqual(['c']);

  expect(await shardsOf(arn, { Limit: 1 })).toEqual([closed]);
  expect(await shardsOf(arn, { ExclusiveStartShardId: closed?.ShardId })).toEqual([open]);
  const ShardFilter = { Type: 'CHILD_SHARDS', ShardId: closed?.ShardId } as const;
  expect(await shardsOf(arn, { ShardFilter })).toEqual([open]);
});

it('lets iterators expire after fifteen minutes', async () => {
  const arn = await createTable('expiring');
  const [shard] = await shardsOf(arn);
  const iterator = await iteratorOf(arn, shard?.ShardId);
  await cloud.pass(14 * 60_000);
  await read(iterator);
  await cloud.pass(2 * 60_000);
  await expect(read(iterator)).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
});

it('lets go of records after a day, and tells who asks for them', async () => {
  const arn = await createTable('trimmed');
  await put('trimmed', 'old');
  const [shard] = await shardsOf(arn);
  const all = await read(await iteratorOf(arn, shard?.ShardId));
  const SequenceNumber = all.Records[0]?.dynamodb?.SequenceNumber;
  await cloud.pass(23.5 * hourMs);
  await put('trimmed', 'new');
  const held = await iteratorOf(arn, shard?.ShardId);
  expect((await read(held)).names).toEqual(['old']);
  await cloud.pass(0.9 * hourMs);
  const after = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber } as const;
  const at = { ...after, ShardIteratorType: 'AT_SEQUENCE_NUMBER' } as const;
  const [oldest] = await shardsOf(arn);
  expect(oldest?.ShardId).toBe(shard?.ShardId);
  await expect(iteratorOf(arn, shard?.ShardId, at)).rejects.toMatchObject({ name: 'TrimmedDataAccessException' });
  expect((await read(await iteratorOf(arn, shard?.ShardId, after))).names).toEqual([]);
  expect((await read(await iteratorOf(arn, shard?.ShardId))).names).toEqual([]);
  await cloud.pass(5 * hourMs);
  const left = await shardsOf(arn);
  expect(left.length).toBeLessThanOrEqual(7);
  expect(left.map(({ ShardId }) => ShardId)).not.toContain(shard?.ShardId);
  await expect(iteratorOf(arn, shard?.ShardId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  const found = await Promise.all(left.map(async ({ ShardId }) => (await read(await iteratorOf(arn, ShardId))).names));
  expect(found.flat()).toEqual(['new']);
});

it('answers at most a thousand records, and a megabyte', async () => {
  const arn = await createTable('limited');
  for (let i = 0; i < 5; i += 1) await put('limited', `${i}`, { text: { S: 'x'.repeat(300 * 1024) } });
  const [shard] = await shardsOf(arn);
  const page = await read(await iteratorOf(arn, shard?.ShardId));
  expect(page.names).toEqual(['0', '1', '2']);
  expect((await read(page.NextShardIterator)).names).toEqual(['3', '4']);
  expect((await read(await iteratorOf(arn, shard?.ShardId), 2)).names).toEqual(['0', '1']);
  await expect(read(page.NextShardIterator, 1001)).rejects.toMatchObject({ name: 'ValidationException' });
});

it('ends the last shard when it is switched off, and can be read for another day', async () => {
  const arn = await createTable('ended');
  await put('ended', 'a');
  await client.send(new UpdateTableCommand({ TableName: 'ended', StreamSpecification: { StreamEnabled: false } }));
  await cloud.cloud.settle();
  await put('ended', 'b');
  const [shard] = await shardsOf(arn);
  expect(shard?.SequenceNumberRange?.EndingSequenceNumber).toBeDefined();
  expect(await read(await iteratorOf(arn, shard?.ShardId))).toMatchObject({
    names: ['a'],
    NextShardIterator: undefined,
  });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'ended' }));
  expect(Table).toMatchObject({ LatestStreamArn: arn });
  await cloud.pass(25 * hourMs);
  await expect(shardsOf(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect((await streams.send(new ListStreamsCommand({ TableName: 'ended' }))).Streams).toEqual([]);
});

it('says that DynamoDB itself deleted what expired', async () => {
  const arn = await createTable('expires');
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: 'expires',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
    }),
  );
  await put('expires', 'a', { until: { N: `${Math.floor(cloud.clock.now() / 1000) + 60}` } });
  await cloud.pass(120_000);
  const [shard] = await shardsOf(arn);
  const { Records } = await read(await iteratorOf(arn, shard?.ShardId));
  expect(Records.map(({ eventName, userIdentity }) => [eventName, userIdentity])).toEqual([
    ['INSERT', undefined],
    ['REMOVE', { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' }],
  ]);
});

it('refuses limits, places and names that no stream can have', async () => {
  const arn = await createTable('strict');
  const [shard] = await shardsOf(arn);
  const validation = (message: RegExp) => ({ name: 'ValidationException', message: expect.stringMatching(message) });
  await expect(streams.send(new ListStreamsCommand({ Limit: 101 }))).rejects.toMatchObject(
    validation(/'limit' failed to satisfy constraint: Member must have value less than or equal to 100/),
  );
  const noArn = 'arn-of-a-stream-that-is-long-enough-for-one';
  await expect(shardsOf(noArn)).rejects.toMatchObject(validation(/Invalid StreamArn/));
  await expect(
    iteratorOf(arn, shard?.ShardId, { SequenceNumber: shard?.SequenceNumberRange?.StartingSequenceNumber }),
  ).rejects.toMatchObject(validation(/SequenceNumber must not be specified/));
  await expect(shardsOf(arn, { ShardFilter: { ShardId: shard?.ShardId } })).rejects.toMatchObject(
    validation(/must have a Type/),
  );
});
