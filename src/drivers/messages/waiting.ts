// Long polling: who waits for a queue's messages, first come first served. A wait ends when a message comes, when its
// time is over, or when the one who waits goes away.

import type { Clock, Timer } from '../../kernel/clock.ts';
import type { ReceiveRequest, ReceiveResult } from './messages.ts';

export interface Waiter {
  readonly request: ReceiveRequest;
  /** Ends the wait. */
  end(result: ReceiveResult): void;
  fail(error: unknown): void;
}

export interface Waiting {
  /** Resolves when the wait is over. */
  wait(queueId: string, request: ReceiveRequest, waitMs: number, signal: AbortSignal): Promise<ReceiveResult>;
  /** In the order in which they came. */
  of(queueId: string): readonly Waiter[];
  has(queueId: string): boolean;
  endAll(queueId?: string): void;
}

const nothing: ReceiveResult = { messages: [], isOverLimit: false };

export function createWaiting(clock: Clock): Waiting {
  const waiters = new Map<string, Set<Waiter>>();
  return {
    wait(queueId, request, waitMs, signal) {
      if (signal.aborted) return Promise.resolve(nothing);
      return new Promise((resolve, reject) => {
        const queue = waiters.get(queueId) ?? new Set();
        waiters.set(queueId, queue);
        let timer: Timer | undefined;
        const leave = () => {
          queue.delete(waiter);
          if (queue.size === 0 && waiters.get(queueId) === queue) waiters.delete(queueId);
          timer?.cancel();
          signal.removeEventListener('abort', giveUp);
        };
        const waiter: Waiter = {
          request,
          end(result) {
            leave();
            resolve(result);
          },
          fail(error) {
            leave();
            reject(error);
          },
        };
        const giveUp = () => waiter.end(nothing);
        queue.add(waiter);
        timer = clock.after(waitMs, giveUp);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
    of: (queueId) => [...(waiters.get(queueId) ?? [])],
    has: (queueId) => waiters.has(queueId),
    endAll(queueId) {
      for (const id of queueId === undefined ? [...waiters.keys()] : [queueId])
        for (const waiter of waiters.get(id) ?? []) waiter.end(nothing);
    },
  };
}
