// The key-value interface in memory, for tests and simulations. Values are frozen: whoever changes a row that it only
// read is found out at once.

import { type KeyValue, removed } from './key-value.ts';
import { lowerBound } from './lower-bound.ts';

export interface MemoryKeyValueOptions {
  /** Every read is a value of its own, as one that comes from a disk is. Slower, so simulations do without. */
  readonly readsCopies?: boolean;
}

export function createMemoryKeyValue({ readsCopies = false }: MemoryKeyValueOptions = {}): KeyValue {
  const values = new Map<string, unknown>();
  let sortedKeys: string[] = [];
  const read = (key: string) => (readsCopies ? deepFreeze(structuredClone(values.get(key))) : values.get(key));

  const put = (key: string, value: unknown) => {
    if (!values.has(key)) sortedKeys.splice(lowerBound(sortedKeys, key), 0, key);
    values.set(key, deepFreeze(structuredClone(value)));
  };
  const remove = (key: string) => {
    if (values.delete(key)) sortedKeys.splice(lowerBound(sortedKeys, key), 1);
  };

  function* keys(start: string, end: string): Iterable<string> {
    // The position is looked up anew after each entry, because there may be commits meanwhile.
    let key = sortedKeys[lowerBound(sortedKeys, start)];
    while (key !== undefined && key < end) {
      yield key;
      const next = lowerBound(sortedKeys, key);
      key = sortedKeys[sortedKeys[next] === key ? next + 1 : next];
    }
  }

  return {
    get: read,
    keys,
    *range(start, end) {
      for (const key of keys(start, end)) yield [key, read(key)];
    },
    commit(writes) {
      for (const [key, value] of writes) {
        if (value === removed) remove(key);
        else put(key, value);
      }
    },
    flushed: () => Promise.resolve(),
    clear() {
      values.clear();
      sortedKeys = [];
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
