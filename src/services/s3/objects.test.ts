// Objects through the official client: put, get, ranges, conditions, versions, uploads in parts, copies, lists, keys of
// customers, strangers.

import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let newBucket: Calls['newBucket'];
let put: Calls['put'];
let get: Calls['get'];

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  ({ newBucket, put, get } = createCalls(client, 'objects'));
});
afterAll(() => cloud.stop());

describe('an object', () => {
  test.each([0, 5, 16 * 1024, 16 * 1024 + 1, 3_000_000])('of %d bytes comes back as it was put', async (bytes) => {
    const Bucket = await newBucket();
    const body = Buffer.alloc(bytes, 'abcdefg');
    const { ETag } = await put(Bucket, 'k', body, { ContentType: 'text/plain', Metadata: { a: 'b' } });
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(got).toMatchObject({ ETag, ContentType: 'text/plain', Metadata: { a: 'b' }, ContentLength: bytes });
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    if (bytes < 10) return;
    const part = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-8' }));
    expect(part).toMatchObject({ ...status(206), ContentRange: `bytes 2-8/${bytes}`, ContentLength: 7 });
    expect(await part.Body?.transformToString()).toBe('cdefgab');
  });

  test('is refused when its bytes are not what was said, and then is not there', async () => {
    const Bucket = await newBucket();
    const ContentMD5 = 'XUFAKrxLKna5cZ2REBfFkg==';
    await expect(put(Bucket, 'k', 'x'.repeat(50_000), { ContentMD5 })).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(get(Bucket, 'k')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await cloud.drivers.objects.bodies.sweep(async (ids) => ids.map(() => true))).toBe(0);
  });

  test('is got and put on conditions', async () => {
    const Bucket = await newBucket();
    const { ETag } = await put(Bucket, 'k', 'one', { IfNoneMatch: '*' });
    await expect(put(Bucket, 'k', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(status(412));
    await expect(put(Bucket, 'k', 'two', { IfMatch: '"x"' })).rejects.toMatchObject(status(412));
    await expect(get(Bucket, 'k', { IfNoneMatch: ETag })).rejects.toMatchObject(status(304));
    await put(Bucket, 'k', 'two', { IfMatch: ETag });
    expect(await get(Bucket, 'k')).toBe('two');
  });

  test('may have a key that looks like a path, but for one that leads out of its bucket', async () => {
    const Bucket = await newBucket();
    for (const key of ['/', 'a//b/./../c', 'ключ 🗝']) {
      await put(Bucket, key);
      expect(await get(Bucket, key)).toBe(key);
    }
    for (const key of ['../../etc/passwd', '..']) {
      await expect(put(Bucket, key)).rejects.toMatchObject({ name: 'InvalidURI' });
    }
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toHaveLength(3);
  });

  test('of a customer’s key needs that key', async () => {
    const Bucket = await newBucket();
    const SSECustomerKey = Buffer.alloc(32, 'k').toString('latin1');
    const keys = { SSECustomerAlgorithm: 'AES256', SSECustomerKey };
    await put(Bucket, 'k', 'secret'.repeat(10_000), keys);
    await expect(get(Bucket, 'k')).rejects.toMatchObject(status(400));
    expect(await get(Bucket, 'k', { ...keys, Range: 'bytes=100-105' })).toBe('secret'.repeat(20).slice(100, 106));
  });
});

describe('versions', () => {
  test('are kept, marked as deleted, and found again', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'k', 'null');
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const first = await put(Bucket, 'k', 'first');
    const second = await put(Bucket, 'k', 'second');
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(marker).toMatchObject({ DeleteMarker: true });
    await expect(get(Bucket, 'k')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await get(Bucket, 'k', { VersionId: 'null' })).toBe('null');
    expect(await get(Bucket, 'k', { VersionId: first.VersionId })).toBe('first');
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, first.VersionId, 'null']);
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    expect(await get(Bucket, 'k')).toBe('second');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: second.VersionId }));
    expect(await get(Bucket, 'k')).toBe('first');
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    for (const VersionId of [first.VersionId, 'null']) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
    }
    await client.send(new DeleteBucketCommand({ Bucket }));
  });
});

describe('an upload in parts', () => {
  test('becomes an object that can be read across them, and copied', async () => {
    const Bucket = await newBucket();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('tail')];
    const Parts = await Promise.all(
      bodies.map(async (Body, at) => {
        const { ETag } = await client.send(
          new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: at + 1, Body }),
        );
        return { ETag, PartNumber: at + 1 };
      }),
    );
    const complete = { Bucket, Key: 'k', UploadId, MultipartUpload: { Parts } };
    const { ETag } = await client.send(new CompleteMultipartUploadCommand(complete));
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await client.send(new CompleteMultipartUploadCommand(complete))).ETag).toBe(ETag);
    const end = 5 * 1024 * 1024;
    expect(await get(Bucket, 'k', { Range: `bytes=${end - 2}-${end + 1}` })).toBe('aata');
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
    expect(head.ContentLength).toBe(end + 4);
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}"$/);
  });
});

describe('a list', () => {
  test('rolls up common prefixes, page by page', async () => {
    const Bucket = await newBucket();
    const many = Array.from({ length: 20 }, (_, i) => `b/${String(i).padStart(2, '0')}`);
    for (const key of ['a', ...many, 'c/1', 'c/d/2', 'd']) await put(Bucket, key);
    const seen: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page: ListObjectsV2CommandOutput = await client.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 1, ContinuationToken }),
      );
      seen.push(
        ...[
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ].map(String),
      );
      ContinuationToken = page.NextContinuationToken;
      if (!ContinuationToken) break;
    }
    expect(seen).toEqual(['a', 'b/', 'c/', 'd']);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/1', StartAfter: 'b/17' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['b/18', 'b/19']);
  });
});

describe('strangers', () => {
  test('get what a policy lets them have, and no more', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'public/a');
    await put(Bucket, 'private/a');
    const fetchStatus = async (key: string) => (await fetch(`${cloud.endpoint}/${Bucket}/${key}`)).status;
    expect(await fetchStatus('public/a')).toBe(403);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/public/*` },
      ],
    });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await fetchStatus('public/a')).toBe(200);
    expect(await fetchStatus('public/none')).toBe(403);
    expect(await fetchStatus('private/a')).toBe(403);
    const other = cloud.client('111111111111');
    await expect(other.send(new PutObjectCommand({ Bucket, Key: 'public/b', Body: 'x' }))).rejects.toMatchObject(
      status(403),
    );
    await expect(other.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    });
  });
});
