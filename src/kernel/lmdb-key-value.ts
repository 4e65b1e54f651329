// The key-value interface on LMDB. A thread of LMDB's writes and waits for the disk; meanwhile what was committed is read
// from memory (write-behind.ts), so that nobody stands still for the fsync of somebody else's commit.

import { asBinary, type Key, open } from 'lmdb';
import { type KeyValue, removed } from './key-value.ts';
import { createWriteBehind, type EncodedWrites, type SlowStorage } from './write-behind.ts';

/**
 * What rows look like (their members' names, in order) is written once for all rows that look alike: they take a third of
 * the room and are read in a quarter of the time. Maps whose keys users choose look like anything, so there is a bound;
 * what comes after it carries its names itself. Never lower it: an environment with more of them could not be read.
 */
const mostSharedStructures = 1024;

const structuresKey = Symbol.for('structures');

/** Opens or creates the environment in `directory`. 8 KiB pages allow keys of up to 4,026 bytes. */
export function openLmdbKeyValue(directory: string): KeyValue {
  /** The structures, when some came up that are not stored. They go along with the rows that need them. */
  let newStructures: unknown;
  let isBeingCleared = false;
  const database = open<unknown, Key>({
    path: directory,
    pageSize: 8192,
    encoding: 'msgpack',
    // A commit is done when it is durable, and fails when it cannot be. There is one at a time, so there is none for it to
    // overlap with, and no other of the same turn to wait for.
    overlappingSync: false,
    eventTurnBatching: false,
    sharedStructuresKey: structuresKey,
    encoder: {
      maxSharedStructures: mostSharedStructures,
      // LMDB's own way is a transaction for each, on this thread.
      saveStructures(structures: unknown) {
        newStructures = structures;
      },
    },
  });
  const { encoder } = database as unknown as { readonly encoder: StructuredEncoder };

  const storage: SlowStorage<Uint8Array> = {
    get: (key) => (isBeingCleared ? undefined : database.get(key)),
    *range(start, end) {
      if (isBeingCleared) return;
      for (const { key, value } of database.getRange({ start, end })) yield [key as string, value];
    },
    *keys(start, end) {
      if (isBeingCleared) return;
      for (const key of database.getKeys({ start, end })) yield key as string;
    },
    encode(value) {
      try {
        return encoder.encode(value);
      } catch (error) {
        newStructures = encoder.structures; // those of the part that could be encoded are known now, but not announced
        throw error;
      }
    },
    async write(writes) {
      const structures = newStructures;
      newStructures = undefined;
      try {
        await writeAll(writes, structures);
      } catch (error) {
        newStructures ??= structures;
        throw error;
      }
    },
  };

  /** One transaction, of LMDB's thread. */
  async function writeAll(writes: EncodedWrites<Uint8Array>, structures: unknown): Promise<void> {
    const committed = database.batch(() => {
      for (const [key, bytes] of writes)
        void (bytes === removed ? database.remove(key) : database.put(key, asBinary(bytes)));
      if (structures) void database.put(structuresKey, structures);
    });
    await committed.catch(throwCause);
  }

  const { get, range, keys, commit, flushed } = createWriteBehind(storage);
  return {
    get,
    range,
    keys,
    commit,
    flushed,
    async clear() {
      for (let last: Promise<void> | undefined; last !== flushed(); await last) last = flushed();
      // What is committed from here on is written after this, with structures of its own.
      newStructures = undefined;
      isBeingCleared = true;
      try {
        await database.clearAsync();
      } finally {
        isBeingCleared = false;
      }
    },
    async close() {
      await flushed();
      await database.close();
    },
  };
}

interface StructuredEncoder {
  readonly structures: unknown;
  encode(value: unknown): Uint8Array;
}

/** LMDB's error only says that there is another one, in a promise. */
export async function throwCause(error: unknown): Promise<never> {
  if (error instanceof Error && 'commitError' in error) await error.commitError;
  throw error;
}
