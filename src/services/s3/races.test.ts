// Two things at once: what one of them has looked at, the other changes before it acts.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { createMemoryObjects } from '../../drivers/objects/memory-objects.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { bucketPrefix } from './object-index.ts';
import { s3 } from './s3.ts';
import { createSweep } from './sweep.reconciler.ts';
import { dropUpload, visitUploads } from './uploads.ts';
import { closeGate } from './versions.ts';

const scope = { account: '000000000000', region: 'us-east-1' };
const dayMs = 24 * 3600_000;

/** Happens once, when current versions have been read and nobody has heard of it. */
let meanwhile: (() => Promise<unknown>) | undefined;
let cloud: TestCloud;

const inside = () => cloud.cloud.client('s3', scope, rootPrincipal(scope.account));

beforeAll(async () => {
  const objects = createMemoryObjects();
  const { visit } = objects.index;
  const index: typeof objects.index = {
    ...objects.index,
    async visit(range, visitor) {
      await visit(range, visitor);
      const happens = meanwhile;
      if (!happens || range.from[0] !== bucketPrefix('current', '')[0]) return;
      meanwhile = undefined;
      await happens();
    },
  };
  cloud = await startTestCloud([s3], { objects: { ...objects, index } });
});
afterAll(() => cloud.stop());

async function* text(...pieces: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function startUpload(Bucket: string) {
  await inside().CreateBucket({ Bucket });
  const about = { Bucket, Key: 'k' };
  const { UploadId = '' } = await inside().CreateMultipartUpload(about);
  const { ETag } = await inside().UploadPart({ ...about, UploadId, PartNumber: 1, Body: text('part') });
  return { ...about, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
}

test('an upload that is completed twice at once is answered twice alike', async () => {
  const upload = await startUpload('completed-twice');
  const [one, two] = await Promise.all([
    inside().CompleteMultipartUpload(upload),
    inside().CompleteMultipartUpload(upload),
  ]);
  expect(one.ETag).toMatch(/-1"$/);
  expect(two).toEqual(one);
  await expect(inside().AbortMultipartUpload(upload)).rejects.toMatchObject({ code: 'NoSuchUpload' });
});

test('an object whose bytes come while its bucket begins to keep versions is one of them', async () => {
  const Bucket = 'versioned-meanwhile';
  await inside().CreateBucket({ Bucket });
  await inside().PutObject({ Bucket, Key: 'k', Body: text('first') });
  const slow = async function* () {
    yield Buffer.from('third');
    await inside().PutBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
    await inside().PutObject({ Bucket, Key: 'k', Body: text('second') });
  };
  const { VersionId } = await inside().PutObject({ Bucket, Key: 'k', Body: slow() });
  const { Versions = [] } = await inside().ListObjectVersions({ Bucket });
  expect(Versions.map((version) => version.VersionId)).toEqual([VersionId, expect.not.stringMatching('null'), 'null']);
});

test('a rule leaves an object alone that was written over since it was found to be due', async () => {
  const Bucket = 'moved-meanwhile';
  await inside().CreateBucket({ Bucket });
  cloud.advance(-2 * dayMs);
  for (const Key of ['new', 'old']) await inside().PutObject({ Bucket, Key, Body: text('old') });
  cloud.advance(2 * dayMs);
  meanwhile = () => inside().PutObject({ Bucket, Key: 'new', Body: text('new') });
  const Transitions = [{ Days: 0, StorageClass: 'GLACIER' as const }];
  const rule = { ID: 'move', Status: 'Enabled' as const, Filter: { ObjectSizeGreaterThan: 0 }, Transitions };
  await inside().PutBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules: [rule] } });
  await cloud.cloud.settle();
  const { Contents = [] } = await inside().ListObjectsV2({ Bucket });
  expect(Contents.map(({ Key, StorageClass }) => [Key, StorageClass])).toEqual([
    ['new', 'STANDARD'],
    ['old', 'GLACIER'],
  ]);
});

test('what a bucket leaves of its uploads when it goes and all stops is swept', async () => {
  const upload = await startUpload('gone-with-uploads');
  const row = cloud.store.find(buckets, upload.Bucket) as BucketRow;
  const { bucketId } = row.spec;
  const { objects } = cloud.drivers;
  await closeGate(objects.index, bucketId);
  cloud.store.changeSpecs((transaction) => transaction.table(buckets, row).remove(row.id));
  const sweep = createSweep({ store: cloud.store, drivers: cloud.drivers } as World);
  for (const key of await sweep.keys()) await sweep.reconcile(key);
  const left: string[] = [];
  await visitUploads(objects.index, bucketId, undefined, ({ uploadId }) => left.push(uploadId) > 0);
  expect(left).toEqual([]);
  // Whoever was about to do the same finds that it is done.
  await dropUpload(objects, { bucketId, key: upload.Key, uploadId: upload.UploadId });
});
