// Tables note what changes while a backup or an export of them is being made. Ending that is a step of its own, after the
// backup is known to be done; a crash in between leaves it to the next start.

import type { Store } from '../../kernel/store.ts';
import type { RowKey } from '../../kernel/table.ts';
import { tables } from './tables.table.ts';

/** Of all backups and exports that tables still note changes for. */
export function runningKeys(store: Store): readonly string[] {
  return [...store.listAll(tables)].flatMap(({ account, region, spec }) =>
    spec.runningBackups.map(({ backupId }) => `${account}/${region}/${backupId}`),
  );
}

/** From here on nothing that happens to the table is noted for it. */
export function endRunning(store: Store, { account, region, id }: RowKey, tableName: string): void {
  const scope = { account, region };
  const isRunning = store
    .read(tables, scope)
    .get(tableName)
    ?.spec.runningBackups.some(({ backupId }) => backupId === id);
  if (!isRunning) return;
  store.changeSpecs((transaction) =>
    transaction.table(tables, scope).update(tableName, (spec) => ({
      ...spec,
      runningBackups: spec.runningBackups.filter(({ backupId }) => backupId !== id),
    })),
  );
}
