// What LMDB has of one table of one queue: a row for each key.

import type { Database } from 'lmdb';
import { ByteReader } from './bytes.ts';
import type { Key } from './storage.ts';

export type RowDatabase = Database<Buffer, [queueId: string, key: Key]>;

export class StoredRows<K extends Key> {
  readonly #database: RowDatabase;
  readonly #queueId: string;

  constructor(database: RowDatabase, queueId: string) {
    this.#database = database;
    this.#queueId = queueId;
  }

  /** To be read before anything else is asked for. */
  get(key: K): ByteReader | undefined {
    const bytes = this.#database.getBinaryFast([this.#queueId, key]);
    return bytes && new ByteReader(bytes);
  }

  /** Those with `start` <= key < `end`, ascending, at most `limit`. */
  keys(start: K, end: K, limit: number): K[] {
    const keys: K[] = [];
    const range = { start: [this.#queueId, start], end: [this.#queueId, end], limit } as const;
    for (const [, key] of this.#database.getKeys(range as never)) keys.push(key as K);
    return keys;
  }

  /** In the transaction that is open: the value, or nothing. */
  bring(key: K, value: Uint8Array | undefined): void {
    void (value
      ? this.#database.put([this.#queueId, key], value as Buffer)
      : this.#database.remove([this.#queueId, key]));
  }
}
