// Ways to spoil what stands before a request's body: method, path, query, headers, signature.

import type { WireMessage } from './encode-request.ts';
import { below, type Mutation, pick } from './mutation.ts';
import { sendable } from './nasty-values.ts';
import type { Chance } from './valid-input.ts';

const withHeaders = (message: WireMessage, headers: Readonly<Record<string, string>>): WireMessage => ({
  ...message,
  headers: { ...message.headers, ...headers },
});

function without(message: WireMessage, name: string): WireMessage {
  const { [name]: _gone, ...headers } = message.headers;
  return { ...message, headers };
}

/** Everything before the body. */
export const headMutations: Readonly<Record<string, Mutation>> = {
  method: (message, chance) => ({
    ...message,
    method: pick(
      ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'constructor'],
      chance,
    ),
  }),
  path: (message, chance) => ({ ...message, path: pick(weirdPaths, chance) }),
  'a path that goes on': (message, chance) => ({ ...message, path: message.path + pick(weirdPaths, chance) }),
  'a broken path': (message, chance) => ({
    ...message,
    path: message.path.slice(0, 1 + below(message.path.length, chance)),
  }),
  query: (message, chance) => ({ ...message, query: `${message.query}&${pick(weirdQueries, chance)}` }),
  'only a query': (message, chance) => ({ ...message, query: pick(weirdQueries, chance) }),
  'a form in the query': (message) => ({
    ...message,
    method: 'GET',
    query: Buffer.from(message.body).toString(),
    body: new Uint8Array(0),
  }),
  'content type': (message, chance) => withHeaders(message, { 'content-type': pick(contentTypes, chance) }),
  target: (message, chance) => withHeaders(message, { 'x-amz-target': pick(targets, chance) }),
  'a header less': (message, chance) => without(message, pick(Object.keys(message.headers), chance)),
  'a header spoiled'(message, chance) {
    const name = pick(Object.keys(message.headers), chance);
    const value = message.headers[name] ?? '';
    const cut = value.slice(0, below(value.length + 1, chance));
    return withHeaders(message, {
      [name]: pick([cut, `${value},${value}`, value + headerText(chance), headerText(chance)], chance),
    });
  },
  'a header more': (message, chance) => {
    const [name, values] = pick(oddHeaders, chance);
    return withHeaders(message, { [name]: pick(values, chance) });
  },
};

/** What a header can carry over a socket. */
const headerText = (chance: Chance): string =>
  pick(sendable, chance)
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 3_000);

/** The signature, its date and its scope. */
export const signatureMutations: Readonly<Record<string, Mutation>> = {
  unsigned: (message) => without(message, 'authorization'),
  authorization: (message, chance) => withHeaders(message, { authorization: pick(authorizations, chance) }),
  'a scope'(message, chance) {
    const scope = pick(scopes, chance);
    return withHeaders(message, {
      authorization: (message.headers['authorization'] ?? '').replace(/Credential=[^,]*/, `Credential=${scope}`),
    });
  },
  'a date': (message, chance) => withHeaders(message, { 'x-amz-date': pick(dates, chance) }),
  'two ways of signing': (message) => ({ ...message, query: `${message.query}&X-Amz-Algorithm=AWS4-HMAC-SHA256` }),
  presigned: (message, chance) => ({
    ...without(message, 'authorization'),
    query: presignedQuery(chance),
  }),
  'a token': (message, chance) => withHeaders(message, { 'x-amz-security-token': headerText(chance) }),
  'a payload hash': (message, chance) =>
    withHeaders(message, {
      'x-amz-content-sha256': pick(
        [
          'UNSIGNED-PAYLOAD',
          'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
          'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
          'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
          'x',
          '0'.repeat(64),
          '',
        ],
        chance,
      ),
      'x-amz-decoded-content-length': pick(['0', '-1', '5', 'x', '9'.repeat(20)], chance),
      'x-amz-trailer': pick(['', 'x-amz-checksum-crc32', ',,', '\t'], chance),
    }),
};

function presignedQuery(chance: Chance): string {
  const credential = encodeURIComponent(pick(scopes, chance)) + pick(['', '%00', '%1f', '%ff', '%'], chance);
  const pairs = [
    `X-Amz-Algorithm=${pick(['AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256', ''], chance)}`,
    `X-Amz-Credential=${credential}`,
    `X-Amz-Date=${pick(dates, chance)}`,
    `X-Amz-Expires=${pick(['60', '-1', '1e9', '999999999', 'x', ''], chance)}`,
    `X-Amz-SignedHeaders=${pick(['host', '', ';;;', '%00'], chance)}`,
    `X-Amz-Security-Token=${pick(['', 'x', '%00'], chance)}`,
    `X-Amz-Signature=${pick(['0'.repeat(64), 'x', ''], chance)}`,
    'Action=GetCallerIdentity&Version=2011-06-15',
  ];
  return pairs.filter(() => chance() < 0.9).join('&');
}

const weirdPaths: readonly string[] = [
  '/',
  '//',
  '///',
  '/.',
  '/..',
  '/../..',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/%00',
  '/%',
  '/%zz',
  '/%ff%fe',
  '/bucket//key',
  '/bucket/%2F/..',
  '/bucket/a\u00e9',
  '/2015-03-31/functions/',
  '/2015-03-31/functions/%/invocations',
  '/service/GraniteServiceVersion20100801/operation/PutMetricData',
  '/service/x/operation/y',
  '/service//operation/',
  '/v20180820/',
  '/restapis/x/../y',
  '/_cloudlet',
  '/_localstack/nothing',
  '/health',
  '/000000000000/queue-1',
  '*',
  '',
  `/${'a/'.repeat(500)}`,
  `/${'x'.repeat(5_000)}`,
];

const weirdQueries: readonly string[] = [
  '',
  '&&&',
  '=',
  '%',
  '%zz=%zz',
  'a=%ff',
  '%00=%00',
  'Action=DescribeInstances',
  'Action=GetCallerIdentity&Version=2011-06-15',
  'Action=%00',
  'Action[]=x',
  'list-type=2&uploads&acl&policy',
  'uploadId=x&partNumber=-1',
  'versionId=%00',
  'X-Amz-Credential=',
  'X-Amz-Algorithm=',
  'X-Amz-Signature=x',
  'AWSAccessKeyId=test&Signature=x',
  'X-Amz-Credential=a%2Fb%2Fc%2Fd%2Faws4_request',
  '__proto__=1&__proto__.x=1&constructor.prototype.x=1',
  `${'a'.repeat(3_000)}=b`,
  `${'a&'.repeat(2_000)}`,
  `${'x.'.repeat(100)}=1`,
];

const contentTypes: readonly string[] = [
  '',
  'x',
  'application/json',
  'application/x-amz-json-1.0',
  'application/x-amz-json-1.1',
  'application/x-amz-json-9.9',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-16',
  'application/xml',
  'application/cbor',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/vnd.amazon.eventstream',
];

const targets: readonly string[] = [
  '',
  '.',
  'x',
  'DynamoDB_20120810',
  'DynamoDB_20120810.',
  'DynamoDB_20120810.NoSuchThing',
  'DynamoDB_20120810.constructor',
  'dynamodb_20120810.ListTables',
  'AmazonSSM.GetParameter',
  'AmazonSQS.ReceiveMessage',
  '__proto__.x',
  'a.b.c.d',
  `${'x'.repeat(2_000)}.y`,
];

const authorizations: readonly string[] = [
  '',
  ' ',
  'x',
  'Basic dGVzdDp0ZXN0',
  'Bearer x',
  'AWS test:signature',
  'AWS ',
  'AWS4-HMAC-SHA256',
  'AWS4-HMAC-SHA256 ',
  'AWS4-HMAC-SHA256 Credential',
  'AWS4-HMAC-SHA256 Credential=',
  'AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=, Signature=',
  'AWS4-HMAC-SHA256 =,=,=',
  'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/ec2/aws4_request',
  'AWS4-ECDSA-P256-SHA256 Credential=test/20261121/ec2/aws4_request, SignedHeaders=host, Signature=0',
  'Negotiate x',
  `AWS4-HMAC-SHA256 ${'Credential=,'.repeat(300)}`,
];

const scopes: readonly string[] = [
  'test/20261121/us-east-1/ec2/aws4_request',
  'test/20261121/us-east-1/sts/aws4_request',
  'test/20261121/us-east-1/nothing/aws4_request',
  'test/20261121/no-such-place/sts/aws4_request',
  'test/20261121//ec2/aws4_request',
  'test/20261121/us-east-1//aws4_request',
  'test/20261121/\u00e9/ec2/aws4_request',
  'test/20261121/../ec2/aws4_request',
  'test/20261121/__proto__/constructor/aws4_request',
  'test/20261121/us-east-1/ec2/aws5_request',
  'test/99999999/us-east-1/ec2/aws4_request',
  'test/x/us-east-1/ec2/aws4_request',
  '/20261121/us-east-1/ec2/aws4_request',
  'a/b/c/20261121/us-east-1/ec2/aws4_request',
  '111111111111/20261121/eu-west-1/sts/aws4_request',
  '999999999999/20261121/us-east-1/dynamodb/aws4_request',
  'ASIAXXXXXXXXXXXXXXXX/20261121/us-east-1/ssm/aws4_request',
  `${'A'.repeat(3_000)}/20261121/us-east-1/ec2/aws4_request`,
  `test/20261121/${'r'.repeat(3_000)}/ec2/aws4_request`,
  '////',
];

const dates: readonly string[] = [
  '',
  'x',
  '20261121T090000Z',
  '19700101T000000Z',
  '99991231T235959Z',
  '20261399T999999Z',
  '00000000T000000Z',
  '2026-11-21T09:00:00Z',
  'Sat, 21 Nov 2026 09:00:00 GMT',
  '-1',
  '9'.repeat(40),
];

const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  [
    'host',
    [
      '',
      'x',
      'localhost',
      's3.amazonaws.com',
      'bucket-1.s3.localhost.localstack.cloud',
      '..',
      'a b',
      '[::1]:1',
      '\u00e9',
      'ec2.us-east-1.amazonaws.com',
      'x'.repeat(3_000),
    ],
  ],
  ['smithy-protocol', ['rpc-v2-cbor', 'x', '']],
  ['origin', ['http://evil.example', 'null', 'http://localhost:3000', '']],
  ['access-control-request-method', ['GET', 'BREW', '']],
  ['content-length', ['-1', 'x', '99999999999', '0']],
  ['content-encoding', ['aws-chunked', 'gzip', 'br', 'aws-chunked,gzip']],
  ['content-md5', ['', 'x', 'AAAAAAAAAAAAAAAAAAAAAA==']],
  ['range', ['bytes=-', 'bytes=0-', 'bytes=9-1', 'bytes=-99999999999999999999', 'x']],
  ['if-modified-since', ['x', '', '9999-99-99']],
  ['x-amz-copy-source', ['', '/', '//', '%', 'bucket-1', 'bucket-1/%00', '/bucket-1/key?versionId=']],
  ['x-amz-tagging', ['%', '=', 'a=b&a=b', '&']],
  ['x-amz-meta-__proto__', ['x']],
  ['x-amz-checksum-crc32', ['x', '']],
  ['x-amz-acl', ['x', '']],
  ['x-amz-bucket-object-lock-enabled', ['x']],
  ['x-http-method-override', ['DELETE']],
  ['x-forwarded-host', ['evil.example']],
  ['transfer-encoding', ['chunked', 'x']],
  ['upgrade', ['websocket', 'h2c']],
  ['expect', ['200-ok']],
  ['te', ['trailers']],
  ['forwarded', ['for=x']],
];
