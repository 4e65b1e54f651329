// Handing messages out: which ones, and what that does to them. Runs within a transaction.

import type { TimestampMs } from '../../kernel/clock.ts';
import { hiddenUntil } from './changes.ts';
import {
  type DeadLetter,
  deduplicationWindowMs,
  type QueueRef,
  type ReceivedMessage,
  type ReceiveRequest,
  type ReceiveResult,
} from './messages.ts';
import type { OpenQueue } from './open-queue.ts';
import { positionAt } from './positions.ts';
import type { MessageState, StoredMessage } from './storage.ts';

export type Opener = (ref: QueueRef) => OpenQueue;

export function receiveNow(queue: OpenQueue, request: ReceiveRequest, nowMs: TimestampMs, open: Opener): ReceiveResult {
  queue.memory.settle(nowMs);
  const again = request.attemptId === undefined ? undefined : repeatAttempt(queue, request.attemptId, request, nowMs);
  if (again) return { messages: again, isOverLimit: false };
  const room = request.mostInFlight - queue.memory.inFlight;
  if (room <= 0) return { messages: [], isOverLimit: true };
  const messages = takeOut(queue, { ...request, most: Math.min(request.most, room) }, nowMs, open);
  if (request.attemptId !== undefined && messages.length > 0)
    rememberAttempt(queue, request.attemptId, messages, nowMs);
  return { messages, isOverLimit: false };
}

function takeOut(queue: OpenQueue, request: ReceiveRequest, nowMs: TimestampMs, open: Opener): ReceivedMessage[] {
  const { most } = request;
  const messages: ReceivedMessage[] = [];
  const states: MessageState[] = [];
  while (messages.length < most) {
    const taken = queue.take(most - messages.length, nowMs);
    if (taken.length === 0) break;
    for (const position of taken) {
      const stored = queue.message(position);
      const before = queue.memory.state(position);
      if (!stored) queue.memory.drop(position);
      else if (!isPutAway(queue, position, stored, before, request, nowMs, open)) {
        const state = receivedState(before, request.visibilityMs, nowMs);
        states.push(state);
        messages.push(receivedMessage(position, stored, state));
      }
    }
  }
  // Only now, so that a message with no visibility timeout at all is not handed out twice in one answer.
  for (let i = 0; i < messages.length; i++)
    queue.setState((messages[i] as ReceivedMessage).position, states[i] as MessageState, nowMs);
  return messages;
}

/** Instead of being handed out: its time is over, or it was received too often. */
function isPutAway(
  queue: OpenQueue,
  position: number,
  stored: StoredMessage,
  state: MessageState | undefined,
  { retentionMs, deadLetter }: ReceiveRequest,
  nowMs: TimestampMs,
  open: Opener,
): boolean {
  if (position < positionAt(nowMs - retentionMs)) {
    queue.remove(position);
    return true;
  }
  if (!deadLetter || !state || state.receiveCount < deadLetter.maxReceiveCount) return false;
  // In its own dead-letter queue it is already: it would be found there again, and again.
  if (deadLetter.queue.id === queue.ref.id) return false;
  bury(queue, position, stored, state, deadLetter, nowMs, open);
  return true;
}

function receivedState(before: MessageState | undefined, visibilityMs: number, nowMs: TimestampMs): MessageState {
  const receiveCount = (before?.receiveCount ?? 0) + 1;
  return {
    visibleAtMs: nowMs + visibilityMs,
    receiveCount,
    firstReceivedAtMs: receiveCount === 1 ? nowMs : (before?.firstReceivedAtMs ?? nowMs),
    receivedAtMs: nowMs,
    group: before?.group,
  };
}

/** Member by member, since there is one for each message that is received. */
function receivedMessage(position: number, stored: StoredMessage, state: MessageState): ReceivedMessage {
  return {
    messageId: stored.messageId,
    body: stored.body,
    bodyMd5: stored.bodyMd5,
    senderId: stored.senderId,
    sentAtMs: stored.sentAtMs,
    traceHeader: stored.traceHeader,
    group: stored.group,
    deduplicationId: stored.deduplicationId,
    deadLetterSource: stored.deadLetterSource,
    attributes: stored.attributes,
    position,
    receiveCount: state.receiveCount,
    firstReceivedAtMs: state.firstReceivedAtMs,
  };
}

/** Into the dead-letter queue. A standard message keeps its time of sending there, and so expires with it. */
function bury(
  queue: OpenQueue,
  position: number,
  message: StoredMessage,
  state: MessageState,
  { queue: target, source }: DeadLetter,
  nowMs: TimestampMs,
  open: Opener,
): void {
  queue.remove(position);
  open(target).adopt({ ...message, deadLetterSource: source }, message.sentAtMs, hiddenUntil(state, 0), nowMs);
}

const attemptKey = (id: string): string => `attempt ${id}`;

function rememberAttempt(queue: OpenQueue, id: string, messages: readonly ReceivedMessage[], nowMs: TimestampMs): void {
  const receipts = messages.map(({ position, receiveCount }) => ({ position, receiveCount }));
  const expiresAtMs = nowMs + deduplicationWindowMs;
  queue.remember(attemptKey(id), { expiresAtMs, messageId: '', receipts }, nowMs);
}

/** The same messages for the same attempt, hidden anew, unless something happened to one of them since. */
function repeatAttempt(
  queue: OpenQueue,
  id: string,
  { visibilityMs }: ReceiveRequest,
  nowMs: TimestampMs,
): ReceivedMessage[] | undefined {
  const entry = queue.recall(attemptKey(id), nowMs);
  if (!entry) return undefined;
  const messages: ReceivedMessage[] = [];
  for (const { position, receiveCount } of entry.receipts) {
    const state = queue.memory.state(position);
    const stored = queue.message(position);
    if (!state || !stored || !queue.memory.isInFlight(position) || state.receiveCount !== receiveCount)
      return undefined;
    messages.push(receivedMessage(position, stored, state));
  }
  for (const { position } of messages) {
    const state = queue.memory.state(position) as MessageState;
    queue.setState(position, hiddenUntil(state, nowMs + visibilityMs), nowMs);
  }
  return messages;
}
