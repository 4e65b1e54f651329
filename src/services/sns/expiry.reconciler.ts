// Rows that are there for a while only: unconfirmed subscriptions, what FIFO topics remember, and kept letters.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Row, Table } from '../../kernel/table.ts';
import { keptForMs, outbox } from './outbox.table.ts';
import { subscriptions } from './subscriptions.table.ts';
import { recentPublications } from './topics.table.ts';

export function createExpiryReconcilers(world: World): readonly Reconciler[] {
  return [
    expiring(world, subscriptions, ({ spec }) => (spec.confirmation === undefined ? spec.expiresAtMs : undefined)),
    expiring(world, recentPublications, ({ spec }) => spec.expiresAtMs),
    expiring(world, outbox, ({ createdAtMs }) => createdAtMs + keptForMs),
  ];
}

/** `endOf` tells when a row's time is over; undefined for one that stays. */
function expiring<Spec>(
  { store, clock }: World,
  table: Table<Spec, null>,
  endOf: (row: Row<Spec, null>) => number | undefined,
): Reconciler {
  return {
    name: `${table.name}.expiry`,
    keys: () => [...store.listAll(table)].filter((row) => endOf(row) !== undefined).map(({ id }) => id),
    wakes: (change) => (change.table === table.name && change.after && !change.before ? [change.key.id] : []),
    async reconcile(id) {
      const row = store.find(table, id);
      const endMs = row && endOf(row);
      if (!row || endMs === undefined) return undefined;
      const leftMs = endMs - clock.now();
      if (leftMs > 0) return leftMs;
      store.changeStatuses((transaction) => transaction.table(table, row).remove(id));
      return undefined;
    },
  };
}
