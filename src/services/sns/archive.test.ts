// Archives of FIFO topics, and replays from them.

import type { SNS } from '@aws-sdk/client-sns';
import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs as queueService } from '../sqs/sqs.ts';
import { archivedPublications } from './archive.table.ts';
import { sns as service } from './sns.ts';

const dayMs = 24 * 3600_000;
const ArchivePolicy = '{"MessageRetentionPeriod":"2"}';

let cloud: MessagingCloud;
let sns: SNS;
let sqs: SQS;
let made = 0;

beforeAll(async () => {
  cloud = await startMessagingCloud([service, queueService]);
  sns = cloud.sns();
  sqs = cloud.sqs();
});
afterAll(() => cloud.stop());

const createTopic = async (Attributes: Record<string, string> = { ArchivePolicy }) => {
  made += 1;
  const fifo = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
  const { TopicArn = '' } = await sns.createTopic({ Name: `t-${made}.fifo`, Attributes: { ...fifo, ...Attributes } });
  return TopicArn;
};
const createQueue = async () => {
  made += 1;
  const QueueName = `q-${made}.fifo`;
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName, Attributes: { FifoQueue: 'true' } });
  return { QueueUrl, Endpoint: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
};
const publish = async (TopicArn: string, ...texts: string[]) => {
  for (const Message of texts) await sns.publish({ TopicArn, Message, MessageGroupId: 'g' });
};
const subscribe = async (TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
  (await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes })).SubscriptionArn as string;
const receive = async (QueueUrl: string) => {
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
  return Messages.map(({ Body }) => JSON.parse(Body as string));
};
const textsIn = async (QueueUrl: string) => (await receive(QueueUrl)).map(({ Message }) => Message);
const since = (StartingPoint: number, EndingPoint?: number) => ({
  ReplayPolicy: JSON.stringify({
    PointType: 'Timestamp',
    StartingPoint: new Date(StartingPoint).toISOString(),
    ...(EndingPoint !== undefined && { EndingPoint: new Date(EndingPoint).toISOString() }),
  }),
});
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('an archive', () => {
  it('is replayed to a new subscriber, in order and marked, and then goes over into what is published', async () => {
    const TopicArn = await createTopic();
    const startMs = cloud.now();
    const texts = Array.from({ length: 45 }, (_, i) => `m${i}`);
    await publish(TopicArn, ...texts);
    const { QueueUrl, Endpoint } = await createQueue();
    const SubscriptionArn = await subscribe(TopicArn, Endpoint, since(startMs));
    await publish(TopicArn, 'live');
    await cloud.cloud.settle(500);
    await publish(TopicArn, 'later');
    const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn });
    expect(Attributes).toMatchObject({ ReplayStatus: 'Completed' });
    const seen = [];
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) break;
      for (const { Body, ReceiptHandle } of Messages) {
        seen.push(JSON.parse(Body as string));
        await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
      }
    }
    expect(seen.map(({ Message }) => Message)).toEqual([...texts, 'live', 'later']);
    expect(seen[0]).toMatchObject({ MessageAttributes: { Replayed: { Type: 'String', Value: 'true' } } });
    expect(seen.at(-1)).not.toHaveProperty('MessageAttributes');
  });

  it('is replayed from one moment to another, through the filter', async () => {
    const TopicArn = await createTopic();
    await publish(TopicArn, '{"k":1}');
    cloud.advance(10_000);
    const fromMs = cloud.now();
    cloud.advance(10_000);
    await publish(TopicArn, '{"k":2}', '{"k":3}');
    cloud.advance(10_000);
    const untilMs = cloud.now();
    cloud.advance(10_000);
    await publish(TopicArn, '{"k":4}');
    const { QueueUrl, Endpoint } = await createQueue();
    const filter = { FilterPolicy: '{"k":[{"anything-but":3}]}', FilterPolicyScope: 'MessageBody' };
    await subscribe(TopicArn, Endpoint, { ...since(fromMs, untilMs), ...filter });
    await cloud.cloud.settle(500);
    expect(await textsIn(QueueUrl)).toEqual(['{"k":2}']);
  });

  it('forgets what is older than its retention, and everything without a policy', async () => {
    const TopicArn = await createTopic();
    await publish(TopicArn, 'old');
    cloud.advance(dayMs);
    await publish(TopicArn, 'new');
    const kept = () =>
      [...cloud.store.listAll(archivedPublications)]
        .filter(({ spec }) => TopicArn.endsWith(`:${spec.topicName}`))
        .map(({ spec }) => spec.publication.message);
    expect(kept()).toEqual(['old', 'new']);
    cloud.advance(dayMs);
    await cloud.cloud.settle(500);
    expect(kept()).toEqual(['new']);
    await expect(sns.deleteTopic({ TopicArn })).rejects.toEqual(refused('InvalidStateException', /ArchivePolicy/));
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'ArchivePolicy', AttributeValue: '{}' });
    expect(kept()).toEqual([]);
    await sns.deleteTopic({ TopicArn });
  });

  it('tells from when on it can be replayed', async () => {
    const TopicArn = await createTopic({});
    const attributes = async () => (await sns.getTopicAttributes({ TopicArn })).Attributes ?? {};
    expect(await attributes()).not.toHaveProperty('BeginningArchiveTime');
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'ArchivePolicy', AttributeValue: ArchivePolicy });
    const beganMs = Date.parse((await attributes())['BeginningArchiveTime'] as string);
    expect(beganMs).toBe(cloud.now());
    cloud.advance(5 * dayMs);
    expect(Date.parse((await attributes())['BeginningArchiveTime'] as string) - beganMs).toBeGreaterThan(2 * dayMs);
  });
});

describe('policies', () => {
  it('are refused for what they may not be', async () => {
    for (const policy of ['x', '[]', '{"MessageRetentionPeriod":"0"}', '{"MessageRetentionPeriod":"366"}'])
      await expect(createTopic({ ArchivePolicy: policy }), policy).rejects.toEqual(
        refused('InvalidParameterException'),
      );
    await expect(sns.createTopic({ Name: 'plain', Attributes: { ArchivePolicy } })).rejects.toEqual(
      refused('InvalidParameterException'),
    );
    const TopicArn = await createTopic();
    const { Endpoint } = await createQueue();
    for (const ReplayPolicy of [
      'x',
      '{"PointType":"Sequence","StartingPoint":"2026-01-01T00:00:00Z"}',
      '{"PointType":"Timestamp"}',
      since(cloud.now() + 3600_000).ReplayPolicy,
      since(cloud.now(), cloud.now() - 1000).ReplayPolicy,
    ])
      await expect(subscribe(TopicArn, Endpoint, { ReplayPolicy }), ReplayPolicy).rejects.toEqual(
        refused('InvalidParameterException', /ReplayPolicy/),
      );
    await expect(subscribe(await createTopic({}), Endpoint, since(cloud.now()))).rejects.toEqual(
      refused('InvalidParameterException', /no archive policy/),
    );
    expect((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions).toEqual([]);
  });

  it('begin a replay anew when they are set again, and end it when they are taken away', async () => {
    const TopicArn = await createTopic();
    const startMs = cloud.now();
    await publish(TopicArn, 'a');
    const { QueueUrl, Endpoint } = await createQueue();
    const SubscriptionArn = await subscribe(TopicArn, Endpoint);
    const set = (AttributeValue: string) =>
      sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName: 'ReplayPolicy', AttributeValue });
    expect(await textsIn(QueueUrl)).toEqual([]);
    for (let time = 0; time < 2; time++) {
      await set(since(startMs).ReplayPolicy);
      await cloud.cloud.settle(500);
      // The queue takes a second copy only when its own window for duplicates is over.
      cloud.advance(300_001);
    }
    expect(await textsIn(QueueUrl)).toEqual(['a', 'a']);
    await set('');
    const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn });
    expect(Attributes).not.toHaveProperty('ReplayPolicy');
    expect(Attributes).not.toHaveProperty('ReplayStatus');
  });
});
