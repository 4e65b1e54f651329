// Owns when and how often reconcilers run. Start, wakes, retries and the sweep take the same code path, so there is no recovery
// code that only a crash exercises.

import { afterThisTurn, type Clock, type Timer } from './clock.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';
import type { Reconciler, ReconcilerActivity } from './reconciler.ts';
import { Lane } from './reconciler-lane.ts';
import type { Change } from './table.ts';

export interface ReconcilerRunner {
  /** Runs every key once, and then on wakes. Resolves when the first pass is queued. */
  start(): Promise<void>;
  notify(changes: readonly Change[]): void;
  wake(reconciler: string, key: string): void;
  /** Looks at every key once more, without waiting for the sweep's turn. */
  sweep(): Promise<void>;
  /** Lets running reconciliations end and starts no new ones. */
  stop(): Promise<void>;
  /** Resolves when nothing is queued or running, nor waiting for less than `withinMs`. */
  settle(withinMs?: number): Promise<void>;
  activities(): readonly ReconcilerActivity[];
}

export interface ReconcilerRunnerOptions {
  readonly reconcilers: readonly Reconciler[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How often all keys are looked at whether woken or not; 0 switches the sweep off. */
  readonly sweepEveryMs: number;
  /** Resolves when everything committed so far is on disk. The world is not changed for what a crash could take back. */
  readonly flushed: () => Promise<void>;
}

const longTurnMs = 5;

export function createReconcilerRunner(options: ReconcilerRunnerOptions): ReconcilerRunner {
  return new Runner(options);
}

class Runner implements ReconcilerRunner {
  readonly #options: ReconcilerRunnerOptions;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #waiters = new Set<() => void>();
  readonly #watches: (() => void)[] = [];
  #isStopped = false;
  #sweepTimer: Timer | undefined;

  constructor(options: ReconcilerRunnerOptions) {
    const { reconcilers, clock, random, log, flushed } = options;
    const turn = new Turn(clock);
    const mayRun = async () => {
      await flushed();
      await turn.whileShort();
    };
    const onRunEnd = () => {
      for (const waiter of this.#waiters) waiter();
    };
    this.#options = options;
    this.#lanes = new Map(
      reconcilers.map((reconciler) => [
        reconciler.name,
        new Lane(reconciler, { clock, random, log, mayRun, onRunEnd }),
      ]),
    );
  }

  async start(): Promise<void> {
    for (const lane of this.#lanes.values()) {
      const end = lane.reconciler.watch?.((key) => lane.wake(key));
      if (end) this.#watches.push(end);
    }
    await this.sweep();
    this.#scheduleSweep();
  }

  notify(changes: readonly Change[]): void {
    for (const lane of this.#lanes.values()) {
      for (const change of changes) for (const key of lane.reconciler.wakes(change)) lane.wake(key);
    }
  }

  wake(reconciler: string, key: string): void {
    this.#lanes.get(reconciler)?.wake(key);
  }

  async sweep(): Promise<void> {
    for (const lane of this.#lanes.values()) {
      try {
        await lane.wakeAll();
      } catch (error) {
        this.#options.log.error('could not list what to reconcile', { reconciler: lane.reconciler.name, error });
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sweepTimer?.cancel();
    for (const end of this.#watches) end();
    for (const lane of this.#lanes.values()) lane.stop();
    while ([...this.#lanes.values()].some(({ isRunning }) => isRunning)) await this.#nextRunEnds();
  }

  async settle(withinMs = 0): Promise<void> {
    const isBusy = () => [...this.#lanes.values()].some((lane) => lane.isBusy(withinMs));
    while (!this.#isStopped && isBusy()) await this.#nextRunEnds();
  }

  activities(): readonly ReconcilerActivity[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.activities());
  }

  #scheduleSweep(): void {
    const { clock, sweepEveryMs } = this.#options;
    if (sweepEveryMs <= 0 || this.#isStopped) return;
    this.#sweepTimer = clock.after(sweepEveryMs, () => void this.sweep().then(() => this.#scheduleSweep()));
  }

  #nextRunEnds(): Promise<void> {
    return new Promise((resolve) => {
      const waiter = () => {
        this.#waiters.delete(waiter);
        resolve();
      };
      this.#waiters.add(waiter);
    });
  }
}

/** Keys with nothing to do wait for nothing, and a sweep over thousands of them would let nobody else in. */
class Turn {
  readonly #clock: Clock;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async whileShort(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#sinceMs === undefined) {
      this.#sinceMs = nowMs;
      afterThisTurn(() => {
        this.#sinceMs = undefined;
      });
    } else if (nowMs - this.#sinceMs > longTurnMs) await new Promise<void>(afterThisTurn);
  }
}
