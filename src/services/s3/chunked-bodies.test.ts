// Bodies in signed and unsigned chunks: what they say of themselves must be so, and their signatures are verified.

import { createHash, createHmac } from 'node:crypto';
import { PutBucketPolicyCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingKey } from '../../aws/sigv4-key.ts';
import { type Calls, createCalls } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch, signedHeaders } from './signed-fetch.testing.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'chunked');
  Bucket = await calls.newBucket();
});
afterAll(() => cloud.stop());

const codeOf = async (answer: Response) => /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const crc32 = 'NhCmhg=='; // of "hello"

describe('unsigned chunks', () => {
  const put = (body: string, headers: Readonly<Record<string, string>>) =>
    signedFetch(cloud, {
      method: 'PUT',
      path: `/${Bucket}/unsigned`,
      body,
      headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', ...headers },
    });
  const right = `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc32}\r\n\r\n`;
  const length = { 'x-amz-decoded-content-length': '5' };
  const announced = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

  test('are put together', async () => {
    expect((await put(right, { ...length, ...announced })).status).toBe(200);
    expect(await calls.get(Bucket, 'unsigned')).toBe('hello');
  });

  test.each([
    ['do not say how long they are', right, announced, 411, 'MissingContentLength'],
    ['say it in no number', right, { ...announced, 'x-amz-decoded-content-length': '5x' }, 411, 'MissingContentLength'],
    ['have a trailer that they did not announce', right, length, 400, 'MalformedTrailerError'],
    [
      'have a checksum at both ends',
      right,
      { ...length, ...announced, 'x-amz-checksum-crc32': crc32 },
      400,
      'InvalidRequest',
    ],
  ])('that %s are refused', async (_what, body, headers, status, code) => {
    const answer = await put(body, headers as Readonly<Record<string, string>>);
    expect(answer.status).toBe(status);
    expect(await codeOf(answer)).toBe(code);
  });

  test('are not what a document comes in', async () => {
    const answer = await signedFetch(cloud, {
      method: 'PUT',
      path: `/${Bucket}`,
      query: { versioning: '' },
      body: right,
      headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', ...length },
    });
    expect(await answer.text()).toContain('The value of x-amz-content-sha256 header is invalid.');
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  });
});

describe('what a stranger sends', () => {
  let open: string;
  beforeAll(async () => {
    open = await calls.newBucket();
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${open}/*` }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: open, Policy }));
  });
  const put = (declared: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${cloud.endpoint}/${open}/k`, {
      method: 'PUT',
      body,
      headers: { 'x-amz-content-sha256': declared, ...headers },
    });

  test('is taken out of its chunks', async () => {
    const answer = await put('STREAMING-UNSIGNED-PAYLOAD-TRAILER', '5\r\nhello\r\n0\r\n\r\n', {
      'x-amz-decoded-content-length': '5',
    });
    expect(answer.status).toBe(200);
    expect(await calls.get(open, 'k')).toBe('hello');
  });

  test.each([
    ['chunks that nobody can have signed', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'InvalidRequest'],
    ['a hash of something else', sha256('other'), 'XAmzContentSHA256Mismatch'],
  ])('is refused with %s', async (_what, declared, code) => {
    const answer = await put(declared, 'hello');
    expect(answer.status).toBe(400);
    expect(await codeOf(answer)).toBe(code);
  });
});

describe('signed chunks', () => {
  /** Sends "hello" in one chunk, with a trailer; each signature can be spoiled. */
  async function put(spoil: { readonly chunk?: boolean; readonly trailer?: boolean }): Promise<Response> {
    const call = {
      method: 'PUT',
      path: `/${Bucket}/signed`,
      headers: {
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    };
    const headers = await signedHeaders(cloud, call);
    const [, day = '', , seed = ''] =
      /Credential=test\/(\d+)\/(.*Signature)=([0-9a-f]+)/.exec(headers['authorization'] ?? '') ?? [];
    const scope = { date: day, region: 'us-east-1', service: 's3' };
    let previous = seed;
    const sign = (kind: string, rest: string) => {
      const text = [kind, headers['x-amz-date'], `${day}/us-east-1/s3/aws4_request`, previous, rest].join('\n');
      previous = createHmac('sha256', signingKey('test', scope)).update(text).digest('hex');
      return previous;
    };
    const chunk = (bytes: string) => sign('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${sha256(bytes)}`);
    const spoiled = (signature: string, isSpoiled = false) => (isSpoiled ? sha256(signature) : signature);
    const trailer = `x-amz-checksum-crc32:${crc32}`;
    const lines = [
      `5;chunk-signature=${spoiled(chunk('hello'), spoil.chunk)}`,
      'hello',
      `0;chunk-signature=${chunk('')}`,
      trailer,
      `x-amz-trailer-signature:${spoiled(sign('AWS4-HMAC-SHA256-TRAILER', sha256(`${trailer}\n`)), spoil.trailer)}`,
      '',
      '',
    ];
    return fetch(`${cloud.endpoint}${call.path}`, { method: 'PUT', headers, body: lines.join('\r\n') });
  }

  test('are put together', async () => {
    expect((await put({})).status).toBe(200);
    expect(await calls.get(Bucket, 'signed')).toBe('hello');
  });

  test.each([['chunk'], ['trailer']])('with a wrong signature of a %s are refused', async (what) => {
    const answer = await put({ [what]: true });
    expect(answer.status).toBe(403);
    expect(await codeOf(answer)).toBe('SignatureDoesNotMatch');
  });
});
