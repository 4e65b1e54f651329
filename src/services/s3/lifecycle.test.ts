// Lifecycle rules: which are taken, and what they do to objects, versions and uploads as time goes by.

import {
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { type Calls, createCalls } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

const dayMs = 24 * 3600_000;
const account = '000000000000';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'lifecycle');
});
afterAll(() => cloud.stop());

type Rule = Omit<LifecycleRule, 'Status'>;

const putRules = (Bucket: string, rules: readonly Rule[], minimum?: TransitionDefaultMinimumObjectSize) =>
  client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: rules.map((rule) => ({ Status: 'Enabled', ...rule })) },
      TransitionDefaultMinimumObjectSize: minimum,
    }),
  );

/** Calls from inside the cloud, where no signature says what time it is: for what is done days ago. */
const inside = () => cloud.cloud.client('s3', { account, region: 'us-east-1' }, rootPrincipal(account));

async function daysAgo(days: number, act: () => Promise<unknown>): Promise<void> {
  cloud.advance(-days * dayMs);
  try {
    await act();
  } finally {
    cloud.advance(days * dayMs);
  }
}

async function* bytes(content: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

const put = (Bucket: string, Key: string, content: string | Buffer = Key, more: object = {}) =>
  inside().PutObject({ Bucket, Key, Body: bytes(content), ...more });

/** What is there when the rules were carried out. */
async function carriedOut(Bucket: string, rules: readonly Rule[], minimum?: TransitionDefaultMinimumObjectSize) {
  await putRules(Bucket, rules, minimum);
  await cloud.cloud.settle();
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [
    ...Versions.map(({ Key, IsLatest, StorageClass }) => `${Key} ${IsLatest ? 'latest' : 'old'} ${StorageClass}`),
    ...DeleteMarkers.map(({ Key, IsLatest }) => `${Key} ${IsLatest ? 'latest' : 'old'} marker`),
  ].toSorted();
}

describe('a configuration is refused', () => {
  const expires = { Expiration: { Days: 1 } };
  test.each<[string, readonly object[], string]>([
    ['without rules', [], 'MalformedXML'],
    ['without an action', [{ Filter: { Prefix: '' } }], 'InvalidRequest'],
    ['without a filter', [expires], 'MalformedXML'],
    ['with an id twice', [1, 2].map(() => ({ ID: 'a', Filter: { Prefix: '' }, ...expires })), 'InvalidArgument'],
    ['with days that are none', [{ Filter: { Prefix: '' }, Expiration: { Days: 0 } }], 'InvalidArgument'],
    ['with two kinds of age', [{ Filter: { Prefix: '' }, Expiration: { Days: 1, Date: new Date(0) } }], 'MalformedXML'],
    ['with a date by day', [{ Filter: { Prefix: '' }, Expiration: { Date: new Date(1) } }], 'InvalidArgument'],
    [
      'with a class too soon',
      [{ Filter: { Prefix: '' }, Transitions: [{ Days: 29, StorageClass: 'STANDARD_IA' }] }],
      'InvalidArgument',
    ],
    [
      'with a class that nothing moves to',
      [{ Filter: { Prefix: '' }, Transitions: [{ Days: 1, StorageClass: 'STANDARD' }] }],
      'MalformedXML',
    ],
    ['with another status', [{ Status: 'On', Filter: { Prefix: '' }, ...expires }], 'MalformedXML'],
    ['with too long an id', [{ ID: 'x'.repeat(256), Filter: { Prefix: '' }, ...expires }], 'InvalidArgument'],
  ])('%s', async (_what, rules, name) => {
    const Bucket = await calls.newBucket();
    await expect(putRules(Bucket, rules as Rule[])).rejects.toMatchObject({ name });
  });
});

describe('objects', () => {
  test('expire by age, prefix, size and tags', async () => {
    const Bucket = await calls.newBucket();
    const fill = async (age: string) => {
      await put(Bucket, `a/${age}-small`);
      await put(Bucket, `a/${age}-large`, 'x'.repeat(100));
      await put(Bucket, `b/${age}-tagged`, 'x', { Tagging: 'keep=no&other=x' });
      await put(Bucket, `b/${age}-other`);
    };
    await daysAgo(9, () => fill('old'));
    await daysAgo(2, () => fill('new'));
    const rules: Rule[] = [
      { Filter: { And: { Prefix: 'a/', ObjectSizeGreaterThan: 50 } }, Expiration: { Days: 3 } },
      { Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 3 } },
    ];
    const left = ['a/new-large', 'a/new-small', 'a/old-small', 'b/new-other', 'b/new-tagged', 'b/old-other'];
    expect(await carriedOut(Bucket, rules)).toEqual(left.map((key) => `${key} latest STANDARD`));
  });

  test('move on from class to class, but not while they are small', async () => {
    const Bucket = await calls.newBucket();
    for (const days of [1, 31, 61]) {
      await daysAgo(days, () => put(Bucket, `large-${days}`, Buffer.alloc(128 * 1024)));
      await daysAgo(days, () => put(Bucket, `small-${days}`));
    }
    const Transitions: Rule['Transitions'] = [
      { Days: 30, StorageClass: 'STANDARD_IA' },
      { Days: 60, StorageClass: 'GLACIER' },
    ];
    const rules: Rule[] = [{ Filter: { Prefix: '' }, Transitions }];
    const larges = ['large-1 latest STANDARD', 'large-31 latest STANDARD_IA', 'large-61 latest GLACIER'];
    const smalls = [1, 31, 61].map((days) => `small-${days} latest STANDARD`);
    expect(await carriedOut(Bucket, rules)).toEqual([...larges, ...smalls]);
    await calls.put(Bucket, 'unrelated');
    const again = await carriedOut(Bucket, [{ ...rules[0], ID: 'again' }], 'varies_by_storage_class');
    expect(again).toContain('small-31 latest STANDARD');
    expect(again).toContain('small-61 latest GLACIER');
    await expect(calls.get(Bucket, 'small-61')).rejects.toMatchObject({ name: 'InvalidObjectState' });
  });

  test('that are locked stay', async () => {
    const Bucket = await calls.newBucket({ ObjectLockEnabledForBucket: true });
    await daysAgo(9, async () => {
      await put(Bucket, 'held');
      await inside().PutObjectLegalHold({ Bucket, Key: 'held', LegalHold: { Status: 'ON' } });
      await put(Bucket, 'free');
      for (const Key of ['held', 'free']) await inside().DeleteObject({ Bucket, Key });
    });
    const rules: Rule[] = [{ Filter: { Prefix: '' }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }];
    expect(await carriedOut(Bucket, rules)).toEqual(['free latest marker', 'held latest marker', 'held old STANDARD']);
  });
});

describe('versions', () => {
  test('that are not current expire, but for as many as are to be kept', async () => {
    const Bucket = await calls.newVersionedBucket();
    for (const days of [9, 8, 7, 1]) await daysAgo(days, () => put(Bucket, 'k', String(days)));
    const keep = { NoncurrentDays: 3, NewerNoncurrentVersions: 1 };
    const rules: Rule[] = [{ Filter: { Prefix: '' }, NoncurrentVersionExpiration: keep }];
    expect(await carriedOut(Bucket, rules)).toEqual(['k latest STANDARD', 'k old STANDARD']);
    expect(await calls.get(Bucket, 'k')).toBe('1');
  });

  test('that are current are marked as deleted, and markers that stand alone go', async () => {
    const Bucket = await calls.newVersionedBucket();
    await daysAgo(9, async () => {
      await put(Bucket, 'expiring');
      await put(Bucket, 'kept');
      const { VersionId } = await put(Bucket, 'marked alone');
      await inside().DeleteObject({ Bucket, Key: 'marked alone' });
      await inside().DeleteObject({ Bucket, Key: 'marked alone', VersionId });
    });
    const rules: Rule[] = [
      { ID: 'expiring', Filter: { Prefix: 'expiring' }, Expiration: { Days: 1 } },
      { ID: 'markers', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
    ];
    expect(await carriedOut(Bucket, rules)).toEqual([
      'expiring latest marker',
      'expiring old STANDARD',
      'kept latest STANDARD',
    ]);
  });
});

test('uploads that nobody completes are aborted', async () => {
  const Bucket = await calls.newBucket();
  await daysAgo(9, () => inside().CreateMultipartUpload({ Bucket, Key: 'tmp/old' }));
  await daysAgo(1, () => inside().CreateMultipartUpload({ Bucket, Key: 'tmp/new' }));
  await daysAgo(9, () => inside().CreateMultipartUpload({ Bucket, Key: 'other' }));
  await carriedOut(Bucket, [
    { Filter: { Prefix: 'tmp/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
  ]);
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(Uploads?.map(({ Key }) => Key)).toEqual(['other', 'tmp/new']);
});
