// Which of several mistakes in one request is told, and in which words, as AWS was seen to do it in October 2026.

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  type DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  TagResourceCommand,
  type TagResourceInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  type TransactWriteItemsInput,
  UpdateItemCommand,
  UpdateTableCommand,
  type UpdateTableInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

type Value = NonNullable<ConstructorParameters<typeof DeleteItemCommand>[0]['Key']>[string];
type Values = Record<string, Value>;

let cloud: TestCloud;
let client: DynamoDBClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  for (const [TableName, type] of [
    ['texts', 'S'],
    ['numbers', 'N'],
  ] as const)
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: type },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  await cloud.cloud.settle();
});
afterAll(() => cloud.stop());

async function faultOf(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
    return 'nothing';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'ValidationException' ? message : name;
  }
}

const count = (...messages: readonly string[]) =>
  `${messages.length} validation error${messages.length > 1 ? 's' : ''} detected: ${messages.join('; ')}`;
const text = (value: string): Value => ({ S: value });
const deep = (levels: number): Value => (levels === 0 ? text('leaf') : { M: { n: deep(levels - 1) } });
const nesting =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
const key = { pk: text('a'), sk: text('1') };

describe('a key condition', () => {
  const fault = (TableName: string, KeyConditionExpression: string, values: Values) =>
    faultOf(
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression,
          ExpressionAttributeValues: { ':p': text('q'), ...values },
        }),
      ),
    );
  const operand = (operator: string, type: string) =>
    `Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`;
  const schema = 'One or more parameter values were invalid: Condition parameter type does not match schema type';

  it.each([
    ['texts', 'begins_with(sk, :v)', { ':v': { N: '1' } }, operand('begins_with', 'N')],
    ['texts', 'begins_with(sk, :v)', { ':v': { BOOL: true } }, operand('begins_with', 'BOOL')],
    ['numbers', 'begins_with(sk, :v)', { ':v': { N: '1' } }, operand('begins_with', 'N')],
    ['numbers', 'begins_with(sk, :v)', { ':v': text('a') }, schema],
    ['numbers', 'sk < :v', { ':v': { BOOL: true } }, operand('<', 'BOOL')],
    ['numbers', ':v >= sk', { ':v': { BOOL: true } }, operand('>=', 'BOOL')],
    ['numbers', 'sk BETWEEN :a AND :b', { ':a': { BOOL: false }, ':b': { BOOL: true } }, operand('BETWEEN', 'BOOL')],
    ['numbers', 'sk = :v', { ':v': { BOOL: true } }, schema],
    [
      'numbers',
      'sk > :a AND sk < :b',
      { ':a': { N: '1' }, ':b': { N: '5' } },
      'Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key',
    ],
    [
      'numbers',
      'sk > :a AND extra = :b',
      { ':a': { N: '1' }, ':b': { N: '5' } },
      'The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)',
    ],
  ] as readonly (readonly [string, string, Values, string])[])('of %s: %s %j', async (table, rest, values, message) => {
    expect(await fault(table, `pk = :p AND ${rest}`, values)).toBe(message);
  });

  it('is read from its beginning, before the table is looked for', async () => {
    const wrong = operand('begins_with', 'N');
    const missing = /value used in expression is not defined; attribute value: :missing/;
    const n: Values = { ':n': { N: '1' } };
    const query = (TableName: string, KeyConditionExpression: string, values: Values) =>
      faultOf(client.send(new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues: values })));
    expect(await query('texts', 'pk = :missing AND begins_with(sk, :n)', n)).toMatch(missing);
    expect(await query('texts', 'begins_with(sk, :n) AND pk = :missing', n)).toBe(wrong);
    const more = { ...n, ':p': text('q') };
    expect(await query('texts', 'pk = :p AND begins_with(sk, :n) AND sk = :missing', more)).toBe(wrong);
    expect(await query('nowhere', 'pk = :p AND begins_with(sk, :n)', more)).toBe(wrong);
  });
});

describe('a transaction', () => {
  const send = (TransactItems: unknown[], more: Partial<TransactWriteItemsInput> = {}) =>
    faultOf(
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: TransactItems as TransactWriteItemsInput['TransactItems'],
          ...more,
        }),
      ),
    );
  const TableName = 'nowhere';
  const nameless = { Put: { TableName, Item: { ...key, '': text('x') } } };
  const putDeep = (levels: number) => ({ Put: { TableName, Item: { ...key, d: deep(levels) } } });
  const syntax = 'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"';
  const unparsable = { Put: { TableName, Item: key, ConditionExpression: 'a = = b' } };
  const unused = {
    Update: {
      TableName,
      Key: key,
      UpdateExpression: 'SET a = :v',
      ExpressionAttributeValues: { ':v': text('x'), ':u': text('y') },
    },
  };
  const told = 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:u}';
  const deepKey = (levels: number) => ({ Delete: { TableName, Key: { ...key, pk: deep(levels) } } });
  const check = (levels: number) => ({
    ConditionCheck: {
      TableName,
      Key: key,
      ConditionExpression: 'd = :deep',
      ExpressionAttributeValues: { ':deep': deep(levels) },
    },
  });

  it('is refused for what is wrong with its first action', async () => {
    expect(await send([putDeep(40), nameless])).toBe(nesting);
    expect(await send([nameless, putDeep(100)])).toBe('Empty attribute name');
    expect(await send([nameless, check(100)])).toBe('Empty attribute name');
    expect(await send([check(40), nameless])).toBe(
      `ExpressionAttributeValues contains invalid value: ${nesting} for key :deep`,
    );
    expect(await send([deepKey(40), unparsable])).toBe(nesting);
    expect(await send([unparsable, deepKey(100)])).toBe(syntax);
    expect(await send([unused, deepKey(100)])).toBe(told);
  });

  it('is refused for its expressions before its key, and for depth before names inside', async () => {
    const { Delete } = deepKey(100);
    expect(await send([{ Delete: { ...Delete, ConditionExpression: 'a = = b' } }])).toBe(syntax);
    const m = { M: { '': text('x') } };
    expect(await send([{ Put: { TableName, Item: { ...key, m, d: deep(40) } } }])).toBe(nesting);
  });

  const capacity =
    "Value 'BOGUS' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]";
  const metrics =
    "Value 'BOGUS' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]";
  const bogus = 'BOGUS' as 'NONE';

  it('is refused for members that are none, before anything else', async () => {
    expect(await send([unparsable], { ReturnConsumedCapacity: bogus })).toBe(count(capacity));
    expect(await send([unparsable], { ReturnConsumedCapacity: bogus, ReturnItemCollectionMetrics: bogus })).toBe(
      count(capacity, metrics),
    );
    const gets = [{ Get: { TableName, Key: key } }];
    expect(
      await faultOf(client.send(new TransactGetItemsCommand({ TransactItems: gets, ReturnConsumedCapacity: bogus }))),
    ).toBe(count(capacity));
  });

  it('and so is a batch', async () => {
    const RequestItems = { nowhere: [{ PutRequest: { Item: key } }] };
    expect(
      await faultOf(
        client.send(
          new BatchWriteItemCommand({
            RequestItems,
            ReturnConsumedCapacity: bogus,
            ReturnItemCollectionMetrics: bogus,
          }),
        ),
      ),
    ).toBe(count(capacity, metrics));
    const mistaken = { 'bad!name': { Keys: [{ pk: text('a') }] } };
    const keys = `Value '{"bad!name":{"Keys":[{"pk":{"S":"a"}}]}}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]`;
    const read = (more: object) => faultOf(client.send(new BatchGetItemCommand({ RequestItems: mistaken, ...more })));
    expect(await read({})).toBe(count(keys));
    expect(await read({ ReturnConsumedCapacity: bogus })).toBe(count(keys, capacity));
    const puts = { 'bad!name': [{ PutRequest: { Item: key } }] };
    const write = (more: object) => faultOf(client.send(new BatchWriteItemCommand({ RequestItems: puts, ...more })));
    expect(await write({ ReturnConsumedCapacity: bogus })).toBe(count(capacity));
    expect(await write({})).toMatch(
      /^1 validation error detected: Value '\{bad!name=\[WriteRequest\(putRequest=PutRequest\(item=\{pk=.+\}.*\)\]\}' at 'requestItems' failed to satisfy constraint: Map keys must/,
    );
    expect(await faultOf(client.send(new BatchGetItemCommand({ RequestItems: { texts: { Keys: [] } } })))).toBe(
      "1 validation error detected: Value at 'RequestItems.texts.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });
});

describe('what is wrong by itself is told before the table is looked for', () => {
  const update = (more: Partial<UpdateTableInput>) =>
    faultOf(client.send(new UpdateTableCommand({ TableName: 'nowhere', ...more })));
  const invalid = 'One or more parameter values were invalid: ';

  it('by UpdateTable', async () => {
    expect(await update({ TableName: 'abc;' })).toMatch(/at 'tableName' failed to satisfy constraint/);
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1e12 + 1 };
    expect(await update({ ProvisionedThroughput })).toBe(
      'Given value 1000000000001 for WriteCapacityUnits is out of bounds',
    );
    expect(await update({ BillingMode: 'PROVISIONED' })).toBe(
      `${invalid}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
    );
    expect(await update({ GlobalSecondaryIndexUpdates: [{}] })).toMatch(/^One or more .*Delete must not be null$/);
    const remove = { Delete: { IndexName: 'index' } };
    expect(await update({ GlobalSecondaryIndexUpdates: [remove, remove] })).toBe(
      `${invalid}Only one global secondary index update per index is allowed simultaneously. Index: index`,
    );
    expect(await update({ GlobalSecondaryIndexUpdates: [remove] })).toBe('ResourceNotFoundException');
  });

  it('by what tags', async () => {
    const ResourceArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/nowhere';
    const tag = (input: Partial<TagResourceInput>) =>
      faultOf(client.send(new TagResourceCommand({ ResourceArn, Tags: [], ...input })));
    expect(await tag({})).toBe('Atleast one Tag needs to be provided as Input.');
    expect(await tag({ Tags: [{ Key: 'a', Value: 'b' }] })).toBe('ResourceNotFoundException');
    expect(await tag({ ResourceArn: ResourceArn.replace('nowhere', 'ab') })).toMatch(/^Invalid TableArn/);
  });
});

describe('CreateTable and UpdateItem', () => {
  it('tell of global indexes first, and of a missing key with what else is wrong', async () => {
    const index = (IndexName: string, name: string) => ({
      IndexName,
      KeySchema: [{ AttributeName: name, KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    });
    const short = (name: string, member: string) =>
      `Value '${name}' at '${member}.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3`;
    expect(
      await faultOf(
        client.send(
          new CreateTableCommand({
            TableName: 'indexed',
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            LocalSecondaryIndexes: [index('aa', 'pk')],
            GlobalSecondaryIndexes: [index('zz', 'g')],
          }),
        ),
      ),
    ).toBe(count(short('zz', 'globalSecondaryIndexes'), short('aa', 'localSecondaryIndexes')));
    const missing = "Value null at 'key' failed to satisfy constraint: Member must not be null";
    const empty =
      "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1";
    const update = { UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': text('x') } };
    const sent = (more: object) => faultOf(client.send(new UpdateItemCommand(more as never)));
    expect(await sent({ TableName: '', ...update })).toBe(count(empty, missing));
    const INVALID = { ReturnConsumedCapacity: 'INVALID', ReturnValues: 'INVALID' };
    expect(await sent({ TableName: '', ...update, ...INVALID })).toBe(
      count(
        "Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        empty,
        "Value 'INVALID' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        missing,
      ),
    );
  });
});
