// The engine's tables in memory, for simulations and tests.

import { compareKeys, type MessageStorage, type OrderedTable, type StorageKey } from './storage.ts';

export function createMemoryStorage(): MessageStorage {
  let undo: (() => void)[] = [];
  const table = <Value>() => memoryTable<Value>((step) => undo.push(step));
  return {
    messages: table(),
    states: table(),
    queues: table(),
    recent: table(),
    transact(run) {
      undo = [];
      try {
        run();
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      }
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function memoryTable<Value>(onUndo: (step: () => void) => void): OrderedTable<Value> {
  const entries: { readonly key: StorageKey; value: Value }[] = [];
  const find = (key: StorageKey): { at: number; isThere: boolean } => {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys((entries[middle] as { key: StorageKey }).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    const found = entries[low];
    return { at: low, isThere: found !== undefined && compareKeys(found.key, key) === 0 };
  };
  const put = (key: StorageKey, value: Value): Value | undefined => {
    const { at, isThere } = find(key);
    const before = isThere ? entries[at]?.value : undefined;
    entries.splice(at, isThere ? 1 : 0, { key, value: structuredClone(value) });
    return before;
  };
  const remove = (key: StorageKey): Value | undefined => {
    const { at, isThere } = find(key);
    return isThere ? entries.splice(at, 1)[0]?.value : undefined;
  };
  const between = (start: StorageKey, end: StorageKey, limit: number) => {
    const from = find(start).at;
    return entries.slice(from, Math.min(find(end).at, from + limit));
  };
  const putAndRemember = (key: StorageKey, value: Value): void => {
    const before = put(key, value);
    onUndo(() => void (before === undefined ? remove(key) : put(key, before)));
  };
  return {
    get: (key) => {
      const { at, isThere } = find(key);
      return isThere ? structuredClone(entries[at]?.value) : undefined;
    },
    put: putAndRemember,
    insert: putAndRemember,
    remove(key) {
      const before = remove(key);
      if (before !== undefined) onUndo(() => void put(key, before));
    },
    range: (start, end, limit) => between(start, end, limit).map(({ key, value }) => ({ key, value })),
    keys: (start, end, limit) => between(start, end, limit).map(({ key }) => key),
  };
}
