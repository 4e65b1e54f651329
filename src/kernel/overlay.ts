// A transaction: writes are laid over what is stored, and are seen by its own reads only, until they are committed
// together. Dropping the overlay is rolling back. An operation that only reads costs no transaction of the storage.

import { type KeyValueReader, type KeyValueWriter, removed, type Writes } from './key-value.ts';
import { lowerBound } from './lower-bound.ts';

export interface Overlay extends KeyValueWriter {
  readonly writes: Writes;
  /** Lays it over something else, from where the same is read. */
  rebase(base: KeyValueReader): void;
}

export function createOverlay(over: KeyValueReader): Overlay {
  let base = over;
  const writes = new Map<string, unknown>();
  const sortedKeys: string[] = [];
  const write = (key: string, value: unknown) => {
    if (!writes.has(key)) sortedKeys.splice(lowerBound(sortedKeys, key), 0, key);
    writes.set(key, value);
  };
  const range = (start: string, end: string): Iterable<readonly [string, unknown]> => {
    const from = lowerBound(sortedKeys, start);
    const to = lowerBound(sortedKeys, end);
    return from === to ? base.range(start, end) : merge(base.range(start, end), sortedKeys.slice(from, to), writes);
  };
  return {
    writes,
    get(key) {
      if (writes.size === 0 || !writes.has(key)) return base.get(key);
      const value = writes.get(key);
      return value === removed ? undefined : value;
    },
    rebase(other) {
      base = other;
    },
    put: write,
    remove: (key) => write(key, removed),
    range,
    keys: (start, end) =>
      lowerBound(sortedKeys, start) === lowerBound(sortedKeys, end) ? base.keys(start, end) : keysOf(range(start, end)),
  };
}

function* keysOf(entries: Iterable<readonly [string, unknown]>): Iterable<string> {
  for (const [key] of entries) yield key;
}

/** Both in ascending order; where they meet, the overlay wins. */
function* merge(
  stored: Iterable<readonly [string, unknown]>,
  overlaid: readonly string[],
  writes: Writes,
): Iterable<readonly [string, unknown]> {
  let next = 0;
  const written = function* (before: string | undefined): Iterable<readonly [string, unknown]> {
    for (; next < overlaid.length; next++) {
      const key = overlaid[next] as string;
      if (before !== undefined && key >= before) return;
      const value = writes.get(key);
      if (value !== removed) yield [key, value];
    }
  };
  for (const entry of stored) {
    yield* written(entry[0]);
    if (!writes.has(entry[0])) yield entry;
  }
  yield* written(undefined);
}
