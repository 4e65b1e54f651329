// The thin interface in front of storage: an ordered map from strings to plain values, with synchronous transactions.
// A transaction cannot await, so none interleaves with another, and run-to-completion is the only lock there is.

export interface KeyValueReader {
  get(key: string): unknown;
  /** Entries with `start` <= key < `end`, ascending. The iteration reads lazily. */
  range(start: string, end: string): Iterable<readonly [key: string, value: unknown]>;
}

export interface KeyValueWriter extends KeyValueReader {
  put(key: string, value: unknown): void;
  remove(key: string): void;
}

export interface KeyValue extends KeyValueReader {
  /** Runs `run` atomically. When it throws, nothing it wrote remains, and the error passes through. */
  transact<T>(run: (writer: KeyValueWriter) => T): T;
  /** Resolves when everything committed so far is on disk: only then may it be acknowledged. */
  flushed(): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
