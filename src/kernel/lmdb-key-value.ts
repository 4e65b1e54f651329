// The key-value interface on LMDB. Commits of synchronous transactions do not wait for the disk; `flushed` does, and
// many commits share one fsync, so a request waits for the disk once and a burst of requests pays for it together.

import { ABORT, open } from 'lmdb';
import type { KeyValue, KeyValueWriter } from './key-value.ts';

class RolledBack {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Opens or creates the environment in `directory`. 8 KiB pages allow keys of up to 4,026 bytes. */
export function openLmdbKeyValue(directory: string): KeyValue {
  const database = open<unknown, string>({ path: directory, pageSize: 8192, encoding: 'msgpack' });

  function* range(start: string, end: string): Iterable<readonly [string, unknown]> {
    for (const { key, value } of database.getRange({ start, end })) yield [key, value];
  }
  const writer: KeyValueWriter = {
    get: (key) => database.get(key),
    range,
    put: (key, value) => void database.putSync(key, value),
    remove: (key) => void database.removeSync(key),
  };

  return {
    get: writer.get,
    range,
    transact<T>(run: (writer: KeyValueWriter) => T): T {
      // An exception that leaves the callback would abort too, but lmdb-js wraps some; this keeps the original.
      let failure: RolledBack | undefined;
      let result: T | undefined;
      database.transactionSync(() => {
        try {
          result = run(writer);
          return undefined;
        } catch (error) {
          failure = new RolledBack(error);
          return ABORT;
        }
      });
      if (failure) throw failure.error;
      return result as T;
    },
    flushed: async () => void (await database.flushed),
    async clear() {
      await database.clearAsync();
      await database.flushed;
    },
    close: () => database.close(),
  };
}
