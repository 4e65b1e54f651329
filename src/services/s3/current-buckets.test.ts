// What AWS has now and older programs expect otherwise: buckets that were made as AWS makes them now follow AWS.

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, partBytes, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { createS3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  cloud = await startTestCloud([createS3({ newBuckets: 'current' })]);
  client = cloud.client();
  calls = createCalls(client, 'now');
  Bucket = await calls.newBucket();
});
afterAll(() => cloud.stop());

const Key = 'k';

describe('checksums of an upload', () => {
  const crc32 = 'NhCmhg=='; // of "hello"

  async function complete(part: object, whole: object) {
    const create = { Bucket, Key, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(create));
    const place = { Bucket, Key, UploadId };
    const sent = { ...place, PartNumber: 1, Body: 'hello', ChecksumAlgorithm: 'CRC32' as const };
    const { ETag } = await client.send(new UploadPartCommand(sent));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ...part }] };
    return client.send(
      new CompleteMultipartUploadCommand({ ...place, MultipartUpload, ChecksumType: 'FULL_OBJECT', ...whole }),
    );
  }

  test('are told back', async () => {
    expect(await complete({ ChecksumCRC32: crc32 }, { ChecksumCRC32: crc32 })).toMatchObject({ ChecksumCRC32: crc32 });
  });

  const inParts = 'Invalid Base64 or multiple checksums present in request';
  const single = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.';
  test.each<[string, object, object, string]>([
    ['several of a part', { ChecksumCRC32: crc32, ChecksumSHA1: 'Kq5sNclPz7QV2+lfQIuc6R7oRu0=' }, {}, inParts],
    ['one of a part that cannot be', { ChecksumCRC32: 'none' }, {}, inParts],
    ['several of the whole', {}, { ChecksumCRC32: crc32, ChecksumCRC32C: crc32 }, single],
    [
      'one of the whole that cannot be',
      {},
      { ChecksumCRC32: 'none' },
      'Value for x-amz-checksum-crc32 header is invalid.',
    ],
  ])('are refused when there are %s', async (_what, part, whole, message) => {
    await expect(complete(part, whole)).rejects.toThrow(message);
  });
});

describe('parts', () => {
  test('are told of only when they have checks of their own, and need them then', async () => {
    await calls.upload(Bucket, 'whole', [Buffer.alloc(partBytes), 'end'], {
      create: { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
    });
    const attributes = { Bucket, ObjectAttributes: ['ObjectParts' as const] };
    const whole = await client.send(new GetObjectAttributesCommand({ ...attributes, Key: 'whole' }));
    expect(whole.ObjectParts).toEqual({ TotalPartsCount: 2 });
    const read = { Bucket, Key: 'whole', ChecksumMode: 'ENABLED' as const };
    expect((await client.send(new GetObjectCommand({ ...read, PartNumber: 1 }))).ChecksumCRC32).toBeUndefined();
    await calls.upload(Bucket, 'parts', ['all'], {
      create: { ChecksumAlgorithm: 'SHA256' },
      part: { ChecksumAlgorithm: 'SHA256' },
    });
    const parts = await client.send(new GetObjectAttributesCommand({ ...attributes, Key: 'parts' }));
    expect(parts.ObjectParts?.Parts?.[0]?.ChecksumSHA256).toBeDefined();
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }),
    );
    const place = { Bucket, Key, UploadId };
    const sent = { ...place, PartNumber: 1, Body: 'x', ChecksumAlgorithm: 'SHA256' as const };
    const { ETag } = await client.send(new UploadPartCommand(sent));
    const complete = (Parts: object[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts } }));
    await expect(complete([{ PartNumber: 1, ETag }])).rejects.toThrow('It was missing for part 1 in the request.');
    await expect(complete([])).rejects.toThrow('You must specify at least one part');
  });

  test('make a whole whose check is compared if it is said to be that of the whole', async () => {
    const complete = async (create: object, end: object) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
      const place = { Bucket, Key, UploadId };
      const { ETag } = await client.send(new UploadPartCommand({ ...place, PartNumber: 1, Body: '123456789' }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      return client.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload, ...end }));
    };
    const whole = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
    const right = { ChecksumCRC32: 'y/Q5Jg==' };
    for (const wrong of [right, { ChecksumSHA1: 'x', ChecksumType: 'FULL_OBJECT' }])
      await expect(complete(whole, wrong)).rejects.toThrow('The crc32 you specified did not match');
    await complete(whole, { ...right, ChecksumType: 'FULL_OBJECT' });
    // An upload that was begun without one has AWS's own, whatever else comes at its end.
    expect(await complete({}, right)).toMatchObject({ ChecksumCRC64NVME: 'rosUhgp5mIg=' });
  });

  test('beyond the last are not satisfiable', async () => {
    await calls.put(Bucket, Key);
    const sent = client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    await expect(sent).rejects.toMatchObject({ name: 'InvalidPartNumber', ...status(416) });
  });
});

test.each([
  [{ IfNoneMatch: '"etag"' }, 'If-None-Match'],
  [{ IfMatch: '*' }, 'If-Match'],
  [{ IfMatch: '"etag"', IfNoneMatch: '*' }, 'If-Match,If-None-Match'],
])('a writer’s condition of %j is not implemented', async (conditions, Header) => {
  await expect(calls.put(Bucket, Key, 'x', conditions)).rejects.toMatchObject({
    name: 'NotImplemented',
    Header,
    ...status(501),
  });
});

test('a version that was removed can be removed again, one that never was cannot', async () => {
  const versioned = await calls.newVersionedBucket();
  const { VersionId = '' } = await calls.put(versioned, Key);
  const about = { Bucket: versioned, Key, VersionId };
  for (let i = 0; i < 2; i++) await client.send(new DeleteObjectCommand(about));
  const strange = `${VersionId.slice(0, -4)}ABCD`;
  await expect(client.send(new DeleteObjectCommand({ ...about, VersionId: strange }))).rejects.toThrow(
    'Invalid version id specified',
  );
  const Objects = [{ Key, VersionId: strange }];
  const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket: versioned, Delete: { Objects } }));
  expect(Errors).toMatchObject([{ Code: 'NoSuchVersion', VersionId: strange }]);
  const bypass = { ...about, BypassGovernanceRetention: true };
  await expect(client.send(new DeleteObjectCommand(bypass))).rejects.toThrow('is only applicable to Object Lock');
});

test('metadata are words where they are not ASCII, and other headers are bytes', async () => {
  const headers = {
    'x-amz-meta-a': '=?UTF-8?Q?ab=C3=A9?=',
    'x-amz-meta-b': '=?UTF-8?B?YWJj?=',
    'cache-control': '\u00c3\u00a9',
  };
  await signedFetch(cloud, { method: 'PUT', path: `/${Bucket}/words`, body: 'x', headers });
  const answer = await signedFetch(cloud, { method: 'GET', path: `/${Bucket}/words` });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'x-amz-meta-a': '=?UTF-8?Q?ab=C3=A9?=',
    'x-amz-meta-b': 'abc',
    'cache-control': '\u00c3\u00a9',
  });
});

test('a bucket that was made in the EU is there', async () => {
  const europe = cloud.client('123456789012', 'eu-west-1');
  const CreateBucketConfiguration = { LocationConstraint: 'EU' as const };
  await europe.send(new CreateBucketCommand({ Bucket: 'in-europe', CreateBucketConfiguration }));
  const { LocationConstraint } = await europe.send(new GetBucketLocationCommand({ Bucket: 'in-europe' }));
  expect(LocationConstraint).toBe('EU');
  await expect(
    europe.send(new GetBucketLocationCommand({ Bucket: 'in-europe', ExpectedBucketOwner: '12' })),
  ).rejects.toThrow('must be an AWS Account ID... [12]');
});

test('a policy has no action that is about nothing which its resources name', async () => {
  const Statement = [
    { Effect: 'Deny', Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource: `arn:aws:s3:::${Bucket}/*` },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const message = 'Action does not apply to any resource(s) in statement';
  await expect(client.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toThrow(message);
});
