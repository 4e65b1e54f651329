// What S3 does of its own accord: expiry, notifications, replicas, and cleaning up.

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type ReplicationRule,
  RestoreObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { sqs } from '../sqs/sqs.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

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

/** A queue that takes what the bucket sends. */
async function newQueue(QueueName: string, Bucket: string) {
  const queue = cloud.cloud.client('sqs', scope, rootPrincipal(scope.account));
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { QueueUrl = '' } = await queue.CreateQueue({ QueueName, Attributes: { Policy } });
  const received = async () => {
    await cloud.cloud.settle();
    const { Messages = [] } = await queue.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
  };
  return { QueueArn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}`, QueueUrl, received };
}

test('a queue is told of what was created, with its filters', async () => {
  const Bucket = 'telling';
  await client.send(new CreateBucketCommand({ Bucket }));
  const { QueueArn, received } = await newQueue('told', Bucket);
  const NotificationConfiguration = {
    QueueConfigurations: [
      {
        Id: 'images',
        QueueArn,
        Events: ['s3:ObjectCreated:*' as const],
        Filter: { Key: { FilterRules: [{ Name: 'suffix' as const, Value: '.jpg' }] } },
      },
    ],
  };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await put(Bucket, 'a b.jpg');
  await put(Bucket, 'c.txt');
  expect(await received()).toMatchObject([
    { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket },
    {
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: { configurationId: 'images', bucket: { name: Bucket }, object: { key: 'a+b.jpg', size: 7 } },
        },
      ],
    },
  ]);
});

test('a queue is told of removals, restorations and tags', async () => {
  const Bucket = 'telling-more';
  await client.send(new CreateBucketCommand({ Bucket }));
  await enableVersions(Bucket);
  const { QueueArn, received } = await newQueue('told-more', Bucket);
  const Events = ['s3:ObjectRemoved:*', 's3:ObjectRestore:*', 's3:ObjectTagging:*'] as const;
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: [...Events] }] };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  const about = { Bucket, Key: 'k' };
  const { VersionId } = await client.send(new PutObjectCommand({ ...about, Body: 'x', StorageClass: 'GLACIER' }));
  await client.send(new PutObjectTaggingCommand({ ...about, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
  await client.send(new RestoreObjectCommand({ ...about, RestoreRequest: { Days: 1 } }));
  await client.send(new DeleteObjectCommand(about));
  await client.send(new DeleteObjectCommand({ ...about, VersionId }));
  const names = (await received()).flatMap(({ Records = [] }) =>
    Records.map(({ eventName }: { eventName: string }) => eventName),
  );
  expect(names.toSorted()).toEqual([
    'ObjectRemoved:Delete',
    'ObjectRemoved:DeleteMarkerCreated',
    'ObjectRestore:Completed',
    'ObjectRestore:Post',
    'ObjectTagging:Put',
  ]);
});

test('a queue is told of what was not there, until when a copy is restored, and of the trace', async () => {
  const Bucket = 'telling-all';
  await client.send(new CreateBucketCommand({ Bucket }));
  const { QueueArn, QueueUrl, received } = await newQueue('told-all', Bucket);
  const Events = ['s3:ObjectRemoved:*', 's3:ObjectRestore:Completed'] as const;
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: [...Events] }] };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'far', Body: 'x', StorageClass: 'GLACIER' }));
  await client.send(new RestoreObjectCommand({ Bucket, Key: 'far', RestoreRequest: { Days: 1 } }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'nothing' }));
  await expect(client.send(new DeleteObjectCommand({ Bucket, Key: 'nothing', IfMatch: '"x"' }))).rejects.toThrow();
  const messages = (await received()).flatMap(({ Records = [] }) => Records);
  const told = Object.fromEntries(messages.map((record) => [record.eventName, record]));
  expect(messages).toHaveLength(2);
  expect(told['ObjectRemoved:Delete'].s3.object).toEqual({ key: 'nothing', sequencer: expect.any(String) });
  expect(told['ObjectRestore:Completed'].userIdentity.principalId).toMatch(/^AmazonCustomer:/);
  expect(told['ObjectRestore:Completed'].glacierEventData.restoreEventData).toEqual({
    lifecycleRestorationExpiryTime: expect.stringMatching(/T00:00:00\.000Z$/),
    lifecycleRestoreStorageClass: 'GLACIER',
  });

  const trace = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
  await signedFetch(cloud, {
    method: 'DELETE',
    path: `/${Bucket}/traced`,
    headers: { 'x-amzn-trace-id': trace, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  });
  await cloud.cloud.settle();
  const queue = cloud.cloud.client('sqs', scope, rootPrincipal(scope.account));
  const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['AWSTraceHeader' as const] };
  const { Messages = [] } = await queue.ReceiveMessage(asked);
  expect(Messages.map(({ Attributes }) => Attributes)).toContainEqual({ AWSTraceHeader: trace });
});

test('a destination that cannot be reached is refused, unless that is not to be looked at', async () => {
  const Bucket = 'telling-nobody';
  await client.send(new CreateBucketCommand({ Bucket }));
  const tell = (QueueArn: string, SkipDestinationValidation?: boolean) =>
    client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*'] }] },
        SkipDestinationValidation,
      }),
    );
  const nowhere = 'arn:aws:sqs:us-east-1:000000000000:nowhere';
  await expect(tell(nowhere)).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: 'Unable to validate the following destination configurations',
    ArgumentName1: nowhere,
  });
  await expect(tell('arn:aws:sqs:us-east-1:000000000000:told')).rejects.toMatchObject({
    ArgumentValue1: 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
  });
  await expect(tell('arn:aws:sqs:eu-west-1:000000000000:told')).rejects.toMatchObject({
    message: 'The notification destination service region is not valid for the bucket location constraint',
  });
  const NotificationConfiguration = {
    QueueConfigurations: [{ QueueArn: nowhere, Events: ['s3:Nothing' as 's3:ObjectCreated:*'] }],
  };
  await expect(
    client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration })),
  ).rejects.toMatchObject({ name: 'InvalidArgument', message: 'The event is not supported for notifications' });
  await expect(tell('arn:aws:sqs:us-east-1:::')).rejects.toMatchObject({ name: 'InvalidArgument' });
  await tell(nowhere, true);
});

describe('replicas', () => {
  const newPair = async (name: string, rule: Partial<ReplicationRule> = { Prefix: '' }): Promise<readonly string[]> => {
    const pair = [`${name}-source`, `${name}-replica`] as const;
    for (const Bucket of pair) {
      await client.send(new CreateBucketCommand({ Bucket }));
      await enableVersions(Bucket);
    }
    const ReplicationConfiguration = {
      Role: 'arn:aws:iam::000000000000:role/replicator',
      Rules: [{ Status: 'Enabled' as const, ...rule, Destination: { Bucket: `arn:aws:s3:::${pair[1]}` } }],
    };
    await client.send(new PutBucketReplicationCommand({ Bucket: pair[0], ReplicationConfiguration }));
    return pair;
  };
  const head = (Bucket: string | undefined, Key: string, more: object = {}) =>
    client.send(new HeadObjectCommand({ Bucket, Key, ...more }));
  const versionsOf = async (Bucket: string | undefined) => {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const shown = [...Versions, ...DeleteMarkers].map(({ Key, VersionId, IsLatest }) => ({ Key, VersionId, IsLatest }));
    return shown.toSorted((a, b) => `${a.Key}${a.VersionId}`.localeCompare(`${b.Key}${b.VersionId}`));
  };

  test.each([7, 40_000])('have the bytes, the id and the date of their source (%d bytes)', async (bytes) => {
    const [source = '', replica = ''] = await newPair(`bytes-${bytes}`);
    const { VersionId } = await put(source, 'k', 'x'.repeat(bytes));
    await cloud.cloud.settle();
    const got = await client.send(new GetObjectCommand({ Bucket: replica, Key: 'k' }));
    expect((await got.Body?.transformToString())?.length).toBe(bytes);
    const original = await head(source, 'k');
    expect(original.ReplicationStatus).toBe('COMPLETED');
    expect(got).toMatchObject({
      ReplicationStatus: 'REPLICA',
      VersionId,
      ETag: original.ETag,
      LastModified: original.LastModified,
    });
  });

  test('keep the parts of their source, and what only a customer can read', async () => {
    const [source = '', replica = ''] = await newPair('parts');
    const keys = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 'k').toString('latin1') };
    const about = { Bucket: source, Key: 'k', ...keys };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(about));
    const Parts = [];
    for (const [at, Body] of [Buffer.alloc(5 * 1024 * 1024, 'a'), 'tail'].entries()) {
      const PartNumber = at + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...about, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts } }));
    await cloud.cloud.settle();
    const part = await client.send(new GetObjectCommand({ ...about, Bucket: replica, PartNumber: 2 }));
    expect(part.PartsCount).toBe(2);
    expect(await part.Body?.transformToString()).toBe('tail');
  });

  test('follow changes of tags, and are not made again once they were removed', async () => {
    const [source = '', replica = ''] = await newPair('tags');
    const { VersionId } = await put(source, 'k');
    await put(source, 'gone');
    await cloud.cloud.settle();
    const { VersionId: gone } = await head(replica, 'gone');
    await client.send(new DeleteObjectCommand({ Bucket: replica, Key: 'gone', VersionId: gone }));
    for (const Key of ['k', 'gone']) {
      const Tagging = { TagSet: [{ Key: 'colour', Value: 'red' }] };
      await client.send(new PutObjectTaggingCommand({ Bucket: source, Key, Tagging }));
    }
    await cloud.cloud.settle();
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: replica, Key: 'k' }));
    expect(TagSet).toEqual([{ Key: 'colour', Value: 'red' }]);
    expect(await versionsOf(replica)).toEqual([{ Key: 'k', VersionId, IsLatest: true }]);
  });

  test('take their place among versions by age', async () => {
    const [source = '', replica = ''] = await newPair('ages');
    await put(source, 'k', 'replicated later');
    const { VersionId: own } = await put(replica, 'k', 'written there since');
    await cloud.cloud.settle();
    expect((await versionsOf(replica)).filter(({ IsLatest }) => IsLatest)).toEqual([
      { Key: 'k', VersionId: own, IsLatest: true },
    ]);
    expect(await versionsOf(replica)).toHaveLength(2);
  });

  test('are marked as deleted when a rule says so, and never removed', async () => {
    const marking = { Filter: { Prefix: '' }, Priority: 1, DeleteMarkerReplication: { Status: 'Enabled' as const } };
    const [source = '', replica = ''] = await newPair('markers', marking);
    const [quiet = '', kept = ''] = await newPair('unmarked', {
      ...marking,
      DeleteMarkerReplication: { Status: 'Disabled' },
    });
    for (const Bucket of [source, quiet]) {
      await put(Bucket, 'k');
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
      const { VersionId } = await put(Bucket, 'removed');
      await cloud.cloud.settle();
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'removed', VersionId }));
    }
    await cloud.cloud.settle();
    await expect(head(replica, 'k')).rejects.toMatchObject({ name: 'NotFound' });
    await head(kept, 'k');
    for (const Bucket of [replica, kept]) await head(Bucket, 'removed');
    expect((await versionsOf(replica)).filter(({ Key }) => Key === 'k')).toEqual(
      (await versionsOf(source)).filter(({ Key }) => Key === 'k'),
    );
  });
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
