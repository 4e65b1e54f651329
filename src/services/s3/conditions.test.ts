// Conditional requests: readers, writers, copiers and removers who say what must be so.

import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;
let etag: string | undefined;

const dayMs = 24 * 3600_000;
const yesterday = new Date(Date.UTC(2020, 0, 1));
let modified: Date | undefined;
let tomorrow: Date;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'conditions');
  Bucket = await calls.newBucket();
  ({ ETag: etag } = await calls.put(Bucket, 'k', 'as it is'));
  modified = (await calls.head(Bucket, 'k')).LastModified;
  tomorrow = new Date((modified?.getTime() ?? 0) + dayMs);
});
afterAll(() => cloud.stop());

const other = '"0123456789abcdef0123456789abcdef"';

describe('a reader', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: what comes first when two speak of the same.
  test.each([
    ['IfMatch that holds', () => ({ IfMatch: etag }), 200],
    ['IfMatch without quotes', () => ({ IfMatch: etag?.replaceAll('"', '') }), 200],
    ['IfMatch of anything', () => ({ IfMatch: '*' }), 200],
    ['IfMatch of another', () => ({ IfMatch: other }), 412],
    ['IfMatch that holds, and was changed since', () => ({ IfMatch: etag, IfUnmodifiedSince: yesterday }), 200],
    ['IfNoneMatch of this', () => ({ IfNoneMatch: etag }), 304],
    ['IfNoneMatch of another', () => ({ IfNoneMatch: other }), 200],
    ['IfNoneMatch of this, and was changed since', () => ({ IfNoneMatch: etag, IfModifiedSince: yesterday }), 304],
    ['IfNoneMatch of another, not changed since', () => ({ IfNoneMatch: other, IfModifiedSince: tomorrow }), 200],
    ['IfModifiedSince before', () => ({ IfModifiedSince: yesterday }), 200],
    ['IfModifiedSince then', () => ({ IfModifiedSince: modified }), 304],
    ['IfModifiedSince in the future, which says nothing', () => ({ IfModifiedSince: tomorrow }), 200],
    ['IfUnmodifiedSince before', () => ({ IfUnmodifiedSince: yesterday }), 412],
    ['IfUnmodifiedSince after', () => ({ IfUnmodifiedSince: tomorrow }), 200],
  ])('with %s', async (_what, conditions, code) => {
    const outcome = (sent: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
      sent.catch((error) => error).then(({ $metadata }) => $metadata.httpStatusCode);
    const get = new GetObjectCommand({ Bucket, Key: 'k', ...conditions() });
    expect(await outcome(client.send(get))).toBe(code);
    expect(await outcome(calls.head(Bucket, 'k', conditions()))).toBe(code);
  });
});

describe('a copier', () => {
  test.each([
    ['CopySourceIfMatch that holds', () => ({ CopySourceIfMatch: etag }), true],
    ['CopySourceIfMatch of another', () => ({ CopySourceIfMatch: other }), false],
    ['CopySourceIfNoneMatch of this', () => ({ CopySourceIfNoneMatch: etag }), false],
    ['CopySourceIfNoneMatch of another', () => ({ CopySourceIfNoneMatch: other }), true],
    ['CopySourceIfModifiedSince then', () => ({ CopySourceIfModifiedSince: modified }), false],
    ['CopySourceIfModifiedSince in the future', () => ({ CopySourceIfModifiedSince: tomorrow }), true],
    ['CopySourceIfUnmodifiedSince before', () => ({ CopySourceIfUnmodifiedSince: yesterday }), false],
    ['IfNoneMatch of its target', () => ({ IfNoneMatch: '*' }), false],
  ])('with %s', async (_what, conditions, isDone) => {
    await calls.put(Bucket, 'target', 'before');
    const copy = new CopyObjectCommand({ Bucket, Key: 'target', CopySource: `${Bucket}/k`, ...conditions() });
    if (isDone) await client.send(copy);
    else await expect(client.send(copy)).rejects.toMatchObject({ name: 'PreconditionFailed', ...status(412) });
    expect(await calls.get(Bucket, 'target')).toBe(isDone ? 'as it is' : 'before');
  });
});

describe('a writer', () => {
  test('of many who find nothing there, one is the first', async () => {
    const writes = Array.from({ length: 20 }, (_, at) => calls.put(Bucket, 'raced', String(at), { IfNoneMatch: '*' }));
    const outcomes = await Promise.allSettled(writes);
    const winners = outcomes.flatMap(({ status: settled }, at) => (settled === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    expect(await calls.get(Bucket, 'raced')).toBe(String(winners[0]));
  });

  test('cannot replace what is not there', async () => {
    await expect(calls.put(Bucket, 'nothing', 'x', { IfMatch: etag })).rejects.toMatchObject({
      name: 'NoSuchKey',
      ...status(404),
    });
  });

  test('may write again over what was deleted', async () => {
    const versioned = await calls.newVersionedBucket();
    await calls.put(versioned, 'k');
    await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k' }));
    await calls.put(versioned, 'k', 'again', { IfNoneMatch: '*' });
  });
});

describe('a remover', () => {
  test('removes what is as it was said to be', async () => {
    const { ETag } = await calls.put(Bucket, 'doomed');
    const remove = (IfMatch: string | undefined) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: 'doomed', IfMatch }));
    await expect(remove(other)).rejects.toMatchObject(status(412));
    await calls.head(Bucket, 'doomed');
    await remove(ETag);
    await expect(calls.head(Bucket, 'doomed')).rejects.toMatchObject(status(404));
  });

  test('of many at once is told which were not', async () => {
    const [a, b] = [await calls.put(Bucket, 'a'), await calls.put(Bucket, 'b')];
    const Objects = [
      { Key: 'a', ETag: a.ETag },
      { Key: 'b', ETag: other },
    ];
    const removed = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(removed.Deleted).toMatchObject([{ Key: 'a' }]);
    expect(removed.Errors).toMatchObject([{ Key: 'b', Code: 'PreconditionFailed' }]);
    expect((await calls.head(Bucket, 'b')).ETag).toBe(b.ETag);
  });
});
