// What a queue's policy lets a topic deliver is remembered, but for no longer than it is so.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatIso, systemClock } from '../../kernel/clock.ts';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs as queueService } from '../sqs/sqs.ts';
import { sns as service } from './sns.ts';

let cloud: MessagingCloud;
beforeAll(async () => {
  cloud = await startMessagingCloud([service, queueService]);
});
afterAll(() => cloud.stop());

interface Subscribed {
  publish(Message: string): Promise<unknown>;
  /** With one statement, that lets SNS send under this condition. */
  setPolicy(Condition: object): Promise<unknown>;
  setTags(Tags: Record<string, string>): Promise<unknown>;
  received(): Promise<readonly (string | undefined)[]>;
  readonly TopicArn: string;
}

async function subscribedQueue(name: string): Promise<Subscribed> {
  const [sns, sqs] = [cloud.sns(), cloud.sqs()];
  const { TopicArn = '' } = await sns.createTopic({ Name: name });
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: name });
  const Resource = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Resource, Attributes });
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource,
  };
  return {
    TopicArn,
    publish: (Message) => sns.publish({ TopicArn, Message }),
    setPolicy(Condition) {
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Condition }] });
      return sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    },
    setTags: (Tags) => sqs.tagQueue({ QueueUrl, Tags }),
    async received() {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      return Messages.map(({ Body }) => Body);
    },
  };
}

it('lets in what comes from its topic, until it is another policy', async () => {
  const { publish, setPolicy, received, TopicArn } = await subscribedQueue('by-source');
  const from = (arn: string) => setPolicy({ ArnEquals: { 'aws:SourceArn': arn } });
  await from(TopicArn);
  await publish('1');
  await publish('2');
  await from(`${TopicArn}-else`);
  await publish('3');
  await from(TopicArn);
  await publish('4');
  expect(await received()).toEqual(['1', '2', '4']);
});

it('lets in until its time is over', async () => {
  const { publish, setPolicy, received } = await subscribedQueue('by-time');
  await setPolicy({ DateLessThan: { 'aws:CurrentTime': formatIso(systemClock.now() + 60_000) } });
  await publish('1');
  await publish('2');
  cloud.advance(120_000);
  await publish('3');
  expect(await received()).toEqual(['1', '2']);
});

it('lets in while the queue has a tag', async () => {
  const { publish, setPolicy, setTags, received } = await subscribedQueue('by-tag');
  await setPolicy({ StringEquals: { 'aws:ResourceTag/open': 'yes' } });
  await publish('1');
  await setTags({ open: 'yes' });
  await publish('2');
  await setTags({ open: 'no' });
  await publish('3');
  expect(await received()).toEqual(['2']);
});
