// The keys of one reconciler that there is something to do about: queued, running, or waiting for their time. One run per
// key at a time; a wake during a run causes one more; failures back off per key.

import type { Clock, Timer, TimestampMs } from './clock.ts';
import type { Log } from './log.ts';
import { type Random, randomInteger } from './random.ts';
import type { Reconciler, ReconcilerActivity } from './reconciler.ts';

const usualConcurrency = 16;
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

export interface LaneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Resolves when a run may begin. */
  readonly mayRun: () => Promise<void>;
  /** Told after every run. */
  readonly onRunEnd: () => void;
}

export class Lane {
  readonly reconciler: Reconciler;
  readonly #options: LaneOptions;
  readonly #keys = new Map<string, KeyState>();
  readonly #queue: string[] = [];
  #running = 0;
  #isStopped = false;

  constructor(reconciler: Reconciler, options: LaneOptions) {
    this.reconciler = reconciler;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** Whether anything is queued or running, or waits for less than `withinMs`. */
  isBusy(withinMs: number): boolean {
    const nowMs = this.#options.clock.now();
    for (const { state, dueAtMs = 0 } of this.#keys.values())
      if (state !== 'waiting' || dueAtMs - nowMs < withinMs) return true;
    return false;
  }

  wake(key: string): void {
    if (this.#isStopped) return;
    const known = this.#keys.get(key);
    if (known?.state === 'queued') return;
    if (known?.state === 'running') {
      known.wokenWhileRunning = true;
      return;
    }
    known?.timer?.cancel();
    const { failures = 0, lastError } = known ?? {};
    const state = { state: 'queued' as const, wokenWhileRunning: false, failures, ...(lastError && { lastError }) };
    this.#keys.set(key, state);
    this.#queue.push(key);
    this.#pump();
  }

  /** A key that waits out its back-off is left waiting: the sweep must not turn back-off into a busy loop. */
  async wakeAll(): Promise<void> {
    for (const key of await this.reconciler.keys()) if (this.#keys.get(key)?.state !== 'waiting') this.wake(key);
  }

  /** Lets what runs end. */
  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#keys.values()) timer?.cancel();
  }

  activities(): readonly ReconcilerActivity[] {
    return [...this.#keys].map(([key, { state, failures, lastError, dueAtMs }]) => ({
      reconciler: this.reconciler.name,
      key,
      state,
      failures,
      ...(lastError !== undefined && { lastError }),
      ...(dueAtMs !== undefined && { dueAtMs }),
    }));
  }

  #pump(): void {
    while (!this.#isStopped && this.#running < (this.reconciler.concurrency ?? usualConcurrency)) {
      const key = this.#queue.shift();
      if (key === undefined) return;
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const state = this.#keys.get(key) as KeyState;
    state.state = 'running';
    this.#running += 1;
    let againAfterMs: number | undefined;
    try {
      await this.#options.mayRun();
      againAfterMs = await this.reconciler.reconcile(key);
      state.failures = 0;
      delete state.lastError;
    } catch (error) {
      againAfterMs = this.#fail(key, state, error);
    }
    this.#running -= 1;
    this.#afterRun(key, state, againAfterMs);
    this.#pump();
    this.#options.onRunEnd();
  }

  /** After how long it is tried again. */
  #fail(key: string, state: KeyState, error: unknown): number {
    const { random, log } = this.#options;
    state.failures += 1;
    state.lastError = error instanceof Error ? error.message : String(error);
    const inMs = backOffMs(state.failures, random);
    const { name: reconciler } = this.reconciler;
    log.warn('reconciliation failed, will retry', { reconciler, key, inMs, error: state.lastError });
    return inMs;
  }

  #afterRun(key: string, state: KeyState, againAfterMs: number | undefined): void {
    if (state.wokenWhileRunning && state.failures === 0) {
      state.state = 'waiting';
      this.wake(key);
    } else if (againAfterMs === undefined && !state.wokenWhileRunning) {
      this.#keys.delete(key);
    } else {
      const { clock } = this.#options;
      state.state = 'waiting';
      state.wokenWhileRunning = false;
      if (this.#isStopped) return;
      state.dueAtMs = clock.now() + (againAfterMs ?? 0);
      state.timer = clock.after(againAfterMs ?? 0, () => this.wake(key));
    }
  }
}

/** Doubles from 200 ms to 30 s, with up to half of it taken off so that retries spread. */
function backOffMs(failures: number, random: Random): number {
  const full = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 1));
  return full - randomInteger(random, Math.ceil(full / 2));
}
