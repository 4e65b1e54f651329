// What items, requests and expressions may be, and the parameters that expressions replaced, through the official client.

import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;

const TableName = 'limits';

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(() => cloud.stop());

type Item = Record<string, AttributeValue>;

const keyOf = (pk: string, sk = 's'): Item => ({ pk: { S: pk }, sk: { S: sk } });
const put = (pk: string, more: Item = {}, sk = 's') =>
  client.send(new PutItemCommand({ TableName, Item: { ...keyOf(pk, sk), ...more } }));
const get = async (pk: string, sk = 's') =>
  (await client.send(new GetItemCommand({ TableName, Key: keyOf(pk, sk) }))).Item;
const update = (pk: string, more: Partial<UpdateItemInput>) =>
  client.send(new UpdateItemCommand({ TableName, Key: keyOf(pk), ...more }));

const refused = (message: string | RegExp) => ({
  name: 'ValidationException',
  message: message instanceof RegExp ? expect.stringMatching(message) : message,
});

describe('numbers', () => {
  it.each([
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['0.12345678901234567890123456789012345678', '0.12345678901234567890123456789012345678'],
    ['9.9999999999999999999999999999999999999E+125', `${'9'.repeat(38)}${'0'.repeat(88)}`],
    ['-1E-130', `-0.${'0'.repeat(129)}1`],
    ['  1', undefined],
    ['007.500', '7.5'],
    ['-0', '0'],
    ['1e3', '1000'],
    ['+5', '5'],
  ])('%s is kept as %s', async (given, kept) => {
    if (kept === undefined) {
      await expect(put('n', { n: { N: given } })).rejects.toMatchObject(
        refused(/cannot be converted to a numeric value/),
      );
      return;
    }
    await put('n', { n: { N: given } });
    expect((await get('n'))?.['n']).toEqual({ N: kept });
  });

  it.each([
    ['123456789012345678901234567890123456789', /more than 38 significant digits/],
    ['1E126', /magnitude larger than supported range/],
    ['-1E126', /magnitude larger than supported range/],
    ['1E-131', /magnitude smaller than supported range/],
    ['NaN', /cannot be converted to a numeric value: NaN/],
    ['0x10', /cannot be converted to a numeric value: 0x10/],
    ['', /cannot be converted to a numeric value$/],
  ])('%s is refused', async (given, message) => {
    await expect(put('n', { n: { N: given } })).rejects.toMatchObject(refused(message));
  });

  it('are added exactly, as far as 38 digits go', async () => {
    await put('sum', { n: { N: '99999999999999999999999999999999999998' } });
    const add = (N: string) =>
      update('sum', {
        UpdateExpression: 'ADD n :n',
        ExpressionAttributeValues: { ':n': { N } },
        ReturnValues: 'UPDATED_NEW',
      });
    expect((await add('1')).Attributes).toEqual({ n: { N: '9'.repeat(38) } });
    await expect(add('0.1')).rejects.toMatchObject({ name: 'ValidationException' });
    expect((await add('-0')).Attributes).toEqual({ n: { N: '9'.repeat(38) } });
  });
});

describe('sizes', () => {
  it('count names, text as UTF-8, and the key, up to 400 KiB', async () => {
    // 2 + 4 for pk, 2 + 1 for sk, 1 for the name.
    const room = 400 * 1024 - 10;
    await put('size', { t: { S: 'x'.repeat(room) } });
    await expect(put('size', { t: { S: 'x'.repeat(room + 1) } })).rejects.toMatchObject(
      refused('Item size has exceeded the maximum allowed size'),
    );
    await expect(put('size', { t: { S: `é${'x'.repeat(room - 1)}` } })).rejects.toMatchObject(refused(/Item size/));
    await expect(
      update('size', { UpdateExpression: 'SET u = :u', ExpressionAttributeValues: { ':u': { S: 'x' } } }),
    ).rejects.toMatchObject(refused('Item size to update has exceeded the maximum allowed size'));
  });

  it('limit the parts of keys', async () => {
    await put('p'.repeat(2048), {}, 's'.repeat(1024));
    expect(await get('p'.repeat(2048), 's'.repeat(1024))).toBeDefined();
    await expect(put('p'.repeat(2049))).rejects.toMatchObject(
      refused(/hashkey has exceeded the maximum size limit of\s*2048/),
    );
    await expect(put('p', {}, 's'.repeat(1025))).rejects.toMatchObject(
      refused(/size of all range keys has exceeded the size limit of 1024 bytes/),
    );
  });

  it('limit nesting to 32 levels', async () => {
    const nested = (depth: number): AttributeValue => (depth === 0 ? { S: 'x' } : { M: { m: nested(depth - 1) } });
    await put('deep', { d: nested(32) });
    await expect(put('deep', { d: nested(33) })).rejects.toMatchObject(refused(/Nesting Levels have exceeded/));
    const lists = (depth: number): AttributeValue => (depth === 0 ? { N: '1' } : { L: [lists(depth - 1)] });
    await expect(put('deep', { d: lists(33) })).rejects.toMatchObject(refused(/Nesting Levels have exceeded/));
  });

  it('end a page of a statement at a megabyte, however many partitions it names', async () => {
    for (let i = 0; i < 7; i += 1) await put(`partition ${i}`, { t: { S: 'x'.repeat(300 * 1024) } });
    const names = Array.from({ length: 7 }, (_, i) => `'partition ${i}'`).join(', ');
    const pages: number[] = [];
    let NextToken: string | undefined;
    do {
      const Statement = `SELECT pk FROM "${TableName}" WHERE pk IN (${names})`;
      const page = await client.send(new ExecuteStatementCommand({ Statement, NextToken }));
      pages.push(page.Items?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(pages).toEqual([4, 3]);
  });

  it('end a page at a megabyte, and begin the next behind it', async () => {
    for (let i = 0; i < 7; i += 1) await put('pages', { t: { S: 'x'.repeat(300 * 1024) } }, `${i}`);
    const pages: number[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: 'sk_copy <> :pk',
          ExpressionAttributeValues: { ':pk': { S: 'pages' } },
          ExclusiveStartKey,
        }),
      );
      pages.push(page.ScannedCount ?? 0);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    expect(pages).toEqual([4, 3]);
    const segments = await Promise.all(
      [0, 1, 2].map(async (Segment) => {
        let count = 0;
        let start: Item | undefined;
        do {
          const page = await client.send(
            new ScanCommand({ TableName, Segment, TotalSegments: 3, ExclusiveStartKey: start, Select: 'COUNT' }),
          );
          count += page.Count ?? 0;
          start = page.LastEvaluatedKey;
        } while (start);
        return count;
      }),
    );
    let whole = 0;
    let start: Item | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: start }));
      whole += page.Count ?? 0;
      start = page.LastEvaluatedKey;
    } while (start);
    expect(segments.reduce((sum, count) => sum + count)).toBe(whole);
  });

  it('limit batches and transactions', async () => {
    const writes = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ PutRequest: { Item: keyOf('batch', `${i}`) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes(25) } }));
    await expect(
      client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes(26) } })),
    ).rejects.toMatchObject(refused(/less than or equal to 25/));
    const keys = (count: number) => Array.from({ length: count }, (_, i) => keyOf('batch', `${i}`));
    const found = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys(100) } } }));
    expect(found.Responses?.[TableName]).toHaveLength(25);
    await expect(
      client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys(101) } } })),
    ).rejects.toMatchObject(refused(/less than or equal to 100/));
    const puts = (count: number, bytes = 0) =>
      Array.from({ length: count }, (_, i) => ({
        Put: { TableName, Item: { ...keyOf('transaction', `${i}`), t: { S: 'x'.repeat(bytes) } } },
      }));
    await client.send(new TransactWriteItemsCommand({ TransactItems: puts(100) }));
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: puts(101) }))).rejects.toMatchObject(
      refused(/less than or equal to 100/),
    );
    await expect(
      client.send(new TransactWriteItemsCommand({ TransactItems: puts(11, 390 * 1024) })),
    ).rejects.toMatchObject(refused(/cannot exceed 4 MB/));
  });
});

describe('expressions', () => {
  it('do not take reserved words for names, unless they are given as such', async () => {
    await put('words', { name: { S: 'x' }, status: { S: 'y' } });
    for (const word of ['name', 'STATUS', 'Size', 'zone', 'abort'])
      await expect(
        update('words', { UpdateExpression: `SET ${word} = :v`, ExpressionAttributeValues: { ':v': { S: 'v' } } }),
      ).rejects.toMatchObject(
        refused(`Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: ${word}`),
      );
    await update('words', {
      UpdateExpression: 'SET #n = :v REMOVE #s',
      ExpressionAttributeNames: { '#n': 'name', '#s': 'status' },
      ExpressionAttributeValues: { ':v': { S: 'v' } },
    });
    expect(await get('words')).toEqual({ ...keyOf('words'), name: { S: 'v' } });
  });

  it('change what they name and nothing else', async () => {
    await put('paths', { m: { M: { l: { L: [{ N: '1' }, { N: '2' }, { N: '3' }] } } }, set: { SS: ['a', 'b'] } });
    const { Attributes } = await update('paths', {
      UpdateExpression:
        'SET m.l[1] = m.l[0], m.#new = if_not_exists(m.gone, :n), m.l[9] = :n REMOVE m.l[2] DELETE #set :a ADD n :n',
      ExpressionAttributeNames: { '#new': 'new.name', '#set': 'set' },
      ExpressionAttributeValues: { ':n': { N: '7' }, ':a': { SS: ['a'] } },
      ReturnValues: 'ALL_NEW',
    });
    expect(Attributes).toEqual({
      ...keyOf('paths'),
      m: { M: { l: { L: [{ N: '1' }, { N: '1' }, { N: '7' }] }, 'new.name': { N: '7' } } },
      set: { SS: ['b'] },
      n: { N: '7' },
    });
  });

  it('show the elements that they changed in the order of the list', async () => {
    await put('elements', { l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] }, a: { S: 'x' } });
    const { Attributes } = await update('elements', {
      UpdateExpression: 'SET l[2] = :v, a = :v, l[0] = :w',
      ExpressionAttributeValues: { ':v': { N: '7' }, ':w': { N: '8' } },
      ReturnValues: 'UPDATED_NEW',
    });
    expect(Attributes).toEqual({ a: { N: '7' }, l: { L: [{ N: '8' }, { N: '7' }] } });
  });

  it('may be as long as 4 KB', async () => {
    const long = Array.from({ length: 300 }, (_, i) => `attribute${i} <> :v`).join(' AND ');
    await expect(
      client.send(
        new DeleteItemCommand({
          TableName,
          Key: keyOf('none'),
          ConditionExpression: long,
          ExpressionAttributeValues: { ':v': { S: 'x' } },
        }),
      ),
    ).rejects.toMatchObject(refused(/Expression size has exceeded the maximum allowed size/));
  });
});

describe('the parameters before expressions', () => {
  it('update, expect and filter', async () => {
    await put('legacy', { n: { N: '1' }, s: { SS: ['a', 'b'] }, gone: { S: 'x' } });
    const { Attributes } = await update('legacy', {
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '2' } },
        s: { Action: 'DELETE', Value: { SS: ['a'] } },
        gone: { Action: 'DELETE' },
        t: { Value: { S: 'new' } },
      },
      Expected: {
        n: { ComparisonOperator: 'LT', AttributeValueList: [{ N: '5' }] },
        never: { Exists: false },
      },
      ReturnValues: 'ALL_NEW',
    });
    expect(Attributes).toEqual({ ...keyOf('legacy'), n: { N: '3' }, s: { SS: ['b'] }, t: { S: 'new' } });
    await expect(
      update('legacy', { AttributeUpdates: { n: { Value: { N: '0' } } }, Expected: { n: { Value: { N: '1' } } } }),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await update('legacy', {
      AttributeUpdates: { either: { Value: { S: 'yes' } } },
      Expected: { n: { Value: { N: '1' } }, t: { Value: { S: 'new' } } },
      ConditionalOperator: 'OR',
    });
    await put('legacy', {}, 't');
    const query = await client.send(
      new QueryCommand({
        TableName,
        KeyConditions: {
          pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'legacy' }] },
          sk: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: 'a' }, { S: 'z' }] },
        },
        QueryFilter: { t: { ComparisonOperator: 'NOT_NULL' } },
        AttributesToGet: ['sk', 'either'],
      }),
    );
    expect(query).toMatchObject({ Count: 1, ScannedCount: 2, Items: [{ sk: { S: 's' }, either: { S: 'yes' } }] });
    const contains = await client.send(
      new QueryCommand({
        TableName,
        KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'legacy' }] } },
        QueryFilter: {
          s: { ComparisonOperator: 'CONTAINS', AttributeValueList: [{ S: 'b' }] },
          t: { ComparisonOperator: 'NULL' },
        },
        ConditionalOperator: 'OR',
        ScanIndexForward: false,
      }),
    );
    expect(contains.Items?.map((item) => item['sk']?.S)).toEqual(['t', 's']);
  });

  it('do not go together with expressions', async () => {
    await expect(
      update('legacy', { UpdateExpression: 'SET a = :a', Expected: { n: { Value: { N: '1' } } } }),
    ).rejects.toMatchObject(
      refused(
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {UpdateExpression}',
      ),
    );
  });
});

describe('transactions', () => {
  it('tell of each action why they were cancelled', async () => {
    await put('reasons', { n: { N: '1' } });
    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: keyOf('reasons', 'fine') } },
          {
            ConditionCheck: {
              TableName,
              Key: keyOf('reasons'),
              ConditionExpression: 'n > :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          {
            Update: {
              TableName,
              Key: keyOf('reasons', 'typed'),
              UpdateExpression: 'SET x = y + :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
            },
          },
        ],
      }),
    );
    await expect(transaction).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { ...keyOf('reasons'), n: { N: '1' } },
        },
        { Code: 'ValidationError', Message: expect.stringMatching(/attribute that does not exist/) },
      ],
    });
    expect(await get('reasons', 'fine')).toBeUndefined();
    const { Responses } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: ['s', 'gone'].map((sk) => ({ Get: { TableName, Key: keyOf('reasons', sk) } })),
      }),
    );
    expect(Responses).toEqual([{ Item: { ...keyOf('reasons'), n: { N: '1' } } }, {}]);
  });

  it('are written as statements too, all or nothing', async () => {
    const insert = (sk: string) => `INSERT INTO "${TableName}" VALUE {'pk': 'statements', 'sk': '${sk}', 'n': 1}`;
    const written = await client.send(
      new ExecuteTransactionCommand({ TransactStatements: [{ Statement: insert('a') }, { Statement: insert('b') }] }),
    );
    expect(written.Responses).toEqual([]);
    await expect(
      client.send(
        new ExecuteTransactionCommand({ TransactStatements: [{ Statement: insert('c') }, { Statement: insert('a') }] }),
      ),
    ).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'DuplicateItem' }],
    });
    const { Items } = await client.send(
      new ExecuteStatementCommand({
        Statement: `SELECT sk FROM "${TableName}" WHERE pk = ? AND begins_with(sk, ?) ORDER BY sk DESC`,
        Parameters: [{ S: 'statements' }, { S: '' }],
      }),
    );
    expect(Items).toEqual([{ sk: { S: 'b' } }, { sk: { S: 'a' } }]);
  });
});
