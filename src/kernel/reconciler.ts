// Makes the world match the rows. A reconciler is given a key and nothing else, looks at the world, reads the row last, acts,
// and writes status. When and how often is the runner's business.

import type { TimestampMs } from './clock.ts';
import type { Change } from './table.ts';

export interface Reconciler {
  readonly name: string;
  /** How many keys may be worked on at the same time; 16 unless said otherwise. */
  readonly concurrency?: number;
  /** The keys of all rows, and of everything found in the world: strays have no row, and are swept. */
  keys(): Iterable<string> | Promise<Iterable<string>>;
  /** The keys that a committed change concerns. */
  wakes(change: Change): Iterable<string>;
  /** Brings one key closer to its spec. Returns after how many ms to look again, or nothing when it is settled. */
  reconcile(key: string): Promise<number | undefined>;
  /** Listens to the world; calls `wake` for a key that may have changed by itself. Returns the way to stop. */
  watch?(wake: (key: string) => void): () => void;
}

export interface ReconcilerActivity {
  readonly reconciler: string;
  readonly key: string;
  readonly state: 'queued' | 'running' | 'waiting';
  readonly failures: number;
  readonly lastError?: string;
  /** When it is tried or looked at again. */
  readonly dueAtMs?: TimestampMs;
}
