// Handing messages out: which ones, and what that does to them. Runs within a transaction.

import type { TimestampMs } from '../../kernel/clock.ts';
import { decodeMessage, positionAt, receivedMessage } from './codec.ts';
import {
  type DeadLetter,
  deduplicationWindowMs,
  type QueueRef,
  type ReceivedMessage,
  type ReceiveRequest,
  type ReceiveResult,
} from './messages.ts';
import type { MessageState } from './queue-memory.ts';
import type { OpenQueue } from './queue-tables.ts';

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
  const { most, visibilityMs, retentionMs, deadLetter } = request;
  const oldest = positionAt(nowMs - retentionMs);
  const messages: ReceivedMessage[] = [];
  const out: { position: number; state: MessageState }[] = [];
  while (messages.length < most) {
    const taken = queue.take(most - messages.length, nowMs);
    if (taken.length === 0) break;
    for (const position of taken) {
      const stored = queue.message(position);
      if (!stored) {
        queue.memory.drop(position);
        continue;
      }
      const before = queue.memory.state(position);
      if (position < oldest) queue.remove(position);
      else if (deadLetter && before && before.receiveCount >= deadLetter.maxReceiveCount)
        bury(queue, position, before, deadLetter, nowMs, open);
      else {
        const state = receivedState(before, visibilityMs, nowMs);
        out.push({ position, state });
        messages.push(receivedMessage(position, stored, state));
      }
    }
  }
  // Only now, so that a message with no visibility timeout at all is not handed out twice in one answer.
  for (const { position, state } of out) queue.setState(position, state, nowMs);
  return messages;
}

function receivedState(before: MessageState | undefined, visibilityMs: number, nowMs: TimestampMs): MessageState {
  const receiveCount = (before?.receiveCount ?? 0) + 1;
  return {
    visibleAtMs: nowMs + visibilityMs,
    receiveCount,
    firstReceivedAtMs: receiveCount === 1 ? nowMs : (before?.firstReceivedAtMs ?? nowMs),
    receivedAtMs: nowMs,
    ...(before?.group !== undefined && { group: before.group }),
  };
}

/** Into the dead-letter queue. A standard message keeps its time of sending there, and so expires with it. */
function bury(
  queue: OpenQueue,
  position: number,
  state: MessageState,
  { queue: target, source }: DeadLetter,
  nowMs: TimestampMs,
  open: Opener,
): void {
  const stored = queue.message(position);
  if (!stored) return;
  const message = decodeMessage(stored);
  queue.remove(position);
  open(target).adopt({ ...message, deadLetterSource: source }, message.sentAtMs, { ...state, visibleAtMs: 0 }, nowMs);
}

const attemptKey = (id: string): string => `attempt ${id}`;

function rememberAttempt(queue: OpenQueue, id: string, messages: readonly ReceivedMessage[], nowMs: TimestampMs): void {
  const receipts = messages.map(({ position, receiveCount }) => [position, receiveCount] as const);
  queue.remember(attemptKey(id), [nowMs + deduplicationWindowMs, '', receipts], nowMs);
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
  for (const [position = 0, receiveCount = 0] of entry[2]) {
    const state = queue.memory.state(position);
    const stored = queue.message(position);
    if (!state || !stored || !queue.memory.isInFlight(position) || state.receiveCount !== receiveCount)
      return undefined;
    messages.push(receivedMessage(position, stored, state));
  }
  for (const { position } of messages) {
    const state = queue.memory.state(position) as MessageState;
    queue.setState(position, { ...state, visibleAtMs: nowMs + visibilityMs }, nowMs);
  }
  return messages;
}
