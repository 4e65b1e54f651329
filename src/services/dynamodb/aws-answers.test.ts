// What AWS was seen to answer where one would guess otherwise, through the official client.

import {
  CreateTableCommand,
  type CreateTableInput,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemInput,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let client: DynamoDBClient;

const attribute = (AttributeName: string, AttributeType: 'S' | 'N' = 'S') => ({ AttributeName, AttributeType });
const schema = (...keys: readonly string[]) =>
  keys.map((key) => {
    const [AttributeName = '', KeyType = 'HASH'] = key.split(' ');
    return { AttributeName, KeyType: KeyType as 'HASH' };
  });
const all = { ProjectionType: 'ALL' as const };

async function create(TableName: string, more: Partial<CreateTableInput> = {}): Promise<string> {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [attribute('pk')],
      KeySchema: schema('pk'),
      BillingMode: 'PAY_PER_REQUEST',
      ...more,
    }),
  );
  await cloud.cloud.settle();
  return TableDescription?.TableArn ?? '';
}

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  await create('items');
});
afterAll(() => cloud.stop());

const refused = (message: RegExp, name = 'ValidationException') => ({ name, message: expect.stringMatching(message) });
const key = (pk: string) => ({ TableName: 'items', Key: { pk: { S: pk } } });
const put = (item: NonNullable<CreateItem>) => client.send(new PutItemCommand({ TableName: 'items', Item: item }));
type CreateItem = ConstructorParameters<typeof PutItemCommand>[0]['Item'];
const update = (pk: string, more: Partial<UpdateItemInput>) =>
  client.send(new UpdateItemCommand({ ...key(pk), ...more }));
const get = async (pk: string) => (await client.send(new GetItemCommand(key(pk)))).Item;

describe('an index that is made later', () => {
  const addIndex = (TableName: string, IndexName: string, KeySchema: ReturnType<typeof schema>, definitions = true) =>
    client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: definitions ? KeySchema.map(({ AttributeName }) => attribute(AttributeName)) : undefined,
        GlobalSecondaryIndexUpdates: [{ Create: { IndexName, KeySchema, Projection: all } }],
      }),
    );

  it('leaves out what cannot be its key, then and when the item changes', async () => {
    await create('grown');
    const values = { good: 'x', empty: '', long: 'x'.repeat(3000) };
    for (const [pk, x] of Object.entries(values))
      await client.send(new PutItemCommand({ TableName: 'grown', Item: { pk: { S: pk }, x: { S: x } } }));
    await client.send(new PutItemCommand({ TableName: 'grown', Item: { pk: { S: 'number' }, x: { N: '1' } } }));
    await addIndex('grown', 'by-x', schema('x'));
    await cloud.cloud.settle();
    await addIndex('grown', 'by-pk-and-x', schema('pk', 'x RANGE'));
    await cloud.cloud.settle();
    for (const pk of [...Object.keys(values), 'number'])
      await client.send(
        new UpdateItemCommand({
          TableName: 'grown',
          Key: { pk: { S: pk } },
          UpdateExpression: 'SET y = :y',
          ExpressionAttributeValues: { ':y': { N: '1' } },
        }),
      );
    for (const IndexName of ['by-x', 'by-pk-and-x']) {
      const { Items } = await client.send(new ScanCommand({ TableName: 'grown', IndexName }));
      expect(Items).toEqual([{ pk: { S: 'good' }, x: { S: 'x' }, y: { N: '1' } }]);
    }
  });

  it('needs its attributes defined again, and as they are', async () => {
    await create('defined', {
      AttributeDefinitions: [attribute('pk'), attribute('x')],
      GlobalSecondaryIndexes: [{ IndexName: 'one', KeySchema: schema('x'), Projection: all }],
    });
    await expect(addIndex('defined', 'two', schema('x'), false)).rejects.toMatchObject(
      refused(/not defined in AttributeDefinitions. Keys: \[x\], AttributeDefinitions: \[\]/),
    );
    const create2 = { IndexName: 'two', KeySchema: schema('x'), Projection: all };
    const updateTable = (type: 'S' | 'N', Create = create2) =>
      client.send(
        new UpdateTableCommand({
          TableName: 'defined',
          AttributeDefinitions: [attribute('pk', 'N'), attribute('x', type)],
          GlobalSecondaryIndexUpdates: [{ Create }],
        }),
      );
    await expect(updateTable('N')).rejects.toMatchObject(
      refused(
        /Attributes cannot be redefined.*Existing schema: Schema:\[SchemaElement: key\{x:S:HASH\}\] New schema: Schema:\[SchemaElement: key\{x:N:HASH\}\]/,
      ),
    );
    await expect(
      client.send(
        new UpdateTableCommand({
          TableName: 'defined',
          AttributeDefinitions: [attribute('x')],
          GlobalSecondaryIndexUpdates: [{ Create: create2, Delete: { IndexName: 'one' } }],
        }),
      ),
    ).rejects.toMatchObject(refused(/Only one of/));
    // What no index needs may say what it likes.
    await updateTable('S');
    await cloud.cloud.settle();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'defined' }));
    expect(Table?.AttributeDefinitions).toEqual([attribute('pk'), attribute('x')]);
  });
});

describe('a table', () => {
  it.each<[string, Partial<CreateTableInput>, RegExp]>([
    [
      'an attribute defined twice',
      { AttributeDefinitions: [attribute('pk'), attribute('pk', 'N')] },
      /Duplicate AttributeName in AttributeDefinitions: pk/,
    ],
    [
      'a local index of three keys',
      {
        AttributeDefinitions: [attribute('pk'), attribute('a'), attribute('b')],
        KeySchema: schema('pk', 'a RANGE'),
        LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: schema('pk', 'a RANGE', 'b RANGE'), Projection: all }],
      },
      /'localSecondaryIndexes.1.member.keySchema' failed.*less than or equal to 2/,
    ],
    [
      'an attribute projected twice',
      {
        GlobalSecondaryIndexes: [
          {
            IndexName: 'global',
            KeySchema: schema('pk'),
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'a'] },
          },
        ],
      },
      /Duplicate value in attribute name: a/,
    ],
  ])('is not made with %s', async (_, more, message) => {
    await expect(create('faulty', more)).rejects.toMatchObject(refused(message));
  });

  it('takes no tags of other letters, nor for its indexes', async () => {
    const arn = await create('tagged');
    const tag = (ResourceArn: string, Key: string) =>
      client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key, Value: 'v' }] }));
    await tag(arn, 'Größe: a/b=c');
    for (let i = 0; i < 30; i++) await tag(arn, `tag-${i}`);
    const { Tags, NextToken } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: arn }));
    expect([Tags?.length, NextToken]).toEqual([31, undefined]);
    await expect(client.send(new TagResourceCommand({ ResourceArn: arn, Tags: [] }))).rejects.toMatchObject(
      refused(/^Atleast one Tag needs to be provided as Input.$/),
    );
    await expect(tag(arn, 'what?')).rejects.toMatchObject(refused(/can only contain/));
    await expect(tag(`${arn}/index/x`, 'a')).rejects.toMatchObject(refused(/only table or stream is accepted/));
    await expect(tag('not-an-arn', 'a')).rejects.toMatchObject(refused(/ARNs must start with 'arn:'/));
  });
});

describe('an update', () => {
  const values = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(given).map(([name, N]) => [`:${name}`, { N }]));

  it('that only takes away makes no item, whatever its paths', async () => {
    for (const UpdateExpression of ['REMOVE a', 'REMOVE a.b, c[1]'])
      expect((await update('absent', { UpdateExpression, ReturnValues: 'ALL_NEW' })).Attributes).toBeUndefined();
    expect(await get('absent')).toBeUndefined();
    await update('absent', {});
    expect(await get('absent')).toEqual({ pk: { S: 'absent' } });
  });

  it('appends in the order of the positions', async () => {
    await put({ pk: { S: 'list' }, l: { L: [{ N: '0' }] } });
    await update('list', {
      UpdateExpression: 'SET l[9] = :c, l[7] = :a, l[0] = :z, l[8] = :b',
      ExpressionAttributeValues: values({ a: '1', b: '2', c: '3', z: '9' }),
    });
    expect((await get('list'))?.['l']).toEqual({ L: ['9', '1', '2', '3'].map((N) => ({ N })) });
  });

  it('words its refusals', async () => {
    await put({ pk: { S: 'words' }, s: { S: 'x' }, l: { L: [] }, n: { N: '1E50' } });
    const lists = { ':l': { L: [] } };
    await expect(
      update('words', { AttributeUpdates: { s: { Action: 'ADD', Value: { N: '1' } } } }),
    ).rejects.toMatchObject(refused(/^Type mismatch for attribute to update$/));
    await expect(
      update('words', { UpdateExpression: 'ADD s :n', ExpressionAttributeValues: values({ n: '1' }) }),
    ).rejects.toMatchObject(refused(/incorrect data type/));
    await expect(
      update('words', { UpdateExpression: 'SET n = n + :n', ExpressionAttributeValues: values({ n: '1' }) }),
    ).rejects.toMatchObject(refused(/^Number overflow/));
    await expect(
      update('words', {
        UpdateExpression: 'SET l = list_append(list_append(l, :l), :l)',
        ExpressionAttributeValues: lists,
      }),
    ).rejects.toMatchObject(refused(/not allowed to be used this way in an expression; function: list_append/));
    await expect(
      update('words', {
        UpdateExpression: 'SET l = :l',
        ConditionExpression: 'if_not_exists(l, l) = :l',
        ExpressionAttributeValues: lists,
      }),
    ).rejects.toMatchObject(refused(/not allowed in a condition expression; function: if_not_exists/));
    await expect(update('words', { UpdateExpression: 'REMOVE l[99999999999]' })).rejects.toMatchObject(
      refused(/List index is not within the allowable range; index: \[99999999999\]/),
    );
  });

  it('knows no attributes without a name', async () => {
    const names = { '#a': '' };
    await expect(put({ pk: { S: 'x' }, '': { N: '1' } })).rejects.toMatchObject(refused(/Empty attribute name/));
    await expect(
      client.send(new GetItemCommand({ ...key('x'), ProjectionExpression: '#a', ExpressionAttributeNames: names })),
    ).rejects.toMatchObject(refused(/Empty attribute name/));
    await expect(client.send(new GetItemCommand({ ...key('x'), AttributesToGet: [''] }))).rejects.toMatchObject(
      refused(/Empty attribute name/),
    );
    await expect(update('x', { AttributeUpdates: { '': { Value: { N: '1' } } } })).rejects.toMatchObject(
      refused(/Empty attribute name/),
    );
  });

  it('does not expect of what is not there that it contains nothing', async () => {
    await put({ pk: { S: 'expected' } });
    await expect(
      update('expected', {
        AttributeUpdates: { a: { Value: { N: '1' } } },
        Expected: { q: { ComparisonOperator: 'NOT_CONTAINS', AttributeValueList: [{ N: '1' }] } },
      }),
    ).rejects.toMatchObject(refused(/conditional request failed/, 'ConditionalCheckFailedException'));
  });

  it('may ask as deeply as its operators go', async () => {
    await put({ pk: { S: 'deep' }, a: { N: '1' }, b: { N: '2' } });
    const nested = (depth: number) => `a<b ${'or (a<b '.repeat(depth)}${')'.repeat(depth)}`;
    const ask = (depth: number) =>
      update('deep', { UpdateExpression: 'SET z = a', ConditionExpression: nested(depth) });
    await ask(149);
    await expect(ask(200)).rejects.toMatchObject(refused(/too many operators; operator count: 401/));
  });
});

describe('a query', () => {
  it('has nothing to begin behind in a partition of one item', async () => {
    const { TableName, Key } = key('one');
    await expect(
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'one' } },
          ExclusiveStartKey: Key,
        }),
      ),
    ).rejects.toMatchObject(
      refused(/^The provided exclusive start key is invalid: ExclusiveStartKey: \{pk=AttributeValue: \{S:one\}\}$/),
    );
  });

  it('of an index with several keys says which of them it misses', async () => {
    await create('composite', {
      AttributeDefinitions: ['pk', 'h', 'i', 'a', 'b'].map((name) => attribute(name)),
      GlobalSecondaryIndexes: [
        { IndexName: 'all', KeySchema: schema('h', 'i', 'a RANGE', 'b RANGE'), Projection: all },
      ],
    });
    const query = (KeyConditionExpression: string) =>
      client.send(
        new QueryCommand({
          TableName: 'composite',
          IndexName: 'all',
          KeyConditionExpression,
          ExpressionAttributeValues: { ':v': { S: 'v' } },
        }),
      );
    await query('h = :v AND i = :v AND b < :v AND a = :v');
    await expect(query('h = :v')).rejects.toMatchObject(
      refused(/^HASH key attributes i must have equality conditions/),
    );
    const open =
      /^RANGE key attributes a must have equality conditions specified in the query because a condition is present on key attribute b$/;
    const search = (size: number, operator: string) =>
      client.send(
        new QueryCommand({
          TableName: 'composite',
          IndexName: 'all',
          KeyConditionExpression: `h = :v AND i = :v AND a ${operator}`,
          ExpressionAttributeValues: { ':v': { S: 'v' }, ':long': { S: 'x'.repeat(size) } },
        }),
      );
    for (const operator of ['= :long', '> :long', 'BETWEEN :v AND :long']) {
      await search(1024, operator);
      await expect(search(1025, operator)).rejects.toMatchObject(refused(/Aggregated size of all range keys/));
    }
    for (const more of ['b = :v', 'a > :v AND b = :v'])
      await expect(query(`h = :v AND i = :v AND ${more}`)).rejects.toMatchObject(refused(open));
    const long = (Item: CreateItem) => client.send(new PutItemCommand({ TableName: 'composite', Item }));
    const half = { S: 'x'.repeat(600) };
    const own = { pk: half, h: half, i: half };
    await long({ ...own, a: half });
    await expect(long({ ...own, a: half, b: half })).rejects.toMatchObject(
      refused(/Aggregated size of all range keys/),
    );
  });
});

it('a transaction tells the first action that is wrong by itself', async () => {
  const wrong = { Put: { TableName: 'items', Item: { pk: { N: '7' } } } };
  const transaction = client.send(new TransactWriteItemsCommand({ TransactItems: [wrong, wrong] }));
  await expect(transaction).rejects.toMatchObject({
    CancellationReasons: [{ Code: 'ValidationError' }, { Code: 'None' }],
  });
});
