// Makes the world match the rows. The runner owns when and how often; a reconciler is given a key and nothing else,
// looks at the world, reads the row last, acts, and writes status.
//
// One run per key at a time; a wake during a run causes one more. Failures back off per key. Start, wakes, retries and
// the sweep take the same code path, so there is no recovery code that only a crash exercises.

import { afterThisTurn, type Clock, type Timer, type TimestampMs } from './clock.ts';
import type { Log } from './log.ts';
import { type Random, randomInteger } from './random.ts';
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

const firstBackOffMs = 200;
const longestBackOffMs = 30_000;

interface KeyState {
  state: 'queued' | 'running' | 'waiting';
  wokenWhileRunning: boolean;
  failures: number;
  lastError?: string;
  dueAtMs?: TimestampMs;
  timer?: Timer;
}

interface Lane {
  readonly reconciler: Reconciler;
  readonly keys: Map<string, KeyState>;
  readonly queue: string[];
  running: number;
}

export function createReconcilerRunner(options: ReconcilerRunnerOptions): ReconcilerRunner {
  const { clock, random, log } = options;
  const lanes = new Map<string, Lane>(
    options.reconcilers.map((reconciler) => [reconciler.name, { reconciler, keys: new Map(), queue: [], running: 0 }]),
  );
  const waiters = new Set<() => void>();
  const watches: (() => void)[] = [];
  let stopped = false;
  let sweepTimer: Timer | undefined;
  let turnSinceMs: number | undefined;

  function wake(lane: Lane, key: string): void {
    if (stopped) return;
    const state = lane.keys.get(key);
    if (state?.state === 'queued') return;
    if (state?.state === 'running') {
      state.wokenWhileRunning = true;
      return;
    }
    state?.timer?.cancel();
    const { lastError } = state ?? {};
    lane.keys.set(key, {
      state: 'queued',
      wokenWhileRunning: false,
      failures: state?.failures ?? 0,
      ...(lastError && { lastError }),
    });
    lane.queue.push(key);
    pump(lane);
  }

  function pump(lane: Lane): void {
    while (!stopped && lane.running < (lane.reconciler.concurrency ?? 16)) {
      const key = lane.queue.shift();
      if (key === undefined) return;
      void run(lane, key);
    }
  }

  /** Keys with nothing to do wait for nothing, and a sweep over thousands of them would let nobody else in. */
  async function whileTurnIsShort(): Promise<void> {
    const nowMs = clock.monotonicMs();
    if (turnSinceMs === undefined) {
      turnSinceMs = nowMs;
      afterThisTurn(() => {
        turnSinceMs = undefined;
      });
    } else if (nowMs - turnSinceMs > longTurnMs) await new Promise<void>(afterThisTurn);
  }

  async function run(lane: Lane, key: string): Promise<void> {
    const state = lane.keys.get(key) as KeyState;
    state.state = 'running';
    lane.running += 1;
    let againAfterMs: number | undefined;
    try {
      await options.flushed();
      await whileTurnIsShort();
      againAfterMs = await lane.reconciler.reconcile(key);
      state.failures = 0;
      delete state.lastError;
    } catch (error) {
      state.failures += 1;
      state.lastError = error instanceof Error ? error.message : String(error);
      againAfterMs = backOffMs(state.failures, random);
      log.warn('reconciliation failed, will retry', {
        reconciler: lane.reconciler.name,
        key,
        inMs: againAfterMs,
        error: state.lastError,
      });
    }
    lane.running -= 1;
    afterRun(lane, key, state, againAfterMs);
    pump(lane);
    for (const waiter of waiters) waiter();
  }

  function afterRun(lane: Lane, key: string, state: KeyState, againAfterMs: number | undefined): void {
    if (state.wokenWhileRunning && state.failures === 0) {
      state.state = 'waiting';
      wake(lane, key);
    } else if (againAfterMs === undefined && !state.wokenWhileRunning) {
      lane.keys.delete(key);
    } else {
      state.state = 'waiting';
      state.wokenWhileRunning = false;
      if (stopped) return;
      state.dueAtMs = clock.now() + (againAfterMs ?? 0);
      state.timer = clock.after(againAfterMs ?? 0, () => wake(lane, key));
    }
  }

  async function queueAllKeys(): Promise<void> {
    for (const lane of lanes.values()) {
      try {
        for (const key of await lane.reconciler.keys()) {
          // A key that waits out its back-off is left waiting: the sweep must not turn back-off into a busy loop.
          if (lane.keys.get(key)?.state !== 'waiting') wake(lane, key);
        }
      } catch (error) {
        log.error('could not list what to reconcile', { reconciler: lane.reconciler.name, error });
      }
    }
  }

  function scheduleSweep(): void {
    if (options.sweepEveryMs <= 0 || stopped) return;
    sweepTimer = clock.after(options.sweepEveryMs, () => void queueAllKeys().then(scheduleSweep));
  }

  const isBusy = (withinMs: number): boolean =>
    [...lanes.values()].some((lane) =>
      [...lane.keys.values()].some((key) => key.state !== 'waiting' || (key.dueAtMs ?? 0) - clock.now() < withinMs),
    );

  return {
    async start() {
      for (const lane of lanes.values()) {
        const end = lane.reconciler.watch?.((key) => wake(lane, key));
        if (end) watches.push(end);
      }
      await queueAllKeys();
      scheduleSweep();
    },
    notify(changes) {
      for (const lane of lanes.values()) {
        for (const change of changes) for (const key of lane.reconciler.wakes(change)) wake(lane, key);
      }
    },
    wake(reconciler, key) {
      const lane = lanes.get(reconciler);
      if (lane) wake(lane, key);
    },
    sweep: queueAllKeys,
    async stop() {
      stopped = true;
      sweepTimer?.cancel();
      for (const end of watches) end();
      for (const lane of lanes.values()) for (const key of lane.keys.values()) key.timer?.cancel();
      while ([...lanes.values()].some((lane) => lane.running > 0)) await nextRunEnds(waiters);
    },
    async settle(withinMs = 0) {
      while (!stopped && isBusy(withinMs)) await nextRunEnds(waiters);
    },
    activities: () =>
      [...lanes.values()].flatMap((lane) =>
        [...lane.keys].map(([key, { state, failures, lastError, dueAtMs }]) => ({
          reconciler: lane.reconciler.name,
          key,
          state,
          failures,
          ...(lastError !== undefined && { lastError }),
          ...(dueAtMs !== undefined && { dueAtMs }),
        })),
      ),
  };
}

function nextRunEnds(waiters: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const waiter = () => {
      waiters.delete(waiter);
      resolve();
    };
    waiters.add(waiter);
  });
}

/** Doubles from 200 ms to 30 s, with up to half of it taken off so that retries spread. */
function backOffMs(failures: number, random: Random): number {
  const full = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 1));
  return full - randomInteger(random, Math.ceil(full / 2));
}
