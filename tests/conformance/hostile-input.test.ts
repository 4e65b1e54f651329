// Documents as deep as no parser's stack, numbers beyond what can be stored, expressions that would take for ever: data
// services refuse them in AWS's words, and go on. What S3's keys, ranges and parts are told is in its hostile.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { services } from '../../src/main.ts';
import { unverifiedSignature } from './encode-request.ts';
import { readAnswer } from './read-answer.ts';
import { createTestCloud, type TestCloud } from './test-cloud.ts';
import { furnish } from './usual.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await createTestCloud(services);
  await furnish(cloud);
});
afterAll(async () => {
  expect(cloud.takeFailures()).toEqual([]);
  await cloud.stop();
});

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Undefined where it was done. */
async function refusalOf(
  service: string,
  headers: Readonly<Record<string, string>>,
  text: string,
  path = '/',
  query = '',
) {
  const signer = { accessKeyId: 'test', region: 'us-east-1', amzDate: cloud.amzDate() };
  const method = service === 's3' ? 'PUT' : 'POST';
  const signed = { host: 'localhost:4566', ...unverifiedSignature(signer, service), ...headers };
  const answer = await cloud.send({ method, path, query, headers: signed, body: Buffer.from(text) });
  const error = readAnswer(answer, method);
  return error && ({ status: answer.status, code: error.code, message: error.message } satisfies Refusal);
}

const dynamodb = (name: string, body: string | object) =>
  refusalOf(
    'dynamodb',
    { 'x-amz-target': `DynamoDB_20120810.${name}`, 'content-type': 'application/x-amz-json-1.0' },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

const form = (service: string, version: string) => (fields: Readonly<Record<string, string>>) =>
  refusalOf(
    service,
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ Version: version, ...fields }).toString(),
  );
const sqs = form('sqs', '2012-11-05');
const sns = form('sns', '2010-03-31');
const iam = form('iam', '2010-05-08');

const depth = 10_000;
const nested = (open: string, inner: string, close: string, times = depth) =>
  open.repeat(times) + inner + close.repeat(times);
const deepLists = nested('[', '', ']');
const deepMaps = nested('{"a":', '1', '}');

const putItem = (value: string) => dynamodb('PutItem', `{"TableName":"table-1","Item":{"id":{"S":"a"},"v":${value}}}`);
const scan = (FilterExpression: string) =>
  dynamodb('Scan', { TableName: 'table-1', FilterExpression, ExpressionAttributeValues: { ':v': { S: 'x' } } });
const statement = (Statement: string) => dynamodb('ExecuteStatement', { Statement });

const invalid = (message: RegExp) => ({
  status: 400,
  code: 'ValidationException',
  message: expect.stringMatching(message),
});
const unreadable = { status: 400, code: 'SerializationException', message: expect.any(String) };
const tooNested = invalid(/^Nesting Levels have exceeded supported limits/);

describe('a number of an item', () => {
  const overflow = invalid(
    /^Number overflow\. Attempting to store a number with magnitude larger than supported range$/,
  );
  const underflow = invalid(
    /^Number underflow\. Attempting to store a number with magnitude smaller than supported range$/,
  );
  const tooLong = invalid(/^Attempting to store more than 38 significant digits in a Number$/);
  const noNumber = invalid(/^The parameter cannot be converted to a numeric value/);
  const fine = undefined;

  test.each([
    ['1e125', fine],
    ['1e126', overflow],
    ['-1e126', overflow],
    [`1${'0'.repeat(100_000)}`, overflow],
    ['1e-130', fine],
    ['1e-131', underflow],
    [`0.${'0'.repeat(200)}1`, underflow],
    ['9'.repeat(38), fine],
    ['9'.repeat(39), tooLong],
    ['1e99999999999999999999', noNumber],
    ['NaN', noNumber],
    ['-Infinity', noNumber],
    ['0x10', noNumber],
    ['1_000', noNumber],
    ['٣', noNumber],
    ['', noNumber],
  ])('%.50s', async (N, expected) => {
    expect(await putItem(JSON.stringify({ N }))).toEqual(expected);
    expect(await putItem(JSON.stringify({ NS: [N] })), 'in a set').toEqual(expected);
  });

  test('in a statement', async () => {
    const insert = (n: string) => statement(`INSERT INTO "table-1" VALUE {'id': '${n.length}', 'v': ${n}}`);
    expect(await insert('9'.repeat(1_000))).toEqual(invalid(/^Number overflow\. .* supported range under root$/));
    expect(await insert('9'.repeat(39))).toEqual(invalid(/38 significant digits in a Number under root$/));
  });

  test.each(['99999999999999999999', '1e999', '-1', '0', '1.5', '"1"'])('that limits a scan: %s', async (limit) => {
    expect(await dynamodb('Scan', `{"TableName":"table-1","Limit":${limit}}`)).toMatchObject({ status: 400 });
  });
});

describe('a document that is too deep', () => {
  test.each([
    ['lists', '{"L":[', ']}'],
    ['maps', '{"M":{"a":', '}}'],
  ])('of %s in an item', async (_what, open, close) => {
    const put = (times: number) => putItem(nested(open, '{"S":"x"}', close, times));
    expect(await put(32)).toBeUndefined();
    expect(await put(33)).toEqual(tooNested);
    expect(await put(depth)).toEqual(unreadable);
  });

  test('instead of a request', async () => {
    expect(await dynamodb('PutItem', deepLists)).toEqual(unreadable);
    expect(await dynamodb('PutItem', '['.repeat(depth))).toEqual(unreadable);
    expect(await dynamodb('PutItem', `{"TableName":${deepMaps}}`)).toEqual(unreadable);
  });

  test('in an expression', async () => {
    for (const filter of [
      nested('(', 'id = :v', ')', 1_500),
      `${'NOT '.repeat(900)}id = :v`,
      `id${'.a'.repeat(1_500)} = :v`,
      Array(400).fill('id = :v').join(' OR '),
      nested('(', 'id = :v', ')'),
    ])
      expect(await scan(filter), filter.slice(0, 50)).toEqual(invalid(/^Invalid FilterExpression: /));
  });

  test('in a statement', async () => {
    const refused = invalid(/^Statement wasn't well formed, can't be processed: /);
    expect(await statement(`SELECT * FROM "table-1" WHERE ${nested('(', "id = 'a'", ')', 3_000)}`)).toEqual(refused);
    for (const [open, close] of [['[', ']'] as const, ["{'a': ", '}'] as const])
      expect(
        await statement(`INSERT INTO "table-1" VALUE {'id': 'a', 'v': ${nested(open, '1', close, 1_000)}}`),
      ).toEqual(refused);
  });

  const queue = { QueueUrl: 'http://localhost/000000000000/queue-1' };
  const topic = 'arn:aws:sns:us-east-1:000000000000:topic-1';
  const subscription = {
    Action: 'Subscribe',
    TopicArn: topic,
    Protocol: 'sqs',
    Endpoint: 'arn:aws:sqs:us-east-1:000000000000:queue-1',
  };
  const filtered = (policy: string) =>
    sns({
      ...subscription,
      'Attributes.entry.1.key': 'FilterPolicyScope',
      'Attributes.entry.1.value': 'MessageBody',
      'Attributes.entry.2.key': 'FilterPolicy',
      'Attributes.entry.2.value': policy,
    });

  test.each([
    ['lists', deepLists],
    ['maps', deepMaps],
  ])('of %s in an attribute, a policy or a message', async (_what, document) => {
    const attribute = { Action: 'SetQueueAttributes', ...queue, 'Attribute.1.Value': document };
    const parameter = (code: RegExp) => ({
      status: 400,
      code: expect.stringMatching(code),
      message: expect.any(String),
    });
    const set = (name: string) => sqs({ ...attribute, 'Attribute.1.Name': name });
    expect(await set('RedrivePolicy')).toEqual(parameter(/^InvalidParameterValue$/));
    const topicPolicy = { Action: 'SetTopicAttributes', TopicArn: topic, AttributeName: 'Policy' };
    expect(await sns({ ...topicPolicy, AttributeValue: document })).toEqual(parameter(/^InvalidParameter$/));
    expect(await filtered(document)).toEqual(parameter(/^InvalidParameter$/));
    const publication = { Action: 'Publish', TopicArn: topic, Message: document };
    expect(await sns({ ...publication, MessageStructure: 'json' })).toEqual(parameter(/^InvalidParameter$/));
    const role = { Action: 'CreateRole', RoleName: 'deep', AssumeRolePolicyDocument: document };
    expect(await iam(role)).toEqual(parameter(/^(?:MalformedPolicyDocument|LimitExceeded|ValidationError)$/));
    expect(await refusalOf('s3', {}, document, '/bucket-1', 'policy')).toEqual(
      parameter(/^(?:MalformedPolicy|PolicyTooLarge)$/),
    );
  });

  test('that a filter is asked about does not pass it, and nothing breaks', async () => {
    expect(await filtered('{"a":{"b":["x"]}}')).toBeUndefined();
    for (const Message of [deepMaps, deepLists, nested('[', '', ']', 100_000), `{"a":${deepLists}}`, '['.repeat(depth)])
      expect(await sns({ Action: 'Publish', TopicArn: topic, Message })).toBeUndefined();
    expect(await sqs({ Action: 'ReceiveMessage', ...queue })).toBeUndefined();
  });
});

test('numbers in the names of a form make no lists of that size', async () => {
  const attributes = (n: string) => ({ [`Attribute.${n}.Name`]: 'DelaySeconds', [`Attribute.${n}.Value`]: '1' });
  const set = { Action: 'SetQueueAttributes', QueueUrl: 'http://localhost/000000000000/queue-1' };
  expect(await sqs({ ...set, ...attributes('999999999') })).toBeUndefined();
  expect(await sqs({ ...set, ...attributes('99999999999999999999') })).toMatchObject({ status: 400 });
});

test('names that every object of JavaScript has are names like any other', async () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const attributes = names.map((name) => `"${name}":{"S":"${name}"}`).join();
  expect(
    await dynamodb('PutItem', `{"TableName":"table-1","Item":{"id":{"S":"names"},${attributes}}}`),
  ).toBeUndefined();
  for (const name of names) {
    const key = { TableName: 'table-1', Key: { id: { S: 'names' } } };
    const condition = { ConditionExpression: '#n = :n', ExpressionAttributeNames: { '#n': name } };
    const update = { UpdateExpression: 'SET seen = :n', ExpressionAttributeValues: { ':n': { S: name } } };
    expect(await dynamodb('UpdateItem', { ...key, ...condition, ...update }), name).toBeUndefined();
  }
});
