// PartiQL statements that change items, as AWS was seen to carry them out; and what of an index they may read.

import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

type Item = NonNullable<ConstructorParameters<typeof PutItemCommand>[0]['Item']>;
type Value = Item[string];

let cloud: TestCloud;
let client: DynamoDBClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE' = 'HASH') => ({ AttributeName, KeyType });
  const all = { ProjectionType: 'ALL' as const };
  await client.send(
    new CreateTableCommand({
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'h1', 'h2', 'r1'].map(attribute),
      KeySchema: [key('pk')],
      GlobalSecondaryIndexes: [
        { IndexName: 'one', KeySchema: [key('h1'), key('r1', 'RANGE')], Projection: all },
        { IndexName: 'many', KeySchema: [key('h1'), key('h2'), key('r1', 'RANGE')], Projection: all },
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: 'sorted',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map(attribute),
      KeySchema: [key('pk'), key('sk', 'RANGE')],
    }),
  );
  await cloud.cloud.settle();
});
afterAll(() => cloud.stop());

const run = (Statement: string, Parameters?: Value[]) =>
  client.send(new ExecuteStatementCommand({ Statement, Parameters }));
const get = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: 'things', Key: { pk: { S: pk } } }))).Item;
const put = (item: Item, TableName = 'things') => client.send(new PutItemCommand({ TableName, Item: item }));

async function faultOf(statement: string, parameters?: Value[], ConsistentRead?: boolean) {
  try {
    await client.send(new ExecuteStatementCommand({ Statement: statement, Parameters: parameters, ConsistentRead }));
    return 'nothing';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'ValidationException' ? message : name;
  }
}

const place = (statement: string, token: string, from = 0) => `1:${statement.indexOf(token, from) + 1}:${token.length}`;

describe('an UPDATE that begins with FROM', () => {
  it('does what UPDATE does', async () => {
    await put({ pk: { S: 'from' }, a: { N: '1' }, b: { S: 'bee' } });
    await run(`FROM "things" WHERE pk = 'from' SET c = 2 REMOVE a`);
    await run(`from "things" where pk = ? AND c = 2 set d = ?`, [{ S: 'from' }, { N: '7' }]);
    const { Items } = await run(`FROM "things" WHERE pk = 'from' REMOVE b RETURNING ALL NEW *`);
    expect(Items).toEqual([{ pk: { S: 'from' }, c: { N: '2' }, d: { N: '7' } }]);
    await client.send(
      new ExecuteTransactionCommand({
        TransactStatements: [{ Statement: `FROM "things" WHERE pk = 'from' SET c = 3` }],
      }),
    );
    expect(await get('from')).toMatchObject({ c: { N: '3' } });
  });

  it('needs the item, and what else WHERE says', async () => {
    await put({ pk: { S: 'from2' }, a: { N: '1' } });
    const failed = 'ConditionalCheckFailedException';
    expect(await faultOf(`FROM "things" WHERE pk = 'from2' AND a = 2 SET c = 5`)).toBe(failed);
    expect(await faultOf(`FROM "things" WHERE pk = 'nobody' SET c = 5`)).toBe(failed);
    expect(await get('nobody')).toBeUndefined();
  });
});

describe('set_add and set_delete', () => {
  const seed = (pk: string) =>
    put({
      pk: { S: pk },
      ss: { SS: ['a', 'b', 'c'] },
      ns: { NS: ['1', '2'] },
      s: { S: 'str' },
      m: { M: { inner: { SS: ['x'] } } },
    });

  it('change sets, make them and take them away', async () => {
    await seed('sets');
    await run(`UPDATE "things" SET ss = SET_ADD(ss, <<'z', 'a'>>) SET ns = set_add(ns, ?) WHERE pk = 'sets'`, [
      { NS: ['9'] },
    ]);
    await run(
      `UPDATE "things" SET made = set_add(made, <<'x'>>) SET none = set_delete(none, <<'x'>>) WHERE pk = 'sets'`,
    );
    const item = await get('sets');
    expect(item?.['ss']?.SS?.toSorted()).toEqual(['a', 'b', 'c', 'z']);
    expect(item?.['ns']?.NS?.toSorted()).toEqual(['1', '2', '9']);
    expect(item?.['made']).toEqual({ SS: ['x'] });
    expect(item?.['none']).toBeUndefined();
    await run(`UPDATE "things" SET ss = set_delete(ss, <<'a', 'b', 'c', 'z', 'none'>>) WHERE pk = 'sets'`);
    expect(await get('sets')).not.toHaveProperty('ss');
    expect(await faultOf(`UPDATE "things" SET ss = set_add(ss, <<'x'>>) WHERE pk = 'nobody'`)).toBe(
      'ConditionalCheckFailedException',
    );
  });

  const update = (set: string) => `UPDATE "things" SET ${set} WHERE pk = 'faults'`;
  const at = (set: string, token: string) => place(update(set), token);
  /** The position is of the first argument, whatever the second one is. */
  const first = (set: string, call: string) => `1:${update(set).indexOf(call) + call.length + 1}:2`;
  const incorrect = 'An operand in the update expression has an incorrect data type';
  it.each([
    [`t = set_add(ss, <<'x'>>)`, 'The first argument to SET_ADD must equal the assignment value at ', 'set_add'],
    [`ss = set_add(<<'a'>>, <<'b'>>)`, 'The first argument to SET_ADD must equal the assignment value at ', 'set_add'],
    [
      `t = set_delete(ss, <<'a'>>)`,
      'The first argument to SET_DELETE must equal the assignment value at ',
      'set_delete',
    ],
    ['ss = set_add(ss)', 'SET_ADD must have exactly two arguments at ', 'set_add'],
    [`ss = set_add(ss, <<'x'>>, <<'y'>>)`, 'SET_ADD must have exactly two arguments at ', 'set_add'],
  ])('refuse %s', async (set, message, token) => {
    expect(await faultOf(update(set))).toBe(message + at(set, token));
  });

  it.each([
    [
      `ss = set_add(ss, 'x')`,
      `The second argument to SET_ADD must be a value with type SET at ${first(`ss = set_add(ss, 'x')`, 'set_add(')}`,
    ],
    [
      `ss = set_add(ss, ['x'])`,
      `The second argument to SET_ADD must be a value with type SET at ${first(`ss = set_add(ss, ['x'])`, 'set_add(')}`,
    ],
    ['ss = set_add(ss, <<1>>)', incorrect],
    [`s = set_add(s, <<'x'>>)`, incorrect],
    ['ss = set_delete(ss, <<1>>)', incorrect],
    [
      `ss = set_add(ss, <<'x', 'x'>>)`,
      'One or more parameter values were invalid: Input collection [x, x] contains duplicates.',
    ],
    ['ss = set_add(ss, <<>>)', 'Empty bags are not supported'],
    [
      `m.inner = set_add(m.inner, <<'y'>>)`,
      "Statement wasn't well formed, can't be processed: Invalid path dot component",
    ],
  ])('refuse the values of %s', async (set, message) => {
    await seed('faults');
    expect(await faultOf(update(set))).toBe(message);
  });

  it('are no values to insert', async () => {
    const insert = `INSERT INTO "things" VALUE {'pk': 'x', 'ss': set_add(<<'a'>>, <<'b'>>)}`;
    expect(await faultOf(insert)).toBe(`Unsupported data type: set_add under key root at ${place(insert, 'set_add')}`);
  });
});

describe('what statements read', () => {
  const refused =
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.';

  it('is no index of several hash or range keys', async () => {
    for (const rest of ["WHERE h1 = 'a'", '', 'WHERE h1 = 5', "WHERE h1 = 'a' AND h2 = 'x' ORDER BY r1 DESC"])
      expect(await faultOf(`SELECT * FROM "things"."many" ${rest}`)).toBe(refused);
    expect(await faultOf(`SELECT COUNT(*) FROM "things"."many"`)).toBe(refused);
    expect(await faultOf('SELECT * FROM "things"."many" WHERE')).toMatch(/Unexpected term$/);
    expect(await faultOf(`SELECT * FROM "things"."one" WHERE h1 = 'a'`)).toBe('nothing');
  });

  it('is no index at all in a batch', async () => {
    await put({ pk: { S: 'i' }, h1: { S: 'a' }, h2: { S: 'x' }, r1: { S: 'm' } });
    const { Responses } = await client.send(
      new BatchExecuteStatementCommand({
        Statements: [
          { Statement: `SELECT * FROM "things"."one" WHERE h1 = 'a' AND r1 = 'm'` },
          { Statement: `SELECT * FROM "things"."many" WHERE h1 = 'a' AND h2 = 'x' AND r1 = 'm'` },
          { Statement: `SELECT * FROM "things" WHERE pk = 'i'` },
        ],
      }),
    );
    const needsKey = 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.';
    expect(Responses?.map(({ Error: fault }) => fault?.Message)).toEqual([needsKey, refused, undefined]);
    expect(Responses?.[2]?.Item).toMatchObject({ pk: { S: 'i' } });
  });

  it('is not strongly consistent of a global index, which has to be there first', async () => {
    expect(await faultOf('SELECT * FROM "things"."one"', undefined, true)).toBe(
      'Strongly consistent read is not supported on Global Secondary Indexes',
    );
    expect(await faultOf('SELECT * FROM "things"."none"', undefined, true)).toBe(
      'The table does not have the specified index',
    );
  });

  it('is no key that is longer than any can be', async () => {
    expect(await faultOf(`SELECT * FROM "sorted" WHERE pk = 'v' AND sk > '${'x'.repeat(1025)}'`)).toMatch(
      /Aggregated size of all range keys/,
    );
  });

  it('is what any of the conditions selects', async () => {
    for (const sk of ['1', '2', '3']) await put({ pk: { S: 'or' }, sk: { S: sk } }, 'sorted');
    for (const [left, found] of [
      [`pk = 'or' AND NOT sk = '1'`, ['2', '3']],
      [`pk = 'or' AND sk <> '1'`, ['2', '3']],
      [`pk = 'or' AND NOT begins_with(sk, 'x')`, ['1', '2', '3']],
      [`pk = 'or' AND NOT sk IN ['1', '3']`, ['2']],
      [`pk = 'or' AND NOT (sk = '1')`, ['2', '3']],
    ] as const) {
      const { Items } = await run(`SELECT * FROM "sorted" WHERE ${left} OR pk = 'or' AND sk = '2'`);
      expect(Items?.map(({ sk }) => sk?.S).toSorted()).toEqual(found);
    }
  });
});
