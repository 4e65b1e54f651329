// What browsers do: upload with forms, ask beforehand across origins, look at websites.

import { createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  type RoutingRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GatewayRequest } from '../../aws/request.ts';
import { signingKey } from '../../aws/sigv4-key.ts';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'browsers');
});
afterAll(() => cloud.stop());

/** Stands for the name that the file has on the user's machine. */
const fileNameMark = ['$', '{filename}'].join('');

const codeOf = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1];

async function openToAll(Bucket: string): Promise<void> {
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }];
  await client.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
}

describe('a form', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await calls.newBucket();
  });

  const scope = { date: '20261201', region: 'us-east-1', service: 's3' };
  const credential = `test/${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const signedBy = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': credential,
    'x-amz-date': '20261201T000000Z',
  };

  interface Form {
    readonly fields: Readonly<Record<string, string>>;
    readonly conditions?: readonly unknown[];
    readonly expiration?: string;
    readonly file?: string;
    readonly secret?: string;
    readonly bucket?: string;
    /** Fields that take the place of those of the signature. */
    readonly signing?: Readonly<Record<string, string>>;
    readonly policy?: string;
  }

  async function send({
    fields,
    conditions,
    expiration = '2090-01-01T00:00:00.000Z',
    file = 'content',
    secret = 'test',
    bucket = Bucket,
    signing = {},
    policy: given,
  }: Form) {
    const named = Object.entries({ ...fields, ...signedBy }).map(([name, value]) => ({ [name]: value }));
    const document = {
      expiration,
      conditions: [
        { bucket: Bucket },
        ...(conditions ?? named),
        ...(conditions ? Object.entries(signedBy).map(([name, value]) => ({ [name]: value })) : []),
      ],
    };
    const policy = given ?? Buffer.from(JSON.stringify(document)).toString('base64');
    const signature = createHmac('sha256', signingKey(secret, scope)).update(policy).digest('hex');
    const form = new FormData();
    const signed = { ...signedBy, policy, 'x-amz-signature': signature, ...signing };
    for (const [name, value] of Object.entries({ ...fields, ...signed })) form.append(name, value);
    form.append('file', new Blob([file]), 'photo.jpg');
    return fetch(`${cloud.endpoint}/${bucket}`, { method: 'POST', body: form, redirect: 'manual' });
  }

  test('uploads its file under the name that it has, with what its fields say', async () => {
    const fields = { 'content-type': 'image/jpeg', 'x-amz-meta-from': 'form', success_action_status: '201' };
    const named = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
    const conditions = [...named, ['starts-with', '$key', 'user/']];
    const answer = await send({ fields: { ...fields, key: `user/${fileNameMark}` }, conditions });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toContain('<Key>user/photo.jpg</Key>');
    expect(await calls.head(Bucket, 'user/photo.jpg')).toMatchObject({
      ContentType: 'image/jpeg',
      Metadata: { from: 'form' },
      ContentLength: 7,
    });
  });

  test('leads on to where it says', async () => {
    const answer = await send({ fields: { key: 'k', success_action_redirect: 'http://example.com/done?a=b' } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/^http:\/\/example\.com\/done\?a=b&bucket=.*&key=k&etag=%22/);
  });

  test.each<[string, Form, string]>([
    ['whose time is over', { fields: { key: 'no' }, expiration: '2020-01-01T00:00:00Z' }, 'AccessDenied'],
    [
      'with a key of another beginning',
      { fields: { key: 'no' }, conditions: [['starts-with', '$key', 'yes/']] },
      'AccessDenied',
    ],
    [
      'with a field that its policy does not name',
      { fields: { key: 'no', acl: 'private' }, conditions: [['eq', '$key', 'no']] },
      'AccessDenied',
    ],
    [
      'with a file too large',
      { fields: { key: 'no' }, conditions: [{ key: 'no' }, ['content-length-range', 0, 6]] },
      'EntityTooLarge',
    ],
    [
      'with a file too small',
      { fields: { key: 'no' }, conditions: [{ key: 'no' }, ['content-length-range', 8, 9]] },
      'EntityTooSmall',
    ],
    [
      'with conditions that are none',
      { fields: { key: 'no' }, conditions: [['like', '$key', 'no']] },
      'InvalidPolicyDocument',
    ],
    ['without a key', { fields: {} }, 'InvalidArgument'],
    ['that somebody else signed', { fields: { key: 'no' }, secret: 'guessed' }, 'SignatureDoesNotMatch'],
  ])('%s is refused', async (_what, form, code) => {
    const answer = await send(form);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(codeOf(await answer.text())).toBe(code);
    await expect(calls.head(Bucket, 'no')).rejects.toMatchObject(status(404));
  });

  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  const until = '"expiration":"2090-01-01T00:00:00Z"';

  test.each<[string, string, string]>([
    ['nothing', '', "Expecting '{' but found End-of-Input"],
    ['what is not Base64', 'no_base64', 'invalid Base64 encoding.'],
    ['what is no JSON', inBase64('{'), 'Invalid JSON.'],
    ['more than it may have', inBase64(`{${until},"conditions":[],"more":1}`), 'Unexpected: "more"'],
    [
      'conditions that are no list',
      inBase64(`{${until},"conditions":1}`),
      "Invalid 'conditions' value: must be a List.",
    ],
    ['a number', inBase64(`{${until},"conditions":[1]}`), 'Invalid condition test: must be a List or Object.'],
    ['an empty list', inBase64(`{${until},"conditions":[[]]}`), 'Invalid Condition: missing operation identifier.'],
    [
      'an unknown test',
      inBase64(`{${until},"conditions":[["is","$key","k"]]}`),
      "Invalid Condition: unknown operation 'is'.",
    ],
    [
      'a test of too much',
      inBase64(`{${until},"conditions":[["eq","$key","k","l"]]}`),
      'Invalid eq: wrong number of arguments.',
    ],
    ['a test of a truth', inBase64(`{${until},"conditions":[["eq","$key",true]]}`), 'Invalid JSON.'],
    [
      'a field that is a truth',
      inBase64(`{${until},"conditions":[{"key":true}]}`),
      'Invalid Simple-Condition: value must be a string.',
    ],
  ])('whose policy is %s is told so', async (_what, policy, message) => {
    const answer = await send({ fields: { key: 'no' }, policy });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(codeOf(text)).toBe('InvalidPolicyDocument');
    expect(text).toContain(`<Message>Invalid Policy: ${message}</Message>`);
  });

  test('is told which condition failed, as its policy has it', async () => {
    const conditions = '[ {"bucket": "other"}, ["eq", "$key",  "k"] ]';
    const object = await send({ fields: { key: 'no' }, policy: inBase64(`{${until},"conditions":${conditions}}`) });
    expect(await object.text()).toContain('["eq", "$bucket", "other"]');
    const list = await send({ fields: { key: 'no' }, policy: inBase64(`{${until},"conditions":[["eq","$key","k"]]}`) });
    expect(await list.text()).toContain('["eq","$key","k"]');
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['algorithm', { 'x-amz-algorithm': 'MINE' }, 'Only AWS4-HMAC-SHA256 is supported'],
    ['date', { 'x-amz-date': 'today' }, 'X-Amz-Date must be formated via ISO8601 Long format'],
    ['credential', { 'x-amz-credential': 'key' }, 'the Credential is mal-formed'],
    ['service', { 'x-amz-credential': 'test/20261201/us-east-1/ec2/aws4_request' }, 'This endpoint belongs to'],
    ['signature', { 'x-amz-signature': 'none' }, 'The request signature we calculated does not match'],
  ])('with a wrong %s is refused before its bucket is looked for', async (_what, signing, message) => {
    const answer = await send({ fields: { key: 'no' }, signing, bucket: 'there-is-none' });
    expect(await answer.text()).toContain(message);
    expect((await send({ fields: { key: 'no' }, bucket: 'there-is-none' })).status).toBe(404);
  });

  test('has one checksum, of a kind that there is', async () => {
    const unknown = await send({ fields: { key: 'no', 'x-amz-checksum-mine': 'x' } });
    expect(await unknown.text()).toContain('The algorithm type you specified in x-amz-checksum- header is invalid.');
  });

  test('has an Expires that is kept as it is', async () => {
    expect((await send({ fields: { key: 'dated', expires: 'some day' } })).status).toBe(204);
    expect(await calls.head(Bucket, 'dated')).toMatchObject({ ExpiresString: 'some day' });
  });

  test('is what is sent to a bucket, whatever it is said to be', async () => {
    const answer = await fetch(`${cloud.endpoint}/${Bucket}`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/html' },
    });
    expect(answer.status).toBe(412);
    expect(await answer.text()).toContain('Bucket POST must be of the enclosure-type multipart/form-data');
  });

  test('that nobody signed is a stranger’s', async () => {
    const form = new FormData();
    form.append('key', 'no');
    form.append('file', new Blob(['x']));
    expect((await fetch(`${cloud.endpoint}/${Bucket}`, { method: 'POST', body: form })).status).toBe(403);
  });
});

describe('a page of another origin', () => {
  let Bucket: string;
  const origin = 'https://app.example.com';

  beforeAll(async () => {
    Bucket = await calls.newBucket();
    await calls.put(Bucket, 'k');
    await openToAll(Bucket);
    const CORSRules = [
      {
        AllowedMethods: ['PUT'],
        AllowedOrigins: ['https://*.example.com'],
        AllowedHeaders: ['x-amz-*'],
        MaxAgeSeconds: 60,
      },
      { AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['etag'] },
    ];
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  });

  const ask = (method: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${cloud.endpoint}/${Bucket}/k`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, ...headers },
    });

  test('is told beforehand what it may do', async () => {
    const answer = await ask('PUT', { 'access-control-request-headers': 'X-Amz-Date, x-amz-meta-a' });
    expect(answer.status).toBe(200);
    const allowed = Object.fromEntries(answer.headers);
    expect(allowed).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-amz-date, x-amz-meta-a',
      'access-control-max-age': '60',
      'access-control-allow-credentials': 'true',
    });
  });

  test('is told when there are no rules, and when there is no bucket', async () => {
    for (const [name, message] of [
      ['no-rules', 'CORS is not enabled for this bucket.'],
      ['no-bucket', 'Bucket not found'],
    ] as const) {
      if (name === 'no-rules') await client.send(new CreateBucketCommand({ Bucket: name }));
      const answer = await fetch(`${cloud.endpoint}/${name}/k`, { method: 'OPTIONS', headers: { origin } });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain(`<Message>CORSResponse: ${message}</Message><Method>OPTIONS</Method>`);
    }
  });

  test.each([
    ['a method', 'get', undefined, 'Invalid Access-Control-Request-Method: get'],
    ['a header', 'GET', 'x-a, b[c]', 'Access-Control-Request-Headers " b[c]" contains invalid character.'],
  ])('is told that %s is none, bucket or not', async (_what, method, headers, message) => {
    const answer = await fetch(`${cloud.endpoint}/no-bucket/k`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers !== undefined && { 'access-control-request-headers': headers }),
      },
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`<Code>BadRequest</Code><Message>${message}</Message>`);
  });

  test.each([
    ['of a method', () => ask('DELETE')],
    ['of a header', () => ask('PUT', { 'access-control-request-headers': 'authorization' })],
    ['of an origin', () => ask('PUT', { origin: 'https://example.com' })],
  ])('is refused what no rule speaks %s', async (_what, asking) => {
    const answer = await asking();
    expect(answer.status).toBe(403);
    expect(codeOf(await answer.text())).toBe('AccessForbidden');
  });

  test('sees answers, errors too, with what it may see of them', async () => {
    for (const [key, code] of [
      ['k', 200],
      ['none', 403],
    ] as const) {
      const answer = await fetch(`${cloud.endpoint}/${Bucket}/${key}`, { headers: { origin } });
      expect(answer.status).toBe(code);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-expose-headers')).toBe('etag');
      expect(answer.headers.get('vary')).toContain('Origin');
    }
  });

  test.each([
    [{ AllowedMethods: ['PATCH'], AllowedOrigins: ['*'] }, 'InvalidRequest'],
    [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://*.*'] }, 'InvalidRequest'],
    [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['x-*'] }, 'InvalidRequest'],
    [{ AllowedMethods: [], AllowedOrigins: ['*'] }, 'MalformedXML'],
    [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], AllowedHeaders: ['no name'] }, 'InvalidRequest'],
    [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['x:y'] }, 'InvalidRequest'],
  ])('has no rules like %j', async (rule, name) => {
    const CORSConfiguration = { CORSRules: [rule] };
    await expect(client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }))).rejects.toMatchObject({ name });
  });
});

describe('a website', () => {
  let Bucket: string;

  beforeAll(async () => {
    Bucket = await calls.newBucket();
    await openToAll(Bucket);
    for (const key of ['index.html', 'docs/index.html', 'error.html', 'ein gruß.txt']) {
      await calls.put(Bucket, key, `this is ${key}`, { ContentType: 'text/html' });
    }
    await calls.put(Bucket, 'moved', '', { WebsiteRedirectLocation: '/docs/' });
    const RoutingRules: RoutingRule[] = [
      { Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'new/', HttpRedirectCode: '302' } },
      {
        Condition: { HttpErrorCodeReturnedEquals: '403', KeyPrefixEquals: 'search/' },
        Redirect: { HostName: 'search.example.com' },
      },
    ];
    const WebsiteConfiguration = {
      IndexDocument: { Suffix: 'index.html' },
      ErrorDocument: { Key: 'error.html' },
      RoutingRules,
    };
    await client.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
  });

  /** Through the front door, as a client cannot choose the host that it names. */
  async function visit(path: string, method = 'GET') {
    const body = { read: async () => new Uint8Array(0), async *[Symbol.asyncIterator]() {} };
    const request: GatewayRequest = {
      method,
      path,
      query: '',
      headers: { host: `${Bucket}.s3-website.localhost.localstack.cloud:4566` },
      body,
      isGone: () => false,
      signal: new AbortController().signal,
    };
    const answer = await cloud.cloud.fetch(request);
    const pieces: Buffer[] = [];
    if (typeof answer.body === 'string') pieces.push(Buffer.from(answer.body));
    else if (answer.body instanceof Uint8Array) pieces.push(Buffer.from(answer.body));
    else for await (const piece of answer.body) pieces.push(Buffer.from(piece));
    return { status: answer.status, location: answer.headers['location'], text: Buffer.concat(pieces).toString() };
  }

  test.each([
    ['/', 200, 'this is index.html'],
    ['/docs/', 200, 'this is docs/index.html'],
    ['/ein%20gru%C3%9F.txt', 200, 'this is ein gruß.txt'],
  ])('shows %s', async (path, code, text) => {
    expect(await visit(path)).toMatchObject({ status: code, text });
  });

  test.each([
    ['/docs', 302, '/docs/'],
    ['/moved', 301, '/docs/'],
    ['/old/page', 302, '/new/page'],
    ['/search/page', 301, 'http://search.example.com/search/page'],
  ])('leads on from %s', async (path, code, location) => {
    const answer = await visit(path);
    expect(answer.status).toBe(code);
    expect(answer.location).toContain(location);
  });

  test('shows its own page for what is not there', async () => {
    // Strangers may not list the bucket, so they are not told whether a key is there.
    expect(await visit('/nothing')).toMatchObject({ status: 403, text: 'this is error.html' });
  });

  const withRule = (rule: RoutingRule) => ({ IndexDocument: { Suffix: 'i' }, RoutingRules: [rule] });

  test('is only looked at', async () => {
    expect((await visit('/', 'PUT')).status).toBe(405);
    expect((await visit('/', 'DELETE')).status).toBe(405);
  });

  test.each([
    [{}, 'InvalidArgument'],
    [{ IndexDocument: { Suffix: 'a/b' } }, 'InvalidArgument'],
    [{ RedirectAllRequestsTo: { HostName: 'h' }, IndexDocument: { Suffix: 'i' } }, 'InvalidArgument'],
    [{ RedirectAllRequestsTo: { HostName: 'h', Protocol: 'ftp' } }, 'InvalidRequest'],
    [withRule({ Redirect: {} }), 'MalformedXML'],
    [withRule({ Redirect: { HttpRedirectCode: '3xx' } }), 'MalformedXML'],
    [withRule({ Condition: { HttpErrorCodeReturnedEquals: '4xx' }, Redirect: { HostName: 'h' } }), 'MalformedXML'],
    [withRule({ Condition: { HttpErrorCodeReturnedEquals: '418' }, Redirect: { HostName: 'h' } }), 'InvalidRequest'],
    [withRule({ Redirect: { ReplaceKeyWith: 'k'.repeat(128 * 1024) } }), 'MaxMessageLengthExceeded'],
  ])('is not made of %#', async (configuration, name) => {
    const WebsiteConfiguration = configuration as never;
    await expect(client.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))).rejects.toMatchObject({
      name,
    });
  });
});
