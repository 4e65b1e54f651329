// A received message as a receiver asked to see it.

import type { PeekedMessage, ReceivedMessage } from '../../drivers/messages/messages.ts';
import type { Message, MessageAttributeValue, ReceiveMessageRequest } from '../../generated/sqs.types.ts';
import { describeAttribute, md5OfAttributes, selectAttributes } from './message-attributes.ts';
import { formatSequenceNumber } from './new-messages.ts';
import type { QueueRow } from './queues.table.ts';
import { formatReceiptHandle } from './receipt-handles.ts';
import { unknownAttribute } from './sqs.errors.ts';

export interface WantedMembers {
  readonly system: readonly string[];
  readonly attributes: readonly string[];
}

const systemNames = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

const nothingWanted: WantedMembers = { system: [], attributes: [] };

/** `AttributeNames` is the older name of `MessageSystemAttributeNames`. */
export function wantedMembers(input: ReceiveMessageRequest): WantedMembers {
  const { AttributeNames, MessageSystemAttributeNames, MessageAttributeNames } = input;
  if (!AttributeNames && !MessageSystemAttributeNames && !MessageAttributeNames) return nothingWanted;
  const system = [...(AttributeNames ?? []), ...(MessageSystemAttributeNames ?? [])];
  for (const name of system) if (!systemNames.has(name)) throw unknownAttribute(name);
  return { system, attributes: MessageAttributeNames ?? [] };
}

export function describeReceived({ spec }: QueueRow, message: ReceivedMessage, wanted: WantedMembers): Message {
  return describeMessage(message, formatReceiptHandle(spec.queueId, message), spec.isFifo, wanted);
}

/** All of a message that was only looked at: there is no receipt. */
export function describePeeked({ spec }: QueueRow, message: PeekedMessage): Message {
  // As LocalStack has it; tools look for these words.
  return describeMessage(message, 'SQS/BACKDOOR/ACCESS', spec.isFifo, { system: ['All'], attributes: ['All'] });
}

function describeMessage(
  message: ReceivedMessage | PeekedMessage,
  receiptHandle: string,
  isFifo: boolean,
  wanted: WantedMembers,
): Message {
  const described: Mutable<Message> = {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: message.bodyMd5,
    Body: message.body,
  };
  if (wanted.system.length > 0) {
    const system = systemAttributes(message, isFifo, wanted.system);
    if (Object.keys(system).length > 0) described.Attributes = system;
  }
  const attributes = selectAttributes(message.attributes, wanted.attributes);
  if (attributes) {
    described.MD5OfMessageAttributes = md5OfAttributes(attributes);
    described.MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]): [string, MessageAttributeValue] => [
        name,
        describeAttribute(value),
      ]),
    );
  }
  return described;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export function systemAttributes(
  message: ReceivedMessage | PeekedMessage,
  isFifo: boolean,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const { deduplicationId, group, traceHeader, deadLetterSource } = message;
  const all: Record<string, string | undefined> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? 0),
    SequenceNumber: isFifo ? formatSequenceNumber(message.position) : undefined,
    MessageDeduplicationId: deduplicationId,
    MessageGroupId: group,
    AWSTraceHeader: traceHeader,
    DeadLetterQueueSourceArn: deadLetterSource,
  };
  const shown = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (names.includes('All') || names.includes(entry[0])),
  );
  return Object.fromEntries(shown);
}
