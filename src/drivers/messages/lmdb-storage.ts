// The engine's tables in an LMDB environment of their own, behind a journal. A transaction is carried out in memory, and is
// committed when the journal has it, which costs a tenth of what a transaction of LMDB does. When the journal has grown, what it
// tells is brought into LMDB at once; a message that was removed by then never gets there. After a crash the journal is
// read again.

import { mkdirSync } from 'node:fs';
import { type Database, open } from 'lmdb';
import { Journal, readJournal } from './journal.ts';
import { type Entry, Layer, type TableName, tableNames } from './layer.ts';
import {
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

type Key = (string | number)[];

type Databases = Readonly<Record<TableName, Database<unknown, Key>>>;

/** One write of a transaction, and what it has to be taken back to. */
interface Write {
  readonly table: TableName;
  readonly key: StorageKey;
  readonly value: unknown;
  readonly before: Entry | undefined;
}

/** What is held in memory and read again after a crash at most, twice over. */
const largestJournalBytes = 4 * 1024 * 1024;
const largestLayer = 20_000;
/** Entries that are brought into LMDB at once: the event loop waits meanwhile. */
const checkpointStep = 1000;

/** Where the number is of the last transaction that LMDB has all of. */
const markKey: Key = ['\uffff', 'journal'];

export function openLmdbStorage(options: LmdbStorageOptions): MessageStorage {
  return new LmdbStorage(options);
}

class LmdbStorage implements MessageStorage {
  readonly messages: OrderedTable<StoredMessage>;
  readonly states: OrderedTable<StoredState>;
  readonly queues: OrderedTable<StoredQueue>;
  readonly recent: OrderedTable<StoredRecent>;
  readonly #root: ReturnType<typeof openRoot>;
  readonly #databases: Databases;
  readonly #journal: Journal;
  /** Takes what is carried out now. */
  #layer = new Layer();
  /** On its way into LMDB. */
  #older: Layer | undefined;
  #checkpoint: Promise<void> = Promise.resolve();
  /** Of the transaction that is being carried out. */
  #writes: Write[] = [];
  /** Of the last transaction. */
  #number: number;
  #failure: { readonly error: unknown } | undefined;

  constructor({ directory, durability }: LmdbStorageOptions) {
    mkdirSync(directory, { recursive: true });
    this.#root = openRoot(directory, durability === 'relaxed');
    const openTable = (name: TableName) => this.#root.openDB<unknown, Key>({ name, encoding: 'msgpack' });
    this.#databases = {
      messages: openTable('messages'),
      states: openTable('states'),
      queues: openTable('queues'),
      recent: openTable('recent'),
    };
    this.#number = this.#recover(directory);
    this.#journal = new Journal({ directory, isDurable: durability === 'strict' });
    this.messages = this.#table<StoredMessage>('messages');
    this.states = this.#table<StoredState>('states');
    this.queues = this.#table<StoredQueue>('queues');
    this.recent = this.#table<StoredRecent>('recent');
  }

  transact(run: () => void): void {
    if (this.#failure) throw this.#failure.error;
    this.#writes = [];
    try {
      run();
      if (this.#writes.length === 0) return;
      this.#journal.append({ number: this.#number + 1, payload: this.#encode(this.#writes) });
    } catch (error) {
      for (const { table, key, before } of this.#writes.reverse()) this.#layer.restore(table, key, before);
      throw error;
    }
    this.#number += 1;
    if (this.#journal.bytes > largestJournalBytes || this.#layer.size > largestLayer) this.#beginCheckpoint();
  }

  flush(): Promise<void> {
    return this.#journal.flush();
  }

  async close(): Promise<void> {
    await this.#checkpoint;
    if (this.#layer.size > 0 && !this.#failure) this.#beginCheckpoint();
    await this.#checkpoint;
    await this.#journal.close();
    await this.#root.close();
  }

  /** Brings what the journal tells into LMDB, after a crash; the number of the last transaction. */
  #recover(directory: string): number {
    const { queues } = this.#databases;
    const mark = (queues.get(markKey) as number | undefined) ?? 0;
    let last = mark;
    const layer = new Layer();
    for (const { number, payload } of readJournal(directory, mark)) {
      const writes = this.#root.decoder.decode(payload) as readonly unknown[];
      for (let i = 0; i < writes.length; i += 3) {
        const [table, key, value] = [tableNames[writes[i] as number] as TableName, writes[i + 1] as Key, writes[i + 2]];
        if (value === null) layer.put(table, key, undefined, false);
        else layer.put(table, key, value, false);
      }
      last = number;
    }
    if (last === mark) return last;
    this.#root.transactionSync(() => {
      for (const { table, entry } of layer.all()) this.#bring(table, entry);
      void queues.put(markKey, last);
    });
    return last;
  }

  /** Table, key and value of each write in turn. Values are never null; null stands for one that is removed. */
  #encode(writes: readonly Write[]): Uint8Array {
    const flat: unknown[] = [];
    for (const { table, key, value } of writes) flat.push(tableNames.indexOf(table), key, value ?? null);
    return this.#root.encoder.encode(flat);
  }

  #beginCheckpoint(): void {
    if (this.#older) return;
    const older = this.#layer;
    this.#older = older;
    this.#layer = new Layer();
    this.#journal.rotate();
    this.#checkpoint = this.#bringAll(older, this.#number).then(
      () => {
        this.#older = undefined;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** Only what the journal has for sure: half of it may be in LMDB when the process dies. */
  async #bringAll(layer: Layer, number: number): Promise<void> {
    await this.#journal.flush();
    const entries = layer.all()[Symbol.iterator]();
    for (let isDone = false; !isDone; ) {
      await this.#root.batch(() => {
        for (let count = 0; count < checkpointStep && !isDone; count++) {
          const { done = false, value } = entries.next();
          if (!done) this.#bring(value.table, value.entry);
          isDone = done;
        }
        if (isDone) void this.#databases.queues.put(markKey, number);
      });
    }
  }

  #bring(table: TableName, { key, value }: Entry): void {
    const database = this.#databases[table];
    void (value === undefined ? database.remove(key as Key) : database.put(key as Key, value));
  }

  #table<Value>(name: TableName): OrderedTable<Value> {
    const database = this.#databases[name];
    const put = (key: StorageKey, value: Value, isNew: boolean) => {
      this.#writes.push({ table: name, key, value, before: this.#layer.put(name, key, value, isNew) });
    };
    return {
      get: (key) => {
        const entry = this.#layer.get(name, key) ?? this.#older?.get(name, key);
        return (entry ? entry.value : database.get(key as Key)) as Value | undefined;
      },
      insert: (key, value) => put(key, value, true),
      put: (key, value) => put(key, value, false),
      remove: (key) => {
        this.#writes.push({ table: name, key, value: undefined, before: this.#layer.remove(name, key) });
      },
      range: (start, end, limit) =>
        this.#entries(name, start, end, limit) as readonly { key: StorageKey; value: Value }[],
      keys: (start, end, limit) => this.#keys(name, start, end, limit),
    };
  }

  /** What is not in LMDB yet, by the names of their keys. */
  #pending(name: TableName, start: StorageKey, end: StorageKey): ReadonlyMap<string, Entry> {
    const pending = new Map<string, Entry>();
    for (const layer of this.#older ? [this.#older, this.#layer] : [this.#layer])
      for (const entry of layer.within(name, start, end)) pending.set(nameOf(entry.key), entry);
    return pending;
  }

  #entries(name: TableName, start: StorageKey, end: StorageKey, limit: number): readonly Stored[] {
    const pending = this.#pending(name, start, end);
    // Of those that are stored, as many as are pending may turn out to be others by now.
    const range = { start: start as Key, end: end as Key, limit: limit + pending.size };
    const stored: Stored[] = [];
    for (const { key, value } of this.#databases[name].getRange(range)) stored.push({ key: keyOf(key), value });
    return merge(stored, pending, limit);
  }

  #keys(name: TableName, start: StorageKey, end: StorageKey, limit: number): readonly StorageKey[] {
    const pending = this.#pending(name, start, end);
    const range = { start: start as Key, end: end as Key, limit: limit + pending.size };
    const stored: Stored[] = [];
    for (const key of this.#databases[name].getKeys(range)) stored.push({ key: keyOf(key), value: true });
    return merge(stored, pending, limit).map(({ key }) => key);
  }
}

function openRoot(path: string, noSync: boolean) {
  // There is one batch at a time, and it is done when it is on disk.
  const root = open<unknown, Key>({
    path,
    noSync,
    encoding: 'msgpack',
    maxDbs: 8,
    overlappingSync: false,
    eventTurnBatching: false,
  });
  return root as typeof root & { readonly encoder: Codec; readonly decoder: Codec };
}

interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

type Stored = Pick<Entry, 'key' | 'value'>;

function merge(stored: readonly Stored[], pending: ReadonlyMap<string, Entry>, limit: number): readonly Stored[] {
  if (pending.size === 0) return stored;
  const others = stored.filter(({ key }) => !pending.has(nameOf(key)));
  const there = [...pending.values()].filter(({ value }) => value !== undefined);
  return [...others, ...there].sort((a, b) => compareKeys(a.key, b.key)).slice(0, limit);
}

const nameOf = (key: StorageKey): string => key.join('\u0000');

/** lmdb gives back a key of one part as that part. */
const keyOf = (key: StorageKey | string): StorageKey => (typeof key === 'string' ? [key] : key);
