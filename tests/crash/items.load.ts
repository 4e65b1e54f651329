// DynamoDB: rows of numbers without gaps, counters, and pairs of items that only transactions write.

import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { attempt, clientConfiguration, inParallel, type Load, type LoadOptions } from './load.ts';
import { createStreamReader, type StreamReader } from './stream-reader.ts';

const workers = 4;
const TableName = 'crash-items';

interface Lane {
  /** The last item of the row that was acknowledged, and the last that was asked for. */
  acknowledged: number;
  asked: number;
  counted: number;
  countsAsked: number;
}

export function createItemsLoad({ endpoint }: LoadOptions): Load {
  const dynamodb = new DynamoDBClient(clientConfiguration(endpoint));
  const lanes: readonly Lane[] = Array.from({ length: workers }, () => ({
    acknowledged: 0,
    asked: 0,
    counted: 0,
    countsAsked: 0,
  }));

  /** An item whose members all tell the same number: a half-written one would not. */
  const itemOf = (pk: string, n: number) => ({
    pk: { S: pk },
    n: { N: String(n) },
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`copy${i}`, { S: `${n}:${'x'.repeat(100)}` }])),
    lane: { S: `of-${pk}` },
  });

  const put = (lane: Lane, index: number) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: itemOf(`row-${index}`, lane.asked) }));

  const putPair = (lane: Lane, index: number) =>
    dynamodb.send(
      new TransactWriteItemsCommand({
        TransactItems: [`row-${index}`, `twin-${index}`].map((pk) => ({
          Put: { TableName, Item: itemOf(pk, lane.asked), ConditionExpression: 'attribute_not_exists(pk)' },
        })),
      }),
    );

  const count = (index: number) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: `counter-${index}` }, n: { N: '0' } },
        UpdateExpression: 'ADD #total :one',
        ExpressionAttributeNames: { '#total': 'total' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );

  async function numbersIn(query: Partial<QueryCommandInput>): Promise<readonly number[]> {
    const numbers: number[] = [];
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
    do {
      const page = await dynamodb.send(
        new QueryCommand({ TableName, ...query, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
      );
      for (const item of page.Items ?? []) {
        const n = item['n']?.N ?? '';
        for (let i = 0; i < 8; i++) expect(item[`copy${i}`]?.S).toBe(`${n}:${'x'.repeat(100)}`);
        numbers.push(Number(n));
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return numbers;
  }

  const rowOf = (pk: string, from: number) =>
    numbersIn({
      KeyConditionExpression: 'pk = :pk AND n >= :from',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { N: String(from) } },
    });

  const indexOf = (pk: string, from: number) =>
    numbersIn({
      IndexName: 'by-lane',
      KeyConditionExpression: 'lane = :lane AND n >= :from',
      ExpressionAttributeValues: { ':lane': { S: `of-${pk}` }, ':from': { N: String(from) } },
    });

  let stream: StreamReader;
  /** How often the stream told of an item, by its key. */
  const told = new Map<string, number>();

  /** Each item is written once, so the stream tells of it once; of a counter it tells each time that it counts. */
  async function checkStream(): Promise<void> {
    for (const { eventName, pk, n } of await stream.readOn()) {
      const key = `${pk} ${n}`;
      const times = (told.get(key) ?? 0) + 1;
      told.set(key, times);
      expect(eventName, `${key}, change ${times}`).toBe(times === 1 ? 'INSERT' : 'MODIFY');
    }
    const expected = lanes.flatMap(({ acknowledged, counted }, index) => [
      ...Array.from({ length: acknowledged }, (_, i) => [`row-${index} ${i + 1}`, 1] as const),
      ...Array.from({ length: Math.ceil(acknowledged / 2) }, (_, i) => [`twin-${index} ${i * 2 + 1}`, 1] as const),
      ...(counted > 0 ? [[`counter-${index} 0`, counted] as const] : []),
    ]);
    expect(told, 'the stream tells of what is there, and of nothing else').toEqual(new Map(expected));
  }

  /** Since the last check; what came before it was found then. */
  const checkedUpTo = lanes.map(() => 1);

  return {
    name: 'DynamoDB',
    async prepare() {
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'n', AttributeType: 'N' },
            { AttributeName: 'lane', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'n', KeyType: 'RANGE' },
          ],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-lane',
              KeySchema: [
                { AttributeName: 'lane', KeyType: 'HASH' },
                { AttributeName: 'n', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
        }),
      );
      await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName });
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      stream = createStreamReader(endpoint, Table?.LatestStreamArn ?? '');
    },
    async work(isOver) {
      await inParallel(workers, async (index) => {
        const lane = lanes[index] as Lane;
        while (!isOver()) {
          lane.asked += 1;
          // Odd numbers are pairs.
          const written = await attempt<unknown>(lane.asked % 2 ? putPair(lane, index) : put(lane, index));
          if (!written.acknowledged) return;
          lane.acknowledged = lane.asked;
          lane.countsAsked += 1;
          if (!(await attempt(count(index))).acknowledged) return;
          lane.counted = lane.countsAsked;
        }
      });
    },
    async check() {
      for (const [index, lane] of lanes.entries()) {
        const from = checkedUpTo[index] as number;
        const row = await rowOf(`row-${index}`, from);
        const length = row.at(-1) ?? from - 1;
        expect(row, `row ${index} has no gaps`).toEqual(Array.from({ length: length - from + 1 }, (_, i) => from + i));
        expect([lane.acknowledged, lane.asked], `row ${index} ends with what was acknowledged`).toContain(length);
        expect(await rowOf(`twin-${index}`, from), `twins of ${index}`).toEqual(row.filter((n) => n % 2));
        expect(await indexOf(`row-${index}`, from), `index of ${index}`).toEqual(row);
        lane.asked = length;
        lane.acknowledged = length;
        checkedUpTo[index] = Math.max(1, length);

        const counter = await dynamodb.send(
          new GetItemCommand({ TableName, Key: { pk: { S: `counter-${index}` }, n: { N: '0' } } }),
        );
        const total = Number(counter.Item?.['total']?.N ?? 0);
        expect([lane.counted, lane.countsAsked], `counter ${index}`).toContain(total);
        lane.counted = total;
        lane.countsAsked = total;
      }
      await checkStream();
    },
    summary: () => `${lanes.reduce((sum, lane) => sum + lane.acknowledged, 0)} items`,
  };
}
