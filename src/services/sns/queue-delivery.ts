// Single deliveries to queues, by SQS's own SendMessage and as the SNS service.

import { parseArn } from '../../aws/arn.ts';
import { AwsError } from '../../aws/errors.ts';
import { type ServiceSource, servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { QueueParcel } from './deliveries.table.ts';
import type { MessageAttributes } from './message-attributes.ts';
import { parseTopicArn, topicArnOf } from './topics.table.ts';

export type Client = World['client'];

/** Why a delivery failed, and whether trying again could help. */
export interface DeliveryFailure {
  readonly code: string;
  readonly message: string;
  readonly isPermanent: boolean;
}

/** Undefined when the message is in the queue. The queue's policy decides whether it takes what the topic sends. */
export async function sendToQueue(
  client: Client,
  { queueArn, input }: QueueParcel,
  subscriptionArn: string,
): Promise<DeliveryFailure | undefined> {
  const queue = parseArn(queueArn);
  if (!queue) return noQueueArn(queueArn);
  try {
    const sqs = client('sqs', queue, servicePrincipal('sns', queue.account, topicOf(subscriptionArn)));
    await sqs.SendMessage({ QueueUrl: `/${queue.account}/${queue.resource}`, ...input });
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

const noQueueArn = (arn: string): DeliveryFailure => ({
  code: 'InvalidParameter',
  message: `${arn} is not the ARN of a queue`,
  isPermanent: true,
});

/** On whose behalf SNS delivers. */
export function topicOf(subscriptionArn: string): ServiceSource {
  const topic = parseTopicArn(subscriptionArn);
  return { arn: topic ? topicArnOf({ ...topic, id: topic.name }) : subscriptionArn, account: topic?.account ?? '' };
}

export function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof AwsError)
    return { code: error.code, message: error.message, isPermanent: error.fault === 'client' };
  return { code: 'InternalError', message: error instanceof Error ? error.message : String(error), isPermanent: false };
}

/** As SQS has them. */
export function queueAttributes(attributes: MessageAttributes): NonNullable<QueueParcel['input']['MessageAttributes']> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, value }]) => [
      name,
      typeof value === 'string'
        ? { DataType: dataType, StringValue: value }
        : { DataType: dataType, BinaryValue: value },
    ]),
  );
}
