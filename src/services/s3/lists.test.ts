// Lists of objects, versions and buckets: delimiters, markers, encodings, sizes of pages.

import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

const keys = ['a', 'b/', 'b/1', 'b/2/x', 'b/2/y', 'c//d', 'ü', '€ 1+1%&<', 'zz'];

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'lists');
  Bucket = await calls.newBucket();
  for (const key of keys) await calls.put(Bucket, key);
});
afterAll(() => cloud.stop());

const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const shown = ({
  Contents = [],
  CommonPrefixes = [],
}: Pick<ListObjectsV2CommandOutput, 'Contents' | 'CommonPrefixes'>) => [
  ...Contents.map(({ Key }) => Key),
  ...CommonPrefixes.map(({ Prefix }) => Prefix),
];

describe('keys', () => {
  test('come in the order of their bytes', async () => {
    const { Contents, KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(inOrder);
    expect(KeyCount).toBe(keys.length);
  });

  test.each([
    [{ Delimiter: '/' }, ['a', 'zz', 'ü', '€ 1+1%&<', 'b/', 'c/']],
    [{ Delimiter: '/', Prefix: 'b/' }, ['b/', 'b/1', 'b/2/']],
    [{ Delimiter: '/', Prefix: 'b' }, ['b/']],
    [{ Delimiter: '/', Prefix: 'c/' }, ['c//']],
    [{ Delimiter: '2/', Prefix: 'b' }, ['b/', 'b/1', 'b/2/']],
    [{ Prefix: 'nothing' }, []],
    [{ Delimiter: '/', StartAfter: 'b/' }, ['zz', 'ü', '€ 1+1%&<', 'c/']],
    [{ StartAfter: 'zz' }, ['ü', '€ 1+1%&<']],
    [{ MaxKeys: 0 }, []],
  ])('are rolled up as asked: %j', async (asked, expected) => {
    const answer = await client.send(new ListObjectsV2Command({ Bucket, ...asked }));
    expect(shown(answer)).toEqual(expected);
    expect(answer.KeyCount).toBe(expected.length);
    expect(answer.IsTruncated).toBe(false);
  });

  test.each([1, 2, 3])('come page by page with markers (%d a page)', async (MaxKeys) => {
    const seen: (string | undefined)[] = [];
    for (let Marker: string | undefined; ; ) {
      const page: Awaited<ReturnType<typeof list>> = await list({ Marker, MaxKeys, Delimiter: '/' });
      seen.push(...shown(page));
      if (!page.IsTruncated) break;
      Marker = page.NextMarker;
    }
    expect(seen.toSorted()).toEqual(['a', 'b/', 'c/', 'zz', 'ü', '€ 1+1%&<'].toSorted());
  });

  const list = (more: object) => client.send(new ListObjectsCommand({ Bucket, ...more }));

  test('rolled into a common prefix are passed with a marker among them, but are still to come with StartAfter', async () => {
    expect(shown(await list({ Marker: 'b/1', Delimiter: '/' }))).toEqual(['zz', 'ü', '€ 1+1%&<', 'c/']);
    const started = await client.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/1', Delimiter: '/' }));
    expect(shown(started)).toEqual(['zz', 'ü', '€ 1+1%&<', 'b/', 'c/']);
  });

  test('can be encoded, and then so is all that holds keys', async () => {
    const answer = await client.send(
      new ListObjectsV2Command({ Bucket, EncodingType: 'url', Delimiter: '<', Prefix: '€', StartAfter: 'ü' }),
    );
    expect(answer).toMatchObject({
      EncodingType: 'url',
      Prefix: '%E2%82%AC',
      Delimiter: '%3C',
      StartAfter: '%C3%BC',
      CommonPrefixes: [{ Prefix: '%E2%82%AC%201%2B1%25%26%3C' }],
    });
    await expect(
      client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'base64' as 'url' })),
    ).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  test.each([-1, 2 ** 31, 'many'])('cannot be asked for by %s', async (maximum) => {
    const query = { 'list-type': '2', 'max-keys': String(maximum) };
    const answer = await signedFetch(cloud, { method: 'GET', path: `/${Bucket}`, query });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>InvalidArgument</Code>');
  });

  test('need a token that was handed out', async () => {
    for (const ContinuationToken of ['nonsense', '../..', Buffer.from('x').toString('base64')]) {
      await expect(client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }))).rejects.toMatchObject({
        name: 'InvalidArgument',
      });
    }
  });

  test('are shown with their owners when that is asked', async () => {
    const [first] = (await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? [];
    expect(first?.Owner).toBeUndefined();
    const [owned] = (await client.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }))).Contents ?? [];
    expect(owned?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('versions', () => {
  test('come newest first, across pages, with markers of what was removed', async () => {
    const versioned = await calls.newVersionedBucket();
    const ids: (string | undefined)[] = [];
    for (const key of ['k', 'k', 'l/1', 'k']) ids.push((await calls.put(versioned, key)).VersionId);
    const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'l/1' }));
    const seen: (string | undefined)[] = [];
    let at: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: versioned, MaxKeys: 1, ...at }));
      seen.push(...[...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId));
      if (!page.IsTruncated) break;
      at = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect(seen).toEqual([ids[3], ids[1], ids[0], marker, ids[2]]);
    const rolled = await client.send(new ListObjectVersionsCommand({ Bucket: versioned, Delimiter: '/' }));
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'l/' }]);
    expect(rolled.Versions).toHaveLength(3);
  });

  test('stand among the markers on the wire, for clients that read them as they come', async () => {
    const versioned = await calls.newVersionedBucket();
    const ids: (string | undefined)[] = [];
    for (const key of ['a', 'b']) {
      ids.push((await calls.put(versioned, key)).VersionId);
      ids.push((await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: key }))).VersionId);
    }
    await calls.put(versioned, 'c/1');
    const query = { versions: '', delimiter: '/' };
    const answer = await signedFetch(cloud, { method: 'GET', path: `/${versioned}`, query });
    const elements = /<(Version|DeleteMarker|CommonPrefixes)>(?:.*?<VersionId>([^<]+))?/g;
    const text = (await answer.text()).replace(/<CommonPrefixes>.*?<\/CommonPrefixes>/g, '<CommonPrefixes>');
    expect([...text.matchAll(elements)].map(([, name, id]) => [name, id])).toEqual([
      ['DeleteMarker', ids[1]],
      ['Version', ids[0]],
      ['DeleteMarker', ids[3]],
      ['Version', ids[2]],
      ['CommonPrefixes', undefined],
    ]);
  });

  test('go on behind one that was removed, with one that is the current one since', async () => {
    const versioned = await calls.newVersionedBucket();
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await calls.put(versioned, 'k')).VersionId);
    const [newest, ...rest] = ids;
    await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k', VersionId: newest }));
    const { Versions } = await client.send(
      new ListObjectVersionsCommand({ Bucket: versioned, KeyMarker: 'k', VersionIdMarker: newest }),
    );
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(rest);
  });

  test('cannot be continued from a version without its key', async () => {
    await expect(client.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: 'x' }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });
});

test.each(['-42', String(2 ** 31)])('parts are not listed from %s on, nor so many', async (number) => {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  for (const name of ['max-parts', 'part-number-marker']) {
    const query = { uploadId: UploadId, [name]: number };
    const answer = await signedFetch(cloud, { method: 'GET', path: `/${Bucket}/parts`, query });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>InvalidArgument</Code>');
  }
  const headers = { 'x-amz-object-attributes': 'ObjectParts', 'x-amz-part-number-marker': number };
  await calls.upload(Bucket, 'in parts', ['x']);
  const answer = await signedFetch(cloud, {
    method: 'GET',
    path: `/${Bucket}/in%20parts`,
    query: { attributes: '' },
    headers,
  });
  expect(answer.status).toBe(400);
});

test('uploads are listed by key and start, rolled up', async () => {
  const own = await calls.newBucket();
  const started: (string | undefined)[] = [];
  for (const Key of ['a/1', 'b', 'b', 'a/2']) {
    started.push((await client.send(new CreateMultipartUploadCommand({ Bucket: own, Key }))).UploadId);
  }
  const rolled = await client.send(new ListMultipartUploadsCommand({ Bucket: own, Delimiter: '/' }));
  expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
  expect(rolled.Uploads?.map(({ UploadId }) => UploadId)).toEqual([started[1], started[2]]);
  const after = await client.send(
    new ListMultipartUploadsCommand({ Bucket: own, KeyMarker: 'b', UploadIdMarker: started[1] }),
  );
  expect(after.Uploads?.map(({ UploadId }) => UploadId)).toEqual([started[2]]);
  expect(after).toMatchObject({ NextKeyMarker: 'b', NextUploadIdMarker: started[2] });
  // There is no marker of a common prefix, but one among its keys passes it.
  const first = await client.send(new ListMultipartUploadsCommand({ Bucket: own, Delimiter: '/', MaxUploads: 1 }));
  expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: '', NextUploadIdMarker: '' });
  const passed = await client.send(new ListMultipartUploadsCommand({ Bucket: own, Delimiter: '/', KeyMarker: 'a/1' }));
  expect(passed.CommonPrefixes).toBeUndefined();
  const strange = { Bucket: own, KeyMarker: 'b', UploadIdMarker: started[0] };
  await expect(client.send(new ListMultipartUploadsCommand(strange))).rejects.toThrow('Invalid uploadId marker');
});

test.each(['max-parts', 'part-number-marker'])('an empty %s says nothing', async (name) => {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'empty' }));
  const query = { uploadId: UploadId, [name]: '' };
  expect((await signedFetch(cloud, { method: 'GET', path: `/${Bucket}/empty`, query })).status).toBe(200);
});

test('buckets are listed to their owner alone, page by page', async () => {
  const owner = cloud.client('222222222222');
  const own = createCalls(owner, 'paged');
  for (let i = 0; i < 3; i++) await own.newBucket();
  const first = await owner.send(new ListBucketsCommand({ MaxBuckets: 2 }));
  expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['paged-1', 'paged-2']);
  const rest = await owner.send(new ListBucketsCommand({ MaxBuckets: 2, ContinuationToken: first.ContinuationToken }));
  expect(rest.Buckets?.map(({ Name }) => Name)).toEqual(['paged-3']);
  expect(rest.ContinuationToken).toBeUndefined();
  const empty = await owner.send(new ListBucketsCommand({ MaxBuckets: 2, ContinuationToken: '' }));
  expect(empty.Buckets).toEqual(first.Buckets);
  await expect(owner.send(new ListBucketsCommand({ BucketRegion: 'eu-east-1' }))).rejects.toThrow(
    'Argument value eu-east-1 is not a valid AWS Region',
  );
  await expect(owner.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(status(403));
});
