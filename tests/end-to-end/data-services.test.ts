// S3, SQS, SNS and DynamoDB as the AWS CLI sees them, and what is left of them after a kill.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/kernel/random.ts';
import { type Aws, createAws } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess } from './cloud-process.ts';
import { isInstalled } from './host.ts';

const reason = isInstalled('aws') ? undefined : 'the AWS CLI is not installed';
if (reason) process.stderr.write(`skipped: the data services by the AWS CLI, because: ${reason}\n`);

const minuteMs = 60_000;

describe.skipIf(reason !== undefined)('the data services', { timeout: 20 * minuteMs }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-data-'));
  const file = (name: string) => join(folder, name);
  let cloud: CloudProcess;
  let aws: Aws;
  let queueUrl = '';

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    // Some versions of the CLI send SQS to AWS unless the endpoint is on the command line.
    const plain = createAws(cloud);
    aws = (...argv) => plain(...argv, '--endpoint-url', cloud.endpoint);
    writeFileSync(file('small'), 'hello\n');
    writeFileSync(file('large'), seededRandom(1).bytes(20 * 1024 * 1024)); // large enough to go up in parts
  });

  afterAll(async () => {
    await cloud?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keep objects', async () => {
    await aws('s3', 'mb', 's3://first-bucket');
    await aws('s3', 'cp', file('small'), 's3://first-bucket/folder/small', '--quiet');
    await aws('s3', 'cp', file('large'), 's3://first-bucket/large', '--quiet');
    expect(await aws('s3', 'ls', 's3://first-bucket/', '--recursive')).toMatch(/ 6 folder\/small\n.* 20971520 large$/);
  });

  it('carry messages from a topic to a queue', async () => {
    queueUrl = await aws(
      'sqs',
      'create-queue',
      '--queue-name',
      'first-queue',
      '--query',
      'QueueUrl',
      '--output',
      'text',
    );
    const topic = await aws('sns', 'create-topic', '--name', 'first-topic', '--query', 'TopicArn', '--output', 'text');
    const queueArn = 'arn:aws:sqs:us-east-1:000000000000:first-queue';
    await aws(
      'sns',
      'subscribe',
      '--topic-arn',
      topic,
      '--protocol',
      'sqs',
      '--notification-endpoint',
      queueArn,
      '--attributes',
      'RawMessageDelivery=true',
    );
    await aws('sns', 'publish', '--topic-arn', topic, '--message', 'from the topic');
    await aws('sqs', 'send-message', '--queue-url', queueUrl, '--message-body', 'sent directly');
  });

  it('keep items', async () => {
    await aws(
      ...['dynamodb', 'create-table', '--table-name', 'first-table', '--billing-mode', 'PAY_PER_REQUEST'],
      ...[
        '--attribute-definitions',
        'AttributeName=id,AttributeType=S',
        '--key-schema',
        'AttributeName=id,KeyType=HASH',
      ],
    );
    await aws('dynamodb', 'wait', 'table-exists', '--table-name', 'first-table');
    await aws('dynamodb', 'put-item', '--table-name', 'first-table', '--item', '{"id":{"S":"a"},"n":{"N":"1.50"}}');
  });

  it('have it all after a kill', async () => {
    await cloud.kill('SIGKILL');
    await cloud.start();
    await aws('s3', 'cp', 's3://first-bucket/large', file('back'), '--quiet');
    expect(readFileSync(file('back')).equals(readFileSync(file('large')))).toBe(true);
    const bodies = new Set<string>();
    while (bodies.size < 2) {
      const query = ['--query', 'Messages[].Body', '--output', 'text'];
      const received = await aws(
        'sqs',
        'receive-message',
        '--queue-url',
        queueUrl,
        '--max-number-of-messages',
        '10',
        '--wait-time-seconds',
        '5',
        ...query,
      );
      for (const body of received.split('\t')) bodies.add(body);
    }
    expect([...bodies].sort()).toEqual(['from the topic', 'sent directly']);
    const item = await aws(
      'dynamodb',
      'get-item',
      '--table-name',
      'first-table',
      '--key',
      '{"id":{"S":"a"}}',
      '--query',
      'Item.n.N',
      '--output',
      'text',
    );
    expect(item).toBe('1.5');
  });
});
