// Long polling: who waits for a queue's messages, first come first served. Waits are served in the transaction in which
// something may have become visible, so that a message is handed on without being read again. A wait ends when a message
// comes, when its time is over, or when the one who waits goes away.

import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Patience, ReceiveRequest, ReceiveResult } from './messages.ts';

const nothing: ReceiveResult = { messages: [], isOverLimit: false };

class Waiter {
  readonly request: () => ReceiveRequest;
  readonly #signal: AbortSignal;
  readonly #group: Set<Waiter>;
  readonly #resolve: (result: ReceiveResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: Timer;
  readonly #giveUp = () => this.end(nothing);

  constructor(
    clock: Clock,
    group: Set<Waiter>,
    request: ReceiveRequest,
    { waitMs, renew = () => request }: Patience,
    signal: AbortSignal,
    resolve: (result: ReceiveResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.request = renew;
    this.#signal = signal;
    this.#group = group;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = clock.after(waitMs, this.#giveUp);
    signal.addEventListener('abort', this.#giveUp, { once: true });
    group.add(this);
  }

  /** From now on only `end` and `fail` can end it. */
  leave(): void {
    this.#group.delete(this);
    this.#timer.cancel();
    this.#signal.removeEventListener('abort', this.#giveUp);
  }

  readonly end = (result: ReceiveResult): void => {
    this.leave();
    this.#resolve(result);
  };

  readonly fail = (error: unknown): void => {
    this.leave();
    this.#reject(error);
  };
}

/** A wait that has its messages, as soon as they are committed. */
export interface Served {
  readonly waiter: { readonly end: (result: ReceiveResult) => void; readonly fail: (error: unknown) => void };
  readonly result: ReceiveResult;
}

export class LongPolls {
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the wait is over. */
  wait(queueId: string, request: ReceiveRequest, patience: Patience): Promise<ReceiveResult> {
    const signal = patience.signal();
    if (signal.aborted) return Promise.resolve(nothing);
    let group = this.#waiters.get(queueId);
    if (!group) {
      group = new Set();
      this.#waiters.set(queueId, group);
    }
    const waiters = group;
    return new Promise((resolve, reject) => {
      new Waiter(this.#clock, waiters, request, patience, signal, resolve, reject);
    });
  }

  has(queueId: string): boolean {
    const waiters = this.#waiters.get(queueId);
    return waiters !== undefined && waiters.size > 0;
  }

  /** Those who wait get what `receive` finds, until it finds nothing. */
  serve(queueId: string, receive: (request: ReceiveRequest) => ReceiveResult): readonly Served[] {
    const served: Served[] = [];
    for (const waiter of this.#waiters.get(queueId) ?? []) {
      const result = receive(waiter.request());
      if (result.messages.length === 0) break;
      waiter.leave();
      served.push({ waiter, result });
    }
    return served;
  }

  /** Calls `look` at that moment, if there is one, while somebody still waits; instead of what was arranged before. */
  lookAgain(queueId: string, atMs: number, look: () => void): void {
    this.#timers.get(queueId)?.cancel();
    this.#timers.delete(queueId);
    if (!Number.isFinite(atMs) || !this.has(queueId)) return;
    const timer = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => {
      this.#timers.delete(queueId);
      if (this.has(queueId)) look();
    });
    this.#timers.set(queueId, timer);
  }

  /** Ends all waits, or those for one queue. */
  endAll(queueId?: string): void {
    for (const id of queueId === undefined ? [...this.#waiters.keys()] : [queueId]) {
      for (const waiter of this.#waiters.get(id) ?? []) waiter.end(nothing);
      this.#waiters.delete(id);
      this.lookAgain(id, Number.POSITIVE_INFINITY, () => undefined);
    }
  }
}
