// Copies, versions of a bucket that stopped keeping them, tags, and objects that have to be restored.

import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

const dayMs = 24 * 3600_000;

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'copies');
  Bucket = await calls.newBucket();
});
afterAll(() => cloud.stop());

const copy = (more: Partial<CopyObjectCommandInput>) =>
  client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ...more }));
const tagsOf = async (Key: string) => (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

describe('a copy', () => {
  beforeAll(() =>
    calls.put(Bucket, 'source', 'text', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      Metadata: { a: 'b' },
      Tagging: 'colour=red',
      ACL: 'public-read',
      StorageClass: 'STANDARD_IA',
    }),
  );

  test('has the headers, metadata and tags of its source, and nothing of who may read it', async () => {
    await copy({});
    const head = await calls.head(Bucket, 'copy');
    expect(head).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      Metadata: { a: 'b' },
      TagCount: 1,
    });
    expect(head.StorageClass).toBeUndefined();
    expect((await fetch(`${cloud.endpoint}/${Bucket}/source`)).status).toBe(200);
    expect((await fetch(`${cloud.endpoint}/${Bucket}/copy`)).status).toBe(403);
  });

  test('has others when they are to be replaced', async () => {
    await copy({ MetadataDirective: 'REPLACE', Metadata: { c: 'd' }, TaggingDirective: 'REPLACE', Tagging: 'x=y' });
    const head = await calls.head(Bucket, 'copy');
    expect(head).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: { c: 'd' } });
    expect(await tagsOf('copy')).toEqual([{ Key: 'x', Value: 'y' }]);
  });

  test('onto itself has to change something', async () => {
    await calls.put(Bucket, 'self', 'text');
    const self = { Key: 'self', CopySource: `${Bucket}/self` };
    await expect(copy(self)).rejects.toMatchObject({ name: 'InvalidRequest', ...status(400) });
    await copy({ ...self, StorageClass: 'STANDARD_IA' });
    expect((await calls.head(Bucket, 'self')).StorageClass).toBe('STANDARD_IA');
  });

  test.each([
    ['nobucket/key', 'NoSuchBucket'],
    ['BUCKET/none', 'NoSuchKey'],
    ['BUCKET/source?versionId=none', 'InvalidArgument'],
    ['BUCKET', 'InvalidArgument'],
    ['BUCKET/%zz', 'InvalidArgument'],
    ['../../etc/passwd', 'InvalidBucketName'],
  ])('of %s is refused', async (source, name) => {
    await expect(copy({ CopySource: source.replace('BUCKET', Bucket) })).rejects.toMatchObject({ name });
  });
});

describe('a bucket that keeps versions no more', () => {
  test('has one version named null, and keeps those that it has', async () => {
    const versioned = await calls.newVersionedBucket();
    const { VersionId } = await calls.put(versioned, 'k', 'kept');
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
    for (const text of ['one', 'two']) await calls.put(versioned, 'k', text);
    const ids = async () => {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: versioned }),
      );
      return [Versions, DeleteMarkers].map((list) => list.map((version) => version.VersionId));
    };
    expect(await ids()).toEqual([['null', VersionId], []]);
    expect(await calls.get(versioned, 'k')).toBe('two');
    const removed = await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k' }));
    expect(removed).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(await ids()).toEqual([[VersionId], ['null']]);
    expect(await calls.get(versioned, 'k', { VersionId })).toBe('kept');
    const Delete = {
      Objects: [
        { Key: 'k', VersionId: 'null' },
        { Key: 'k', VersionId },
      ],
    };
    expect((await client.send(new DeleteObjectsCommand({ Bucket: versioned, Delete }))).Deleted).toHaveLength(2);
    expect(await ids()).toEqual([[], []]);
  });
});

describe('tags', () => {
  const put = (TagSet: { Key: string; Value: string }[]) =>
    client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
  beforeAll(() => calls.put(Bucket, 'tagged'));

  test('are replaced as a whole, and removed', async () => {
    await put([
      { Key: 'a', Value: '1' },
      { Key: 'ü', Value: '' },
    ]);
    await put([{ Key: 'b', Value: '2' }]);
    expect(await tagsOf('tagged')).toEqual([{ Key: 'b', Value: '2' }]);
    await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect(await tagsOf('tagged')).toEqual([]);
  });

  test.each([
    ['eleven', Array.from({ length: 11 }, (_, at) => ({ Key: String(at), Value: '' })), 'BadRequest'],
    [
      'one twice',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
      'InvalidTag',
    ],
    ['a key too long', [{ Key: 'k'.repeat(129), Value: '' }], 'InvalidTag'],
    ['a value too long', [{ Key: 'k', Value: 'v'.repeat(257) }], 'InvalidTag'],
    ['one of AWS', [{ Key: 'aws:k', Value: 'v' }], 'InvalidTag'],
    ['another alphabet', [{ Key: 'k{}', Value: 'v' }], 'InvalidTag'],
  ])('are refused: %s', async (_what, tags, name) => {
    await expect(put(tags)).rejects.toMatchObject({ name, ...status(400) });
  });
});

describe('an archived object', () => {
  const restore = (Days: number | undefined, Key = 'archived') =>
    client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days } }));

  test('can be read once it was restored', async () => {
    await calls.put(Bucket, 'archived', 'cold', { StorageClass: 'GLACIER' });
    await expect(calls.get(Bucket, 'archived')).rejects.toMatchObject({ name: 'InvalidObjectState', ...status(403) });
    await expect(restore(0)).rejects.toMatchObject(status(400));
    expect((await restore(3)).$metadata.httpStatusCode).toBe(202);
    expect(await calls.get(Bucket, 'archived')).toBe('cold');
    const [, end = ''] =
      /^ongoing-request="false", expiry-date="(.+)"$/.exec((await calls.head(Bucket, 'archived')).Restore ?? '') ?? [];
    expect(end).toContain(' 00:00:00 GMT');
    expect(Date.parse(end) - cloud.now()).toBeGreaterThanOrEqual(3 * dayMs);
    expect(Date.parse(end) - cloud.now()).toBeLessThan(4 * dayMs);
    expect((await restore(9)).$metadata.httpStatusCode).toBe(200);
    await expect(restore(1, 'source')).rejects.toMatchObject({ name: 'InvalidObjectState' });
    // Inside the cloud, where no signature says what time it is.
    const scope = { account: '000000000000', region: 'us-east-1' };
    const inside = cloud.cloud.client('s3', scope, rootPrincipal(scope.account));
    cloud.advance(10 * dayMs);
    expect((await inside.HeadObject({ Bucket, Key: 'archived' })).Restore).toBeUndefined();
    await expect(inside.GetObject({ Bucket, Key: 'archived' })).rejects.toMatchObject({ code: 'InvalidObjectState' });
    cloud.advance(-10 * dayMs);
  });
});
