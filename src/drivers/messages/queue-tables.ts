// One queue in the tables and in memory at once: reads it in when it is first touched, and makes each change in both.
// All of it runs within a transaction of the storage.

import type { TimestampMs } from '../../kernel/clock.ts';
import { decodeState, encodeMessage, encodeState, freshState, nextPosition, positionAt } from './codec.ts';
import { deduplicationWindowMs, type MessageContent, type NewMessage, type QueueRef } from './messages.ts';
import { createQueueMemory, type MessageState, type QueueMemory } from './queue-memory.ts';
import type { MessageStorage, StoredMessage, StoredRecent } from './storage.ts';

export interface OpenQueue {
  readonly id: string;
  readonly ref: QueueRef;
  readonly memory: QueueMemory;
  message(position: number): StoredMessage | undefined;
  /** Keeps a new message; returns its position. */
  add(message: NewMessage, nowMs: TimestampMs): number;
  /** Keeps a message that comes from another queue with what became of it; its time goes on. */
  adopt(message: MessageContent, sentAtMs: TimestampMs, state: MessageState, nowMs: TimestampMs): void;
  setState(position: number, state: MessageState, nowMs: TimestampMs): void;
  remove(position: number): void;
  /** Positions of visible messages, which are then out. */
  take(most: number, nowMs: TimestampMs): readonly number[];
  /** Removes messages sent before, and what is left of purged ones, at most so many; false when there may be more. */
  expire(beforeMs: TimestampMs, most: number): boolean;
  recall(what: string, nowMs: TimestampMs): StoredRecent | undefined;
  remember(what: string, entry: StoredRecent, nowMs: TimestampMs): void;
  /** Writes the counters, if they changed. */
  save(): void;
}

const pageSize = 1000;
export const beyondAll = Number.MAX_SAFE_INTEGER;
const minuteMs = 60_000;
const minuteOf = (atMs: TimestampMs): number => Math.floor(atMs / minuteMs);
/** How many minutes before this one something may have been remembered that still counts. */
const recentMinutes = deduplicationWindowMs / minuteMs;

export function openQueue(storage: MessageStorage, ref: QueueRef, nowMs: TimestampMs): OpenQueue {
  const { id, isFifo } = ref;
  const memory = readIn(storage, ref, nowMs);
  let saved = '';

  function readPage(now: TimestampMs): void {
    const keys = storage.messages.keys([id, memory.readUpTo + 1], [id, beyondAll], pageSize);
    for (const key of keys) {
      const position = key[1] as number;
      if (!memory.state(position)) memory.admit(position, undefined, now);
    }
    memory.readUpTo = (keys.at(-1)?.[1] as number | undefined) ?? memory.readUpTo;
    memory.isAllRead = keys.length < pageSize;
  }

  function admit(position: number, state: MessageState | undefined, now: TimestampMs): void {
    // What lies beyond the part that was read in comes with a later page.
    if (state || memory.isAllRead || position <= memory.readUpTo) memory.admit(position, state, now);
    if (state) storage.states.insert([id, position], encodeState(state));
    memory.total += 1;
  }

  function remove(position: number): void {
    storage.messages.remove([id, position]);
    if (memory.state(position)) storage.states.remove([id, position]);
    memory.drop(position);
    memory.total -= 1;
  }

  return {
    id,
    ref,
    memory,
    message: (position) => (position < memory.floor ? undefined : storage.messages.get([id, position])),
    add(message, now) {
      const position = nextPosition(memory.lastPosition, now);
      memory.lastPosition = position;
      const wanted = message.delayMs > 0 ? now + message.delayMs : 0;
      const visibleAtMs = Math.max(wanted, memory.notBeforeMs(isFifo ? message.group : undefined));
      storage.messages.insert([id, position], encodeMessage(message, now));
      admit(position, freshState(message, isFifo, visibleAtMs), now);
      return position;
    },
    adopt(message, sentAtMs, state, now) {
      let position = Math.max(memory.floor, positionAt(sentAtMs));
      if (isFifo) position = nextPosition(memory.lastPosition, now);
      while (storage.messages.get([id, position])) position += 1;
      memory.lastPosition = Math.max(memory.lastPosition, position);
      storage.messages.insert([id, position], encodeMessage(message, isFifo ? now : sentAtMs));
      admit(position, state, now);
    },
    setState(position, state, now) {
      if (memory.state(position)) storage.states.put([id, position], encodeState(state));
      else storage.states.insert([id, position], encodeState(state));
      memory.hide(position, state, now);
    },
    remove,
    take(most, now) {
      memory.settle(now);
      while (!memory.isAllRead && (memory.hasGroups || !memory.hasVisible())) readPage(now);
      return memory.take(most);
    },
    expire(beforeMs, most) {
      const end = Math.max(memory.floor, positionAt(beforeMs));
      const keys = storage.messages.keys([id, 0], [id, end], most);
      for (const key of keys) {
        const position = key[1] as number;
        if (position >= memory.floor) remove(position);
        else storage.messages.remove(key);
      }
      const states = storage.states.keys([id, 0], [id, memory.floor], most);
      for (const key of states) storage.states.remove(key);
      return keys.length < most && states.length < most;
    },
    recall(what, now) {
      for (let back = 0; back <= recentMinutes; back++) {
        const entry = storage.recent.get([id, minuteOf(now) - back, what]);
        if (entry && entry[0] > now) return entry;
      }
      return undefined;
    },
    remember: (what, entry, now) => storage.recent.put([id, minuteOf(now), what], entry),
    save() {
      const { total, lastPosition, floor } = memory;
      const counters = `${total} ${lastPosition} ${floor}`;
      if (counters === saved) return;
      saved = counters;
      storage.queues.put([id], [total, lastPosition, floor]);
    },
  };
}

function readIn(storage: MessageStorage, { id, isFifo }: QueueRef, nowMs: TimestampMs): QueueMemory {
  const memory = createQueueMemory(isFifo);
  const [total, lastPosition, floor] = storage.queues.get([id]) ?? [0, 0, 0];
  Object.assign(memory, { total, lastPosition, floor, readUpTo: floor - 1, isAllRead: isFifo || total === 0 });
  for (let from = floor; ; ) {
    const page = storage.states.range([id, from], [id, beyondAll], pageSize);
    for (const { key, value } of page) memory.admit(key[1] as number, decodeState(value), nowMs);
    if (page.length < pageSize) return memory;
    from = (page.at(-1)?.key[1] as number) + 1;
  }
}

/** Takes away what is remembered of a queue and no longer counts, at most so much; false when there may be more. */
export function forgetRecent(storage: MessageStorage, id: string, nowMs: TimestampMs, most: number): boolean {
  const keys = storage.recent.keys([id, 0], [id, minuteOf(nowMs) - recentMinutes], most);
  for (const key of keys) storage.recent.remove(key);
  return keys.length < most;
}
