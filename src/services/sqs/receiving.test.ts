// Receiving messages, and what is done with a receipt, through the official client.

import type { Message, SQS } from '@aws-sdk/client-sqs';
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

const create = async (Attributes: Record<string, string> = {}) => {
  made += 1;
  const QueueName = `queue-${made}${Attributes['FifoQueue'] ? '.fifo' : ''}`;
  return (await sqs.createQueue({ QueueName, Attributes })).QueueUrl as string;
};
const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
const send = async (QueueUrl: string, ...texts: string[]) => {
  for (const MessageBody of texts) await sqs.sendMessage({ QueueUrl, MessageBody });
};
const sendTo = async (QueueUrl: string, MessageGroupId: string, ...texts: string[]) => {
  for (const MessageBody of texts) await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId });
};
const receive = async (QueueUrl: string, more: object = {}) => {
  const all = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
  return (await sqs.receiveMessage({ QueueUrl, ...all, ...more })).Messages ?? [];
};
const bodies = async (QueueUrl: string, more: object = {}) => (await receive(QueueUrl, more)).map(({ Body }) => Body);
const handleOf = (messages: readonly Message[], at = 0) => messages[at]?.ReceiptHandle as string;
const counts = async (QueueUrl: string) => {
  const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
  return [Number(ApproximateNumberOfMessages), Number(ApproximateNumberOfMessagesNotVisible)];
};
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('a received message', () => {
  it('is hidden for the visibility timeout, then comes back with a higher count', async () => {
    const QueueUrl = await create({ VisibilityTimeout: '20' });
    await send(QueueUrl, 'a');
    const [first] = await receive(QueueUrl);
    expect(await counts(QueueUrl)).toEqual([0, 1]);
    cloud.advance(19_000);
    expect(await receive(QueueUrl)).toEqual([]);
    cloud.advance(1_000);
    const [second] = await receive(QueueUrl, { VisibilityTimeout: 5 });
    expect(second?.Attributes).toMatchObject({
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: first?.Attributes?.ApproximateFirstReceiveTimestamp,
    });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    cloud.advance(5_000);
    expect(await bodies(QueueUrl)).toEqual(['a']);
  });

  it('is gone for good once it is deleted, and deleting it again is no error', async () => {
    const QueueUrl = await create({ VisibilityTimeout: '1' });
    await send(QueueUrl, 'a');
    const ReceiptHandle = handleOf(await receive(QueueUrl));
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    cloud.advance(2_000);
    expect(await receive(QueueUrl)).toEqual([]);
    expect(await counts(QueueUrl)).toEqual([0, 0]);
  });

  it('is answered one at a time unless more are asked for, and ten at most', async () => {
    const QueueUrl = await create();
    await send(QueueUrl, 'a', 'b');
    expect(await sqs.receiveMessage({ QueueUrl })).toMatchObject({ Messages: [{ Body: 'a' }] });
    for (const MaxNumberOfMessages of [0, 11])
      await expect(receive(QueueUrl, { MaxNumberOfMessages })).rejects.toEqual(refused('InvalidParameterValue'));
    for (const WaitTimeSeconds of [-1, 21])
      await expect(receive(QueueUrl, { WaitTimeSeconds })).rejects.toEqual(refused('InvalidParameterValue'));
    for (const VisibilityTimeout of [-1, 43_201])
      await expect(receive(QueueUrl, { VisibilityTimeout })).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(receive(QueueUrl, { ReceiveRequestAttemptId: 'x' })).rejects.toEqual(refused('InvalidParameterValue'));
  });
});

describe('receipt handles', () => {
  it("are refused when they are no handles, or another queue's", async () => {
    const [QueueUrl, other] = [await create(), await create()];
    await send(other, 'a');
    const foreign = handleOf(await receive(other));
    const tries = { 'made up': /"made up" is not a valid receipt handle/, [foreign]: /is not valid for this queue/ };
    for (const [ReceiptHandle, words] of Object.entries(tries)) {
      const error = refused('ReceiptHandleIsInvalid', words);
      await expect(sqs.deleteMessage({ QueueUrl, ReceiptHandle })).rejects.toEqual(error);
      const change = { QueueUrl, ReceiptHandle, VisibilityTimeout: 1 };
      await expect(sqs.changeMessageVisibility(change)).rejects.toEqual(error);
    }
  });

  it('delete a message of a standard queue even when it was received again since', async () => {
    const QueueUrl = await create({ VisibilityTimeout: '1' });
    await send(QueueUrl, 'a');
    const old = handleOf(await receive(QueueUrl));
    cloud.advance(1_000);
    await receive(QueueUrl);
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: old });
    cloud.advance(2_000);
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it('expire with the visibility timeout in a FIFO queue', async () => {
    const QueueUrl = await create({ ...fifo, VisibilityTimeout: '1' });
    await sendTo(QueueUrl, 'g', 'a');
    const old = handleOf(await receive(QueueUrl));
    cloud.advance(1_000);
    await expect(sqs.deleteMessage({ QueueUrl, ReceiptHandle: old })).rejects.toEqual(
      refused('InvalidParameterValue', /receipt handle has expired/),
    );
    expect(await bodies(QueueUrl)).toEqual(['a']);
  });
});

describe('changing the visibility', () => {
  it('extends it, ends it, and goes no further than twelve hours from the receipt', async () => {
    const QueueUrl = await create();
    await send(QueueUrl, 'a');
    const ReceiptHandle = handleOf(await receive(QueueUrl));
    const change = (VisibilityTimeout: number) =>
      sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout });
    cloud.advance(20_000);
    await change(60);
    cloud.advance(59_000);
    expect(await receive(QueueUrl)).toEqual([]);
    await expect(change(43_201)).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(change(43_200)).rejects.toEqual(refused('InvalidParameterValue', /beyond the limit/));
    await change(0);
    expect(await counts(QueueUrl)).toEqual([1, 0]);
    await change(10);
    const [again] = await receive(QueueUrl);
    expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: again?.ReceiptHandle });
    await expect(change(10)).rejects.toEqual(refused('InvalidParameterValue', /does not exist or is not available/));
  });
});

describe('batches', () => {
  it('of deletions and of changes fail entry by entry', async () => {
    const QueueUrl = await create();
    await send(QueueUrl, 'a', 'b', 'c');
    const handles = (await receive(QueueUrl)).map(({ ReceiptHandle }) => ReceiptHandle as string);
    const changed = await sqs.changeMessageVisibilityBatch({
      QueueUrl,
      Entries: [
        { Id: 'a', ReceiptHandle: handles[0], VisibilityTimeout: 0 },
        { Id: 'long', ReceiptHandle: handles[1], VisibilityTimeout: 50_000 },
        { Id: 'none', ReceiptHandle: 'nothing', VisibilityTimeout: 1 },
      ],
    });
    expect(changed.Successful).toEqual([{ Id: 'a' }]);
    expect(changed.Failed).toMatchObject([
      { Id: 'long', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'none', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
    ]);
    const deleted = await sqs.deleteMessageBatch({
      QueueUrl,
      Entries: [
        { Id: 'b', ReceiptHandle: handles[1] },
        { Id: 'none', ReceiptHandle: 'nothing' },
        { Id: 'c', ReceiptHandle: handles[2] },
      ],
    });
    expect(deleted.Successful).toEqual([{ Id: 'b' }, { Id: 'c' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'none', Code: 'ReceiptHandleIsInvalid' }]);
    expect(await bodies(QueueUrl)).toEqual(['a']);
    await expect(sqs.deleteMessageBatch({ QueueUrl, Entries: [] })).rejects.toEqual(refused('EmptyBatchRequest'));
  });
});

describe('long polls', () => {
  it('end at once when a message comes, when one is visible again, and with the time of the queue', async () => {
    const QueueUrl = await create({ ReceiveMessageWaitTimeSeconds: '20', VisibilityTimeout: '5' });
    const first = bodies(QueueUrl);
    await send(QueueUrl, 'a');
    expect(await first).toEqual(['a']);
    const second = bodies(QueueUrl);
    expect(await untilSettled(second)).toEqual(['a']);
    const none = bodies(await create(), { WaitTimeSeconds: 2 });
    expect(await untilSettled(none)).toEqual([]);
  });

  it('end when the queue is deleted', async () => {
    const QueueUrl = await create({ ReceiveMessageWaitTimeSeconds: '20' });
    const waiting = bodies(QueueUrl);
    await counts(QueueUrl);
    await sqs.deleteQueue({ QueueUrl });
    expect(await waiting).toEqual([]);
  });

  /** Lets the clock run while something waits for it. */
  async function untilSettled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    void promise.finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await sqs.listQueues({});
      cloud.advance(500);
    }
    return promise;
  }
});

describe('FIFO queues', () => {
  it('hold a group back while one of its messages is out, and serve the others', async () => {
    const QueueUrl = await create(fifo);
    await sendTo(QueueUrl, 'g', 'g1', 'g2', 'g3');
    await sendTo(QueueUrl, 'h', 'h1');
    const first = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    expect(first[0]?.Body).toBe('g1');
    expect(await bodies(QueueUrl)).toEqual(['h1']);
    expect(await receive(QueueUrl)).toEqual([]);
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: handleOf(first) });
    expect(await bodies(QueueUrl)).toEqual(['g2', 'g3']);
  });

  it('answer the same attempt with the same messages', async () => {
    const QueueUrl = await create(fifo);
    await sendTo(QueueUrl, 'g', 'a', 'b');
    const first = await receive(QueueUrl, { ReceiveRequestAttemptId: 'one' });
    const again = await receive(QueueUrl, { ReceiveRequestAttemptId: 'one' });
    expect(again).toEqual(first);
    expect(await receive(QueueUrl, { ReceiveRequestAttemptId: 'two' })).toEqual([]);
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: handleOf(first) });
    expect(await receive(QueueUrl, { ReceiveRequestAttemptId: 'one' })).toEqual([]);
  });
});

describe('fair queues', () => {
  it('let quiet tenants go before one that has much in flight', async () => {
    const QueueUrl = await create();
    const noisy = Array.from({ length: 12 }, (_, i) => `noisy ${i}`);
    await sendTo(QueueUrl, 'noisy', ...noisy);
    await sendTo(QueueUrl, 'quiet', 'quiet');
    const first = await receive(QueueUrl);
    expect(first.map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(Array(10).fill('noisy'));
    expect(await bodies(QueueUrl)).toEqual(['quiet', 'noisy 10', 'noisy 11']);
  });
});

describe('retention', () => {
  it('ends, whether a message was received or not', async () => {
    const QueueUrl = await create({ MessageRetentionPeriod: '60', VisibilityTimeout: '0' });
    await send(QueueUrl, 'a', 'b');
    await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    cloud.advance(59_000);
    expect(await counts(QueueUrl)).toEqual([2, 0]);
    cloud.advance(1_001);
    expect(await counts(QueueUrl)).toEqual([0, 0]);
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it('may be shortened for messages that are there', async () => {
    const QueueUrl = await create();
    await send(QueueUrl, 'a');
    cloud.advance(120_000);
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { MessageRetentionPeriod: '60' } });
    expect(await receive(QueueUrl)).toEqual([]);
  });
});

describe('purging', () => {
  it('takes all that is there, in flight or not, and rests for sixty seconds', async () => {
    const QueueUrl = await create({ VisibilityTimeout: '1' });
    await send(QueueUrl, 'a', 'b', 'c');
    await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    await sqs.purgeQueue({ QueueUrl });
    await send(QueueUrl, 'd');
    cloud.advance(2_000);
    expect(await bodies(QueueUrl, { VisibilityTimeout: 0 })).toEqual(['d']);
    await expect(sqs.purgeQueue({ QueueUrl })).rejects.toEqual(refused('PurgeQueueInProgress', /every 60 seconds/));
    cloud.advance(60_000);
    await sqs.purgeQueue({ QueueUrl });
    expect(await counts(QueueUrl)).toEqual([0, 0]);
  });
});
