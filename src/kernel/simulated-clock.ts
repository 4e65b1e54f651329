// A clock whose time moves only when someone moves it. Timers due at the same moment fire in the order they were set.

import type { Clock, TimestampMs } from './clock.ts';

export interface SimulatedClock extends Clock {
  /** Fires the earliest timer and moves time to it; false when there is none, or none before `untilMs`. */
  step(untilMs?: TimestampMs): boolean;
  /** Forgets every timer, as a crash does. */
  forgetTimers(): void;
}

interface PendingTimer {
  readonly atMs: TimestampMs;
  readonly order: number;
  readonly run: () => void;
}

export function createSimulatedClock(startMs: TimestampMs): SimulatedClock {
  let nowMs = startMs;
  let order = 0;
  const pending = new Set<PendingTimer>();

  const after = (delayMs: number, run: () => void) => {
    const timer = { atMs: nowMs + Math.max(0, delayMs), order: order++, run };
    pending.add(timer);
    return { cancel: () => void pending.delete(timer) };
  };

  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const timer = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason);
        });
      }),
    step(untilMs = Number.POSITIVE_INFINITY) {
      let next: PendingTimer | undefined;
      for (const timer of pending) {
        if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) next = timer;
      }
      if (!next || next.atMs > untilMs) return false;
      pending.delete(next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
      return true;
    },
    forgetTimers: () => pending.clear(),
  };
}
