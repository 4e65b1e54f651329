// Items in LMDB. A change is decided at once, on what is stored and what is on its way there; its writes are on their way
// from then on. What is to be written is handed to LMDB's own thread, one batch at a time: it commits and brings the disk
// up to date while the event loop goes on, and all whose writes were in the batch wait for one fsync together.

import { mkdirSync } from 'node:fs';
import { asBinary, type Database, open, type RangeOptions, type RootDatabase } from 'lmdb';
import { afterThisTurn } from '../../kernel/clock.ts';
import { throwCause } from '../../kernel/lmdb-key-value.ts';
import {
  afterPrefix,
  type Change,
  type Decision,
  type Items,
  type KeyRange,
  type Moment,
  type Write,
} from './items.ts';

export interface LmdbItemsOptions {
  readonly directory: string;
  /** `relaxed` acknowledges before the disk has it: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
}

/** Writes and counters on their way, and who waits for them. The last write of a key is the one that counts. */
class Batch {
  readonly writes = new Map<string, Write>();
  /** As they will be. */
  readonly counters = new Map<string, number>();
  readonly waiting: Waiting[] = [];
}

class Waiting {
  readonly result: unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;

  constructor(result: unknown, resolve: (result: never) => void, reject: (error: unknown) => void) {
    this.result = result;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/** Sequence numbers are handed out from here on; a counter like the others, but no user's. */
const sequenceCounter = '\u0000sequence';
const clearedAtOnce = 2000;

/** Goes past the encoding of text; LMDB's types know of one kind of values only. */
const binary = (bytes: Uint8Array): string => asBinary(bytes) as unknown as string;

/** So many turns of the event loop in which nobody came: those who were answered have something else to do. */
const quietTurns = 3;

/** Opens or creates the environment. 8 KiB pages allow keys of up to 4,026 bytes. */
export function openLmdbItems({ directory, durability }: LmdbItemsOptions): Items {
  mkdirSync(directory, { recursive: true });
  const root: RootDatabase<unknown, string> = open({
    path: directory,
    pageSize: 8192,
    noSync: durability === 'relaxed',
    // A commit is done when it is durable. There is one at a time, so there is none for it to overlap with, and no other of
    // the same turn to wait for.
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const entries: Database<string, Buffer> = root.openDB({ name: 'entries', keyEncoding: 'binary', encoding: 'string' });
  const counters: Database<number, string> = root.openDB({ name: 'counters', encoding: 'json' });
  /** Takes what is decided now; then it is what LMDB writes, and another one takes its place. */
  let next = new Batch();
  let written: Batch | undefined;
  /** Whether a batch was written just now, and the next one is not yet on its way. */
  let isGathering = false;
  /** A disk that failed once is not written to again: what was decided on top of it would be wrong. */
  let failure: { readonly error: unknown } | undefined;

  /** What a change writes is mostly what it read. Forgotten with each change: whose buffer it is may fill it anew. */
  let namedKey: Buffer | undefined;
  let keyName = '';

  function nameOf(key: Buffer): string {
    if (key !== namedKey) {
      namedKey = key;
      keyName = key.toString('latin1');
    }
    return keyName;
  }

  function find(key: Buffer): string | undefined {
    if (next.writes.size > 0 || written) {
      const name = nameOf(key);
      const pending = next.writes.get(name) ?? written?.writes.get(name);
      if (pending) return pending.value as string | undefined;
    }
    return entries.get(key);
  }

  const counter = (name: string): number =>
    next.counters.get(name) ?? written?.counters.get(name) ?? counters.get(name) ?? 0;

  const moment: Moment = {
    nextSequence() {
      const sequence = counter(sequenceCounter) + 1;
      next.counters.set(sequenceCounter, sequence);
      return sequence;
    },
    counter,
  };

  /** Resolves, with what is given, when all of it is on disk. */
  function enqueue<T>({ writes, counts = [] }: Omit<Decision<unknown>, 'result'>, result: T): Promise<T> {
    for (const write of writes) next.writes.set(nameOf(write.key), write);
    namedKey = undefined;
    for (const { counter: name, by } of counts) next.counters.set(name, counter(name) + by);
    return new Promise((resolve, reject) => {
      next.waiting.push(new Waiting(result, resolve, reject));
      // The first of a turn arranges for all that come in the same turn.
      if (next.waiting.length === 1 && !isGathering) afterThisTurn(writeNext);
    });
  }

  /**
   * Whoever was just answered often asks again at once, and finds the disk busy if what waits is written without them: then
   * half of all that ask wait for the other half. A few turns, a fraction of what the disk takes, bring them together.
   */
  function gather(expected: number): void {
    isGathering = true;
    let waiting = next.waiting.length;
    let quiet = 0;
    const look = () => {
      quiet = next.waiting.length > waiting ? 0 : quiet + 1;
      waiting = next.waiting.length;
      if (quiet < quietTurns && waiting < expected) return afterThisTurn(look);
      isGathering = false;
      writeNext();
    };
    afterThisTurn(look);
  }

  function writeNext(): void {
    // What comes while the disk is busy would wait for its next turn anyway, and is cheaper together.
    if (written || next.waiting.length === 0) return;
    const batch = next;
    written = batch;
    next = new Batch();
    const end = (error?: unknown) => {
      written = undefined;
      if (error !== undefined) failure = { error };
      for (const { result, resolve, reject } of batch.waiting)
        failure ? reject(failure.error) : resolve(result as never);
      gather(batch.waiting.length + next.waiting.length);
    };
    const committed = root.batch(() => {
      for (const { key, value } of batch.writes.values()) {
        if (value === undefined) void entries.remove(key);
        else void entries.put(key, typeof value === 'string' ? value : binary(value));
      }
      for (const [name, value] of batch.counters)
        void (value === 0 ? counters.remove(name) : counters.put(name, value));
    });
    committed.catch(throwCause).then(() => end(), end);
  }

  async function settled(): Promise<void> {
    if (written || next.waiting.length > 0) await enqueue({ writes: [] }, undefined);
  }

  return {
    async get(key, read) {
      return read(entries.get(key));
    },
    async getBytes(key) {
      return entries.getBinary(key);
    },
    async getMany(keys, read) {
      return read(keys.map((key) => entries.get(key)));
    },
    async visit(range, visitor) {
      for (const { key, value } of entries.getRange(rangeOptions(range))) {
        if (!visitor(key, value)) return;
      }
    },
    change<T>({ reads, decide }: Change<T>): Promise<T> {
      if (failure) return Promise.reject(failure.error);
      namedKey = undefined;
      try {
        const decision = decide(reads.map(find), moment);
        const { writes, counts, result } = decision;
        return writes.length > 0 || counts?.length ? enqueue(decision, result) : Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async counter(name) {
      return counters.get(name) ?? 0;
    },
    async clear(prefix, counterPrefix) {
      for (;;) {
        const keys = [...entries.getKeys({ start: prefix, end: afterPrefix(prefix), limit: clearedAtOnce })];
        if (keys.length === 0) break;
        await enqueue({ writes: keys.map((key) => ({ key })) }, undefined);
      }
      const names = [...counters.getKeys({ start: counterPrefix, end: `${counterPrefix}\uffff` })];
      if (names.length > 0)
        await enqueue({ writes: [], counts: names.map((name) => ({ counter: name, by: -counter(name) })) }, undefined);
    },
    async prefixes(length) {
      const found: Buffer[] = [];
      let from: Buffer = Buffer.alloc(0);
      for (;;) {
        const [key] = entries.getKeys({ start: from, limit: 1 });
        if (!key) return found;
        const prefix = Buffer.from(key.subarray(0, length));
        found.push(prefix);
        from = afterPrefix(prefix);
      }
    },
    settled,
    async close() {
      await settled();
      await root.close();
    },
  };
}

function rangeOptions({ from, to, reverse, after }: KeyRange): RangeOptions {
  if (!reverse) return { start: after ? Buffer.concat([after, Buffer.of(0)]) : from, end: to };
  // Backwards, lmdb takes the start as the highest: inclusive unless it says otherwise.
  return { start: after ?? to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse: true };
}
