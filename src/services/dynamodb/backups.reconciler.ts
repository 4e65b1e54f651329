// Makes backups: copies the items of a table as they were when the backup was asked for. And forgets the history of
// tables that is older than their recovery period.

import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { type BackupRow, backups } from './backups.table.ts';
import { copyItems, plainTarget } from './copy-items.ts';
import { readHistory } from './history.ts';
import { endRunning, runningKeys } from './running-backups.ts';
import { tables } from './tables.table.ts';

const historyPrefix = 'history:';
const trimEveryMs = 3600_000;
const trimmedAtOnce = 1000;
const dayMs = 24 * 3600_000;

export function createBackupReconciler({ store, clock, drivers }: World): Reconciler {
  const { items } = drivers;
  const keyOf = ({ account, region, id }: { readonly account: string; readonly region: string; readonly id: string }) =>
    `${account}/${region}/${id}`;

  function find(key: string): BackupRow | undefined {
    const [account = '', region = '', id = ''] = key.split('/');
    return store.read(backups, { account, region }).get(id);
  }

  async function make(key: string, row: BackupRow): Promise<void> {
    const { spec, id } = row;
    const scope = { account: row.account, region: row.region };
    const table = store.read(tables, scope).get(spec.tableName);
    const running = table?.spec.runningBackups.find(({ backupId }) => backupId === id);
    // The table went before its backup was made: there is nothing to make it of.
    if (!table || !running) {
      store.changeStatuses((transaction) => transaction.table(backups, scope).remove(id));
      return;
    }
    const space = Buffer.from(spec.space, 'hex');
    await items.clear(space, `${spec.space}/`);
    const source = {
      space: Buffer.from(spec.table.space, 'hex'),
      histories: [{ space: Buffer.from(running.historySpace, 'hex'), untilMs: Number.NEGATIVE_INFINITY }],
    };
    if (!(await copyItems(items, source, plainTarget(spec.space), () => find(key) !== undefined))) return;
    store.changeStatuses((transaction) => transaction.table(backups, scope).update(id, () => ({ isAvailable: true })));
  }

  async function trim(key: string): Promise<number | undefined> {
    const [account = '', region = '', id = ''] = key.split('/');
    const pointInTime = store.read(tables, { account, region }).get(id)?.spec.pointInTime;
    if (!pointInTime) return undefined;
    const space = Buffer.from(pointInTime.space, 'hex');
    const untilMs = clock.now() - pointInTime.days * dayMs;
    for (;;) {
      const old: Buffer[] = [];
      await items.visit({ from: space, to: afterPrefix(space) }, (entry, value) => {
        if (readHistory(value).atMs >= untilMs) return false;
        old.push(Buffer.from(entry));
        return old.length < trimmedAtOnce;
      });
      if (old.length === 0) return trimEveryMs;
      await items.change({
        reads: [],
        decide: () => ({ writes: old.map((entry) => ({ key: entry })), result: undefined }),
      });
    }
  }

  return {
    name: 'dynamodb.backups',
    keys: () => [
      ...runningKeys(store),
      ...[...store.listAll(backups)].filter(({ status }) => !status.isAvailable).map(keyOf),
      ...[...store.listAll(tables)].filter(({ spec }) => spec.pointInTime).map((row) => historyPrefix + keyOf(row)),
    ],
    wakes: ({ table, key, after }) => {
      if (!after) return [];
      if (table === backups.name) return [keyOf(key)];
      return table === tables.name ? [historyPrefix + keyOf(key)] : [];
    },
    async reconcile(key) {
      if (key.startsWith(historyPrefix)) return trim(key.slice(historyPrefix.length));
      const row = find(key);
      if (!row) return undefined;
      if (!row.status.isAvailable) await make(key, row);
      if (find(key)?.status.isAvailable) endRunning(store, row, row.spec.tableName);
      return undefined;
    },
  };
}
