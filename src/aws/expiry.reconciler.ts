// Forgets what the gateway remembers for a while only: client tokens whose day is over, and sessions that nobody could
// still hold. Nothing waits for it, so it looks through its tables now and then instead of watching single rows.

import type { TimestampMs } from '../kernel/clock.ts';
import type { Reconciler } from '../kernel/reconciler.ts';
import type { Row, Table } from '../kernel/table.ts';
import { credentials } from './credentials.table.ts';
import { idempotencyTokens } from './idempotency.ts';
import type { World } from './service.ts';

const lookEveryMs = 10 * 60_000;
/** As many rows as one transaction removes; the next one follows at once. */
const mostAtOnce = 500;
/** For so long a session that has expired is told so; then its key is as unknown as any other. */
const expiredSessionsKeptForMs = 7 * 24 * 3600_000;

/** A key is the name of a table. */
export function createExpiryReconciler({ store, clock }: Pick<World, 'store' | 'clock'>): Reconciler {
  const tables: Readonly<Record<string, () => number>> = {
    [credentials.name]: () =>
      forget(store, credentials, clock.now() - expiredSessionsKeptForMs, ({ spec }) => spec.expiresAtMs),
    [idempotencyTokens.name]: () => forget(store, idempotencyTokens, clock.now(), ({ spec }) => spec.expiresAtMs),
  };
  return {
    name: 'aws.expiry',
    keys: () => Object.keys(tables),
    wakes: () => [],
    reconcile: async (table) => (tables[table]?.() === mostAtOnce ? 0 : lookEveryMs),
  };
}

/** Removes rows that ended at `beforeMs` or earlier, and answers how many. A row without an end stays. */
function forget<Spec, Status>(
  store: World['store'],
  table: Table<Spec, Status>,
  beforeMs: TimestampMs,
  endOf: (row: Row<Spec, Status>) => TimestampMs | undefined,
): number {
  const over: Row<Spec, Status>[] = [];
  for (const row of store.listAll(table)) {
    if ((endOf(row) ?? Number.POSITIVE_INFINITY) <= beforeMs && over.push(row) === mostAtOnce) break;
  }
  store.changeStatuses((transaction) => {
    for (const row of over) transaction.table(table, row).remove(row.id);
  });
  return over.length;
}
