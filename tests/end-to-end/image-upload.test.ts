// The journey of an uploaded image: a PUT to a bucket notifies a topic, which fans out by filter to two queues and to a web
// server; a worker notes the image in a table, whose stream shows it. By the AWS CLI, and by boto3 (image_upload.py).

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws } from './aws-cli.ts';
import { hasBoto3 } from './boto3.ts';
import { describeWalk } from './boto3-steps.ts';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';
import { isInstalled } from './host.ts';
import { openWebhook, type Webhook } from './webhook.ts';

const minuteMs = 60_000;
const account = '000000000000';

interface S3Event {
  readonly Event?: string;
  readonly Records?: readonly {
    readonly eventName: string;
    readonly s3: { readonly bucket: { readonly name: string }; readonly object: { readonly key: string } };
  }[];
}

const noCli = isInstalled('aws') ? undefined : 'the AWS CLI is not installed';
if (noCli) process.stderr.write(`skipped: an uploaded image by the AWS CLI, because: ${noCli}\n`);

const allow = (service: string, Action: string, Resource: string, source: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action,
      Resource,
      Condition: { ArnEquals: { 'aws:SourceArn': source } },
    },
  });

describe.skipIf(noCli !== undefined)('an uploaded image, by the AWS CLI', { timeout: 20 * minuteMs }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-image-'));
  const topicArn = `arn:aws:sns:us-east-1:${account}:uploads`;
  const queueUrls: Record<string, string> = {};
  let cloud: CloudProcess;
  let webhook: Webhook;
  let aws: Aws;

  /** The value that a JMESPath expression finds in the answer. */
  async function ask(query: string, ...argv: readonly string[]): Promise<unknown> {
    return JSON.parse((await aws(...argv, '--query', query, '--output', 'json')) || 'null');
  }

  const keysOf = (event: S3Event) => (event.Records ?? []).map(({ s3 }) => s3.object.key);

  /** Of the events that came to the web server: what happened to which object. */
  const posted = () =>
    webhook.messages
      .filter(({ Type }) => Type === 'Notification')
      .map(({ Message }) => JSON.parse(Message) as S3Event)
      .flatMap(({ Event, Records = [] }) =>
        Event ? [Event] : Records.map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`),
      );

  interface Received {
    readonly Body: string;
    readonly ReceiptHandle: string;
  }

  const receive = async (queue: string, waitSeconds: number) =>
    (await ask(
      'Messages || `[]`',
      ...['sqs', 'receive-message', '--queue-url', queueUrls[queue] ?? '', '--max-number-of-messages', '10'],
      ...['--wait-time-seconds', String(waitSeconds)],
    )) as readonly Received[];

  async function createQueue(name: string, filter: object, isRaw: boolean): Promise<void> {
    const queueArn = `arn:aws:sqs:us-east-1:${account}:${name}`;
    const Policy = allow('sns', 'sqs:SendMessage', queueArn, topicArn);
    const attributes = JSON.stringify({ Policy });
    queueUrls[name] = String(
      await ask('QueueUrl', 'sqs', 'create-queue', '--queue-name', name, '--attributes', attributes),
    );
    const subscription = {
      FilterPolicyScope: 'MessageBody',
      FilterPolicy: JSON.stringify(filter),
      RawMessageDelivery: String(isRaw),
    };
    await aws(
      ...['sns', 'subscribe', '--topic-arn', topicArn, '--protocol', 'sqs', '--notification-endpoint', queueArn],
      ...['--attributes', JSON.stringify(subscription)],
    );
  }

  beforeAll(async () => {
    webhook = await openWebhook();
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    // Some versions of the CLI send SQS to AWS unless the endpoint is on the command line.
    const plain = createAws(cloud);
    aws = (...argv) => plain(...argv, '--endpoint-url', cloud.endpoint);
    writeFileSync(join(folder, 'cat.png'), Buffer.alloc(2_000, 'cat'));
    writeFileSync(join(folder, 'poster.tiff'), Buffer.alloc(3_000_000, 'poster'));
  });

  afterAll(async () => {
    webhook?.close();
    await cloud?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('needs a bucket, a topic, two queues that want some of what is told, and a server that wants all', async () => {
    await aws('s3', 'mb', 's3://photos');
    expect(await ask('TopicArn', 'sns', 'create-topic', '--name', 'uploads')).toBe(topicArn);
    const policy = allow('s3', 'sns:Publish', topicArn, 'arn:aws:s3:::photos');
    await aws(
      ...['sns', 'set-topic-attributes', '--topic-arn', topicArn, '--attribute-name', 'Policy'],
      ...['--attribute-value', policy],
    );
    const object = (filter: object) => ({
      Records: { eventName: [{ prefix: 'ObjectCreated:' }], s3: { object: filter } },
    });
    await createQueue('thumbnails', object({ key: [{ suffix: '.png' }, { suffix: '.jpg' }] }), true);
    await createQueue('large', object({ size: [{ numeric: ['>=', 1_000_000] }] }), false);
  });

  it('is told to a server only once that has agreed', async () => {
    const subscribed = await ask(
      'SubscriptionArn',
      ...['sns', 'subscribe', '--topic-arn', topicArn, '--protocol', 'http', '--notification-endpoint', webhook.url],
    );
    expect(subscribed).toBe('pending confirmation');
    const { Token = '' } = await eventually('a question to the server', async () => webhook.messages[0]);
    expect(webhook.messages[0]).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn: topicArn });
    const confirmed = ['sns', 'confirm-subscription', '--topic-arn', topicArn, '--token', Token];
    expect(await ask('SubscriptionArn', ...confirmed)).toMatch(`${topicArn}:`);
  });

  it('is announced when the bucket is told to', async () => {
    const Rules = [{ Name: 'prefix', Value: 'incoming/' }];
    const TopicConfigurations = [
      {
        Id: 'uploads',
        TopicArn: topicArn,
        Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'],
        Filter: { Key: { FilterRules: Rules } },
      },
    ];
    await aws(
      ...['s3api', 'put-bucket-notification-configuration', '--bucket', 'photos'],
      ...['--notification-configuration', JSON.stringify({ TopicConfigurations })],
    );
    await eventually("S3's own test", async () => posted().includes('s3:TestEvent') || undefined);
  });

  it('reaches those whose filter it passes, even if the cloud is killed right after the upload', async () => {
    await aws('s3', 'cp', join(folder, 'cat.png'), 's3://photos/other/cat.png', '--quiet');
    await aws('s3', 'cp', join(folder, 'cat.png'), 's3://photos/incoming/my cat.png', '--quiet');
    await aws('s3', 'cp', join(folder, 'poster.tiff'), 's3://photos/incoming/poster.tiff', '--quiet');
    await cloud.kill('SIGKILL');
    await cloud.start();
    const small = await eventually('the image', async () => (await receive('thumbnails', 5))[0]);
    expect(keysOf(JSON.parse(small.Body))).toEqual(['incoming/my+cat.png']);
    const large = await eventually('the large image', async () => (await receive('large', 5))[0]);
    const envelope = JSON.parse(large.Body) as { readonly Type: string; readonly Message: string };
    expect(envelope.Type).toBe('Notification');
    expect(keysOf(JSON.parse(envelope.Message))).toEqual(['incoming/poster.tiff']);
    const wanted = ['ObjectCreated:Put incoming/my+cat.png', 'ObjectCreated:Put incoming/poster.tiff'];
    await eventually('both at the server', async () => wanted.every((event) => posted().includes(event)) || undefined);
    expect(new Set(posted())).toEqual(new Set(['s3:TestEvent', ...wanted]));

    const remove = (queue: string, { ReceiptHandle }: Received) =>
      aws('sqs', 'delete-message', '--queue-url', queueUrls[queue] ?? '', '--receipt-handle', ReceiptHandle);
    await remove('thumbnails', small);
    await remove('large', large);
    for (const queue of ['thumbnails', 'large']) {
      const counts = '[ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]';
      const about = ['sqs', 'get-queue-attributes', '--queue-url', queueUrls[queue] ?? '', '--attribute-names', 'All'];
      expect(await ask(`Attributes.${counts}`, ...about), queue).toEqual(['0', '0']);
    }
  });

  it('lands in a table, whose stream shows what became of it', async () => {
    await aws(
      ...['dynamodb', 'create-table', '--table-name', 'images', '--billing-mode', 'PAY_PER_REQUEST'],
      ...['--attribute-definitions', 'AttributeName=key,AttributeType=S'],
      ...['--key-schema', 'AttributeName=key,KeyType=HASH'],
      ...['--stream-specification', 'StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES'],
    );
    await aws('dynamodb', 'wait', 'table-exists', '--table-name', 'images');
    const head = ['s3api', 'head-object', '--bucket', 'photos', '--key', 'incoming/my cat.png'];
    const size = String(await ask('ContentLength', ...head));
    const item = JSON.stringify({ key: { S: 'incoming/my cat.png' }, size: { N: size }, state: { S: 'new' } });
    const put = ['dynamodb', 'put-item', '--table-name', 'images', '--item', item];
    const once = ['--condition-expression', 'attribute_not_exists(#k)', '--expression-attribute-names', '{"#k":"key"}'];
    await aws(...put, ...once);
    // A queue may deliver twice; the table takes it once.
    await expect(aws(...put, ...once)).rejects.toThrow(/ConditionalCheckFailedException/);
    await aws(
      ...['dynamodb', 'update-item', '--table-name', 'images', '--key', '{"key":{"S":"incoming/my cat.png"}}'],
      ...['--update-expression', 'SET #s = :done', '--expression-attribute-names', '{"#s":"state"}'],
      ...['--expression-attribute-values', '{":done":{"S":"done"}}'],
    );
    const stream = String(await ask('Table.LatestStreamArn', 'dynamodb', 'describe-table', '--table-name', 'images'));
    const shards = 'StreamDescription.Shards[].ShardId';
    const [shard = ''] = (await ask(
      shards,
      ...['dynamodbstreams', 'describe-stream', '--stream-arn', stream],
    )) as readonly string[];
    const iterator = String(
      await ask(
        'ShardIterator',
        ...['dynamodbstreams', 'get-shard-iterator', '--stream-arn', stream, '--shard-id', shard],
        ...['--shard-iterator-type', 'TRIM_HORIZON'],
      ),
    );
    const seen = '[eventName, dynamodb.Keys.key.S, dynamodb.OldImage.state.S, dynamodb.NewImage.state.S]';
    const records = ['dynamodbstreams', 'get-records', '--shard-iterator', iterator];
    expect(await ask(`Records[].${seen}`, ...records)).toEqual([
      ['INSERT', 'incoming/my cat.png', null, 'new'],
      ['MODIFY', 'incoming/my cat.png', 'new', 'done'],
    ]);
  });

  it('is missed when it is gone', async () => {
    await aws('s3', 'rm', 's3://photos/incoming/my cat.png', '--quiet');
    const gone = 'ObjectRemoved:Delete incoming/my+cat.png';
    await eventually('the news of it', async () => posted().includes(gone) || undefined);
    expect(await receive('thumbnails', 0)).toEqual([]);
    expect(webhook.refused).toEqual([]);
  });
});

const canBoto3 = hasBoto3 && isInstalled('openssl');
if (!canBoto3)
  process.stderr.write(
    'skipped: an uploaded image by boto3, because: python3 with boto3, or openssl, is not installed\n',
  );

describeWalk({
  name: 'an uploaded image, by boto3',
  script: 'image_upload.py',
  isPossible: canBoto3,
  hypervisor: 'none',
});
