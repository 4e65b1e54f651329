// Items in LMDB. Changes queue up while the event loop turns and are then made in one transaction; all who wait for the
// disk share one fsync. Deciding happens inside that transaction, on what the changes before it left.

import { mkdirSync } from 'node:fs';
import { type Database, open, type RangeOptions, type RootDatabase } from 'lmdb';
import { afterThisTurn } from '../../kernel/clock.ts';
import { afterPrefix, type Change, type Decision, type Items, type KeyRange, type Moment } from './items.ts';

export interface LmdbItemsOptions {
  readonly directory: string;
  /** `relaxed` acknowledges before the disk has it: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
}

/** Sequence numbers are handed out from here on; a counter like the others, but no user's. */
const sequenceCounter = '\u0000sequence';

interface Pending {
  readonly change: Change<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  decision?: Decision<unknown>;
  failure?: { readonly error: unknown };
}

const clearedAtOnce = 2000;

/** Opens or creates the environment. 8 KiB pages allow keys of up to 4,026 bytes. */
export function openLmdbItems({ directory, durability }: LmdbItemsOptions): Items {
  mkdirSync(directory, { recursive: true });
  const root: RootDatabase<unknown, string> = open({
    path: directory,
    pageSize: 8192,
    noSync: durability === 'relaxed',
  });
  const entries: Database<Buffer, Buffer> = root.openDB({ name: 'entries', keyEncoding: 'binary', encoding: 'binary' });
  const counters: Database<number, string> = root.openDB({ name: 'counters', encoding: 'json' });
  let queue: Pending[] = [];

  function makeChanges(): void {
    const batch = queue;
    queue = [];
    try {
      root.transactionSync(() => decideAll(batch));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    if (durability === 'relaxed') settle(batch);
    else
      entries.flushed.then(
        () => settle(batch),
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
        },
      );
  }

  function decideAll(batch: readonly Pending[]): void {
    const counted = new Map<string, number>();
    const firstSequence = counters.get(sequenceCounter) ?? 0;
    let sequence = firstSequence;
    const moment: Moment = {
      nextSequence() {
        sequence += 1;
        return sequence;
      },
      counter: (name) => (counters.get(name) ?? 0) + (counted.get(name) ?? 0),
    };
    for (const pending of batch) {
      try {
        const { reads } = pending.change;
        const found = reads.map((key) => entries.getBinary(key));
        pending.decision = pending.change.decide(found, moment);
      } catch (error) {
        pending.failure = { error };
        continue;
      }
      for (const { key, value } of pending.decision.writes) {
        if (value) entries.putSync(key, value);
        else entries.removeSync(key);
      }
      for (const { counter, by } of pending.decision.counts ?? [])
        counted.set(counter, (counted.get(counter) ?? 0) + by);
    }
    for (const [counter, by] of counted) if (by !== 0) counters.putSync(counter, (counters.get(counter) ?? 0) + by);
    if (sequence > firstSequence) counters.putSync(sequenceCounter, sequence);
  }

  function settle(batch: readonly Pending[]): void {
    for (const { failure, decision, resolve, reject } of batch) {
      if (failure) reject(failure.error);
      else resolve(decision?.result);
    }
  }

  async function clearSome(prefix: Buffer): Promise<boolean> {
    const keys = [...entries.getKeys({ start: prefix, end: afterPrefix(prefix), limit: clearedAtOnce })];
    if (keys.length === 0) return false;
    root.transactionSync(() => {
      for (const key of keys) entries.removeSync(key);
    });
    await entries.flushed;
    return true;
  }

  return {
    async get(key, read) {
      return read(entries.getBinary(key));
    },
    async getMany(keys, read) {
      return read(keys.map((key) => entries.getBinary(key)));
    },
    async visit(range, visitor) {
      for (const { key, value } of entries.getRange(rangeOptions(range))) {
        if (!visitor(key, value)) return;
      }
    },
    change<T>(change: Change<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ change, resolve: resolve as (result: unknown) => void, reject });
        // The first of a turn arranges for all that come in the same turn.
        if (queue.length === 1) afterThisTurn(makeChanges);
      });
    },
    async counter(name) {
      return counters.get(name) ?? 0;
    },
    async clear(prefix, counterPrefix) {
      while (await clearSome(prefix));
      const names = [...counters.getKeys({ start: counterPrefix, end: `${counterPrefix}\uffff` })];
      root.transactionSync(() => {
        for (const name of names) counters.removeSync(name);
      });
      await counters.flushed;
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
    async close() {
      await entries.flushed;
      await root.close();
    },
  };
}

function rangeOptions({ from, to, reverse, after }: KeyRange): RangeOptions {
  if (!reverse) return { start: after ? Buffer.concat([after, Buffer.of(0)]) : from, end: to };
  // Backwards, lmdb takes the start as the highest: inclusive unless it says otherwise.
  return { start: after ?? to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse: true };
}
