// Where the items of tables are: an ordered map from bytes to text, behind an interface that a distributed store could
// offer too. What a change writes is decided by a pure function of what it read, so no other change comes between.

/** Keys that an engine hands to a callback are good only until the callback returns. */
export interface Items {
  get<T>(key: Buffer, read: (value: string | undefined) => T): Promise<T>;
  /** A copy of bytes that were written as such. */
  getBytes(key: Buffer): Promise<Uint8Array | undefined>;
  /** All of them as they are at one moment. */
  getMany<T>(keys: readonly Buffer[], read: (values: readonly (string | undefined)[]) => T): Promise<T>;
  /** Visits entries in the order of their keys until the visitor returns false. */
  visit(range: KeyRange, visitor: (key: Buffer, value: string) => boolean): Promise<void>;
  /** Resolves when what was decided is on disk. What `decide` throws is the rejection, and then nothing is written. */
  change<T>(change: Change<T>): Promise<T>;
  /** What `counts` of all changes add up to; 0 for a counter that nobody counted. */
  counter(name: string): Promise<number>;
  /** Removes every entry whose key begins so, and every counter whose name does; in steps, so not atomically. */
  clear(prefix: Buffer, counters: string): Promise<void>;
  /** The first `length` bytes of the keys that there are, each once, in order. */
  prefixes(length: number): Promise<readonly Buffer[]>;
  /** Resolves when everything that was decided before is on disk, and seen by whoever reads. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface KeyRange {
  /** Inclusive. */
  readonly from: Buffer;
  /** Exclusive. */
  readonly to: Buffer;
  readonly reverse?: boolean;
  /** Begins behind this key, in the direction of the visit. */
  readonly after?: Buffer | undefined;
}

export interface Change<T> {
  readonly reads: readonly Buffer[];
  /** Pure: it may run more than once. */
  decide(found: readonly (string | undefined)[], at: Moment): Decision<T>;
}

/** When a change is decided: after all that were decided before. */
export interface Moment {
  /** Numbers that grow in the order of the changes. */
  nextSequence(): number;
  /** A counter as it is then. */
  counter(name: string): number;
  /** Whether there is such an entry then, for keys that only what was read tells of. */
  isThere(key: Buffer): boolean;
}

export interface Decision<T> {
  readonly writes: readonly Write[];
  readonly counts?: readonly Count[];
  readonly result: T;
}

export interface Write {
  readonly key: Buffer;
  /** Absent to remove the entry. Bytes are for `getBytes` alone, and must not change until they are written. */
  readonly value?: string | Uint8Array;
}

export interface Count {
  readonly counter: string;
  readonly by: number;
}

/** The smallest key that is greater than all that begin with `prefix`. */
export function afterPrefix(prefix: Buffer): Buffer {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end -= 1;
  if (end === 0) return beyondAll;
  const bytes = Buffer.from(prefix.subarray(0, end));
  bytes[end - 1] = (bytes[end - 1] as number) + 1;
  return bytes;
}

/** No key begins with so many of these. */
export const beyondAll = Buffer.alloc(64, 0xff);
