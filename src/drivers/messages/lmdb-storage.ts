// The engine's tables in an LMDB environment of their own.

import { mkdirSync } from 'node:fs';
import { type Database, open } from 'lmdb';
import type {
  MessageStorage,
  OrderedTable,
  StorageKey,
  StoredMessage,
  StoredQueue,
  StoredRecent,
  StoredState,
} from './storage.ts';

export interface LmdbStorageOptions {
  readonly directory: string;
  /** `relaxed` never waits for the disk: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
}

export function openLmdbStorage({ directory, durability }: LmdbStorageOptions): MessageStorage {
  mkdirSync(directory, { recursive: true });
  const root = open({ path: directory, noSync: durability === 'relaxed', encoding: 'msgpack', maxDbs: 8 });
  const table = <Value>(name: string): OrderedTable<Value> =>
    orderedTable(root.openDB<Value, (string | number)[]>({ name, encoding: 'msgpack' }));
  return {
    messages: table<StoredMessage>('messages'),
    states: table<StoredState>('states'),
    queues: table<StoredQueue>('queues'),
    recent: table<StoredRecent>('recent'),
    transact: (run) => void root.transactionSync(run),
    async flushed() {
      if (durability === 'strict') await root.flushed;
    },
    async close() {
      await root.flushed;
      await root.close();
    },
  };
}

type Key = (string | number)[];

function orderedTable<Value>(database: Database<Value, Key>): OrderedTable<Value> {
  return {
    get: (key) => database.get(key as Key),
    put: (key, value) => void database.putSync(key as Key, value),
    remove: (key) => void database.removeSync(key as Key),
    range: (start, end, limit) => [
      ...database
        .getRange({ start: start as Key, end: end as Key, limit })
        .map(({ key, value }) => ({ key: keyOf(key), value })),
    ],
    keys: (start, end, limit) => [
      ...database.getKeys({ start: start as Key, end: end as Key, limit }).map((key) => keyOf(key)),
    ],
  };
}

/** lmdb gives back a key of one part as that part. */
const keyOf = (key: StorageKey | string): StorageKey => (typeof key === 'string' ? [key] : key);
