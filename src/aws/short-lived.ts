// Rows that are there for a while only and that nothing waits for: a reconciler looks through their tables now and then,
// instead of watching each of them.

import type { TimestampMs } from '../kernel/clock.ts';
import type { Reconciler } from '../kernel/reconciler.ts';
import type { Store } from '../kernel/store.ts';
import type { Row, Table } from '../kernel/table.ts';
import type { World } from './service.ts';

const lookEveryMs = 10 * 60_000;
/** As many rows as one transaction removes; the next one follows at once. */
const mostAtOnce = 500;

export interface ShortLived {
  readonly tableName: string;
  /** Removes rows whose time is over, and answers how many. */
  forget(store: Store, nowMs: TimestampMs): number;
}

/** `endOf` tells when a row's time is over; undefined for one that stays. */
export function shortLived<Spec, Status>(
  table: Table<Spec, Status>,
  endOf: (row: Row<Spec, Status>) => TimestampMs | undefined,
): ShortLived {
  return {
    tableName: table.name,
    forget(store, nowMs) {
      const over: Row<Spec, Status>[] = [];
      for (const row of store.listAll(table)) {
        if ((endOf(row) ?? Number.POSITIVE_INFINITY) <= nowMs && over.push(row) === mostAtOnce) break;
      }
      store.changeStatuses((transaction) => {
        for (const row of over) transaction.table(table, row).remove(row.id);
      });
      return over.length;
    },
  };
}

/** A key is the name of a table. */
export function createShortLivedReconciler(
  name: string,
  tables: readonly ShortLived[],
  { store, clock }: Pick<World, 'store' | 'clock'>,
): Reconciler {
  const byName = new Map(tables.map((table) => [table.tableName, table]));
  return {
    name,
    keys: () => [...byName.keys()],
    wakes: () => [],
    reconcile: async (key) => (byName.get(key)?.forget(store, clock.now()) === mostAtOnce ? 0 : lookEveryMs),
  };
}
