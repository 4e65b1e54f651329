// Items in LMDB, behind a journal. A change is decided at once, on what is stored and what is on its way there; its writes
// are on their way from then on. What is decided while the disk is busy is written next, as one: all of them wait for one
// fdatasync together.

import { afterThisTurn } from '../../kernel/clock.ts';
import type { Change, Decision, Items, Moment, Write } from './items.ts';
import { afterPrefix, beyondAll } from './items.ts';
import { JournaledEntries, type JournaledEntriesOptions } from './journaled-entries.ts';
import { type Name, nameOf } from './pending-layer.ts';

export type LmdbItemsOptions = JournaledEntriesOptions;

/** Writes and counters on their way, and who waits for them. The last write of a key is the one that counts. */
class Batch {
  readonly writes = new Map<Name, Write>();
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

/** So many turns of the event loop in which nobody came: those who were answered have something else to do. */
const quietTurns = 3;

/** Opens or creates them. */
export function openLmdbItems(options: LmdbItemsOptions): Items {
  const entries = new JournaledEntries(options);
  /** Takes what is decided now; then it is what LMDB writes, and another one takes its place. */
  let next = new Batch();
  let written: Batch | undefined;
  /** Whether a batch was written just now, and the next one is not yet on its way. */
  let isGathering = false;

  /** What a change writes is mostly what it read. Forgotten with each change: whose buffer it is may fill it anew. */
  let namedKey: Buffer | undefined;
  let keyName: Name = '';

  function knownNameOf(key: Buffer): Name {
    if (key !== namedKey) {
      namedKey = key;
      keyName = nameOf(key);
    }
    return keyName;
  }

  function find(key: Buffer): string | undefined {
    const name = knownNameOf(key);
    const pending = next.writes.get(name) ?? written?.writes.get(name);
    return pending ? (pending.value as string | undefined) : entries.get(key, name);
  }

  const counter = (name: string): number =>
    next.counters.get(name) ?? written?.counters.get(name) ?? entries.counter(name);

  const moment: Moment = {
    nextSequence() {
      const sequence = counter(sequenceCounter) + 1;
      next.counters.set(sequenceCounter, sequence);
      return sequence;
    },
    counter,
    isThere: (key) => find(key) !== undefined,
  };

  /** Resolves, with what is given, when all of it is on disk. */
  function enqueue<T>({ writes, counts = [] }: Omit<Decision<unknown>, 'result'>, result: T): Promise<T> {
    for (const write of writes) next.writes.set(knownNameOf(write.key), write);
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
    entries.write(batch).then(
      () => {
        written = undefined;
        for (const { result, resolve } of batch.waiting) resolve(result as never);
        gather(batch.waiting.length + next.waiting.length);
      },
      (error: unknown) => {
        // What came meanwhile was decided on top of it.
        const failed = [...batch.waiting, ...next.waiting];
        written = undefined;
        next = new Batch();
        for (const { reject } of failed) reject(error);
      },
    );
  }

  async function settled(): Promise<void> {
    if (written || next.waiting.length > 0) await enqueue({ writes: [] }, undefined);
  }

  return {
    async get(key, read) {
      return read(entries.get(key));
    },
    async getBytes(key) {
      return entries.getBytes(key);
    },
    async getMany(keys, read) {
      return read(keys.map((key) => entries.get(key)));
    },
    async visit(range, visitor) {
      for (const { key, value } of entries.between(range)) if (!visitor(key, value)) return;
    },
    change<T>({ reads, decide }: Change<T>): Promise<T> {
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
      return entries.counter(name);
    },
    async clear(prefix, counterPrefix) {
      const to = afterPrefix(prefix);
      let after: Buffer | undefined;
      // Again when it came to the end: something may have been written behind it.
      for (let removed = 0; ; ) {
        const keys = firstOf(entries.keys({ from: prefix, to, after }), clearedAtOnce);
        if (keys.length > 0) await enqueue({ writes: keys.map((key) => ({ key })) }, undefined);
        else if (removed === 0) break;
        removed = keys.length === 0 ? 0 : removed + keys.length;
        after = keys.at(-1);
      }
      const names = entries.counterNames(counterPrefix);
      if (names.length > 0)
        await enqueue({ writes: [], counts: names.map((name) => ({ counter: name, by: -counter(name) })) }, undefined);
    },
    async prefixes(length) {
      const found: Buffer[] = [];
      let from: Buffer = Buffer.alloc(0);
      for (;;) {
        const [key] = firstOf(entries.keys({ from, to: beyondAll }), 1);
        if (!key) return found;
        const prefix = key.subarray(0, length);
        found.push(prefix);
        from = afterPrefix(prefix);
      }
    },
    settled,
    async close() {
      await settled();
      await entries.close();
    },
  };
}

/** Copies of the first of them. */
function firstOf(keys: Iterable<Buffer>, most: number): readonly Buffer[] {
  const first: Buffer[] = [];
  for (const key of keys) {
    first.push(Buffer.from(key));
    if (first.length === most) break;
  }
  return first;
}
