// The thin interface in front of storage: an ordered map from strings to plain values, written in atomic batches.

export interface KeyValueReader {
  get(key: string): unknown;
  /** Entries with `start` <= key < `end`, ascending. The iteration reads lazily. */
  range(start: string, end: string): Iterable<readonly [key: string, value: unknown]>;
  /** The keys alone of `range`: a tenth of the work. */
  keys(start: string, end: string): Iterable<string>;
}

export interface KeyValueWriter extends KeyValueReader {
  put(key: string, value: unknown): void;
  remove(key: string): void;
}

/** What a batch does to a key; `removed` takes it away. */
export type Writes = ReadonlyMap<string, unknown>;

export const removed = Symbol('removed');

export interface KeyValue extends KeyValueReader {
  /** Carries out all of the writes, or none of them. Visible at once; on disk when `flushed` resolves. */
  commit(writes: Writes): void;
  /** Resolves when everything committed so far is on disk: only then may it be acknowledged. */
  flushed(): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
