// Writes that are in the journal and not yet in the database, as they are read: by table, queue and the rest of the key.

import { compareKeys, type StorageKey } from './storage.ts';

export const tableNames = ['messages', 'states', 'queues', 'recent'] as const;

export type TableName = (typeof tableNames)[number];

export interface Entry {
  readonly key: StorageKey;
  /** Undefined when it is removed. */
  readonly value: unknown;
  /** The database and older layers have nothing of that key. */
  readonly isNew: boolean;
}

/** What a key is within its queue. */
type InnerKey = string | number;

function innerKeyOf(key: StorageKey): InnerKey {
  if (key.length === 2) return key[1] as InnerKey;
  return key.length === 1 ? '' : `${key[1]} ${key[2]}`;
}

type Entries = Map<InnerKey, Entry>;

export class Layer {
  readonly #tables: Readonly<Record<TableName, Map<string, Entries>>> = {
    messages: new Map(),
    states: new Map(),
    queues: new Map(),
    recent: new Map(),
  };
  #size = 0;

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  get(table: TableName, key: StorageKey): Entry | undefined {
    return this.#tables[table].get(key[0] as string)?.get(innerKeyOf(key));
  }

  /** Returns what was there before. */
  put(table: TableName, key: StorageKey, value: unknown, isNew: boolean): Entry | undefined {
    const entries = this.#entriesOf(table, key[0] as string);
    const innerKey = innerKeyOf(key);
    const before = entries.get(innerKey);
    if (!before) this.#size += 1;
    entries.set(innerKey, { key, value, isNew: before ? before.isNew : isNew });
    return before;
  }

  /** What came and went within one layer leaves nothing behind. Returns what was there before. */
  remove(table: TableName, key: StorageKey): Entry | undefined {
    const before = this.get(table, key);
    if (before?.isNew) this.restore(table, key, undefined);
    else this.put(table, key, undefined, false);
    return before;
  }

  /** Takes a change back. */
  restore(table: TableName, key: StorageKey, before: Entry | undefined): void {
    const entries = this.#entriesOf(table, key[0] as string);
    const innerKey = innerKeyOf(key);
    const isThere = entries.has(innerKey);
    if (before) entries.set(innerKey, before);
    else entries.delete(innerKey);
    this.#size += Number(before !== undefined) - Number(isThere);
  }

  /** Those with `start` <= key < `end`, in no order. */
  *within(table: TableName, start: StorageKey, end: StorageKey): Iterable<Entry> {
    for (const [queueId, entries] of this.#tables[table]) {
      if (start.length > 0 && queueId < (start[0] as string)) continue;
      if (queueId > (end[0] as string)) continue;
      for (const entry of entries.values())
        if (compareKeys(entry.key, start) >= 0 && compareKeys(entry.key, end) < 0) yield entry;
    }
  }

  *all(): Iterable<{ readonly table: TableName; readonly entry: Entry }> {
    for (const table of tableNames)
      for (const entries of this.#tables[table].values()) for (const entry of entries.values()) yield { table, entry };
  }

  #entriesOf(table: TableName, queueId: string): Entries {
    let entries = this.#tables[table].get(queueId);
    if (!entries) {
      entries = new Map();
      this.#tables[table].set(queueId, entries);
    }
    return entries;
  }
}
