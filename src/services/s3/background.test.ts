// What S3 does of its own accord: expiry, notifications, replicas, and cleaning up.

import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { sqs } from '../sqs/sqs.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

const dayMs = 24 * 3600_000;
const scope = { account: '000000000000', region: 'us-east-1' };

let cloud: TestCloud;
let client: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud([s3, sqs]);
  client = cloud.client();
});
afterAll(() => cloud.stop());

const put = (Bucket: string, Key: string, Body = Key) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const enableVersions = (Bucket: string) =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));

async function* text(value: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(value);
}

test('objects expire by the rules that are for them', async () => {
  const Bucket = 'expiring';
  // Inside the cloud, where no signature says what time it is.
  const inside = cloud.cloud.client('s3', scope, rootPrincipal(scope.account));
  await inside.CreateBucket({ Bucket });
  cloud.advance(-3 * dayMs);
  for (const Key of ['logs/old', 'kept']) await inside.PutObject({ Bucket, Key, Body: text(Key) });
  cloud.advance(3 * dayMs);
  await inside.PutObject({ Bucket, Key: 'logs/new', Body: text('new') });
  const rule = { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } } as const;
  const LifecycleConfiguration = { Rules: [rule] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  await cloud.cloud.settle();
  expect((await inside.ListObjectsV2({ Bucket })).Contents?.map(({ Key }) => Key)).toEqual(['kept', 'logs/new']);
  expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'logs/new' }))).Expiration).toContain('rule-id="old"');
});

test('a queue is told of what was created, with its filters', async () => {
  const Bucket = 'telling';
  await client.send(new CreateBucketCommand({ Bucket }));
  const queue = cloud.cloud.client('sqs', scope, rootPrincipal(scope.account));
  const { QueueUrl = '' } = await queue.CreateQueue({ QueueName: 'told' });
  const NotificationConfiguration = {
    QueueConfigurations: [
      {
        Id: 'images',
        QueueArn: 'arn:aws:sqs:us-east-1:000000000000:told',
        Events: ['s3:ObjectCreated:*' as const],
        Filter: { Key: { FilterRules: [{ Name: 'suffix' as const, Value: '.jpg' }] } },
      },
    ],
  };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await put(Bucket, 'a b.jpg');
  await put(Bucket, 'c.txt');
  await cloud.cloud.settle();
  const { Messages = [] } = await queue.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages).toHaveLength(1);
  expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { configurationId: 'images', bucket: { name: Bucket }, object: { key: 'a+b.jpg', size: 7 } },
      },
    ],
  });
});

test('objects are replicated to another bucket', async () => {
  for (const Bucket of ['source', 'replica']) {
    await client.send(new CreateBucketCommand({ Bucket }));
    await enableVersions(Bucket);
  }
  const ReplicationConfiguration = {
    Role: 'arn:aws:iam::000000000000:role/replicator',
    Rules: [{ Status: 'Enabled' as const, Prefix: '', Destination: { Bucket: 'arn:aws:s3:::replica' } }],
  };
  await client.send(new PutBucketReplicationCommand({ Bucket: 'source', ReplicationConfiguration }));
  await put('source', 'k', 'x'.repeat(40_000));
  await cloud.cloud.settle();
  const replica = await client.send(new GetObjectCommand({ Bucket: 'replica', Key: 'k' }));
  expect(replica.ReplicationStatus).toBe('REPLICA');
  expect((await replica.Body?.transformToString())?.length).toBe(40_000);
  const source = await client.send(new HeadObjectCommand({ Bucket: 'source', Key: 'k' }));
  expect(source.ReplicationStatus).toBe('COMPLETED');
  expect((await client.send(new ListObjectVersionsCommand({ Bucket: 'replica' }))).Versions).toHaveLength(1);
});

test('a reset leaves neither entries nor bodies', async () => {
  await cloud.cloud.reset();
  await cloud.cloud.settle();
  const { index, bodies } = cloud.drivers.objects;
  const left: string[] = [];
  await index.visit({ from: Buffer.of(0), to: Buffer.of(255) }, (entry) => left.push(entry.toString('hex')) > 0);
  expect(left).toEqual([]);
  expect(await bodies.sweep(async (ids) => ids.map(() => false))).toBe(0);
});
