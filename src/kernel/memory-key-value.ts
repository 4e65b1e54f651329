// The key-value interface in memory, for tests and simulations. Values are frozen: whoever changes a row that it only
// read is found out at once.

import type { KeyValue, KeyValueWriter } from './key-value.ts';

export function createMemoryKeyValue(): KeyValue {
  const values = new Map<string, unknown>();
  let sortedKeys: string[] = [];

  const setKey = (key: string, value: unknown) => {
    if (!values.has(key)) sortedKeys.splice(lowerBound(sortedKeys, key), 0, key);
    values.set(key, value);
  };
  const deleteKey = (key: string) => {
    if (values.delete(key)) sortedKeys.splice(lowerBound(sortedKeys, key), 1);
  };

  function* range(start: string, end: string): Iterable<readonly [string, unknown]> {
    // The position is looked up anew after each entry, because the loop's body may write.
    let key = sortedKeys[lowerBound(sortedKeys, start)];
    while (key !== undefined && key < end) {
      yield [key, values.get(key)];
      const next = lowerBound(sortedKeys, key);
      key = sortedKeys[sortedKeys[next] === key ? next + 1 : next];
    }
  }

  return {
    get: (key) => values.get(key),
    range,
    transact<T>(run: (writer: KeyValueWriter) => T): T {
      const undo: (() => void)[] = [];
      const remember = (key: string) => {
        const [had, before] = [values.has(key), values.get(key)];
        undo.push(() => (had ? setKey(key, before) : deleteKey(key)));
      };
      try {
        return run({
          get: (key) => values.get(key),
          range,
          put(key, value) {
            remember(key);
            setKey(key, deepFreeze(structuredClone(value)));
          },
          remove(key) {
            remember(key);
            deleteKey(key);
          },
        });
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
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

function lowerBound(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
