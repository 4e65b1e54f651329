// What the engine of messages keeps things in: four ordered tables, changed in transactions that happen at once. LMDB in the
// cloud, memory in simulations; the engine itself is the same.

export type StorageKey = readonly (string | number)[];

export interface OrderedTable<Value> {
  get(key: StorageKey): Value | undefined;
  put(key: StorageKey, value: Value): void;
  /** The same, of a key that is known not to be there: what is removed soon need not be stored at all. */
  insert(key: StorageKey, value: Value): void;
  remove(key: StorageKey): void;
  /** Entries with `start` <= key < `end`, ascending, at most `limit`. All are read before anything is returned. */
  range(start: StorageKey, end: StorageKey, limit: number): readonly { key: StorageKey; value: Value }[];
  keys(start: StorageKey, end: StorageKey, limit: number): readonly StorageKey[];
}

export interface MessageStorage {
  /** [queue, position] → a message. */
  readonly messages: OrderedTable<StoredMessage>;
  /** [queue, position] → what became of it. Of a standard queue only messages with a group, or that were delayed or received, have one. */
  readonly states: OrderedTable<StoredState>;
  /** [queue] → its counters. */
  readonly queues: OrderedTable<StoredQueue>;
  /** [queue, minute, what] → something to be remembered for some minutes. */
  readonly recent: OrderedTable<StoredRecent>;
  /**
   * One transaction, carried out at once: all that `run` writes, or nothing when it throws. What it wrote outlives the
   * process from then on, though perhaps not the host.
   */
  transact(run: () => void): void;
  /** Resolves when all transactions until now are on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Numbers before strings, a shorter key before a longer one that begins the same. */
export function compareKeys(a: StorageKey, b: StorageKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i] as string | number, b[i] as string | number];
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

// Arrays rather than objects: names of members would be stored with each of a million messages.

export type StoredMessage = readonly [
  messageId: string,
  body: string,
  bodyMd5: string,
  senderId: string,
  sentAtMs: number,
  attributes: readonly (readonly [name: string, dataType: string, value: string | Uint8Array])[] | null,
  traceHeader: string | null,
  group: string | null,
  deduplicationId: string | null,
  deadLetterSource: string | null,
];

export type StoredState = readonly [
  visibleAtMs: number,
  receiveCount: number,
  firstReceivedAtMs: number,
  receivedAtMs: number,
  group: string | null,
];

export type StoredQueue = readonly [
  total: number,
  lastPosition: number,
  /** Messages below it were purged, though some may still be on disk. */
  floor: number,
];

export type StoredRecent = readonly [expiresAtMs: number, messageId: string, positions: readonly (readonly number[])[]];
