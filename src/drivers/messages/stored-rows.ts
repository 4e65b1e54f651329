// A table in LMDB with a row for each key.

import type { Database } from 'lmdb';
import { ByteReader } from '../journal/bytes.ts';
import type { Key } from './storage.ts';
import type { CheckpointStep, ComingChanges, StoredTable } from './stored-table.ts';

export type RowDatabase = Database<Buffer, [queueId: string, key: Key]>;

const costOfRow = 8;

export class StoredRows<K extends Key> implements StoredTable<K> {
  readonly #database: RowDatabase;
  readonly #queueId: string;

  constructor(database: RowDatabase, queueId: string) {
    this.#database = database;
    this.#queueId = queueId;
  }

  get(key: K): ByteReader | undefined {
    const bytes = this.#database.getBinaryFast([this.#queueId, key]);
    return bytes && new ByteReader(bytes);
  }

  keys(start: K, end: K, limit: number): K[] {
    const keys: K[] = [];
    const range = { start: [this.#queueId, start], end: [this.#queueId, end], limit } as const;
    for (const [, key] of this.#database.getKeys(range as never)) keys.push(key as K);
    return keys;
  }

  bring(changes: ComingChanges<K>, step: CheckpointStep): void {
    for (; !changes.isOver && step.room > 0; changes.next()) {
      const { key, value } = changes;
      void (value
        ? this.#database.put([this.#queueId, key], value as Buffer)
        : this.#database.remove([this.#queueId, key]));
      step.room -= costOfRow;
    }
  }

  settle(): void {}
}
