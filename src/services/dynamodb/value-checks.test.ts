// How values are checked and complained of, operation by operation, in the two ways that AWS has: those that read by keys and
// UpdateItem in its current one, the others in an older one, which PutItem and DeleteItem had until May 2026.

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

type Value = NonNullable<ConstructorParameters<typeof PutItemCommand>[0]['Item']>[string];
type Send = (value: Value) => Promise<unknown>;

const TableName = 'things';
let cloud: TestCloud;
let client: DynamoDBClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await cloud.cloud.settle();
});
afterAll(() => cloud.stop());

const pk = { S: 'item' };
const condition = { ConditionExpression: 'attribute_not_exists(pk) OR n = :v' };

/** Each way in which a value comes to an operation. */
const current: Readonly<Record<string, Send>> = {
  GetItem: (value) => client.send(new GetItemCommand({ TableName, Key: { pk: value } })),
  BatchGetItem: (value) =>
    client.send(new BatchGetItemCommand({ RequestItems: { things: { Keys: [{ pk: value }] } } })),
  'a filter of Query': (value) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        FilterExpression: 'n = :v',
        ExpressionAttributeValues: { ':p': pk, ':v': value },
      }),
    ),
};

/** Those that count their complaints. */
const counted: Readonly<Record<string, Send>> = {
  'an UpdateItem': (value) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk },
        UpdateExpression: 'SET n = :v',
        ExpressionAttributeValues: { ':v': value },
      }),
    ),
  'AttributeUpdates of UpdateItem': (value) =>
    client.send(
      new UpdateItemCommand({ TableName, Key: { pk }, AttributeUpdates: { n: { Action: 'PUT', Value: value } } }),
    ),
};

const older: Readonly<Record<string, Send>> = {
  'an item inside of PutItem': (value) =>
    client.send(new PutItemCommand({ TableName, Item: { pk, n: { M: { x: { L: [value] } } } } })),
  'Expected of PutItem': (value) =>
    client.send(new PutItemCommand({ TableName, Item: { pk }, Expected: { n: { Value: value } } })),
  'a key of DeleteItem': (value) => client.send(new DeleteItemCommand({ TableName, Key: { pk: value } })),
  'a put of BatchWriteItem': (value) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { things: [{ PutRequest: { Item: { pk, n: value } } }] } })),
  'a delete of BatchWriteItem': (value) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { things: [{ DeleteRequest: { Key: { pk: value } } }] } })),
  'a put of TransactWriteItems': (value) =>
    client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { pk, n: value } } }] })),
  'a start key of Scan': (value) => client.send(new ScanCommand({ TableName, ExclusiveStartKey: { pk: value } })),
  TransactGetItems: (value) =>
    client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: { pk: value } } }] })),
};

/** The same, but a value of an expression is named. */
const named: Readonly<Record<string, Send>> = {
  'a condition of PutItem': (value) =>
    client.send(
      new PutItemCommand({ TableName, Item: { pk }, ...condition, ExpressionAttributeValues: { ':v': value } }),
    ),
  'a condition of DeleteItem': (value) =>
    client.send(
      new DeleteItemCommand({ TableName, Key: { pk }, ...condition, ExpressionAttributeValues: { ':v': value } }),
    ),
  'an update of TransactWriteItems': (value) =>
    client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Update: {
              TableName,
              Key: { pk },
              UpdateExpression: 'SET n = :v',
              ExpressionAttributeValues: { ':v': value },
            },
          },
        ],
      }),
    ),
  'a filter of Scan': (value) =>
    client.send(new ScanCommand({ TableName, FilterExpression: 'n = :v', ExpressionAttributeValues: { ':v': value } })),
};

async function faultOf(send: Send, value: Value): Promise<string> {
  try {
    await send(value);
    return 'nothing';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'ValidationException' ? message : name;
  }
}

const faultsOf = async (send: Send, values: readonly Value[]) => {
  const faults: string[] = [];
  for (const value of values) faults.push(await faultOf(send, value));
  return faults;
};

const odd = 'The parameter cannot be converted to a numeric value';
const overflow = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const underflow = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const invalid = 'One or more parameter values were invalid: ';
const name = (message: string) => `ExpressionAttributeValues contains invalid value: ${message} for key :v`;

const wrong: readonly Value[] = [
  ...['abc', '', '1e126', '1e2147483647', '1e-2147483648'].map((N): Value => ({ N })),
  { SS: ['b', 'a', 'b'] },
  { BS: ['/w==', 'AA==', 'AA=='].map((member) => Buffer.from(member, 'base64')) },
  { NS: ['2', '1', '2'] },
];
const currentFaults = [
  `${odd}: abc`,
  `${odd}: `,
  overflow,
  overflow,
  underflow,
  `${invalid}Input collection ["a", "b", "b"] contains duplicates.`,
  `${invalid}Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.`,
  `${invalid}Input collection contains duplicates.`,
];
const olderFaults = [
  `${odd}: abc`,
  odd,
  overflow,
  underflow,
  `${odd}: 1e-2147483648`,
  `${invalid}Input collection [b, a, b] contains duplicates.`,
  `${invalid}Input collection [/w==, AA==, AA==]of type BS contains duplicates.`,
  'Input collection contains duplicates',
];

describe('values are checked', () => {
  it.each(Object.entries(current))('in the current way by %s', async (_, send) => {
    expect(await faultsOf(send, wrong)).toEqual(currentFaults);
  });

  it.each(Object.entries(counted))('in the current way, and counted, by %s', async (_, send) => {
    expect(await faultsOf(send, wrong)).toEqual(
      currentFaults.map((message) => `1 validation error detected: ${message}`),
    );
  });

  it.each(Object.entries(older))('in the older way by %s', async (_, send) => {
    expect(await faultsOf(send, wrong)).toEqual(olderFaults);
  });

  it.each(Object.entries(named))('in the older way, and named, by %s', async (_, send) => {
    expect(await faultsOf(send, wrong)).toEqual(olderFaults.map(name));
  });

  it('with exponents of up to 64 bits, which zero has too', async () => {
    const put: Send = (value) => client.send(new PutItemCommand({ TableName, Item: { pk, n: value } }));
    const cases: readonly (readonly [string, string])[] = [
      ['1e99999999999', overflow],
      ['-1e99999999999', overflow],
      ['1e-99999999999', underflow],
      ['1e9223372036854775808', `${odd}: 1e9223372036854775808`],
      ['0e126', overflow],
      ['0e-131', underflow],
    ];
    const get = current['GetItem'] as Send;
    for (const [N, fault] of cases) expect(await faultOf(get, { N })).toBe(fault);
    expect(await faultOf(put, { N: '0e125' })).toBe('nothing');
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk } }));
    expect(Item?.['n']).toEqual({ N: '0' });
  });
});

describe('what DeleteItem complains of', () => {
  const fault = (more: object) =>
    faultOf(() => client.send(new DeleteItemCommand({ TableName, Key: { pk }, ...more })), pk);
  it.each([
    [
      { ExpressionAttributeValues: { ':v': pk } },
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    ],
    [
      { ExpressionAttributeNames: { '#a': 'a' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    [{ ConditionExpression: 'a = b', ExpressionAttributeValues: {} }, 'ExpressionAttributeValues must not be empty'],
    [{ ConditionExpression: 'a = b', ExpressionAttributeNames: {} }, 'ExpressionAttributeNames must not be empty'],
    [{ ConditionExpression: '' }, 'Invalid ConditionExpression: The expression can not be empty;'],
    [{ ReturnValues: 'UPDATED_NEW' }, 'ReturnValues can only be ALL_OLD or NONE'],
    [{ Expected: { a: { Exists: true } } }, `${invalid}Value must be provided when Exists is true for Attribute: a`],
    [
      { Expected: { a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [pk] } } },
      `${invalid}Invalid number of argument(s) for the BETWEEN ComparisonOperator`,
    ],
  ])('%j', async (more, message) => expect(await fault(more)).toBe(message));
});
