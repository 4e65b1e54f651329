// In front of a storage that is slow to write: what is committed can be read at once, from memory, while it is on its
// way. One batch is written at a time; what is committed meanwhile goes with the next.
//
// When a write fails (a full disk, say), those who wait for it are told, and what could not be written is kept: others
// may have read it and acted on it. Until it is written, which is tried again each time somebody asks, no more is taken.

import { afterThisTurn } from './clock.ts';
import { type KeyValue, type KeyValueReader, removed } from './key-value.ts';
import { createOverlay, type Overlay } from './overlay.ts';

export type WriteBehind = Pick<KeyValue, 'get' | 'range' | 'keys' | 'commit' | 'flushed'>;

export type EncodedWrites<Encoded> = ReadonlyMap<string, Encoded | typeof removed>;

export interface SlowStorage<Encoded> extends KeyValueReader {
  /** What is written of a value. It throws for one that cannot be stored, and its commit with it. */
  encode(value: unknown): Encoded;
  /** Carries out all of the writes, or none; resolves when they are on disk, and are what is read from here. */
  write(writes: EncodedWrites<Encoded>): Promise<void>;
}

/** Values as they are read, and as they are written. */
interface Batch<Encoded> {
  readonly overlay: Overlay;
  readonly encoded: Map<string, Encoded | typeof removed>;
}

export function createWriteBehind<Encoded>(storage: SlowStorage<Encoded>): WriteBehind {
  const batchOver = (base: KeyValueReader): Batch<Encoded> => ({ overlay: createOverlay(base), encoded: new Map() });
  /** Committed, and not yet on its way. It lies on what is being written, if anything is, and that on what is stored. */
  let waiting = batchOver(storage);
  let underWay: Promise<void> = Promise.resolve();
  /** Resolves when what waits is on disk. */
  let next: Promise<void> | undefined;
  let failure: { readonly cause: unknown } | undefined;

  function writeSoon(): Promise<void> {
    if (!next) {
      next = endOf(underWay).then(writeWaiting);
      next.catch(() => undefined); // whoever needs to know asks `flushed`
    }
    return next;
  }

  async function writeWaiting(): Promise<void> {
    underWay = next ?? underWay;
    next = undefined;
    const writing = waiting;
    waiting = batchOver(writing.overlay);
    try {
      await storage.write(writing.encoded);
    } catch (cause) {
      failure = { cause };
      add(writing, waiting.encoded, (key) => waiting.overlay.get(key));
      waiting = writing;
      throw cause;
    }
    failure = undefined;
    waiting.overlay.rebase(storage);
  }

  return {
    get: (key) => waiting.overlay.get(key),
    range: (start, end) => waiting.overlay.range(start, end),
    keys: (start, end) => waiting.overlay.keys(start, end),
    commit(writes) {
      if (failure) {
        void writeSoon();
        throw new Error('nothing more can be stored until what came before is', failure);
      }
      const encoded = new Map<string, Encoded | typeof removed>();
      for (const [key, value] of writes) encoded.set(key, value === removed ? removed : storage.encode(value));
      add(waiting, encoded, (key) => writes.get(key));
      void writeSoon();
    },
    flushed: () => next ?? (failure ? writeSoon() : underWay),
  };
}

/** The end of what is under way, well or not, and of this turn: whatever else the turn commits can go along. */
const endOf = (underWay: Promise<void>): Promise<unknown> =>
  Promise.all([underWay.catch(() => undefined), new Promise<void>(afterThisTurn)]);

function add<Encoded>(
  { overlay, encoded }: Batch<Encoded>,
  writes: EncodedWrites<Encoded>,
  read: (key: string) => unknown,
): void {
  for (const [key, bytes] of writes) {
    encoded.set(key, bytes);
    if (bytes === removed) overlay.remove(key);
    else overlay.put(key, read(key));
  }
}
