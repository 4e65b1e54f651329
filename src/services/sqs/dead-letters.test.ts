// Dead-letter queues, and the tasks that move their messages back.

import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from './cloud.testing.ts';
import { sqs as service } from './sqs.ts';

let cloud: MessagingCloud;
let sqs: SQS;
let made = 0;

beforeAll(async () => {
  cloud = await startMessagingCloud([service]);
  sqs = cloud.sqs();
});
afterAll(() => cloud.stop());

interface Queue {
  readonly QueueUrl: string;
  readonly arn: string;
}

const create = async (Attributes: Record<string, string> = {}): Promise<Queue> => {
  made += 1;
  const QueueName = `queue-${made}${Attributes['FifoQueue'] ? '.fifo' : ''}`;
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName, Attributes });
  return { QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
};
const withDeadLetters = async (more: Record<string, string> = {}) => {
  const dead = await create(more);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
  return { dead, source: await create({ ...more, VisibilityTimeout: '0', RedrivePolicy }) };
};
const receive = async ({ QueueUrl }: Queue, more: object = {}) =>
  (
    await sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      ...more,
    })
  ).Messages ?? [];
const bodies = async (queue: Queue) => (await receive(queue)).map(({ Body }) => Body);
/** Receives all until the dead-letter queue has them. */
const bury = async (source: Queue, ...texts: string[]) => {
  for (const MessageBody of texts) await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody });
  await receive(source);
  expect(await receive(source)).toEqual([]);
};
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('dead-letter queues', () => {
  it('take what was received too often, with all that it was', async () => {
    const { dead, source } = await withDeadLetters();
    const { MessageId } = await sqs.sendMessage({
      QueueUrl: source.QueueUrl,
      MessageBody: 'poison',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'v' } },
    });
    const [seen] = await receive(source);
    expect(await receive(source)).toEqual([]);
    const [message] = await receive(dead);
    expect(message).toMatchObject({
      MessageId,
      Body: 'poison',
      MessageAttributes: { a: { StringValue: 'v' } },
      Attributes: {
        DeadLetterQueueSourceArn: source.arn,
        SentTimestamp: seen?.Attributes?.SentTimestamp,
        ApproximateReceiveCount: '2',
      },
    });
  });

  it('are asked for anew by a long poll: one that is gone by then takes nothing', async () => {
    const { dead, source } = await withDeadLetters();
    await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody: 'kept' });
    expect(await receive(source, { VisibilityTimeout: 5 })).toHaveLength(1);
    const waiting = receive(source, { WaitTimeSeconds: 20 });
    await sqs.getQueueAttributes({ QueueUrl: source.QueueUrl, AttributeNames: ['All'] });
    await sqs.deleteQueue({ QueueUrl: dead.QueueUrl });
    cloud.advance(5_000);
    expect(await waiting).toMatchObject([{ Body: 'kept' }]);
  });

  it('take a FIFO message so that the next of its group may go', async () => {
    const { dead, source } = await withDeadLetters({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    for (const MessageBody of ['bad', 'good'])
      await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody, MessageGroupId: 'g' });
    expect(await receive(source, { MaxNumberOfMessages: 1 })).toMatchObject([{ Body: 'bad' }]);
    expect(await receive(source, { MaxNumberOfMessages: 1 })).toMatchObject([{ Body: 'good' }]);
    expect(await receive(dead)).toMatchObject([{ Body: 'bad', Attributes: { MessageGroupId: 'g' } }]);
  });
});

describe('move tasks', () => {
  // What a task does next second is not waited for.
  const settled = () => cloud.cloud.settle(100);
  const finished = async (SourceArn: string) => {
    await settled();
    const { Results = [] } = await sqs.listMessageMoveTasks({ SourceArn, MaxResults: 10 });
    return Results;
  };

  it('move messages back to where they came from', async () => {
    const { dead, source } = await withDeadLetters();
    await bury(source, 'a', 'b');
    const { TaskHandle } = await sqs.startMessageMoveTask({ SourceArn: dead.arn });
    expect(TaskHandle).toBeDefined();
    expect(await finished(dead.arn)).toMatchObject([
      {
        Status: 'COMPLETED',
        SourceArn: dead.arn,
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: expect.any(Number),
      },
    ]);
    const back = await receive(source);
    expect(back.map(({ Body }) => Body)).toEqual(['a', 'b']);
    // They are new messages there.
    expect(back[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(back[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await bodies(dead)).toEqual([]);
  });

  it('move messages elsewhere, and at a pace', async () => {
    const { dead, source } = await withDeadLetters();
    const target = await create();
    await bury(source, 'a', 'b', 'c');
    await sqs.startMessageMoveTask({
      SourceArn: dead.arn,
      DestinationArn: target.arn,
      MaxNumberOfMessagesPerSecond: 1,
    });
    await settled();
    await expect(sqs.startMessageMoveTask({ SourceArn: dead.arn })).rejects.toEqual(
      refused('InvalidParameterValue', /already a task running/),
    );
    expect(await bodies(target)).toEqual(['a']);
    cloud.advance(1_000);
    await settled();
    expect(await bodies(target)).toEqual(['b']);
    const [running] = await finished(dead.arn);
    expect(running).toMatchObject({ Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 2 });
    const { TaskHandle } = running ?? {};
    expect(await sqs.cancelMessageMoveTask({ TaskHandle })).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    cloud.advance(1_000);
    expect(await finished(dead.arn)).toMatchObject([{ Status: 'CANCELLED' }]);
    expect(await bodies(dead)).toEqual(['c']);
    await expect(sqs.cancelMessageMoveTask({ TaskHandle })).rejects.toEqual(refused('UnsupportedOperation'));
  });

  it('fail for messages whose source nobody knows', async () => {
    const { dead } = await withDeadLetters();
    await sqs.sendMessage({ QueueUrl: dead.QueueUrl, MessageBody: 'sent here' });
    await sqs.startMessageMoveTask({ SourceArn: dead.arn });
    expect(await finished(dead.arn)).toMatchObject([
      { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' },
    ]);
    expect(await bodies(dead)).toEqual(['sent here']);
  });

  it('are gone with the queue', async () => {
    const { dead, source } = await withDeadLetters();
    await sqs.startMessageMoveTask({ SourceArn: dead.arn });
    expect(await finished(dead.arn)).toHaveLength(1);
    await sqs.deleteQueue({ QueueUrl: dead.QueueUrl });
    cloud.advance(60_000);
    await sqs.createQueue({ QueueName: dead.arn.split(':').at(-1) });
    expect(await finished(dead.arn)).toEqual([]);
    await sqs.deleteQueue({ QueueUrl: source.QueueUrl });
  });

  it('are refused where there is nothing to move', async () => {
    const { dead, source } = await withDeadLetters();
    const start = (SourceArn: string, more: object = {}) => sqs.startMessageMoveTask({ SourceArn, ...more });
    const nowhere = `${source.arn}-nowhere`;
    const fifo = await create({ FifoQueue: 'true' });
    await expect(start(nowhere)).rejects.toEqual(refused('ResourceNotFoundException', /SourceArn/));
    await expect(start(source.arn)).rejects.toEqual(refused('InvalidParameterValue', /Dead Letter Queue/));
    await expect(start(dead.arn, { DestinationArn: nowhere })).rejects.toEqual(
      refused('ResourceNotFoundException', /DestinationArn/),
    );
    await expect(start(dead.arn, { DestinationArn: dead.arn })).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(start(dead.arn, { DestinationArn: fifo.arn })).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(start(dead.arn, { MaxNumberOfMessagesPerSecond: 501 })).rejects.toEqual(
      refused('InvalidParameterValue'),
    );
    await expect(sqs.cancelMessageMoveTask({ TaskHandle: 'x' })).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(sqs.listMessageMoveTasks({ SourceArn: nowhere })).rejects.toEqual(
      refused('ResourceNotFoundException'),
    );
    expect((await sqs.listMessageMoveTasks({ SourceArn: dead.arn })).Results ?? []).toEqual([]);
  });
});
