// Gathers what is asked for while the event loop turns once, and carries it out in one transaction: a hundred senders
// share one commit and one fsync.

import { afterThisTurn } from '../../kernel/clock.ts';
import type { MessageStorage } from './storage.ts';

export interface TurnOptions {
  readonly storage: MessageStorage;
  /** Within the transaction, when all work is done. */
  readonly beforeCommit: () => void;
  readonly afterCommit: () => void;
  /** The storage failed and has nothing of this turn: whatever is known in memory may be wrong. */
  readonly afterFailure: () => void;
}

/** So many turns of the event loop in which nothing was asked: those who were answered have something else to do. */
const quietTurns = 3;
/** What need not be on disk may be asked without end, and who waits for the disk is not to wait for that. */
const mostTurns = 10;

/** A piece of work, and who waits for it. */
class Pending {
  readonly work: () => unknown;
  readonly isLossy: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  failure: { readonly error: unknown } | undefined;

  constructor(
    work: () => unknown,
    isLossy: boolean,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.work = work;
    this.isLossy = isLossy;
    this.resolve = resolve;
    this.reject = reject;
    this.result = undefined;
    this.failure = undefined;
  }

  carryOut(): void {
    try {
      this.result = this.work();
    } catch (error) {
      this.failure = { error };
    }
  }

  settle(): void {
    if (this.failure) this.reject(this.failure.error);
    else this.resolve(this.result);
  }
}

export class Turn {
  readonly #options: TurnOptions;
  #queue: Pending[] = [];
  /** Who is served by the turn that is being carried out, though it did not ask in it. */
  #joining: Pending[] = [];
  /** Whether something in the queue need not wait for the disk. */
  #hasLossy = false;
  #isScheduled = false;
  /** How often the disk is being waited for. */
  #flushing = 0;
  /** The disk is not, but those whom it let go on are waited for. */
  #isGathering = false;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` in the turn's transaction. Resolves when that is on disk; with `isLossy`, as soon as it is committed,
   * which outlives the process but not the host. What `work` throws is the rejection; it must not have written by then.
   */
  run<T>(work: () => T | Promise<T>, isLossy = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push(new Pending(work, isLossy, resolve as (result: unknown) => void, reject));
      this.#hasLossy ||= isLossy;
      this.#schedule();
    });
  }

  /** Of `beforeCommit`: somebody else is told `result` when this turn is committed, or what kept it from that. */
  settleWithThis(result: unknown, resolve: (result: never) => void, reject: (error: unknown) => void): void {
    const pending = new Pending(() => result, true, resolve as (result: unknown) => void, reject);
    pending.result = result;
    this.#joining.push(pending);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    afterThisTurn(() => this.#carryOut());
  }

  #carryOut(): void {
    this.#isScheduled = false;
    // What waits for the disk would wait for its next turn anyway, and is cheaper together.
    if (this.#queue.length === 0) return;
    if ((this.#flushing > 0 || this.#isGathering) && !this.#hasLossy) return;
    let batch = this.#queue;
    this.#queue = [];
    this.#hasLossy = false;
    this.#joining = [];
    const { storage, beforeCommit } = this.#options;
    try {
      storage.transact(() => {
        for (const pending of batch) pending.carryOut();
        beforeCommit();
      });
    } catch (error) {
      this.#abandon([...batch, ...this.#joining], error);
      return;
    }
    this.#options.afterCommit();
    if (this.#joining.length > 0) batch = [...batch, ...this.#joining];
    this.#settle(batch);
  }

  #settle(batch: readonly Pending[]): void {
    const careful: Pending[] = [];
    for (const pending of batch) {
      if (pending.isLossy || pending.failure) pending.settle();
      else careful.push(pending);
    }
    if (careful.length === 0) return;
    this.#flushing += 1;
    const flushed = () => {
      this.#flushing -= 1;
      if (this.#flushing === 0) this.#gather();
    };
    this.#options.storage.flush().then(
      () => {
        for (const pending of careful) pending.settle();
        flushed();
      },
      (error: unknown) => {
        this.#abandon(careful, error);
        flushed();
      },
    );
  }

  /**
   * Whoever was just answered often asks again at once, and would find the disk busy with those who were quicker. A few turns, a
   * fraction of what a sync takes, bring them together.
   */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    let seen = this.#queue.length;
    let turns = 0;
    let quiet = 0;
    const look = () => {
      turns += 1;
      quiet = this.#queue.length > seen ? 0 : quiet + 1;
      seen = this.#queue.length;
      if (quiet < quietTurns && turns < mostTurns) {
        afterThisTurn(look);
        return;
      }
      this.#isGathering = false;
      if (seen > 0) this.#schedule();
    };
    afterThisTurn(look);
  }

  #abandon(batch: readonly Pending[], error: unknown): void {
    this.#options.afterFailure();
    for (const { reject } of batch) reject(error);
  }
}
