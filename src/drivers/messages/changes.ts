// What single requests do to a queue: a message is taken in, is removed, or is hidden longer. Run within a transaction.

import type { TimestampMs } from '../../kernel/clock.ts';
import {
  deduplicationWindowMs,
  longestVisibilityMs,
  type NewMessage,
  type Receipt,
  type RemoveOutcome,
  type SentMessage,
  type VisibilityChange,
  type VisibilityOutcome,
} from './messages.ts';
import type { OpenQueue } from './open-queue.ts';
import type { QueueMemory } from './queue-memory.ts';
import type { MessageState } from './storage.ts';

export function sendMessage(queue: OpenQueue, message: NewMessage, nowMs: TimestampMs): SentMessage {
  const { deduplicationKey, messageId } = message;
  if (deduplicationKey === undefined) return { messageId, position: queue.add(message, nowMs) };
  const key = `sent ${deduplicationKey}`;
  const known = queue.recall(key, nowMs);
  const keptAt = known?.receipts[0]?.position ?? 0;
  // A purge takes what was sent before it out of memory as well.
  if (known && keptAt >= queue.memory.floor) return { messageId: known.messageId, position: keptAt };
  const position = queue.add(message, nowMs);
  const receipts = [{ position, receiveCount: 0 }];
  queue.remember(key, { expiresAtMs: nowMs + deduplicationWindowMs, messageId, receipts }, nowMs);
  return { messageId, position };
}

export function removeMessage(queue: OpenQueue, receipt: Receipt): RemoveOutcome {
  const { memory } = queue;
  const { position } = receipt;
  if (!memory.knows(position) || position < memory.floor) return 'gone';
  if (memory.isFifo && !isHeldBy(memory, receipt)) return 'stale';
  queue.remove(position);
  return 'removed';
}

/** Whether nobody else has received it since. */
const isHeldBy = (memory: QueueMemory, { position, receiveCount }: Receipt): boolean =>
  memory.isInFlight(position) && memory.state(position)?.receiveCount === receiveCount;

export function changeVisibility(queue: OpenQueue, change: VisibilityChange, nowMs: TimestampMs): VisibilityOutcome {
  const { receipt, visibilityMs } = change;
  const { memory } = queue;
  const state = memory.state(receipt.position);
  if (!state) return 'gone';
  if (!memory.isInFlight(receipt.position)) return 'visible';
  if (memory.isFifo && state.receiveCount !== receipt.receiveCount) return 'gone';
  const visibleAtMs = nowMs + visibilityMs;
  if (visibleAtMs - state.receivedAtMs > longestVisibilityMs) return 'beyond-limit';
  queue.setState(receipt.position, hiddenUntil(state, visibleAtMs), nowMs);
  return 'changed';
}

export function hiddenUntil(state: MessageState, visibleAtMs: TimestampMs): MessageState {
  const { receiveCount, firstReceivedAtMs, receivedAtMs, group } = state;
  return { visibleAtMs, receiveCount, firstReceivedAtMs, receivedAtMs, group };
}
