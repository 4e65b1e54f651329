// Gathers what is asked for while the event loop turns once, and carries it out in one transaction: a hundred senders
// share one commit and one fsync.

import { afterThisTurn } from '../../kernel/clock.ts';
import type { MessageStorage } from './storage.ts';

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

  function carryOut(): void {
    const batch = queue;
    queue = [];
    try {
      storage.transact(() => {
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
      afterFailure();
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const pending of batch) if (pending.isLossy || pending.failure) settle(pending);
    const careful = batch.filter((pending) => !pending.isLossy && !pending.failure);
    if (careful.length === 0) return;
    storage.flushed().then(
      () => careful.forEach(settle),
      (error: unknown) => {
        for (const { reject } of careful) reject(error);
      },
    );
  }

  return {
    run<T>(work: () => T, isLossy = false): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, isLossy, resolve: resolve as (result: unknown) => void, reject });
        if (queue.length === 1) afterThisTurn(carryOut);
      });
    },
  };
}

function settle({ failure, result, resolve, reject }: Pending): void {
  if (failure) reject(failure.error);
  else resolve(result);
}
