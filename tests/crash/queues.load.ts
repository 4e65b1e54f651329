// SQS: a standard queue whose messages come at least once, and a FIFO queue whose messages come exactly once and in order,
// though their senders ask again after a crash; both are filled by SNS topics too.

import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { attempt, clientConfiguration, inParallel, type Load, type LoadOptions } from './load.ts';

const senders = 2;
const groups = 3;
const patienceMs = 120_000;

/** An address, and what it was told: which messages surely arrive, and which came. */
interface Mailbox {
  readonly url: string;
  readonly sent: Set<string>;
  readonly arrived: Set<string>;
  /** Acknowledged deletions: these never come again. */
  readonly deleted: Set<string>;
}

/** One FIFO group: its sender knows how far it has come, its receiver how far messages have. */
interface Lane {
  asked: number;
  acknowledged: number;
  received: number;
  deleted: number;
}

export function createQueuesLoad({ endpoint }: LoadOptions): Load {
  const sqs = new SQSClient(clientConfiguration(endpoint));
  const sns = new SNSClient(clientConfiguration(endpoint));
  let standard: Mailbox;
  let topicArn = '';
  let fifoUrl = '';
  let fifoTopicArn = '';
  let next = 0;
  const lanes: readonly Lane[] = Array.from({ length: groups * 2 }, () => ({
    asked: 0,
    acknowledged: 0,
    received: 0,
    deleted: 0,
  }));

  async function createMailbox(): Promise<Mailbox> {
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'crash-queue', Attributes: { VisibilityTimeout: '2' } }),
    );
    return { url: QueueUrl, sent: new Set(), arrived: new Set(), deleted: new Set() };
  }

  const newBodies = (count: number) => Array.from({ length: count }, () => `message-${++next}`);

  /** Alone, ten at once, by way of the topic, and ten at once by way of the topic. */
  async function send(step: number): Promise<boolean> {
    const bodies = newBodies(step % 2 ? 10 : 1);
    const [first = ''] = bodies;
    const requests = [
      () => sqs.send(new SendMessageCommand({ QueueUrl: standard.url, MessageBody: first })),
      () =>
        sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: standard.url,
            Entries: bodies.map((MessageBody, i) => ({ Id: `entry-${i}`, MessageBody })),
          }),
        ),
      () => sns.send(new PublishCommand({ TopicArn: topicArn, Message: first })),
      () =>
        sns.send(
          new PublishBatchCommand({
            TopicArn: topicArn,
            PublishBatchRequestEntries: bodies.map((Message, i) => ({ Id: `entry-${i}`, Message })),
          }),
        ),
    ];
    const answer = await attempt<unknown>((requests[step % requests.length] as () => Promise<unknown>)());
    if (answer.acknowledged) for (const body of bodies) standard.sent.add(body);
    return answer.acknowledged;
  }

  /** Half of the groups are sent to, the others published to. What was not answered is asked again, word for word. */
  async function sendInOrder(index: number): Promise<boolean> {
    const lane = lanes[index] as Lane;
    if (lane.asked === lane.acknowledged) lane.asked += 1;
    const message = {
      MessageGroupId: `group-${index}`,
      MessageDeduplicationId: `${index}-${lane.asked}`,
    };
    const text = `${index}:${lane.asked}`;
    const answer = await attempt<unknown>(
      index < groups
        ? sqs.send(new SendMessageCommand({ QueueUrl: fifoUrl, MessageBody: text, ...message }))
        : sns.send(new PublishCommand({ TopicArn: fifoTopicArn, Message: text, ...message })),
    );
    if (answer.acknowledged) lane.acknowledged = lane.asked;
    return answer.acknowledged;
  }

  /** Receives some and deletes them. Undefined when the cloud did not answer; otherwise what is surely deleted. */
  async function receive(url: string, waitSeconds: number, take: (body: string) => void) {
    const received = await attempt(
      sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: waitSeconds })),
    );
    if (!received.acknowledged) return undefined;
    const messages = received.output.Messages ?? [];
    for (const { Body = '' } of messages) take(Body);
    if (messages.length === 0) return [];
    const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    const removed = await attempt(sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries })));
    if (!removed.acknowledged) return undefined;
    // On a busy machine a message may have become visible again meanwhile; then it comes again.
    return (removed.output.Successful ?? []).map(({ Id }) => messages[Number(Id)]?.Body ?? '');
  }

  async function receiveAny(waitSeconds: number): Promise<boolean> {
    const deleted = await receive(standard.url, waitSeconds, (body) => {
      expect(standard.deleted.has(body), `${body} was deleted, and came again`).toBe(false);
      standard.arrived.add(body);
    });
    for (const body of deleted ?? []) standard.deleted.add(body);
    return deleted !== undefined;
  }

  const laneOf = (body: string): readonly [Lane, number] => {
    const [index, n] = body.split(':').map(Number) as [number, number];
    return [lanes[index] as Lane, n];
  };

  /** Whatever comes is the next of its group, or came before and is not surely deleted. */
  async function receiveInOrder(waitSeconds: number): Promise<boolean> {
    const deleted = await receive(fifoUrl, waitSeconds, (body) => {
      const [lane, n] = laneOf(body);
      expect(n, `${body} was deleted, and came again`).toBeGreaterThan(lane.deleted);
      expect(n, `${body} came before its time`).toBeLessThanOrEqual(lane.received + 1);
      lane.received = Math.max(lane.received, n);
    });
    for (const body of deleted ?? []) {
      const [lane, n] = laneOf(body);
      lane.deleted = Math.max(lane.deleted, n);
    }
    return deleted !== undefined;
  }

  async function until(isDone: () => boolean, receiveSome: () => Promise<unknown>, what: () => string) {
    const deadline = performance.now() + patienceMs;
    while (!isDone()) {
      if (performance.now() > deadline) throw new Error(`not received within ${patienceMs} ms: ${what()}`);
      await receiveSome();
    }
  }

  const missing = () => [...standard.sent].filter((body) => !standard.arrived.has(body));
  const behind = () => lanes.flatMap((lane, index) => (lane.received < lane.acknowledged ? [{ index, ...lane }] : []));

  return {
    name: 'SQS and SNS',
    async prepare() {
      standard = await createMailbox();
      const queueArn = 'arn:aws:sqs:us-east-1:000000000000:crash-queue';
      const raw = { RawMessageDelivery: 'true' };
      topicArn = (await sns.send(new CreateTopicCommand({ Name: 'crash-topic' }))).TopicArn ?? '';
      await sns.send(
        new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, Attributes: raw }),
      );
      const fifo = { FifoQueue: 'true', VisibilityTimeout: '2' };
      fifoUrl =
        (await sqs.send(new CreateQueueCommand({ QueueName: 'crash-queue.fifo', Attributes: fifo }))).QueueUrl ?? '';
      fifoTopicArn =
        (await sns.send(new CreateTopicCommand({ Name: 'crash-topic.fifo', Attributes: { FifoTopic: 'true' } })))
          .TopicArn ?? '';
      await sns.send(
        new SubscribeCommand({
          TopicArn: fifoTopicArn,
          Protocol: 'sqs',
          Endpoint: `${queueArn}.fifo`,
          Attributes: raw,
        }),
      );
    },
    async work(isOver) {
      const whileAlive = async (step: (n: number) => Promise<unknown>) => {
        for (let n = 0; !isOver(); n++) if (!(await step(n))) return;
      };
      await Promise.all([
        inParallel(senders, () => whileAlive(send)),
        inParallel(lanes.length, (index) => whileAlive(() => sendInOrder(index))),
        whileAlive(() => receiveAny(0)),
        whileAlive(() => receiveInOrder(0)),
      ]);
    },
    async check() {
      // Whoever got no answer asks again; now there is one.
      for (const [index, lane] of lanes.entries()) {
        if (lane.asked !== lane.acknowledged) expect(await sendInOrder(index)).toBe(true);
      }
      await until(
        () => missing().length === 0,
        () => receiveAny(1),
        () => missing().slice(0, 5).join(', '),
      );
      await until(
        () => behind().length === 0,
        () => receiveInOrder(1),
        () => JSON.stringify(behind()),
      );
      expect(lanes.map(({ received }) => received)).toEqual(lanes.map(({ acknowledged }) => acknowledged));
    },
    summary: () =>
      `${standard.sent.size} messages, ${lanes.reduce((sum, lane) => sum + lane.acknowledged, 0)} in order`,
  };
}
