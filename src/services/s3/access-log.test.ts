// Access logs: who may have them delivered, what their lines say, and how their objects are named.

import {
  type BucketCannedACL,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type LoggingEnabled,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalUserId } from './canonical-users.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
});
afterAll(() => cloud.stop());

async function newBuckets(name: string) {
  const [Bucket, TargetBucket] = [name, `${name}-logs`];
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new CreateBucketCommand({ Bucket: TargetBucket }));
  return { Bucket, TargetBucket };
}

const enable = (Bucket: string, logging: LoggingEnabled) =>
  client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled: logging } }));

const letIn = (Bucket: string, Resource = `arn:aws:s3:::${Bucket}/*`) =>
  client.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource,
          Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } },
        },
      }),
    }),
  );

async function delivered(Bucket: string) {
  await cloud.drivers.objects.index.settled();
  await cloud.cloud.settle();
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return { Key, text: (await Body?.transformToString()) ?? '' };
    }),
  );
}

test('a log is delivered in the format of AWS', async () => {
  const { Bucket, TargetBucket } = await newBuckets('logged');
  await letIn(TargetBucket);
  await enable(Bucket, { TargetBucket, TargetPrefix: 'logs/' });
  await cloud.cloud.settle();
  await client.send(new PutObjectCommand({ Bucket, Key: 'a b"c', Body: 'hello' }));
  await client.send(new GetObjectCommand({ Bucket, Key: 'a b"c', Range: 'bytes=0-1' }));
  await client.send(new GetObjectCommand({ Bucket, Key: 'nothing' })).catch(() => undefined);
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  // Changing the configuration delivers at once; otherwise it is every minute.
  await enable(Bucket, { TargetBucket, TargetPrefix: 'later/' });
  const objects = await delivered(TargetBucket);
  expect(objects[0]?.Key).toMatch(/^later\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/);
  // The first line may have been delivered by itself, under the first prefix.
  const lines = objects.toReversed().flatMap(({ text }) => text.trimEnd().split('\n'));
  const fields = lines.map((line) => line.match(/"[^"]*"|\[[^\]]*\]|\S+/g) ?? []);
  const shown = fields.map((field) => [field[6], field[7], field[9], field[10], field[11], field[12]]);
  expect(shown.slice(1, 5)).toEqual([
    ['REST.PUT.OBJECT', 'a%2520b%2522c', '200', '-', '-', '5'],
    ['REST.GET.OBJECT', 'a%2520b%2522c', '206', '-', '2', '5'],
    ['REST.GET.OBJECT', 'nothing', '404', 'NoSuchKey', '-', '-'],
    ['REST.PUT.VERSIONING', '-', '200', '-', '-', '-'],
  ]);
  // The request that began it is the first one in it.
  expect(fields[0]?.[6]).toBe('REST.PUT.LOGGING_STATUS');
  const owner = canonicalUserId('000000000000');
  expect(fields[1]?.slice(0, 5)).toEqual([
    owner,
    Bucket,
    expect.stringMatching(/^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\]$/),
    expect.stringMatching(/^[\d.:]+$/),
    owner,
  ]);
  expect(fields[1]).toHaveLength(26);
  expect(fields[1]?.[19]).toBe('SigV4');
  expect(fields[1]?.[21]).toBe('AuthHeader');
});

test('a log has lines of its own for objects of a large removal, and for what was copied from', async () => {
  const { Bucket, TargetBucket } = await newBuckets('parts-logged');
  await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'hello' }));
  await letIn(TargetBucket);
  await enable(Bucket, { TargetBucket, TargetPrefix: 'logs/' });
  const Objects = [{ Key: 'one' }, { Key: 'two', VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD' }];
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const copy = { Bucket: TargetBucket, Key: 'copy', CopySource: `${Bucket}/from` };
  await client.send(new CopyObjectCommand(copy));
  await enable(Bucket, { TargetBucket, TargetPrefix: 'later/' });
  const logs = (await delivered(TargetBucket)).filter(({ Key }) => Key !== 'copy');
  const fields = logs
    .flatMap(({ text }) => text.trimEnd().split('\n'))
    .map((line) => line.match(/"[^"]*"|\[[^\]]*\]|\S+/g) ?? []);
  const shown = fields.map((field) => [field[6], field[7], field[9], field[10], field[17]]);
  expect(shown).toContainEqual(['REST.POST.MULTI_OBJECT_DELETE', '-', '200', '-', '-']);
  expect(shown).toContainEqual(['BATCH.DELETE.OBJECT', 'one', '204', '-', '-']);
  expect(shown).toContainEqual(['BATCH.DELETE.OBJECT', 'two', '404', 'NoSuchVersion', Objects[1]?.VersionId]);
  expect(shown).toContainEqual(['REST.COPY.OBJECT_GET', 'from', '200', '-', '-']);
  for (const field of fields) expect(field).toHaveLength(26);
});

test('a log may be partitioned by the days of its events', async () => {
  const { Bucket, TargetBucket } = await newBuckets('partitioned');
  await client.send(new PutBucketAclCommand({ Bucket: TargetBucket, ACL: 'log-delivery-write' as BucketCannedACL }));
  const logging: LoggingEnabled = {
    TargetBucket,
    TargetPrefix: 'p/',
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
  };
  await enable(Bucket, logging);
  expect((await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toEqual(logging);
  await enable(Bucket, { ...logging, TargetPrefix: 'q/' });
  const day = new Date(cloud.now()).toISOString().slice(0, 10);
  const last = (await delivered(TargetBucket)).at(-1);
  expect(last?.Key).toMatch(
    new RegExp(`^q/000000000000/us-east-1/partitioned/${day.replaceAll('-', '/')}/${day}-00-00-00-[0-9A-F]{16}$`),
  );
});

test('nobody is logged where S3 may not deliver', async () => {
  const { Bucket, TargetBucket } = await newBuckets('unlogged');
  const refusal = { name: 'InvalidTargetBucketForLogging', $metadata: { httpStatusCode: 400 } };
  await expect(enable(Bucket, { TargetBucket: 'not-there', TargetPrefix: '' })).rejects.toMatchObject(refusal);
  await expect(enable(Bucket, { TargetBucket, TargetPrefix: '' })).rejects.toMatchObject(refusal);
  await letIn(TargetBucket, `arn:aws:s3:::${TargetBucket}/logs/*`);
  await expect(enable(Bucket, { TargetBucket, TargetPrefix: 'other/' })).rejects.toMatchObject(refusal);
  await enable(Bucket, { TargetBucket, TargetPrefix: 'logs/' });
  await client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
  expect((await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined();
});
