// What users get wrong before any operation sees it, and what AWS answers: the code, the status and the words.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { services } from '../../src/main.ts';
import { unverifiedSignature, type WireMessage } from './encode-request.ts';
import { contentFormat, readAnswer } from './read-answer.ts';
import { createTestCloud, type TestCloud } from './test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await createTestCloud(services);
});
afterAll(async () => {
  expect(cloud.takeFailures()).toEqual([]);
  await cloud.stop();
});

type Parts = Partial<Omit<WireMessage, 'body'>> & { readonly text?: string };

const form = (text: string): Parts => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, text });
const ec2 = (text: string): Parts => form(`Action=${text}&Version=2016-11-15`);
const sts = (text: string): Parts => form(`Action=${text}&Version=2011-06-15`);
const json = (target: string, text: string): Parts => ({
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
  text,
});
const rest = (method: string, path: string, query = '', text = ''): Parts => ({ method, path, query, text });
const cbor = (operation: string, text = ''): Parts => ({
  path: `/service/GraniteServiceVersion20100801/operation/${operation}`,
  headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
  text,
});

const tooLarge = 'x'.repeat(21 * 1024 * 1024);

type Case = readonly [
  what: string,
  service: string,
  parts: Parts,
  status: number,
  code: string,
  message: string | RegExp,
];

const noSuchService = "The service 'nosuch' is not one that cloudlet has. See /_cloudlet/capabilities.";
const malformedXml = 'The XML you provided was not well-formed or did not validate against our published schema';
const needed = (name: string) =>
  `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`;
const badDate = "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601";
const dated = (parts: Parts): Parts => ({ ...parts, headers: { ...parts.headers, 'x-amz-date': 'yesterday' } });

const cases: readonly Case[] = [
  ['an unknown service', 'nosuch', sts('Foo'), 400, 'UnknownService', noSuchService],
  ['an unknown service in JSON', 'nosuch', json('NoSuch.Foo', '{}'), 400, 'UnknownService', noSuchService],
  ['an unknown service by a path', 'nosuch', rest('GET', '/a/b'), 400, 'UnknownService', noSuchService],

  ['an unknown action', 'ec2', ec2('Foo'), 400, 'InvalidAction', 'The action Foo is not valid for this web service.'],
  ['an unknown action', 'sts', sts('Foo'), 400, 'InvalidAction', 'Could not find operation Foo for version 2011-06-15'],
  [
    'no action',
    'ec2',
    form('Version=2016-11-15'),
    400,
    'MissingAction',
    'The request must contain the parameter Action',
  ],
  ['no action', 'sts', form(''), 400, 'MissingAction', 'The request must contain the parameter Action'],
  ['an unknown target', 'ssm', json('AmazonSSM.Foo', '{}'), 400, 'UnknownOperationException', ''],
  ['an unknown target', 'dynamodb', json('DynamoDB_20120810.Foo', '{}'), 400, 'UnknownOperationException', ''],
  ['no target', 'dynamodb', { text: '{}' }, 400, 'UnknownOperationException', ''],
  ['an unknown CBOR operation', 'monitoring', cbor('Foo'), 400, 'UnknownOperationException', ''],
  [
    'an unknown path',
    'lambda',
    rest('GET', '/nothing'),
    404,
    'UnknownOperationException',
    /^Unable to determine service/,
  ],
  [
    'an unknown path',
    'route53',
    rest('GET', '/nothing'),
    404,
    'UnknownOperationException',
    /^Unable to determine service/,
  ],
  ['an unknown method', 's3', rest('PATCH', '/b/k'), 405, 'MethodNotAllowed', /^The specified method is not allowed/],

  ['half of a document', 'ssm', json('AmazonSSM.GetParameter', '{"Name":'), 400, 'SerializationException', /JSON/],
  [
    'another document',
    'ssm',
    json('AmazonSSM.GetParameter', '[]'),
    400,
    'SerializationException',
    'Start of list found where not expected',
  ],
  [
    'half of a document',
    's3',
    rest('PUT', '/bucket-1', 'tagging', '<Tagging><TagSet>'),
    400,
    'MalformedXML',
    malformedXml,
  ],
  ['another document', 's3', rest('PUT', '/bucket-1', 'tagging', '<Foo/>'), 400, 'MalformedXML', malformedXml],
  [
    'a document type',
    's3',
    rest('PUT', '/bucket-1', 'tagging', '<!DOCTYPE a><Tagging/>'),
    400,
    'MalformedXML',
    malformedXml,
  ],
  [
    'a broken escape',
    'ec2',
    ec2('DescribeVpcs&MaxResults=%zz'),
    404,
    'MalformedQueryString',
    'The query string contains a syntax error.',
  ],

  [
    'a number for a text',
    'ssm',
    json('AmazonSSM.GetParameter', '{"Name":5}'),
    400,
    'SerializationException',
    'NUMBER_VALUE cannot be converted to String',
  ],
  [
    'a list for a text',
    'dynamodb',
    json('DynamoDB_20120810.GetItem', '{"TableName":["a"]}'),
    400,
    'SerializationException',
    'Start of list found where not expected',
  ],
  [
    'a word for a number',
    'ec2',
    ec2('DescribeVpcs&MaxResults=abc'),
    400,
    'InvalidParameterValue',
    /^Value \(abc\) for parameter MaxResults is invalid\./,
  ],
  [
    'a word for a list',
    'ec2',
    ec2('DescribeVpcs&Filter=abc'),
    400,
    'InvalidParameterValue',
    /^Value \(abc\) for parameter Filter is invalid\./,
  ],
  [
    'a word for a number',
    'sts',
    sts('GetSessionToken&DurationSeconds=abc'),
    400,
    'MalformedInput',
    "'abc' can not be converted to an Integer",
  ],
  [
    'a word for a number',
    's3',
    rest('GET', '/bucket-1', 'list-type=2&max-keys=abc'),
    400,
    'InvalidArgument',
    'Provided max-keys not an integer or within integer range',
  ],

  ['a missing member', 'ssm', json('AmazonSSM.GetParameter', '{}'), 400, 'ValidationException', needed('name')],
  ['no body', 'ssm', json('AmazonSSM.GetParameter', ''), 400, 'ValidationException', needed('name')],
  [
    'missing members',
    'dynamodb',
    json('DynamoDB_20120810.GetItem', '{}'),
    400,
    'ValidationException',
    /^2 validation errors detected: /,
  ],
  [
    'a missing parameter',
    'ec2',
    ec2('CreateSecurityGroup'),
    400,
    'MissingParameter',
    'The request must contain the parameter GroupDescription',
  ],
  [
    'an unknown parameter',
    'ec2',
    ec2('DescribeVpcs&Foo=1'),
    400,
    'UnknownParameter',
    'The parameter Foo is not recognized',
  ],
  [
    'a number out of range',
    'sts',
    sts('GetSessionToken&DurationSeconds=1'),
    400,
    'ValidationError',
    /Member must have value greater than or equal to 900$/,
  ],

  [
    'a body too large',
    'ssm',
    json('AmazonSSM.GetParameter', tooLarge),
    413,
    'RequestEntityTooLarge',
    /exceeds 20971520 bytes$/,
  ],
  ['a body too large', 'ec2', ec2(tooLarge), 413, 'RequestEntityTooLarge', /exceeds 20971520 bytes$/],

  ['a bad date', 'sts', dated(sts('GetCallerIdentity')), 400, 'IncompleteSignature', badDate],
  ['a bad date', 'ec2', dated(ec2('DescribeVpcs')), 400, 'IncompleteSignature', badDate],
  ['a bad date', 'ssm', dated(json('AmazonSSM.GetParameter', '{}')), 400, 'IncompleteSignatureException', badDate],
  [
    'a bad date',
    's3',
    dated(rest('GET', '/')),
    403,
    'AccessDenied',
    'AWS authentication requires a valid Date or x-amz-date header',
  ],

  [
    'no signature',
    '',
    sts('GetCallerIdentity'),
    403,
    'MissingAuthenticationToken',
    'Request is missing Authentication Token',
  ],
  [
    'no signature',
    '',
    ec2('DescribeVpcs'),
    403,
    'MissingAuthenticationToken',
    'Request is missing Authentication Token',
  ],
  [
    'no signature',
    '',
    json('AmazonSSM.GetParameter', '{}'),
    400,
    'MissingAuthenticationTokenException',
    'Request is missing Authentication Token',
  ],
  [
    'no signature',
    '',
    { ...rest('GET', '/2015-03-31/functions/'), headers: { host: 'lambda.us-east-1.amazonaws.com' } },
    403,
    'MissingAuthenticationTokenException',
    'Request is missing Authentication Token',
  ],
  [
    'no signature and no service',
    '',
    form('Hello=World'),
    403,
    'MissingAuthenticationToken',
    'Missing Authentication Token',
  ],
  [
    'no signature where none is needed',
    '',
    sts('AssumeRoleWithWebIdentity'),
    400,
    'ValidationError',
    /^3 validation errors detected: Value null at 'roleArn'/,
  ],
];

const formats: Readonly<Record<string, string>> = {
  ec2: 'xml',
  sts: 'xml',
  s3: 'xml',
  route53: 'xml',
  ssm: 'json',
  dynamodb: 'json',
  lambda: 'json',
  monitoring: 'cbor',
};

describe('bad input', () => {
  test.each(cases)('%s, %s', async (_what, service, { text = '', ...parts }, status, code, message) => {
    const signer = { accessKeyId: 'test', region: 'us-east-1', amzDate: cloud.amzDate() };
    const headers = { host: 'localhost:4566', ...(service && unverifiedSignature(signer, service)), ...parts.headers };
    const sent = { method: 'POST', path: '/', query: '', body: Buffer.from(text), ...parts, headers };
    const answer = await cloud.send(sent);
    const error = readAnswer(answer, sent.method);
    expect({ status: answer.status, code: error?.code }).toEqual({ status, code });
    if (message instanceof RegExp) expect(error?.message).toMatch(message);
    else expect(error?.message).toBe(message);
    const format = formats[service];
    if (format) expect(contentFormat(answer.headers['content-type'] ?? '')).toBe(format);
    expect(error?.requestId).not.toBe('');
  });
});
