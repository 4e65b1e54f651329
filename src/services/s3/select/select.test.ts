// S3 Select through the official client: what comes of expressions, formats, ranges and mistakes.

import { gzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  type InputSerialization,
  type OutputSerialization,
  PutObjectCommand,
  type S3Client,
  type ScanRange,
  SelectObjectContentCommand,
  type SelectObjectContentEventStream,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../cloud.testing.ts';
import { s3 } from '../s3.ts';

let cloud: TestCloud;
let client: S3Client;
const Bucket = 'selected';

const people = 'name,age,city\nAnn,34,Berlin\nBob,7,"New York, NY"\nCleo,,Paris\n';
const rules = [
  { Rules: [{ id: '1' }, { expr: 'y > x' }, { id: '2', expr: 'z = DEBUG' }] },
  { created: 'June 27', modified: 'July 6', big: '@' },
]
  .map((value) => JSON.stringify(value))
  .join('\n')
  .replace('"@"', '12345678901234567890.10');

/** Three lines, `a,1` to `c,3`, as bzip2 writes them. */
const bzip2 = 'QlpoOTFBWSZTWftnA7YAAATZAAAQAAQ4ADgAIAAiNDJ6hDAh65wIXi7kinChIfbOB2w=';

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string, Body: string | Uint8Array) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('people.csv', people);
  await put('people.csv.gz', gzipSync(people));
  await put('cut.csv.gz', gzipSync(people).subarray(0, 40));
  await put('counts.csv.bz2', Buffer.from(bzip2, 'base64'));
  await put('cut.csv.bz2', Buffer.from(bzip2, 'base64').subarray(0, 30));
  await put('rules.json', rules);
  await put('list.json', '[{"a": 1}, {"a": 2}]');
  await put('broken.json', '{"a": 1}\n{"a": ');
  await put('latin.csv', Buffer.from([0x61, 0xe4, 0x0a]));
  await put('empty.csv', '');
});
afterAll(() => cloud.stop());

interface Asked {
  readonly key?: string;
  readonly input?: InputSerialization;
  readonly output?: OutputSerialization;
  readonly range?: ScanRange;
  readonly progress?: boolean;
}

const withHeader: InputSerialization = { CSV: { FileHeaderInfo: 'USE' } };
const jsonLines: InputSerialization = { JSON: { Type: 'LINES' } };

async function eventsOf(Expression: string, asked: Asked = {}): Promise<readonly SelectObjectContentEventStream[]> {
  const { key = 'people.csv', input = withHeader, output = { JSON: {} }, range, progress = false } = asked;
  const { Payload } = await client.send(
    new SelectObjectContentCommand({
      Bucket,
      Key: key,
      Expression,
      ExpressionType: 'SQL',
      InputSerialization: input,
      OutputSerialization: output,
      ScanRange: range,
      RequestProgress: { Enabled: progress },
    }),
  );
  const events: SelectObjectContentEventStream[] = [];
  for await (const event of Payload ?? []) events.push(event);
  return events;
}

async function select(Expression: string, asked: Asked = {}): Promise<string> {
  const events = await eventsOf(Expression, asked);
  return Buffer.concat(events.flatMap(({ Records }) => (Records?.Payload ? [Records.Payload] : []))).toString();
}

/** Of one row with one column. */
async function resultOf(expression: string): Promise<unknown> {
  const text = await select(`SELECT ${expression} AS v FROM S3Object LIMIT 1`);
  return (JSON.parse(text) as { readonly v?: unknown }).v;
}

describe('CSV', () => {
  test('is read by its header, by places, or with the header as a record', async () => {
    expect(await select('SELECT * FROM S3Object')).toBe(
      '{"name":"Ann","age":"34","city":"Berlin"}\n{"name":"Bob","age":"7","city":"New York, NY"}\n{"name":"Cleo","age":"","city":"Paris"}\n',
    );
    expect(await select('SELECT s._1 FROM S3Object s LIMIT 1', { input: { CSV: {} } })).toBe('{"_1":"name"}\n');
    const input: InputSerialization = { CSV: { FileHeaderInfo: 'IGNORE' } };
    expect(await select('SELECT _3, _1 who FROM S3Object', { input, output: { CSV: {} } })).toBe(
      'Berlin,Ann\n"New York, NY",Bob\nParis,Cleo\n',
    );
  });

  test('is written as asked for', async () => {
    const output: OutputSerialization = {
      CSV: { QuoteFields: 'ALWAYS', FieldDelimiter: ';', RecordDelimiter: '|', QuoteCharacter: "'" },
    };
    expect(await select(`SELECT name, age FROM S3Object s WHERE s.name <> 'Bob'`, { output })).toBe(
      "'Ann';'34'|'Cleo';''|",
    );
  });

  test('that is compressed is counted twice', async () => {
    const input: InputSerialization = { ...withHeader, CompressionType: 'GZIP' };
    const events = await eventsOf('SELECT COUNT(*) FROM S3Object', { key: 'people.csv.gz', input, progress: true });
    expect(events.map((event) => Object.keys(event)[0])).toEqual(['Records', 'Progress', 'Stats', 'End']);
    expect(events[2]?.Stats?.Details).toEqual({
      BytesScanned: gzipSync(people).byteLength,
      BytesProcessed: people.length,
      BytesReturned: 9,
    });
    await expect(select('SELECT * FROM S3Object', { key: 'cut.csv.gz', input })).rejects.toMatchObject({
      name: 'TruncatedInput',
    });
    await expect(select('SELECT * FROM S3Object', { input })).rejects.toMatchObject({
      name: 'InvalidCompressionFormat',
    });
  });

  test('may be compressed by bzip2', async () => {
    const input: InputSerialization = { CSV: {}, CompressionType: 'BZIP2' };
    const sum = 'SELECT SUM(CAST(_2 AS INT)) FROM S3Object';
    expect(await select(sum, { key: 'counts.csv.bz2', input })).toBe('{"_1":6}\n');
    await expect(select(sum, { key: 'cut.csv.bz2', input })).rejects.toMatchObject({ name: 'TruncatedInput' });
    await expect(select(sum, { input })).rejects.toMatchObject({ name: 'InvalidCompressionFormat' });
  });

  test('is read from records that begin in a range', async () => {
    const bob = people.indexOf('Bob');
    const names = (range: ScanRange) => select('SELECT name FROM S3Object', { range, output: { CSV: {} } });
    expect(await names({ Start: bob, End: bob })).toBe('Bob\n');
    expect(await names({ Start: bob + 1 })).toBe('Cleo\n');
    expect(await names({ Start: 0, End: bob - 1 })).toBe('Ann\n');
    expect(await names({ End: 12 })).toBe('Cleo\n');
    await expect(names({ Start: 9, End: 4 })).rejects.toMatchObject({ name: 'InvalidScanRange' });
    const input: InputSerialization = { JSON: { Type: 'DOCUMENT' } };
    await expect(
      select('SELECT * FROM S3Object', { key: 'list.json', input, range: { Start: 1 } }),
    ).rejects.toMatchObject({ name: 'UnsupportedScanRangeInput' });
  });
});

describe('JSON', () => {
  test('is taken apart by paths', async () => {
    const asked = { key: 'rules.json', input: jsonLines };
    expect(await select('SELECT id FROM S3Object[*].Rules[*].id', asked)).toBe('{"id":"1"}\n{}\n{"id":"2"}\n{}\n');
    expect(await select('SELECT d.Rules[2].expr FROM S3Object d', asked)).toBe('{"expr":"z = DEBUG"}\n{}\n');
    expect(await select(`SELECT * FROM S3Object s WHERE s."created" IS NOT MISSING`, asked)).toBe(
      '{"created":"June 27","modified":"July 6","big":12345678901234567890.10}\n',
    );
    expect(await select('SELECT s.Rules FROM S3Object s LIMIT 1', { ...asked, output: { CSV: {} } })).toContain(
      '"[{""id"":""1""}',
    );
  });

  test('documents are one record each', async () => {
    const asked: Asked = { key: 'list.json', input: { JSON: { Type: 'DOCUMENT' } } };
    expect(await select('SELECT COUNT(*) AS n FROM S3Object', asked)).toBe('{"n":1}\n');
    expect(await select('SELECT * FROM S3Object', asked)).toBe('{"_1":[{"a":1},{"a":2}]}\n');
    expect(await select('SELECT s.a FROM S3Object[*][*] s', asked)).toBe('{"a":1}\n{"a":2}\n');
  });

  test('that is none is told once it is reached', async () => {
    await expect(
      select('SELECT * FROM S3Object', { key: 'broken.json', input: { JSON: { Type: 'DOCUMENT' } } }),
    ).rejects.toMatchObject({ name: 'JSONParsingError' });
  });
});

describe('aggregates', () => {
  test('are over all records', async () => {
    const aggregates = `COUNT(*), COUNT(NULLIF(age, '')), SUM(CAST(NULLIF(age, '') AS INT)) AS total,
      AVG(CAST(NULLIF(age, '') AS INT)), MIN(name), MAX(city)`;
    expect(await select(`SELECT ${aggregates} FROM S3Object`)).toBe(
      '{"_1":3,"_2":2,"total":41,"_4":20.5,"_5":"Ann","_6":"Paris"}\n',
    );
    expect(await select(`SELECT SUM(CAST(s.age AS INT)) + 1 FROM S3Object s WHERE s.name = 'Bob'`)).toBe('{"_1":8}\n');
    expect(await select('SELECT COUNT(*) FROM S3Object', { key: 'empty.csv' })).toBe('{"_1":0}\n');
  });

  test('do not stand beside single records', async () => {
    await expect(select('SELECT name, COUNT(*) FROM S3Object')).rejects.toMatchObject({
      name: 'UnsupportedSqlStructure',
    });
  });
});

describe('an expression', () => {
  test.each([
    ['1 + 2 * 3 - -4', 11],
    ['(1 + 2) * 3 % 4', 1],
    ['7 / 2', 3],
    ['7.0 / 2', 3.5],
    ["'a' || 'b'", 'ab'],
    ["LOWER('ÄB') || UPPER('c')", 'äbC'],
    ["CHAR_LENGTH('a😀')", 2],
    ["SUBSTRING('123456789', 0)", '123456789'],
    ["SUBSTRING('123456789', -1, 4)", '12'],
    ["SUBSTRING('123456789' FROM 3 FOR 2)", '34'],
    ["TRIM('  x ')", 'x'],
    ["TRIM(BOTH '12' FROM '1112211foobar22211122')", 'foobar'],
    ["TRIM(LEADING FROM '  x ')", 'x '],
    ["COALESCE(NULL, MISSING, 'z')", 'z'],
    ['NULLIF(1, 1)', null],
    ["CASE WHEN 1 > 2 THEN 'a' WHEN 'x' LIKE '_' THEN 'b' ELSE 'c' END", 'b'],
    ["CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END", 'two'],
    ["CAST('12' AS INT) = 12.0", true],
    ["CAST('true' AS BOOL)", true],
    ["'100%' LIKE '100\\%' ESCAPE '\\'", true],
    ["'axxb' LIKE 'a%b' AND 'axxc' NOT LIKE 'a%b'", true],
    ["2 BETWEEN 1 AND 3 AND 'q' IN ('p', 'q')", true],
    ['NULL = NULL', null],
    ['NOT (1 = 2) OR NULL = 1', true],
    ['NULL IS NULL AND MISSING IS NULL AND NULL IS NOT MISSING', true],
    ["EXTRACT(YEAR FROM TO_TIMESTAMP('2010-01-01T'))", 2010],
    ['DATE_ADD(month, 1, `2024-01-31`)', '2024-02-29T00:00:00Z'],
    ['DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)', 0],
    ["TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:mm a')", 'July 20, 1969 8:18 PM'],
    ["TO_STRING(`1969-07-20T20:18+08:00`, 'dd/MM/yyyy''T''HH:mmXXX')", '20/07/1969T20:18+08:00'],
  ])('%s is %j', async (expression, value) => {
    expect(await resultOf(expression)).toEqual(value);
  });

  test.each([
    ['SELEC * FROM S3Object', 'ParseExpectedKeyword'],
    ['SELECT * S3Object', 'ParseSelectMissingFrom'],
    ['SELECT FROM S3Object', 'ParseEmptySelect'],
    ['SELECT *, name FROM S3Object', 'ParseAsteriskIsNotAloneInSelectList'],
    ['SELECT name FROM S3Object WHERE', 'ParseUnexpectedTerm'],
    ['SELECT name FROM S3Object WHERE name = 1 2', 'ParseUnexpectedToken'],
    ["SELECT 'name FROM S3Object", 'LexerInvalidLiteral'],
    ['SELECT name # FROM S3Object', 'LexerInvalidChar'],
    ['SELECT name FROM other', 'InvalidDataSource'],
    ['SELECT name FROM S3Object LIMIT -1', 'EvaluatorNegativeLimit'],
    ['SELECT CAST(name AS THING) FROM S3Object', 'ParseExpectedTypeName'],
    ['SELECT CAST(name AS INT) FROM S3Object', 'CastFailed'],
    ['SELECT FOO(name) FROM S3Object', 'UnsupportedFunction'],
    ['SELECT LOWER(name, age) FROM S3Object', 'EvaluatorInvalidArguments'],
    ['SELECT nothing FROM S3Object', 'MissingHeaders'],
    ['SELECT name AS 5 FROM S3Object', 'ParseExpectedIdentForAlias'],
    ['SELECT name FROM S3Object ORDER BY name', 'ParseUnsupportedSyntax'],
    [`SELECT ${'('.repeat(10_000)} FROM S3Object`, 'ParseUnsupportedSyntax'],
    [`SELECT 1${' + 1'.repeat(60_000)} FROM S3Object`, 'ParseUnsupportedSyntax'],
    [`SELECT '${'x'.repeat(300_000)}' FROM S3Object`, 'ExpressionTooLong'],
  ])('expression %# is refused', async (expression, name) => {
    await expect(select(expression)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  test('is told where it goes wrong', async () => {
    await expect(select('SELECT name\nFROM S3Object WHERE name = )')).rejects.toMatchObject({
      message: 'Unexpected token found OPERATOR:) at line 2, column 28.',
    });
  });
});

test('what is not UTF-8, an object that is not there and formats that are not built are refused', async () => {
  await expect(select('SELECT * FROM S3Object', { key: 'latin.csv', input: { CSV: {} } })).rejects.toMatchObject({
    name: 'InvalidTextEncoding',
  });
  await expect(select('SELECT * FROM S3Object', { key: 'nothing' })).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(select('SELECT * FROM S3Object', { input: { Parquet: {} } })).rejects.toMatchObject({
    name: 'NotImplemented',
  });
});

test('a large object streams through, and can be left early', async () => {
  const line = `${'x'.repeat(90)},1\n`;
  const lines = 200_000;
  await client.send(new PutObjectCommand({ Bucket, Key: 'large.csv', Body: line.repeat(lines) }));
  const asked: Asked = { key: 'large.csv', input: { CSV: {} } };
  const events = await eventsOf(`SELECT SUM(CAST(_2 AS INT)) FROM S3Object WHERE _1 LIKE 'x%'`, asked);
  expect(events.filter(({ Cont }) => Cont).length).toBeGreaterThan(1);
  expect(Buffer.from(events.find(({ Records }) => Records)?.Records?.Payload ?? []).toString()).toBe(
    `{"_1":${lines}}\n`,
  );
  const few = await eventsOf('SELECT _2 FROM S3Object LIMIT 3', asked);
  expect(few.at(-2)?.Stats?.Details?.BytesReturned).toBe(3 * '{"_2":"1"}\n'.length);
  expect(few.at(-2)?.Stats?.Details?.BytesScanned).toBeLessThan(lines * line.length);
});
