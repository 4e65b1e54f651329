// One queue in the tables and in memory at once: reads it in when it is first touched, and makes each change in both.
// All of it runs within a transaction of the storage.

import type { TimestampMs } from '../../kernel/clock.ts';
import { deduplicationWindowMs, type MessageContent, type NewMessage, type QueueRef } from './messages.ts';
import { nextPosition, positionAt } from './positions.ts';
import { QueueMemory } from './queue-memory.ts';
import type { MessageState, RecentEntry, Shelf, StoredMessage } from './storage.ts';

const pageSize = 1000;
export const beyondAll = Number.MAX_SAFE_INTEGER;
const minuteMs = 60_000;
/** How many minutes before this one something may have been remembered that still counts. */
const recentMinutes = deduplicationWindowMs / minuteMs;

export class OpenQueue {
  readonly ref: QueueRef;
  readonly shelf: Shelf;
  readonly memory: QueueMemory;
  #savedTotal: number;
  #savedPosition: number;

  constructor(ref: QueueRef, shelf: Shelf, nowMs: TimestampMs) {
    this.ref = ref;
    this.shelf = shelf;
    this.memory = readIn(shelf, ref, nowMs);
    this.#savedTotal = this.memory.total;
    this.#savedPosition = this.memory.lastPosition;
  }

  message(position: number): StoredMessage | undefined {
    return position < this.memory.floor ? undefined : this.shelf.messages.get(position);
  }

  /** Keeps a new message; returns its position. */
  add(message: NewMessage, nowMs: TimestampMs): number {
    const { memory } = this;
    const { isFifo } = memory;
    const position = nextPosition(memory.lastPosition, nowMs);
    memory.lastPosition = position;
    const wanted = message.delayMs > 0 ? nowMs + message.delayMs : 0;
    const visibleAtMs = Math.max(wanted, memory.notBeforeMs(isFifo ? message.group : undefined));
    this.shelf.messages.insert(position, storedMessage(message, nowMs));
    this.#admit(position, freshState(message, isFifo, visibleAtMs), nowMs);
    return position;
  }

  /** Keeps a message that comes from another queue with what became of it; its time goes on. */
  adopt(message: MessageContent, sentAtMs: TimestampMs, state: MessageState, nowMs: TimestampMs): void {
    const { memory, shelf } = this;
    let position = Math.max(memory.floor, positionAt(sentAtMs));
    if (memory.isFifo) position = nextPosition(memory.lastPosition, nowMs);
    while (shelf.messages.get(position)) position += 1;
    memory.lastPosition = Math.max(memory.lastPosition, position);
    shelf.messages.insert(position, storedMessage(message, memory.isFifo ? nowMs : sentAtMs));
    this.#admit(position, state, nowMs);
  }

  setState(position: number, state: MessageState, nowMs: TimestampMs): void {
    if (this.memory.knows(position)) this.shelf.states.put(position, state);
    else this.shelf.states.insert(position, state);
    this.memory.hide(position, state, nowMs);
  }

  remove(position: number): void {
    this.shelf.messages.remove(position);
    if (this.memory.drop(position)) this.shelf.states.remove(position);
    this.memory.total -= 1;
  }

  /** Positions of visible messages, which are then out. */
  take(most: number, nowMs: TimestampMs): readonly number[] {
    const { memory } = this;
    memory.settle(nowMs);
    while (!memory.isAllRead && (memory.hasGroups || !memory.hasVisible())) this.#readPage(nowMs);
    return memory.take(most);
  }

  /** Removes messages sent before, and what is left of purged ones, at most so many; false when there may be more. */
  expire(beforeMs: TimestampMs, most: number): boolean {
    const { messages, states } = this.shelf;
    const { floor } = this.memory;
    const expired = messages.keys(0, Math.max(floor, positionAt(beforeMs)), most);
    for (const position of expired) {
      if (position >= floor) this.remove(position);
      else messages.remove(position);
    }
    const purged = states.keys(0, floor, most);
    for (const position of purged) states.remove(position);
    return expired.length < most && purged.length < most;
  }

  recall(what: string, nowMs: TimestampMs): RecentEntry | undefined {
    for (let back = 0; back <= recentMinutes; back++) {
      const entry = this.shelf.recent.get(recentKey(minuteOf(nowMs) - back, what));
      if (entry && entry.expiresAtMs > nowMs) return entry;
    }
    return undefined;
  }

  remember(what: string, entry: RecentEntry, nowMs: TimestampMs): void {
    this.shelf.recent.put(recentKey(minuteOf(nowMs), what), entry);
  }

  /** Takes away what is remembered and no longer counts, at most so much; false when there may be more. */
  forgetRecent(nowMs: TimestampMs, most: number): boolean {
    const { recent } = this.shelf;
    const keys = recent.keys('', recentKey(minuteOf(nowMs) - recentMinutes, ''), most);
    for (const key of keys) recent.remove(key);
    return keys.length < most;
  }

  /** From now on there is nothing below what comes next. It is to be opened again. */
  purge(): void {
    const { lastPosition } = this.memory;
    // What lies below the floor is as good as gone; it is taken off the disk in steps.
    this.shelf.counters.put('', { total: 0, lastPosition, floor: lastPosition + 1 });
  }

  /** Writes the counters, if they changed. */
  save(): void {
    const { total, lastPosition, floor } = this.memory;
    if (total === this.#savedTotal && lastPosition === this.#savedPosition) return;
    this.#savedTotal = total;
    this.#savedPosition = lastPosition;
    this.shelf.counters.put('', { total, lastPosition, floor });
  }

  #readPage(nowMs: TimestampMs): void {
    const { memory } = this;
    const positions = this.shelf.messages.keys(memory.readUpTo + 1, beyondAll, pageSize);
    for (const position of positions) if (!memory.knows(position)) memory.admit(position, undefined, nowMs);
    memory.readUpTo = positions.at(-1) ?? memory.readUpTo;
    memory.isAllRead = positions.length < pageSize;
  }

  #admit(position: number, state: MessageState | undefined, nowMs: TimestampMs): void {
    const { memory } = this;
    // What lies beyond the part that was read in comes with a later page.
    if (state || memory.isAllRead || position <= memory.readUpTo) memory.admit(position, state, nowMs);
    if (state) this.shelf.states.insert(position, state);
    memory.total += 1;
  }
}

/** Only what is kept, with all its members. */
function storedMessage(message: MessageContent, sentAtMs: TimestampMs): StoredMessage {
  return {
    messageId: message.messageId,
    body: message.body,
    bodyMd5: message.bodyMd5,
    senderId: message.senderId,
    sentAtMs,
    traceHeader: message.traceHeader,
    group: message.group,
    deduplicationId: message.deduplicationId,
    deadLetterSource: message.deadLetterSource,
    attributes: message.attributes,
  };
}

/** Of a message that was never received; none for one that is simply there, in a standard queue and in no group. */
function freshState({ group }: NewMessage, isFifo: boolean, visibleAtMs: TimestampMs): MessageState | undefined {
  if (!isFifo && visibleAtMs === 0 && group === undefined) return undefined;
  return { visibleAtMs, receiveCount: 0, firstReceivedAtMs: 0, receivedAtMs: 0, group };
}

function readIn({ states, counters }: Shelf, { isFifo }: QueueRef, nowMs: TimestampMs): QueueMemory {
  const memory = new QueueMemory(isFifo);
  const { total, lastPosition, floor } = counters.get('') ?? { total: 0, lastPosition: 0, floor: 0 };
  Object.assign(memory, { total, lastPosition, floor, readUpTo: floor - 1, isAllRead: isFifo || total === 0 });
  for (let from = floor; ; ) {
    const page = states.range(from, beyondAll, pageSize);
    for (const { key, value } of page) memory.admit(key, value, nowMs);
    if (page.length < pageSize) return memory;
    from = (page.at(-1)?.key as number) + 1;
  }
}

const minuteOf = (atMs: TimestampMs): number => Math.floor(atMs / minuteMs);

/** In the order of minutes. */
const recentKey = (minute: number, what: string): string => `${String(Math.max(0, minute)).padStart(9, '0')} ${what}`;
