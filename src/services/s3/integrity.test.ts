// Checksums of every kind, keys that only customers have, presigned URLs.

import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, CopyObjectCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, partBytes, status } from './calls.testing.ts';
import { checksumAlgorithms, createChecksum, type ChecksumAlgorithm as Known, prepareChecksums } from './checksums.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { presign, signedFetch } from './signed-fetch.testing.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'integrity');
  await prepareChecksums(['XXHASH3']);
  Bucket = await calls.newBucket();
});
afterAll(() => cloud.stop());

const checksumOf = (algorithm: Known, text: string): string => {
  const checksum = createChecksum(algorithm);
  checksum.update(Buffer.from(text));
  return checksum.digest().toString('base64');
};
const codeOf = async (answer: Response) => /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1];

describe('a checksum', () => {
  const algorithms: ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

  test.each(algorithms)('of %s is made by the client, kept, and shown to who asks', async (ChecksumAlgorithm) => {
    const sent = await calls.put(Bucket, ChecksumAlgorithm, 'x'.repeat(20_000), { ChecksumAlgorithm });
    const field = `Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32';
    expect(sent[field]).toBe(checksumOf(ChecksumAlgorithm as Known, 'x'.repeat(20_000)));
    const head = await calls.head(Bucket, ChecksumAlgorithm, { ChecksumMode: 'ENABLED' });
    expect(head).toMatchObject({ [field]: sent[field], ChecksumType: 'FULL_OBJECT' });
    expect(await calls.get(Bucket, ChecksumAlgorithm, { ChecksumMode: 'ENABLED' })).toHaveLength(20_000);
  });

  test.each(checksumAlgorithms)('of %s that is not that of the bytes is refused', async (algorithm) => {
    const put = (value: string) =>
      signedFetch(cloud, {
        method: 'PUT',
        path: `/${Bucket}/wrong-${algorithm}`,
        body: 'right',
        headers: { [`x-amz-checksum-${algorithm.toLowerCase()}`]: value },
      });
    expect(await codeOf(await put(checksumOf(algorithm, 'wrong')))).toBe('BadDigest');
    expect((await put('not base64')).status).toBe(400);
    await expect(calls.head(Bucket, `wrong-${algorithm}`)).rejects.toMatchObject(status(404));
    expect((await put(checksumOf(algorithm, 'right'))).status).toBe(200);
  });

  test('goes along with a copy, or becomes another', async () => {
    await calls.put(Bucket, 'source', 'text', { ChecksumAlgorithm: 'SHA1' });
    const copy = async (ChecksumAlgorithm?: ChecksumAlgorithm) => {
      const input = { Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ChecksumAlgorithm };
      return (await client.send(new CopyObjectCommand(input))).CopyObjectResult;
    };
    expect(await copy()).toMatchObject({ ChecksumSHA1: checksumOf('SHA1', 'text') });
    expect(await copy('CRC32C')).toMatchObject({ ChecksumCRC32C: checksumOf('CRC32C', 'text') });
  });
});

describe('a customer’s key', () => {
  const keyed = (byte: string) => ({
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: Buffer.alloc(32, byte).toString('latin1'),
  });
  const sourced = (byte: string) => ({
    CopySourceSSECustomerAlgorithm: 'AES256',
    CopySourceSSECustomerKey: Buffer.alloc(32, byte).toString('latin1'),
  });

  test('is needed to see anything, and must be the right one', async () => {
    await calls.put(Bucket, 'secret', 'secret', keyed('a'));
    for (const wrong of [{}, keyed('b')]) {
      await expect(calls.get(Bucket, 'secret', wrong)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
      await expect(calls.head(Bucket, 'secret', wrong)).rejects.toMatchObject(status(400));
    }
    expect(await calls.get(Bucket, 'secret', keyed('a'))).toBe('secret');
    await calls.put(Bucket, 'open');
    await expect(calls.get(Bucket, 'open', keyed('a'))).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('keeps the bytes on the disk unreadable', async () => {
    const text = 'nobody shall read this. '.repeat(2000);
    await calls.put(Bucket, 'large', text, keyed('a'));
    const { index, bodies } = cloud.drivers.objects;
    const ids: string[] = [];
    await index.visit({ from: Buffer.of(6), to: Buffer.of(7) }, (entry) => ids.push(entry.toString('hex', 1)) > 0);
    for (const id of ids) {
      const pieces: Uint8Array[] = [];
      try {
        for await (const piece of bodies.read(id, 0, text.length)) pieces.push(piece);
      } catch {
        continue; // small ones lie elsewhere
      }
      expect(Buffer.concat(pieces).includes('nobody')).toBe(false);
    }
    for (const [start, end] of [
      [0, 0],
      [15, 16],
      [16, 40],
      [47_990, 47_999],
    ] as const) {
      const part = await calls.get(Bucket, 'large', { ...keyed('a'), Range: `bytes=${start}-${end}` });
      expect(part).toBe(text.slice(start, end + 1));
    }
  });

  test('is the same for every part', async () => {
    const create = keyed('a');
    const parts = [Buffer.alloc(partBytes, 'a'), 'tail'];
    await calls.upload(Bucket, 'parts', parts, { create, part: keyed('a'), complete: keyed('a') });
    const range = `bytes=${partBytes - 2}-${partBytes + 1}`;
    expect(await calls.get(Bucket, 'parts', { ...keyed('a'), Range: range })).toBe('aata');
    await expect(calls.upload(Bucket, 'parts', parts, { create, part: keyed('b') })).rejects.toMatchObject(status(400));
    await expect(calls.upload(Bucket, 'parts', parts, { create })).rejects.toMatchObject(status(400));
  });

  test('can be changed by a copy, also to none', async () => {
    await calls.put(Bucket, 'from', 'text', keyed('a'));
    const copy = (more: object) =>
      client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...more }));
    await expect(copy({})).rejects.toMatchObject(status(400));
    await copy({ ...sourced('a'), ...keyed('b') });
    expect(await calls.get(Bucket, 'to', keyed('b'))).toBe('text');
    await copy(sourced('a'));
    expect(await calls.get(Bucket, 'to')).toBe('text');
  });

  test.each([
    ['a short key', { key: Buffer.alloc(16), algorithm: 'AES256' }],
    ['another algorithm', { key: Buffer.alloc(32), algorithm: 'AES128' }],
    ['an MD5 of another key', { key: Buffer.alloc(32), algorithm: 'AES256', md5: 'XUFAKrxLKna5cZ2REBfFkg==' }],
  ])('is refused with %s', async (what, { key, algorithm, ...more }) => {
    const md5 = 'md5' in more ? more.md5 : createHash('md5').update(key).digest('base64');
    const headers = {
      'x-amz-server-side-encryption-customer-algorithm': algorithm,
      'x-amz-server-side-encryption-customer-key': key.toString('base64'),
      'x-amz-server-side-encryption-customer-key-md5': md5,
    };
    const answer = await signedFetch(cloud, { method: 'PUT', path: `/${Bucket}/bad`, body: 'x', headers });
    expect(await codeOf(answer)).toBe(
      what === 'another algorithm' ? 'InvalidEncryptionAlgorithmError' : 'InvalidArgument',
    );
  });
});

describe('a presigned URL', () => {
  test('that signs a header which does not come has another signature', async () => {
    const url = await presign(cloud, { method: 'GET', path: `/${Bucket}/SHA1` });
    const answer = await fetch(url.replace('SignedHeaders=host', 'SignedHeaders=host%3Bx-amz-content-sha256'));
    expect(answer.status).toBe(403);
    expect(await codeOf(answer)).toBe('SignatureDoesNotMatch');
  });

  test('is told with the slashes of its path as they are', async () => {
    const url = await presign(cloud, { method: 'GET', path: `/${Bucket}/SHA1` });
    const answer = await fetch(url.replace(`/${Bucket}/`, `/%2F${Bucket}/`));
    expect(await answer.text()).toContain(`<CanonicalRequest>GET\n//${Bucket}/SHA1\n`);
  });

  test('lets whoever has it read, with other headers if it says so', async () => {
    await calls.put(Bucket, 'given away', 'text');
    const query = { 'response-content-type': 'text/csv', 'response-content-disposition': 'attachment' };
    const answer = await fetch(await presign(cloud, { method: 'GET', path: `/${Bucket}/given%20away`, query }));
    expect(await answer.text()).toBe('text');
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(answer.headers.get('content-disposition')).toBe('attachment');
  });

  test('lets whoever has it write, with the headers that were signed', async () => {
    const headers = { 'content-type': 'text/plain', 'x-amz-meta-from': 'a browser' };
    const url = await presign(cloud, { method: 'PUT', path: `/${Bucket}/put`, headers });
    expect((await fetch(url, { method: 'PUT', body: 'text', headers: { 'content-type': 'text/csv' } })).status).toBe(
      403,
    );
    expect((await fetch(url, { method: 'PUT', body: 'text', headers })).status).toBe(200);
    const head = await calls.head(Bucket, 'put');
    expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: { from: 'a browser' } });
  });

  test('may carry headers in its query, which whoever follows it does not send', async () => {
    const query = { 'x-amz-meta-from': 'a signer', 'x-amz-storage-class': 'STANDARD_IA', 'x-amz-tagging': 'a=b' };
    const url = await presign(cloud, { method: 'PUT', path: `/${Bucket}/hoisted`, query });
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
    const head = await calls.head(Bucket, 'hoisted');
    expect(head).toMatchObject({ Metadata: { from: 'a signer' }, StorageClass: 'STANDARD_IA', TagCount: 1 });
  });

  test('is good for what it was made for, until its time is over', async () => {
    const call = { method: 'GET', path: `/${Bucket}/CRC32` };
    const url = await presign(cloud, call);
    const refusals = [
      fetch(url, { method: 'DELETE' }),
      fetch(url.replace('/CRC32?', '/SHA1?')),
      fetch(`${url}&response-content-type=text%2Fhtml`),
      fetch(url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=3000')),
      fetch(await presign(cloud, call, { signingDate: new Date(Date.UTC(2020, 0, 1)) })),
    ];
    for (const answer of await Promise.all(refusals)) expect(answer.status).toBe(403);
    const expired = await fetch(await presign(cloud, call, { signingDate: new Date(Date.UTC(2020, 0, 1)) }));
    expect(await expired.text()).toContain('Request has expired');
    expect((await fetch(url)).status).toBe(200);
  });

  test('cannot hold for more than a week', async () => {
    const url = await presign(cloud, { method: 'GET', path: `/${Bucket}/CRC32` }, { expiresIn: 604_800 });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.replace('Expires=604800', 'Expires=604801'))).status).toBeGreaterThanOrEqual(400);
  });
});

test('what a client got is what it asked for, whatever the size of its pieces', async () => {
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));
  await calls.put(Bucket, 'noise', body);
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'noise', ChecksumMode: 'ENABLED' }));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});
