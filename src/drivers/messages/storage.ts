// What the engine of messages keeps things in: some tables for each queue, changed in transactions that happen at once. LMDB
// behind a journal in the cloud, memory in simulations; the engine itself is the same.

import type { TimestampMs } from '../../kernel/clock.ts';
import type { MessageContent, Receipt } from './messages.ts';

export interface MessageStorage {
  /** The same each time. */
  shelf(queueId: string): Shelf;
  /** The queue is gone, and nothing is left of it. */
  forget(queueId: string): void;
  /** The ids of queues that have counters, in order. */
  queueIds(): readonly string[];
  /**
   * One transaction, carried out at once: all that `run` writes, or nothing when it throws. What it wrote outlives the
   * process from then on, though perhaps not the host.
   */
  transact(run: () => void): void;
  /** Resolves when all transactions until now are on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Where things of one queue are. */
export interface Shelf {
  /** By position. */
  readonly messages: ShelfTable<number, StoredMessage>;
  /** By position. Of a standard queue only messages with a group, or that were delayed or received, have one. */
  readonly states: ShelfTable<number, MessageState>;
  /** By minute and what it is: something to be remembered for some minutes. */
  readonly recent: ShelfTable<string, RecentEntry>;
  readonly counters: ShelfTable<'', QueueCounters>;
}

export type Key = number | string;

export interface ShelfTable<K extends Key, Value> {
  get(key: K): Value | undefined;
  put(key: K, value: Value): void;
  /** The same, of a key that is known not to be there: what is removed soon need not be stored at all. */
  insert(key: K, value: Value): void;
  remove(key: K): void;
  /** Entries with `start` <= key < `end`, ascending, at most `limit`. All are read before anything is returned. */
  range(start: K, end: K, limit: number): readonly { readonly key: K; readonly value: Value }[];
  keys(start: K, end: K, limit: number): readonly K[];
}

// Each has all its members, and always in one order: objects of one shape are quick to make and to read.

export interface StoredMessage extends MessageContent {
  readonly sentAtMs: TimestampMs;
}

/** What became of a message. */
export interface MessageState {
  readonly visibleAtMs: TimestampMs;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: TimestampMs;
  /** When it was received last. */
  readonly receivedAtMs: TimestampMs;
  readonly group: string | undefined;
}

export interface QueueCounters {
  readonly total: number;
  readonly lastPosition: number;
  /** Messages below it were purged, though some may still be kept. */
  readonly floor: number;
}

export interface RecentEntry {
  readonly expiresAtMs: TimestampMs;
  /** Of a message that was sent. */
  readonly messageId: string;
  readonly receipts: readonly Receipt[];
}
