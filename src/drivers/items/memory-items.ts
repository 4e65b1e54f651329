// Items in memory, for simulations and tests: a sorted array, and changes that happen one after the other at once.

import { afterPrefix, type Items, type Moment, type Write } from './items.ts';

interface Entry {
  readonly key: Buffer;
  readonly value: string | Uint8Array;
}

export function createMemoryItems(): Items {
  let entries: Entry[] = [];
  const counters = new Map<string, number>();
  let sequence = 0;

  /** Where `key` is, or would be. */
  function indexOf(key: Buffer): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare((entries[middle] as Entry).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function find(key: Buffer): string | undefined {
    const entry = entries[indexOf(key)];
    return entry?.key.equals(key) ? (entry.value as string) : undefined;
  }

  function write({ key, value }: Write): void {
    const index = indexOf(key);
    const isThere = entries[index]?.key.equals(key) ?? false;
    if (value !== undefined) entries.splice(index, isThere ? 1 : 0, { key: Buffer.from(key), value });
    else if (isThere) entries.splice(index, 1);
  }

  const moment: Moment = {
    nextSequence() {
      sequence += 1;
      return sequence;
    },
    counter: (name) => counters.get(name) ?? 0,
    isThere: (key) => find(key) !== undefined,
  };

  return {
    async get(key, read) {
      return read(find(key));
    },
    async getBytes(key) {
      const bytes = find(key);
      return bytes === undefined ? undefined : Buffer.from(bytes);
    },
    async getMany(keys, read) {
      return read(keys.map(find));
    },
    async visit({ from, to, reverse, after }, visitor) {
      const found = entries.slice(indexOf(from), indexOf(to));
      if (reverse) found.reverse();
      for (const { key, value } of found) {
        if (after && Buffer.compare(key, after) * (reverse ? -1 : 1) <= 0) continue;
        if (!visitor(key, value as string)) return;
      }
    },
    async change({ reads, decide }) {
      const { writes, counts = [], result } = decide(reads.map(find), moment);
      writes.forEach(write);
      for (const { counter, by } of counts) counters.set(counter, (counters.get(counter) ?? 0) + by);
      return result;
    },
    async counter(name) {
      return counters.get(name) ?? 0;
    },
    async clear(prefix, counterPrefix) {
      entries.splice(indexOf(prefix), indexOf(afterPrefix(prefix)) - indexOf(prefix));
      for (const name of counters.keys()) if (name.startsWith(counterPrefix)) counters.delete(name);
    },
    async prefixes(length) {
      const found = new Map(entries.map(({ key }) => [key.toString('latin1', 0, length), key.subarray(0, length)]));
      return [...found.values()];
    },
    async settled() {
      // Everything is done at once.
    },
    async close() {
      entries = [];
    },
  };
}
