// Publications on their way to queues, through the official clients.

import type { PublishCommandInput, SNS } from '@aws-sdk/client-sns';
import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs as queueService } from '../sqs/sqs.ts';
import { sns as service } from './sns.ts';

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

interface Queue {
  readonly QueueUrl: string;
  readonly arn: string;
}

const fifo = { FifoQueue: 'true' };
const raw = { RawMessageDelivery: 'true' };
const createQueue = async (Attributes: Record<string, string> = {}): Promise<Queue> => {
  made += 1;
  const QueueName = `queue-${made}${Attributes['FifoQueue'] ? '.fifo' : ''}`;
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName, Attributes });
  return { QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
};
const createTopic = async (Attributes: Record<string, string> = {}) => {
  made += 1;
  const Name = `topic-${made}${Attributes['FifoTopic'] ? '.fifo' : ''}`;
  return (await sns.createTopic({ Name, Attributes })).TopicArn as string;
};
const subscribe = async (TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
  (await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes })).SubscriptionArn as string;
const receive = async ({ QueueUrl }: Queue) =>
  (
    await sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
  ).Messages ?? [];
const bodies = async (queue: Queue) => (await receive(queue)).map(({ Body }) => Body);
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('a publication', () => {
  it('reaches a queue in an envelope, before the publisher is answered', async () => {
    const [TopicArn, queue] = [await createTopic(), await createQueue()];
    const SubscriptionArn = await subscribe(TopicArn, queue.arn);
    const { MessageId } = await sns.publish({
      TopicArn,
      Message: 'grüße',
      Subject: 'S',
      MessageAttributes: { a: text('v'), b: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } },
    });
    const [message] = await receive(queue);
    expect(message?.MessageAttributes).toBeUndefined();
    const envelope = JSON.parse(message?.Body as string);
    expect(envelope).toEqual({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'S',
      Message: 'grüße',
      Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      SignatureVersion: '1',
      Signature: expect.any(String),
      SigningCertURL: expect.stringContaining(`${cloud.endpoint}/_aws/sns/SimpleNotificationService-`),
      UnsubscribeURL: `${cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`,
      MessageAttributes: { a: { Type: 'String', Value: 'v' }, b: { Type: 'Binary', Value: 'AQI=' } },
    });
  });

  it('reaches a queue as it is, with its attributes, where that was asked for', async () => {
    const [TopicArn, queue] = [await createTopic(), await createQueue()];
    await subscribe(TopicArn, queue.arn, raw);
    await sns.publish({ TopicArn, Message: 'plain', MessageAttributes: { a: text('v') }, MessageGroupId: 'tenant' });
    expect(await receive(queue)).toMatchObject([
      { Body: 'plain', MessageAttributes: { a: text('v') }, Attributes: { MessageGroupId: 'tenant' } },
    ]);
  });

  it('reaches those whose filters let it pass', async () => {
    const TopicArn = await createTopic();
    const [red, large, all] = [await createQueue(), await createQueue(), await createQueue()];
    await subscribe(TopicArn, red.arn, { ...raw, FilterPolicy: '{"colour":["red"]}' });
    const FilterPolicy = '{"item":{"size":[{"numeric":[">",5]}]}}';
    await subscribe(TopicArn, large.arn, { ...raw, FilterPolicy, FilterPolicyScope: 'MessageBody' });
    await subscribe(TopicArn, all.arn, raw);
    const small = '{"item":{"size":1}}';
    const big = '{"item":{"size":6}}';
    await sns.publish({ TopicArn, Message: small, MessageAttributes: { colour: text('red') } });
    await sns.publish({ TopicArn, Message: big, MessageAttributes: { colour: text('blue') } });
    expect(await bodies(red)).toEqual([small]);
    expect(await bodies(large)).toEqual([big]);
    expect(await bodies(all)).toEqual([small, big]);
  });

  it('may have a text of its own for each protocol', async () => {
    const [TopicArn, queue] = [await createTopic(), await createQueue()];
    await subscribe(TopicArn, queue.arn, raw);
    const publish = (structure: object) =>
      sns.publish({ TopicArn, Message: JSON.stringify(structure), MessageStructure: 'json' });
    await publish({ default: 'd', sqs: 's' });
    await publish({ default: 'd', http: 'h' });
    expect(await bodies(queue)).toEqual(['s', 'd']);
    await expect(publish({ sqs: 's' })).rejects.toEqual(refused('InvalidParameterException', /No default entry/));
  });

  it('is refused for what it may not be', async () => {
    const TopicArn = await createTopic();
    const publish = (more: Partial<PublishCommandInput>) => sns.publish({ TopicArn, Message: 'x', ...more });
    const tries: [Partial<PublishCommandInput>, string][] = [
      [{ Message: '' }, 'InvalidParameterException'],
      [{ Subject: '' }, 'InvalidParameterException'],
      [{ Subject: 'x'.repeat(101) }, 'InvalidParameterException'],
      [{ Subject: 'two\nlines' }, 'InvalidParameterException'],
      [{ Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
      [{ Message: 'no json', MessageStructure: 'json' }, 'InvalidParameterException'],
      [{ MessageDeduplicationId: 'd' }, 'InvalidParameterException'],
      [{ MessageAttributes: { a: { DataType: 'Other', StringValue: 'v' } } }, 'InvalidParameterValueException'],
      [{ MessageAttributes: { a: { DataType: 'String.', StringValue: 'v' } } }, 'InvalidParameterValueException'],
      [{ MessageAttributes: { a: { DataType: 'Binary', StringValue: 'v' } } }, 'InvalidParameterValueException'],
      [{ MessageAttributes: { 'a^': text('v') } }, 'InvalidParameterValueException'],
      [{ MessageAttributes: { a: { DataType: 'Number', StringValue: 'v' } } }, 'InvalidParameterValueException'],
      [{ TopicArn: `${TopicArn}-nowhere` }, 'NotFoundException'],
    ];
    for (const [more, error] of tries)
      await expect(publish(more), JSON.stringify(more).slice(0, 80)).rejects.toEqual(refused(error));
    await publish({ Message: 'x'.repeat(262_144) });
  });
});

describe('batches', () => {
  it('fail entry by entry, and as a whole for what they are as a whole', async () => {
    const [TopicArn, queue] = [await createTopic(), await createQueue()];
    await subscribe(TopicArn, queue.arn, raw);
    const publish = (...entries: [string, string][]) =>
      sns.publishBatch({ TopicArn, PublishBatchRequestEntries: entries.map(([Id, Message]) => ({ Id, Message })) });
    const { Successful, Failed } = await publish(['a', 'one'], ['b', ''], ['c', 'three']);
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameter', SenderFault: true }]);
    expect(await bodies(queue)).toEqual(['one', 'three']);
    await expect(publish()).rejects.toEqual(refused('EmptyBatchRequestException'));
    await expect(publish(['a', 'x'], ['a', 'y'])).rejects.toEqual(refused('BatchEntryIdsNotDistinctException'));
    await expect(publish(['no good', 'x'])).rejects.toEqual(refused('InvalidBatchEntryIdException'));
    const long = 'x'.repeat(150_000);
    await expect(publish(['a', long], ['b', long])).rejects.toEqual(refused('BatchRequestTooLongException'));
    const eleven = Array.from({ length: 11 }, (_, i): [string, string] => [String(i), 'x']);
    await expect(publish(...eleven)).rejects.toEqual(refused('TooManyEntriesInBatchRequestException'));
  });
});

describe('FIFO topics', () => {
  it('need a group, and an id or content to tell duplicates by', async () => {
    const TopicArn = await createTopic({ FifoTopic: 'true' });
    const publish = (more: object) => sns.publish({ TopicArn, Message: 'x', ...more });
    await expect(publish({ MessageDeduplicationId: 'd' })).rejects.toEqual(
      refused('InvalidParameterException', /MessageGroupId parameter is required/),
    );
    await expect(publish({ MessageGroupId: 'g' })).rejects.toEqual(
      refused('InvalidParameterException', /ContentBasedDeduplication enabled or MessageDeduplicationId/),
    );
  });

  it('keep the order of a group, number what they take, and take a duplicate once', async () => {
    const TopicArn = await createTopic({ FifoTopic: 'true', ContentBasedDeduplication: 'true' });
    const [ordered, plain] = [await createQueue(fifo), await createQueue()];
    await subscribe(TopicArn, ordered.arn, raw);
    await subscribe(TopicArn, plain.arn);
    const publish = (Message: string) => sns.publish({ TopicArn, Message, MessageGroupId: 'g' });
    const first = await publish('a');
    const rest = await Promise.all(['b', 'c', 'd'].map(async (Message) => ({ Message, ...(await publish(Message)) })));
    const again = await publish('a');
    expect(again).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
    expect(first.SequenceNumber).toMatch(/^\d{20}$/);
    // Three requests at once may arrive in any order; the numbers tell in which.
    const inOrder = rest.toSorted((a, b) => ((a.SequenceNumber as string) < (b.SequenceNumber as string) ? -1 : 1));
    const expected = ['a', ...inOrder.map(({ Message }) => Message)];
    const messages = await receive(ordered);
    expect(messages.map(({ Body }) => Body)).toEqual(expected);
    expect(messages[0]?.Attributes).toMatchObject({ MessageGroupId: 'g' });
    const envelopes = (await bodies(plain)).map((body) => JSON.parse(body as string));
    expect(envelopes.map(({ Message }) => Message)).toEqual(expected);
    expect(envelopes[0]).toMatchObject({ SequenceNumber: first.SequenceNumber });
    expect(envelopes[0]).not.toHaveProperty('Signature');
    cloud.advance(300_000);
    expect((await publish('a')).MessageId).not.toBe(first.MessageId);
  });

  it('that are made anew have had nothing yet', async () => {
    const attributes = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
    const queue = await createQueue(fifo);
    for (const expected of ['1', '2']) {
      const { TopicArn = '' } = await sns.createTopic({ Name: 'anew.fifo', Attributes: attributes });
      await subscribe(TopicArn, queue.arn, raw);
      await sns.publish({ TopicArn, Message: 'the same', MessageGroupId: 'g' });
      const [message] = await receive(queue);
      expect(message?.Body, expected).toBe('the same');
      await sqs.deleteMessage({ QueueUrl: queue.QueueUrl, ReceiptHandle: message?.ReceiptHandle });
      await sns.deleteTopic({ TopicArn });
      await sqs.deleteQueue({ QueueUrl: queue.QueueUrl });
      cloud.advance(60_000);
      await sqs.createQueue({ QueueName: queue.arn.split(':').at(-1), Attributes: fifo });
    }
  });

  it('keep the order of a batch', async () => {
    const TopicArn = await createTopic({ FifoTopic: 'true', FifoThroughputScope: 'MessageGroup' });
    const queue = await createQueue(fifo);
    await subscribe(TopicArn, queue.arn, raw);
    const entry = (Id: string, MessageGroupId: string, MessageDeduplicationId = Id) => ({
      Id,
      Message: Id,
      MessageGroupId,
      MessageDeduplicationId,
    });
    const entries = [entry('a', 'g'), entry('b', 'g'), entry('c', 'g', 'b'), entry('d', 'h', 'e')];
    const { Successful } = await sns.publishBatch({ TopicArn, PublishBatchRequestEntries: entries });
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await bodies(queue)).toEqual(['a', 'b', 'd']);
  });
});

describe('dead-letter queues', () => {
  it('get what a queue that is gone cannot take, as it was', async () => {
    const [TopicArn, queue, dead] = [await createTopic(), await createQueue(), await createQueue()];
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
    await subscribe(TopicArn, queue.arn, { ...raw, RedrivePolicy });
    await sqs.deleteQueue({ QueueUrl: queue.QueueUrl });
    await sns.publish({ TopicArn, Message: 'lost', MessageAttributes: { a: text('v') } });
    expect(await receive(dead)).toMatchObject([{ Body: 'lost', MessageAttributes: { a: text('v') } }]);
  });
});

describe('other accounts and regions', () => {
  it('ask a queue of another account first', async () => {
    const TopicArn = await createTopic();
    const stranger = cloud.sqs('444444444444');
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: '*',
        },
      ],
    });
    const { QueueUrl = '' } = await stranger.createQueue({ QueueName: 'theirs', Attributes: { Policy } });
    const Endpoint = 'arn:aws:sqs:us-east-1:444444444444:theirs';
    const { SubscriptionArn } = await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint });
    expect(SubscriptionArn).toBe('pending confirmation');
    await cloud.cloud.settle();
    const { Messages = [] } = await stranger.receiveMessage({ QueueUrl });
    const { Type, SubscribeURL } = JSON.parse(Messages[0]?.Body as string);
    expect(Type).toBe('SubscriptionConfirmation');
    await fetch(SubscribeURL);
    await sns.publish({ TopicArn, Message: 'hello' });
    const { Messages: more = [] } = await stranger.receiveMessage({ QueueUrl });
    expect(JSON.parse(more[0]?.Body as string)).toMatchObject({ Type: 'Notification', Message: 'hello' });
  });

  it('deliver across regions', async () => {
    const TopicArn = await createTopic();
    const abroad = cloud.sqs('test', { region: 'eu-west-1' });
    const { QueueUrl = '' } = await abroad.createQueue({ QueueName: 'abroad' });
    await subscribe(TopicArn, 'arn:aws:sqs:eu-west-1:000000000000:abroad', raw);
    await sns.publish({ TopicArn, Message: 'bonjour' });
    expect((await abroad.receiveMessage({ QueueUrl })).Messages).toMatchObject([{ Body: 'bonjour' }]);
  });
});
