// The key-value interface on LMDB. A commit does not wait for the disk; `flushed` does, and many commits share one
// fsync, so a request waits for the disk once and a burst of requests pays for it together.

import { open } from 'lmdb';
import { type KeyValue, removed } from './key-value.ts';

/**
 * What rows look like (their members' names, in order) is written once for all rows that look alike: they take a third of
 * the room and are read in a quarter of the time. Maps whose keys users choose look like anything, so there is a bound;
 * what comes after it carries its names itself. Never lower it: an environment with more of them could not be read.
 */
const mostSharedStructures = 1024;

/** Opens or creates the environment in `directory`. 8 KiB pages allow keys of up to 4,026 bytes. */
export function openLmdbKeyValue(directory: string): KeyValue {
  const database = open<unknown, string>({
    path: directory,
    pageSize: 8192,
    encoding: 'msgpack',
    sharedStructuresKey: Symbol.for('structures'),
    encoder: { maxSharedStructures: mostSharedStructures },
  });
  let unflushed: Promise<void> | undefined;

  return {
    get: (key) => database.get(key),
    *range(start, end) {
      for (const { key, value } of database.getRange({ start, end })) yield [key, value];
    },
    commit(writes) {
      database.transactionSync(() => {
        for (const [key, value] of writes) {
          if (value === removed) database.removeSync(key);
          else database.putSync(key, value);
        }
      });
      const flush: Promise<void> = database.flushed.then(() => {
        if (unflushed === flush) unflushed = undefined;
      });
      unflushed = flush;
    },
    flushed: () => unflushed ?? Promise.resolve(),
    async clear() {
      await database.clearAsync();
      await database.flushed;
    },
    close: () => database.close(),
  };
}
