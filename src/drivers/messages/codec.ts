// Messages as they are stored, and back. Positions are made of the moment a message was sent, so that the order of keys
// is also the order in which messages expire.

import type { TimestampMs } from '../../kernel/clock.ts';
import type { MessageAttribute, MessageContent, NewMessage, ReceivedMessage } from './messages.ts';
import type { MessageState } from './queue-memory.ts';
import type { StoredMessage, StoredState } from './storage.ts';

const positionsPerMs = 1024;

/** The first position that a message sent at that moment can have. */
export function positionAt(sentAtMs: TimestampMs): number {
  return Math.floor(sentAtMs) * positionsPerMs;
}

/** Behind all that were given out, even when the clock stands still or goes back. */
export function nextPosition(lastPosition: number, sentAtMs: TimestampMs): number {
  return Math.max(lastPosition + 1, positionAt(sentAtMs));
}

export function encodeMessage(message: MessageContent, sentAtMs: TimestampMs): StoredMessage {
  const { attributes } = message;
  return [
    message.messageId,
    message.body,
    message.bodyMd5,
    message.senderId,
    sentAtMs,
    attributes ? Object.entries(attributes).map(([name, { dataType, value }]) => [name, dataType, value]) : null,
    message.traceHeader ?? null,
    message.group ?? null,
    message.deduplicationId ?? null,
    message.deadLetterSource ?? null,
  ];
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export type DecodedMessage = MessageContent & { readonly sentAtMs: TimestampMs };

export function decodeMessage(stored: StoredMessage): DecodedMessage {
  return fill(stored, { messageId: '', body: '', bodyMd5: '', senderId: '', sentAtMs: 0 });
}

/** One by one, without copies: there is one for each message that is received. */
function fill<T extends DecodedMessage>(stored: StoredMessage, message: Mutable<T>): T {
  const [messageId, body, bodyMd5, senderId, sentAtMs, attributes, traceHeader, group, deduplicationId, source] =
    stored;
  message.messageId = messageId;
  message.body = body;
  message.bodyMd5 = bodyMd5;
  message.senderId = senderId;
  message.sentAtMs = sentAtMs;
  if (attributes !== null) message.attributes = decodeAttributes(attributes);
  if (traceHeader !== null) message.traceHeader = traceHeader;
  if (group !== null) message.group = group;
  if (deduplicationId !== null) message.deduplicationId = deduplicationId;
  if (source !== null) message.deadLetterSource = source;
  return message as T;
}

function decodeAttributes(stored: NonNullable<StoredMessage[5]>): Readonly<Record<string, MessageAttribute>> {
  return Object.fromEntries(stored.map(([name, dataType, value]) => [name, { dataType, value }]));
}

export function receivedMessage(position: number, stored: StoredMessage, state: MessageState): ReceivedMessage {
  const { receiveCount, firstReceivedAtMs } = state;
  return fill<ReceivedMessage>(stored, {
    messageId: '',
    body: '',
    bodyMd5: '',
    senderId: '',
    sentAtMs: 0,
    position,
    receiveCount,
    firstReceivedAtMs,
  });
}

export function encodeState(state: MessageState): StoredState {
  return [state.visibleAtMs, state.receiveCount, state.firstReceivedAtMs, state.receivedAtMs, state.group ?? null];
}

export function decodeState([
  visibleAtMs,
  receiveCount,
  firstReceivedAtMs,
  receivedAtMs,
  group,
]: StoredState): MessageState {
  return { visibleAtMs, receiveCount, firstReceivedAtMs, receivedAtMs, ...(group !== null && { group }) };
}

/** Of a message that was never received; none for one that is simply there, in a standard queue and in no group. */
export function freshState(message: NewMessage, isFifo: boolean, visibleAtMs: TimestampMs): MessageState | undefined {
  const { group } = message;
  if (!isFifo && visibleAtMs === 0 && group === undefined) return undefined;
  return {
    visibleAtMs,
    receiveCount: 0,
    firstReceivedAtMs: 0,
    receivedAtMs: 0,
    ...(group !== undefined && { group }),
  };
}
