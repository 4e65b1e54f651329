// SQS: messages that a receiver keeps to itself for longer (ChangeMessageVisibility), and gives back after the restart with
// the handle that it got before.

import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { attempt, clientConfiguration, type Load, type LoadOptions } from './load.ts';

const longSeconds = 3600;
const patienceMs = 120_000;

export function createVisibilityLoad({ endpoint }: LoadOptions): Load {
  const sqs = new SQSClient(clientConfiguration(endpoint));
  let QueueUrl = '';
  let next = 0;
  let kept = 0;
  /** By body: the handle of what is kept for long, as was acknowledged. */
  const held = new Map<string, string>();

  const receive = (WaitTimeSeconds: number) =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }));
  const change = (ReceiptHandle: string, VisibilityTimeout: number) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  const remove = (ReceiptHandle: string) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

  /** False when the cloud did not answer. */
  async function keepOne(): Promise<boolean> {
    next += 1;
    const sent = await attempt(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(next) })));
    if (!sent.acknowledged) return false;
    const received = await attempt(receive(0));
    if (!received.acknowledged) return false;
    for (const { Body = '', ReceiptHandle = '' } of received.output.Messages ?? []) {
      expect([...held.keys()], `${Body} was to be kept`).not.toContain(Body);
      if (!(await attempt(change(ReceiptHandle, longSeconds))).acknowledged) return false;
      held.set(Body, ReceiptHandle);
    }
    return true;
  }

  return {
    name: 'SQS visibility',
    async prepare() {
      const Attributes = { VisibilityTimeout: '30' };
      ({ QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'crash-visibility', Attributes })));
    },
    async work(isOver) {
      while (!isOver()) if (!(await keepOne())) return;
    },
    async check() {
      // Whatever comes now is none of those that are kept.
      for (let messages = (await receive(0)).Messages; messages; messages = (await receive(0)).Messages) {
        for (const { Body = '', ReceiptHandle = '' } of messages) {
          expect([...held.keys()], `${Body} was to be kept`).not.toContain(Body);
          await remove(ReceiptHandle);
        }
      }
      for (const handle of held.values()) await change(handle, 0);
      const deadline = performance.now() + patienceMs;
      kept += held.size;
      while (held.size > 0) {
        if (performance.now() > deadline) throw new Error(`given back, but never received: ${[...held.keys()].join()}`);
        for (const { Body = '', ReceiptHandle = '' } of (await receive(1)).Messages ?? []) {
          held.delete(Body);
          await remove(ReceiptHandle);
        }
      }
    },
    summary: () => `${kept} messages kept for longer`,
  };
}
