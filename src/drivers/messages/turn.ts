// Gathers what is asked for while the event loop turns once, and carries it out in one transaction: a hundred senders
// share one commit and one fsync.

import { afterThisTurn } from '../../kernel/clock.ts';
import type { Commit, MessageStorage } from './storage.ts';

export interface Turn {
  /**
   * Runs `work` in the turn's transaction. Resolves when that is on disk; with `isLossy`, as soon as it is committed,
   * which outlives the process but not the host. What `work` throws is the rejection; it must not have written by then.
   */
  run<T>(work: () => T, isLossy?: boolean): Promise<T>;
}

interface Pending {
  readonly work: () => unknown;
  readonly isLossy: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  result?: unknown;
  failure?: { readonly error: unknown };
}

export interface TurnOptions {
  readonly storage: MessageStorage;
  /** Within the transaction, when all work is done. */
  readonly beforeCommit: () => void;
  /** The storage failed and has nothing of this turn: whatever is known in memory may be wrong. */
  readonly afterFailure: () => void;
}

export function createTurn({ storage, beforeCommit, afterFailure }: TurnOptions): Turn {
  let queue: Pending[] = [];
  let isScheduled = false;
  /** How often the disk is being waited for. */
  let flushing = 0;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    afterThisTurn(carryOut);
  }

  function carryOut(): void {
    isScheduled = false;
    // What waits for the disk would wait for its next turn anyway, and is cheaper together.
    if (queue.length === 0 || (flushing > 0 && queue.every(({ isLossy }) => !isLossy))) return;
    const batch = queue;
    queue = [];
    let commit: Commit;
    try {
      commit = storage.transact(() => {
        for (const pending of batch) {
          try {
            pending.result = pending.work();
          } catch (error) {
            pending.failure = { error };
          }
        }
        beforeCommit();
      });
    } catch (error) {
      abandon(batch, error);
      return;
    }
    const careful = batch.filter(({ isLossy, failure }) => !isLossy && !failure);
    const others = batch.filter(({ isLossy, failure }) => isLossy || failure);
    if (others.length > 0)
      commit.committed.then(
        () => others.forEach(settle),
        (error: unknown) => abandon(others, error),
      );
    if (careful.length === 0) return;
    flushing += 1;
    commit.flushed
      .then(
        () => careful.forEach(settle),
        (error: unknown) => abandon(careful, error),
      )
      .finally(() => {
        flushing -= 1;
        schedule();
      });
  }

  function abandon(batch: readonly Pending[], error: unknown): void {
    afterFailure();
    for (const { reject } of batch) reject(error);
  }

  return {
    run<T>(work: () => T, isLossy = false): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, isLossy, resolve: resolve as (result: unknown) => void, reject });
        schedule();
      });
    },
  };
}

function settle({ failure, result, resolve, reject }: Pending): void {
  if (failure) reject(failure.error);
  else resolve(result);
}
