// The engine's tables in an LMDB environment of their own. A transaction is carried out in memory, on top of what is on
// its way to the disk; LMDB's own thread commits and brings the disk up to date while the event loop goes on. (A
// synchronous transaction of LMDB holds up the whole cloud until the disk has it.)

import { mkdirSync } from 'node:fs';
import { type Database, open } from 'lmdb';
import {
  type Commit,
  compareKeys,
  type MessageStorage,
  type OrderedTable,
  type StorageKey,
  type StoredMessage,
  type StoredQueue,
  type StoredRecent,
  type StoredState,
} from './storage.ts';

export interface LmdbStorageOptions {
  readonly directory: string;
  /** `relaxed` never waits for the disk: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
}

const tableNames = ['messages', 'states', 'queues', 'recent'] as const;

type TableName = (typeof tableNames)[number];

interface Entry {
  readonly key: StorageKey;
  /** Undefined when it is removed. */
  readonly value: unknown;
}

/** Writes of each table by the names of their keys; the last of a key is the one that counts. */
type Layer = Readonly<Record<TableName, Map<string, Entry>>>;

const newLayer = (): Layer => ({ messages: new Map(), states: new Map(), queues: new Map(), recent: new Map() });

const isEmpty = (layer: Layer): boolean => tableNames.every((name) => layer[name].size === 0);

/** Transactions that reach the disk together. */
class Batch {
  readonly layer = newLayer();
  readonly committed = createSignal();
  readonly flushed = createSignal();
}

export function openLmdbStorage({ directory, durability }: LmdbStorageOptions): MessageStorage {
  mkdirSync(directory, { recursive: true });
  const root = open({ path: directory, noSync: durability === 'relaxed', encoding: 'msgpack', maxDbs: 8 });
  const openTable = (name: TableName) => root.openDB<unknown, Key>({ name, encoding: 'msgpack' });
  const databases: Readonly<Record<TableName, Database<unknown, Key>>> = {
    messages: openTable('messages'),
    states: openTable('states'),
    queues: openTable('queues'),
    recent: openTable('recent'),
  };
  /** Of the transaction that is being carried out. */
  let staged = newLayer();
  /** Takes what is carried out now; then LMDB writes it, and another one takes its place. */
  let next = new Batch();
  let written: Batch | undefined;
  /** Of what was written last. */
  let last: Commit = { committed: Promise.resolve(), flush: () => Promise.resolve() };
  /** A disk that failed once is not written to again: what was done on top of it would be wrong. */
  let failure: { readonly error: unknown } | undefined;

  /** What is not in the database yet, the newest last. */
  const layers = (): readonly Layer[] => (written ? [written.layer, next.layer, staged] : [next.layer, staged]);

  function keep(layer: Layer): Commit {
    for (const name of tableNames) for (const [key, entry] of layer[name]) next.layer[name].set(key, entry);
    // Where it has only read, it may have read what is still on its way.
    if (isEmpty(next.layer)) return last;
    const { committed, flushed } = next;
    writeNext();
    return { committed: committed.promise, flush: () => flushed.promise };
  }

  function writeNext(): void {
    if (written || isEmpty(next.layer)) return;
    const batch = next;
    written = batch;
    last = { committed: batch.committed.promise, flush: () => batch.flushed.promise };
    next = new Batch();
    const fail = (error: unknown) => {
      failure = { error };
      for (const { committed, flushed } of [batch, next]) for (const signal of [committed, flushed]) signal.fail(error);
    };
    const committed = root.batch(() => {
      for (const name of tableNames) {
        for (const { key, value } of batch.layer[name].values())
          void (value === undefined ? databases[name].remove(key as Key) : databases[name].put(key as Key, value));
      }
    });
    committed.then(() => {
      written = undefined;
      batch.committed.end();
      const flushed = durability === 'strict' ? root.flushed : Promise.resolve();
      flushed.then(() => batch.flushed.end(), fail);
      writeNext();
    }, fail);
  }

  function orderedTable<Value>(name: TableName): OrderedTable<Value> {
    const database = databases[name];

    function find(key: StorageKey): unknown {
      const keyName = nameOf(key);
      const entry = staged[name].get(keyName) ?? next.layer[name].get(keyName) ?? written?.layer[name].get(keyName);
      return entry ? entry.value : database.get(key as Key);
    }

    function entries(start: StorageKey, end: StorageKey, limit: number): readonly Entry[] {
      const pending = new Map<string, Entry>();
      for (const layer of layers()) {
        for (const [keyName, entry] of layer[name])
          if (compareKeys(entry.key, start) >= 0 && compareKeys(entry.key, end) < 0) pending.set(keyName, entry);
      }
      // Of those that are stored, as many as are pending may turn out to be others by now.
      const range = { start: start as Key, end: end as Key, limit: limit + pending.size };
      const stored = [...database.getRange(range)].map(({ key, value }): Entry => ({ key: keyOf(key), value }));
      if (pending.size === 0) return stored;
      return [...stored.filter(({ key }) => !pending.has(nameOf(key))), ...pending.values()]
        .filter(({ value }) => value !== undefined)
        .sort((a, b) => compareKeys(a.key, b.key))
        .slice(0, limit);
    }

    return {
      get: (key) => find(key) as Value | undefined,
      put: (key, value) => void staged[name].set(nameOf(key), { key, value }),
      remove: (key) => void staged[name].set(nameOf(key), { key, value: undefined }),
      range: (start, end, limit) => entries(start, end, limit) as readonly { key: StorageKey; value: Value }[],
      keys: (start, end, limit) => entries(start, end, limit).map(({ key }) => key),
    };
  }

  return {
    messages: orderedTable<StoredMessage>('messages'),
    states: orderedTable<StoredState>('states'),
    queues: orderedTable<StoredQueue>('queues'),
    recent: orderedTable<StoredRecent>('recent'),
    transact(run) {
      if (failure) throw failure.error;
      try {
        run();
        return keep(staged);
      } finally {
        staged = newLayer();
      }
    },
    async close() {
      while (written || !isEmpty(next.layer)) await (written ?? next).committed.promise;
      await root.flushed;
      await root.close();
    },
  };
}

type Key = (string | number)[];

const nameOf = (key: StorageKey): string => key.join('\u0000');

/** lmdb gives back a key of one part as that part. */
const keyOf = (key: StorageKey | string): StorageKey => (typeof key === 'string' ? [key] : key);

interface Signal {
  readonly promise: Promise<void>;
  end(): void;
  fail(error: unknown): void;
}

function createSignal(): Signal {
  let [end, fail]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  promise.catch(() => undefined); // not everybody waits for both
  return { promise, end: () => end(), fail: (error) => fail(error) };
}
