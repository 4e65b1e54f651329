// PartiQL statements as AWS was seen to read them: what runs, what is refused and in which words. Positions are
// `line:column:length` of a token.

import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  type ExecuteStatementInput,
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
  await create('texts', ['pk S HASH']);
  await create('numbers', ['pk N HASH']);
  await create('strings', ['pk S HASH', 'sk S RANGE']);
  await create('numbered', ['pk S HASH', 'sk N RANGE']);
});
afterAll(() => cloud.stop());

const keysOf = (keys: readonly string[]) =>
  keys.map((key) => {
    const [AttributeName = '', AttributeType = '', KeyType = ''] = key.split(' ');
    return { AttributeName, AttributeType: AttributeType as 'S', KeyType: KeyType as 'HASH' };
  });

async function create(TableName: string, keys: readonly string[], index: readonly string[] = []): Promise<void> {
  const schema = (parts: readonly string[]) => keysOf(parts).map(({ AttributeType: _, ...part }) => part);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keysOf([...keys, ...index]).map(({ KeyType: _, ...definition }) => definition),
      KeySchema: schema(keys),
      ...(index.length > 0 && {
        GlobalSecondaryIndexes: [{ IndexName: 'gsi', KeySchema: schema(index), Projection: { ProjectionType: 'ALL' } }],
      }),
    }),
  );
  await cloud.cloud.settle();
}

const run = (Statement: string, Parameters?: Value[], more: Partial<ExecuteStatementInput> = {}) =>
  client.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }));
const rows = async (statement: string, parameters?: Value[]) => (await run(statement, parameters)).Items;
const put = (TableName: string, item: Item) => client.send(new PutItemCommand({ TableName, Item: item }));
const get = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: 'texts', Key: { pk: { S: pk } } }))).Item;

/** What is wrong with a statement: its code when that is not ValidationException, and its message. */
async function faultOf(statement: string, parameters?: Value[], more?: Partial<ExecuteStatementInput>) {
  try {
    await run(statement, parameters, more);
    return 'nothing';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'ValidationException' ? message : name;
  }
}

const malformed = "Statement wasn't well formed, can't be processed: ";
const leftOver = `${malformed}Unexpected token after expression`;

/** `1:<column>:<length>` of the first such token behind `from`. */
const place = (statement: string, token: string, from = 0, length = token.length) =>
  `1:${statement.indexOf(token, from) + 1}:${length}`;

describe('the grammar of statements', () => {
  it('knows numbers with exponents and without a leading digit', async () => {
    await put('numbers', { pk: { N: '7310000' } });
    await put('numbers', { pk: { N: '-7.3' } });
    for (const literal of ['7.31e6', '7.31E+6', '731e4', '73100000e-1'])
      expect(await rows(`SELECT * FROM "numbers" WHERE pk = ${literal}`)).toEqual([{ pk: { N: '7310000' } }]);
    expect(await rows('SELECT * FROM "numbers" WHERE pk = -.73e1')).toEqual([{ pk: { N: '-7.3' } }]);
  });

  it('takes comments for space', async () => {
    await put('texts', { pk: { S: 'a' } });
    for (const statement of [
      `SELECT * FROM "texts" WHERE pk = 'a' -- a note`,
      `SELECT * FROM "texts" -- a note\nWHERE pk = 'a'`,
      `-- a note\nSELECT * FROM "texts" WHERE pk = 'a'`,
      `SELECT * FROM "texts" /* a\nnote */ WHERE pk = 'a' /**/`,
    ])
      expect(await rows(statement)).toEqual([{ pk: { S: 'a' } }]);
  });

  it.each([
    ['SELECT * FROM "numbers" WHERE pk = 1 foo', leftOver],
    ['SELECT * FROM "numbers" WHERE pk = 1 e5', leftOver],
    [`INSERT INTO "numbers" VALUE {'pk': 1} foo`, leftOver],
    ['UPDATE "numbers" SET a = 9 WHERE pk = 1 foo', leftOver],
    ['DELETE FROM "numbers" WHERE pk = 1 foo', leftOver],
    ['SELECT * FROM "numbers" WHERE pk = 1)', leftOver],
    ['DELETE FROM "numbers" WHERE pk = 1 ORDER BY pk', leftOver],
    ['SELECT * FROM "numbers" ORDER BY pk WHERE pk = 1', leftOver],
    ['SELECT * FROM "numbers" WHERE', `${malformed}Unexpected term`],
    ['SELECT * FROM "numbers" WHERE pk = 1e2147483648', malformed],
    ['SELECT * FROM "numbers" WHERE pk = 1e99999999999', malformed],
    ['SELECT * FROM "numbers" WHERE pk = 1.5e-2147483647', malformed],
    ['SELECT * FROM "numbers" WHERE pk = 1 # note', malformed],
    ['SELECT * FROM "numbers" WHERE pk = 1 /* note', malformed],
    [`SELECT * FROM "texts" t WHERE pk = 'x'`, 'Aliasing is not supported'],
    [`SELECT * FROM "texts" AS t WHERE pk = 'x'`, 'Aliasing is not supported'],
    [`UPDATE "texts" t SET a = 3 WHERE pk = 'x'`, 'Aliasing is not supported'],
    [`DELETE FROM "texts" t WHERE pk = 'x'`, 'Aliasing is not supported'],
    [`INSERT INTO "texts" t VALUE {'pk': 'x'}`, leftOver],
  ])('refuses %s', async (statement, message) => {
    expect(await faultOf(statement)).toBe(message);
  });

  const overflow = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
  const underflow = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
  it.each([
    ['SELECT * FROM "numbers" WHERE pk = 1e126', `${overflow} under root`],
    ['SELECT * FROM "numbers" WHERE pk = 1e-131', `${underflow} under root`],
    [
      'SELECT * FROM "numbers" WHERE pk = 123456789012345678901234567890123456789',
      'Attempting to store more than 38 significant digits in a Number under root',
    ],
    [`INSERT INTO "numbers" VALUE {'pk': 1e126}`, `${overflow} under root`],
    ['UPDATE "numbers" SET a = 1e-131 WHERE pk = 1', `${underflow} under root`],
    [`INSERT INTO "numbers" VALUE {'pk': 1, 'm': {'x': 1e126}}`, `${overflow} under root.x`],
    [`INSERT INTO "numbers" VALUE {'pk': 1, 'l': [1, 1e126]}`, `${overflow} under root[1]`],
  ])('says where a number is wrong: %s', async (statement, message) => {
    expect(await faultOf(statement)).toBe(message);
  });

  const odd = 'The parameter cannot be converted to a numeric value';
  it('reads numbers of parameters as whole 32-bit exponents allow', async () => {
    for (const statement of [
      `SELECT * FROM "strings" WHERE pk = 'p' AND n = ?`,
      `INSERT INTO "strings" VALUE {'pk': 'p', 'sk': 's', 'n': ?}`,
      `UPDATE "strings" SET n = ? WHERE pk = 'p' AND sk = 's'`,
      'SELECT * FROM "strings" WHERE pk = ?',
    ]) {
      for (const N of ['1e99999999999', '-1e99999999999', '1e2147483648', '1e-2147483648'])
        expect(await faultOf(statement, [{ N }])).toBe(`${odd}: ${N}`);
      expect(await faultOf(statement, [{ N: '1e2147483647' }])).toBe(underflow);
      expect(await faultOf(statement, [{ N: '' }])).toBe(odd);
    }
  });

  it('tells of what is wrong with parameters in their order', async () => {
    const deep = (levels: number, leaf: Value = { S: 'leaf' }): Value =>
      levels === 0 ? leaf : { M: { n: deep(levels - 1, leaf) } };
    const nested = /^Nesting Levels have exceeded/;
    const two = `SELECT * FROM "strings" WHERE pk = 'p' AND x = ? AND y = ?`;
    const one = `SELECT * FROM "strings" WHERE pk = 'p' AND x = ?`;
    for (const levels of [40, 100]) {
      expect(await faultOf(two, [deep(levels), { N: 'abc' }])).toMatch(nested);
      expect(await faultOf(two, [{ N: 'abc' }, deep(levels)])).toBe(`${odd}: abc`);
      expect(await faultOf(one, [{ M: { d: deep(levels), bad: { N: 'abc' } } }])).toMatch(nested);
      expect(await faultOf(one, [{ M: { bad: { N: 'abc' }, d: deep(levels) } }])).toBe(`${odd}: abc`);
      expect(await faultOf(one, [deep(levels, { N: 'abc' })])).toMatch(nested);
    }
  });
});

describe('functions in WHERE', () => {
  const where = (condition: string) => `SELECT * FROM "texts" WHERE pk = 'f' AND ${condition}`;
  beforeAll(async () => {
    await put('texts', {
      pk: { S: 'f' },
      ss: { SS: ['a', 'b'] },
      s: { S: 'str' },
      m: { M: { sub: { S: 'x' }, inner: { SS: ['x'] } } },
      nul: { NULL: true },
      flag: { BOOL: true },
    });
  });

  it.each([
    ['attribute_exists(ss)', true],
    ['attribute_exists(nope)', false],
    ['attribute_not_exists(nope)', true],
    ['attribute_not_exists(ss)', false],
    ['NOT attribute_exists(nope)', true],
    ['ATTRIBUTE_EXISTS(ss)', true],
    ['(attribute_exists(nope) OR attribute_exists(ss))', true],
    ['attribute_exists(ss) = true', true],
    ['attribute_exists(nope) = false', true],
    ['attribute_exists("ss")', true],
    ['attribute_exists(m.sub)', true],
    ['attribute_exists(m.nope)', false],
    ['size(s) = 3', true],
    ['size(s) = 4', false],
    [`attribute_type(ss, 'SS')`, true],
    [`attribute_type(ss, 'S')`, false],
    ['nul IS NULL', true],
    ['s IS NULL', false],
    ['s IS NOT NULL', true],
    ['nul IS NOT NULL', false],
    ['flag IS BOOL', true],
    ['s IS STRING', true],
    ['s IS BOOL', false],
  ])('%s is %s', async (condition, holds) => {
    expect(await rows(where(condition))).toHaveLength(holds ? 1 : 0);
  });

  it('stand as conditions of writes', async () => {
    await put('texts', { pk: { S: 'w' }, a: { N: '5' } });
    await run(`UPDATE "texts" SET y = 1 WHERE pk = 'w' AND attribute_not_exists(y)`);
    const failed = 'ConditionalCheckFailedException';
    expect(await faultOf(`UPDATE "texts" SET y = 2 WHERE pk = 'w' AND attribute_not_exists(y)`)).toBe(failed);
    expect(await faultOf(`DELETE FROM "texts" WHERE pk = 'w' AND attribute_exists(nope)`)).toBe(failed);
    expect(await faultOf(`UPDATE "texts" SET z = 1 WHERE pk = 'none' AND attribute_not_exists(pk)`)).toBe(failed);
    expect(await get('w')).toEqual({ pk: { S: 'w' }, a: { N: '5' }, y: { N: '1' } });
    expect(await get('none')).toBeUndefined();
  });

  const operands = 'Incorrect number of operands for operator or function; operator or function: attribute_exists';
  it.each([
    [`attribute_exists('ss')`, 'Operator or function requires a document path; operator or function: attribute_exists'],
    ['attribute_exists()', `${operands}, number of operands: 0`],
    ['attribute_exists(ss, ns)', `${operands}, number of operands: 2`],
    ['attribute_exists(m.inner)', `${malformed}Invalid path dot component`],
    ['EXISTS(ss)', `Unrecognized function: exists at ${place(where('EXISTS(ss)'), 'EXISTS')}`],
    [`set_add(ss, <<'x'>>) = ss`, `Unrecognized function: set_add at ${place(where('set_add'), 'set_add')}`],
    ...['<', '<=', '>', '>='].map((operator): [string, string] => [
      `s ${operator} true`,
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: BOOL`,
    ]),
    [
      's BETWEEN false AND true',
      'Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL',
    ],
  ])('refuse %s', async (condition, message) => {
    expect(await faultOf(where(condition))).toBe(message);
  });

  it('are no columns, and no reads of batches and transactions', async () => {
    const column = `SELECT attribute_exists(ss) FROM "texts" WHERE pk = 'f'`;
    expect(await faultOf(column)).toBe(`Unexpected path component at ${place(column, 'attribute_exists')}`);
    const Statement = where('attribute_exists(ss)');
    const { Responses } = await client.send(new BatchExecuteStatementCommand({ Statements: [{ Statement }] }));
    expect(Responses?.[0]?.Error).toMatchObject({
      Code: 'ValidationError',
      Message: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
    });
    await expect(
      client.send(new ExecuteTransactionCommand({ TransactStatements: [{ Statement }] })),
    ).rejects.toMatchObject({
      message:
        'Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.',
    });
    const TransactStatements = [{ Statement: `EXISTS(SELECT * FROM "texts" WHERE pk = 'f')` }];
    await expect(client.send(new ExecuteTransactionCommand({ TransactStatements }))).rejects.toMatchObject({
      message:
        'Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition',
    });
  });
});
