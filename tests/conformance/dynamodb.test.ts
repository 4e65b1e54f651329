// DynamoDB and its streams through the official clients, on the engine that people use.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dynamodbSdk from '@aws-sdk/client-dynamodb';
import * as streamsSdk from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootPrincipal } from '../../src/aws/principal.ts';
import { type ServedCloud, serveCloud } from '../../src/cloud.testing.ts';
import { openLmdbItems } from '../../src/drivers/items/lmdb-items.ts';
import { createMemoryKeyValue } from '../../src/kernel/memory-key-value.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { createSimulatedClock } from '../../src/kernel/simulated-clock.ts';
import { dynamodb as dynamodbService } from '../../src/services/dynamodb/dynamodb.ts';
import { dynamodbstreams as streamsService } from '../../src/services/dynamodbstreams/dynamodbstreams.ts';

const directory = mkdtempSync(join(tmpdir(), 'dynamodb-'));
const clock = createSimulatedClock(Date.UTC(2026, 10, 21, 9, 0, 0));
const keyValue = createMemoryKeyValue();

interface Running extends Pick<ServedCloud, 'cloud' | 'stop'> {
  readonly client: dynamodbSdk.DynamoDBClient;
  readonly streams: streamsSdk.DynamoDBStreamsClient;
}

async function start(): Promise<Running> {
  const items = openLmdbItems({ directory, durability: 'strict' });
  const services = [dynamodbService, streamsService];
  const served = await serveCloud({ services, clock, keyValue, random: systemRandom, drivers: { items } });
  return {
    cloud: served.cloud,
    client: served.keep(new dynamodbSdk.DynamoDBClient(served.clientOptions())),
    streams: served.keep(new streamsSdk.DynamoDBStreamsClient(served.clientOptions())),
    async stop() {
      await served.stop();
      await items.close();
    },
  };
}

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(async () => {
  await running.stop();
  rmSync(directory, { recursive: true, force: true });
});

const { CreateTableCommand, PutItemCommand, QueryCommand, ScanCommand } = dynamodbSdk;

const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
const attribute = (AttributeName: string, AttributeType: 'S' | 'N' | 'B' = 'S') => ({ AttributeName, AttributeType });

async function createTable(TableName: string, more: Partial<dynamodbSdk.CreateTableCommandInput> = {}): Promise<void> {
  await running.client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [attribute('pk'), attribute('sk')],
      KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      BillingMode: 'PAY_PER_REQUEST',
      ...more,
    }),
  );
}

async function put(TableName: string, Item: Record<string, dynamodbSdk.AttributeValue>): Promise<void> {
  await running.client.send(new PutItemCommand({ TableName, Item }));
}

describe('items', () => {
  it('come back as they went in, of every type', async () => {
    await createTable('types');
    const Item: Record<string, dynamodbSdk.AttributeValue> = {
      pk: { S: 'ключ 🗝' },
      sk: { S: 'a' },
      n: { N: '-12345678901234567890.123456789' },
      b: { B: Uint8Array.of(0, 1, 254, 255) },
      bs: { BS: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
      deep: { M: { list: { L: [{ NULL: true }, { BOOL: false }, { B: Uint8Array.of(9) }] }, constructor: { S: 'x' } } },
      empty: { S: '' },
    };
    await put('types', Item);
    const read = await running.client.send(
      new dynamodbSdk.GetItemCommand({ TableName: 'types', Key: { pk: Item['pk']!, sk: Item['sk']! } }),
    );
    expect(read.Item).toEqual(Item);
    const [scanned] = (await running.client.send(new ScanCommand({ TableName: 'types' }))).Items ?? [];
    expect(scanned).toEqual(Item);
  });

  it('are shown by a failed condition, with their binaries', async () => {
    await createTable('conditions');
    const Item = { pk: { S: 'a' }, sk: { S: 'b' }, bytes: { B: Uint8Array.of(1, 2) } };
    await put('conditions', Item);
    const failing = running.client.send(
      new PutItemCommand({
        TableName: 'conditions',
        Item,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    await expect(failing).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item });
  });

  it('are told apart by account and region', async () => {
    await createTable('scoped');
    await put('scoped', { pk: { S: 'a' }, sk: { S: 'b' } });
    const other = running.cloud.client(
      'dynamodb',
      { account: '000000000000', region: 'eu-west-1' },
      rootPrincipal('000000000000'),
    );
    await expect(other.Scan({ TableName: 'scoped' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it('reach callers inside the cloud as the model has them', async () => {
    await createTable('inside');
    await put('inside', { pk: { S: 'a' }, sk: { S: 'b' }, bytes: { B: Uint8Array.of(1, 2) } });
    const inside = running.cloud.client(
      'dynamodb',
      { account: '000000000000', region: 'us-east-1' },
      rootPrincipal('000000000000'),
    );
    const output = await inside.Query({
      TableName: 'inside',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
    });
    expect(output.Count).toBe(1);
    expect(Buffer.from(output.Items?.[0]?.['bytes']?.B as Uint8Array)).toEqual(Buffer.of(1, 2));
    expect({ ...output }).toMatchObject({ ScannedCount: 1 });
  });

  it('count concurrently without losing one', async () => {
    await createTable('counting');
    const Key = { pk: { S: 'counter' }, sk: { S: 'x' } };
    const add = () =>
      running.client.send(
        new dynamodbSdk.UpdateItemCommand({
          TableName: 'counting',
          Key,
          UpdateExpression: 'ADD hits :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
    await Promise.all(Array.from({ length: 100 }, add));
    const read = await running.client.send(new dynamodbSdk.GetItemCommand({ TableName: 'counting', Key }));
    expect(read.Item?.['hits']?.N).toBe('100');
  });
});

describe('indexes', () => {
  it('follow their items through every change, and are filled when they come later', async () => {
    await createTable('indexed', {
      AttributeDefinitions: [attribute('pk'), attribute('sk'), attribute('owner'), attribute('rank', 'N')],
      LocalSecondaryIndexes: [
        {
          IndexName: 'byRank',
          KeySchema: [key('pk', 'HASH'), key('rank', 'RANGE')],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [key('owner', 'HASH'), key('rank', 'RANGE')],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    const owners = ['ann', 'bob'];
    for (let start = 0; start < 250; start += 25) {
      const requests = Array.from({ length: 25 }, (_, i) => start + i).map((n) => ({
        PutRequest: {
          Item: {
            pk: { S: 'p' },
            sk: { S: `s${n}` },
            owner: { S: owners[n % 2] as string },
            rank: { N: String(n) },
            shelf: { S: `shelf ${n % 5}` },
          },
        },
      }));
      await running.client.send(new dynamodbSdk.BatchWriteItemCommand({ RequestItems: { indexed: requests } }));
    }
    await running.client.send(
      new dynamodbSdk.DeleteItemCommand({ TableName: 'indexed', Key: { pk: { S: 'p' }, sk: { S: 's1' } } }),
    );
    await running.client.send(
      new dynamodbSdk.UpdateItemCommand({
        TableName: 'indexed',
        Key: { pk: { S: 'p' }, sk: { S: 's0' } },
        UpdateExpression: 'SET #o = :bob, #r = :r',
        ExpressionAttributeNames: { '#o': 'owner', '#r': 'rank' },
        ExpressionAttributeValues: { ':bob': { S: 'bob' }, ':r': { N: '-0.5' } },
      }),
    );
    const ofBob = await query('byOwner', 'owner', 'bob');
    expect(ofBob).toHaveLength(125);
    expect(ofBob.slice(0, 3).map(({ sk }) => sk?.S)).toEqual(['s0', 's3', 's5']);
    const ranks = (await query('byRank', 'pk', 'p', false)).map(({ rank }) => Number(rank?.N));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    expect(ranks).toHaveLength(249);

    await running.client.send(
      new dynamodbSdk.UpdateTableCommand({
        TableName: 'indexed',
        AttributeDefinitions: [attribute('shelf')],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'byShelf',
              KeySchema: [key('shelf', 'HASH')],
              Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['owner'] },
            },
          },
        ],
      }),
    );
    const { Table } = await untilActive('indexed');
    expect(Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === 'byShelf')?.ItemCount).toBe(249);
    const onShelf = await query('byShelf', 'shelf', 'shelf 3');
    expect(onShelf).toHaveLength(50);
    expect(Object.keys(onShelf[0] ?? {}).sort()).toEqual(['owner', 'pk', 'shelf', 'sk']);
  });

  it('page to the end, each entry once, forwards and backwards', async () => {
    const seen = async (ScanIndexForward: boolean) => {
      const found: string[] = [];
      let ExclusiveStartKey: Record<string, dynamodbSdk.AttributeValue> | undefined;
      do {
        const page: dynamodbSdk.QueryCommandOutput = await running.client.send(
          new QueryCommand({
            TableName: 'indexed',
            IndexName: 'byShelf',
            KeyConditionExpression: 'shelf = :s',
            ExpressionAttributeValues: { ':s': { S: 'shelf 2' } },
            Limit: 7,
            ScanIndexForward,
            ExclusiveStartKey,
          }),
        );
        found.push(...(page.Items ?? []).map(({ sk }) => sk?.S as string));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return found;
    };
    const forwards = await seen(true);
    expect(new Set(forwards).size).toBe(50);
    expect(await seen(false)).toEqual(forwards.toReversed());
  });

  it('are scanned in segments that have everything once', async () => {
    const segments = await Promise.all(
      [0, 1, 2, 3].map((Segment) =>
        running.client.send(new ScanCommand({ TableName: 'indexed', IndexName: 'byOwner', Segment, TotalSegments: 4 })),
      ),
    );
    expect(segments.reduce((sum, { Count = 0 }) => sum + Count, 0)).toBe(249);
  });
});

async function query(IndexName: string, name: string, value: string, ScanIndexForward = true) {
  const { Items = [] } = await running.client.send(
    new QueryCommand({
      TableName: 'indexed',
      IndexName,
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeNames: { '#k': name },
      ExpressionAttributeValues: { ':v': { S: value } },
      ScanIndexForward,
    }),
  );
  return Items;
}

async function untilActive(TableName: string): Promise<dynamodbSdk.DescribeTableCommandOutput> {
  for (;;) {
    const described = await running.client.send(new dynamodbSdk.DescribeTableCommand({ TableName }));
    const indexes = described.Table?.GlobalSecondaryIndexes ?? [];
    const isReady =
      described.Table?.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
    if (isReady) return described;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('transactions', () => {
  it('are done once for a token, and refused for another request with it', async () => {
    await createTable('transacted');
    const transact = (amount: string) =>
      running.client.send(
        new dynamodbSdk.TransactWriteItemsCommand({
          ClientRequestToken: 'the-token',
          TransactItems: [
            {
              Update: {
                TableName: 'transacted',
                Key: { pk: { S: 'a' }, sk: { S: 'b' } },
                UpdateExpression: 'ADD amount :a',
                ExpressionAttributeValues: { ':a': { N: amount } },
              },
            },
          ],
        }),
      );
    await transact('5');
    await transact('5');
    await expect(transact('6')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    const { Items } = await running.client.send(new ScanCommand({ TableName: 'transacted' }));
    expect(Items?.[0]?.['amount']?.N).toBe('5');
  });

  it('change nothing when one action fails, and say which', async () => {
    const transact = running.client.send(
      new dynamodbSdk.TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: 'transacted', Item: { pk: { S: 'new' }, sk: { S: 'item' } } } },
          {
            ConditionCheck: {
              TableName: 'transacted',
              Key: { pk: { S: 'a' }, sk: { S: 'b' } },
              ConditionExpression: 'amount > :n',
              ExpressionAttributeValues: { ':n': { N: '100' } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
        ],
      }),
    );
    await expect(transact).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: { amount: { N: '5' } } }],
    });
    const { Count } = await running.client.send(new ScanCommand({ TableName: 'transacted' }));
    expect(Count).toBe(1);
  });
});

describe('statements', () => {
  it('page through what they select', async () => {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page: dynamodbSdk.ExecuteStatementCommandOutput = await running.client.send(
        new dynamodbSdk.ExecuteStatementCommand({
          Statement: `SELECT sk FROM "indexed"."byOwner" WHERE owner IN ['ann', ?] AND rank < 50`,
          Parameters: [{ S: 'bob' }],
          Limit: 9,
          NextToken,
        }),
      );
      found.push(...(page.Items ?? []).map(({ sk }) => sk?.S as string));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(49);
  });

  it('change items, and return them', async () => {
    await createTable('stated');
    const execute = (Statement: string) => running.client.send(new dynamodbSdk.ExecuteStatementCommand({ Statement }));
    await execute(
      `INSERT INTO "stated" VALUE {'pk': 'a', 'sk': 'b', 'tags': <<'x', 'y'>>, 'n': 1, 'l': [1, {'m': null}]}`,
    );
    const { Items } = await execute(
      `UPDATE "stated" SET n = n + 41 SET tags = set_add(tags, <<'z'>>) REMOVE l[0] WHERE pk = 'a' AND sk = 'b' AND n < 10 RETURNING ALL NEW *`,
    );
    expect(Items?.[0]).toEqual({
      pk: { S: 'a' },
      sk: { S: 'b' },
      n: { N: '42' },
      tags: { SS: ['x', 'y', 'z'] },
      l: { L: [{ M: { m: { NULL: true } } }] },
    });
    await expect(execute(`DELETE FROM "stated" WHERE pk = 'a' AND sk = 'b' AND n < 10`)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    await execute(`DELETE FROM "stated" WHERE pk = 'a' AND sk = 'b'`);
    expect((await running.client.send(new ScanCommand({ TableName: 'stated' }))).Count).toBe(0);
  });
});

describe('streams', () => {
  it('tell every change in order, and what expired as the work of the service', async () => {
    await createTable('streamed', {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    await running.client.send(
      new dynamodbSdk.UpdateTimeToLiveCommand({
        TableName: 'streamed',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
      }),
    );
    const seconds = Math.floor(clock.now() / 1000);
    await put('streamed', { pk: { S: 'a' }, sk: { S: '1' }, until: { N: String(seconds + 60) } });
    await put('streamed', { pk: { S: 'a' }, sk: { S: '1' }, until: { N: String(seconds + 30) } });
    await put('streamed', { pk: { S: 'b' }, sk: { S: '1' }, until: { N: String(seconds + 9000) } });
    await put('streamed', { pk: { S: 'b' }, sk: { S: '1' }, until: { N: String(seconds + 9000) } });

    const before = await readRecords('streamed');
    expect(before.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'INSERT']);

    // Two looks of the reconciler later, one of the items is due.
    for (let look = 0; look < 20; look++) {
      clock.step();
      await running.cloud.settle();
    }
    expect(clock.now()).toBeGreaterThan((seconds + 30) * 1000);
    expect(clock.now()).toBeLessThan((seconds + 9000) * 1000);
    const records = await untilRecords('streamed', 4);
    expect(records[3]).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      dynamodb: { Keys: { pk: { S: 'a' }, sk: { S: '1' } }, OldImage: { until: { N: String(seconds + 30) } } },
    });
    const numbers = records.map(({ dynamodb }) => dynamodb?.SequenceNumber as string);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    const { Count } = await running.client.send(new ScanCommand({ TableName: 'streamed' }));
    expect(Count).toBe(1);
  });

  it('go on from any record', async () => {
    const records = await readRecords('streamed');
    const from = (ShardIteratorType: streamsSdk.ShardIteratorType, index: number) =>
      readRecords('streamed', { ShardIteratorType, SequenceNumber: records[index]?.dynamodb?.SequenceNumber });
    expect(await from('AT_SEQUENCE_NUMBER', 1)).toEqual(records.slice(1));
    expect(await from('AFTER_SEQUENCE_NUMBER', 1)).toEqual(records.slice(2));
    expect(await readRecords('streamed', { ShardIteratorType: 'LATEST' })).toEqual([]);
  });
});

async function readRecords(TableName: string, at: Partial<streamsSdk.GetShardIteratorCommandInput> = {}) {
  const { Streams = [] } = await running.streams.send(new streamsSdk.ListStreamsCommand({ TableName }));
  const StreamArn = Streams[0]?.StreamArn as string;
  const { StreamDescription } = await running.streams.send(new streamsSdk.DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId as string;
  const { ShardIterator } = await running.streams.send(
    new streamsSdk.GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...at }),
  );
  return (
    (await running.streams.send(new streamsSdk.GetRecordsCommand({ ShardIterator: ShardIterator as string })))
      .Records ?? []
  );
}

async function untilRecords(TableName: string, count: number) {
  for (;;) {
    const records = await readRecords(TableName);
    if (records.length >= count) return records;
  }
}

describe('backups', () => {
  const states = async (TableName: string) => {
    const found = new Map<string, string>();
    let ExclusiveStartKey: Record<string, dynamodbSdk.AttributeValue> | undefined;
    do {
      const page: dynamodbSdk.ScanCommandOutput = await running.client.send(
        new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }),
      );
      for (const { sk, state } of page.Items ?? []) found.set(sk?.S as string, state?.S as string);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return found;
  };
  const fill = async (state: string) => {
    for (let start = 0; start < 500; start += 25) {
      const requests = Array.from({ length: 25 }, (_, i) => ({
        PutRequest: { Item: { pk: { S: 'p' }, sk: { S: `s${start + i}` }, state: { S: state }, owner: { S: 'ann' } } },
      }));
      await running.client.send(new dynamodbSdk.BatchWriteItemCommand({ RequestItems: { backed: requests } }));
    }
  };
  const remove = (sk: string) =>
    running.client.send(
      new dynamodbSdk.DeleteItemCommand({ TableName: 'backed', Key: { pk: { S: 'p' }, sk: { S: sk } } }),
    );

  it('are of the moment they were asked for, whatever is written meanwhile, and outlive their table', async () => {
    await createTable('backed', {
      AttributeDefinitions: [attribute('pk'), attribute('sk'), attribute('owner')],
      GlobalSecondaryIndexes: [
        { IndexName: 'byOwner', KeySchema: [key('owner', 'HASH')], Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    });
    await fill('first');
    await running.client.send(
      new dynamodbSdk.UpdateContinuousBackupsCommand({
        TableName: 'backed',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const creating = running.client.send(
      new dynamodbSdk.CreateBackupCommand({ TableName: 'backed', BackupName: 'moment' }),
    );
    const { BackupDetails } = await creating;
    await Promise.all([fill('second'), remove('s7'), put('backed', { pk: { S: 'p' }, sk: { S: 'extra' } })]);
    const BackupArn = BackupDetails?.BackupArn as string;
    await untilAvailable(BackupArn);

    await running.client.send(
      new dynamodbSdk.RestoreTableFromBackupCommand({ BackupArn, TargetTableName: 'restored' }),
    );
    const { Table } = await untilActive('restored');
    expect([Table?.ItemCount, Table?.GlobalSecondaryIndexes?.[0]?.ItemCount]).toEqual([500, 500]);
    const restored = await states('restored');
    expect([...new Set(restored.values())]).toEqual(['first']);
    expect(restored.size).toBe(500);
  });

  it('go back to any point in time', async () => {
    clock.step();
    const untilMs = clock.now();
    const before = await states('backed');
    clock.step();
    await Promise.all([fill('third'), remove('s9'), put('backed', { pk: { S: 'p' }, sk: { S: 'later' } })]);
    clock.step();
    await running.client.send(
      new dynamodbSdk.RestoreTableToPointInTimeCommand({
        SourceTableName: 'backed',
        TargetTableName: 'earlier',
        RestoreDateTime: new Date(untilMs),
      }),
    );
    await untilActive('earlier');
    expect(await states('earlier')).toEqual(before);
    expect(new Set((await states('backed')).values())).toContain('third');
  });

  it('are listed and deleted', async () => {
    await running.client.send(new dynamodbSdk.DeleteTableCommand({ TableName: 'backed' }));
    const { BackupSummaries = [] } = await running.client.send(
      new dynamodbSdk.ListBackupsCommand({ TableName: 'backed' }),
    );
    expect(BackupSummaries.map(({ BackupName }) => BackupName)).toEqual(['moment']);
    const BackupArn = BackupSummaries[0]?.BackupArn as string;
    await running.client.send(new dynamodbSdk.DeleteBackupCommand({ BackupArn }));
    await expect(running.client.send(new dynamodbSdk.DescribeBackupCommand({ BackupArn }))).rejects.toMatchObject({
      name: 'BackupNotFoundException',
    });
  });
});

async function untilAvailable(BackupArn: string): Promise<void> {
  for (;;) {
    const { BackupDescription } = await running.client.send(new dynamodbSdk.DescribeBackupCommand({ BackupArn }));
    if (BackupDescription?.BackupDetails?.BackupStatus === 'AVAILABLE') return;
  }
}

describe('a table', () => {
  it('is there after a restart, with its items, indexes and streams', async () => {
    await running.stop();
    running = await start();
    expect(await query('byOwner', 'owner', 'bob')).toHaveLength(125);
    expect(await readRecords('streamed')).toHaveLength(4);
    const { Table } = await untilActive('indexed');
    expect(Table?.ItemCount).toBe(249);
  });

  it('leaves nothing behind when it is deleted, but its stream for a day', async () => {
    await running.client.send(new dynamodbSdk.DeleteTableCommand({ TableName: 'streamed' }));
    await running.client.send(new dynamodbSdk.DeleteTableCommand({ TableName: 'indexed' }));
    await expect(
      running.client.send(new dynamodbSdk.DescribeTableCommand({ TableName: 'indexed' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await running.cloud.settle();
    await createTable('indexed');
    expect((await running.client.send(new ScanCommand({ TableName: 'indexed' }))).Count).toBe(0);
    expect(await readRecords('streamed')).toHaveLength(4);
    const { Streams = [] } = await running.streams.send(new streamsSdk.ListStreamsCommand({ TableName: 'streamed' }));
    const { StreamDescription } = await running.streams.send(
      new streamsSdk.DescribeStreamCommand({ StreamArn: Streams[0]?.StreamArn as string }),
    );
    expect(StreamDescription?.StreamStatus).toBe('DISABLED');
  });
});
