// Makes exports: gathers what they show, and puts it into the bucket in the name of whoever asked for it.

import { AwsError } from '../../aws/errors.ts';
import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { announceExport, writeExport } from './export-objects.ts';
import { gatherExport } from './export-snapshot.ts';
import { type ExportRow, type ExportStatus, exportsTable } from './exports.table.ts';
import { endRunning, runningKeys } from './running-backups.ts';
import { bucketFailure } from './s3-failures.ts';

export function createExportReconciler(world: World): Reconciler {
  const { store, clock } = world;
  const { items } = world.drivers;
  const keyOf = ({ account, region, id }: { readonly account: string; readonly region: string; readonly id: string }) =>
    `${account}/${region}/${id}`;

  function find(key: string): ExportRow | undefined {
    const [account = '', region = '', id = ''] = key.split('/');
    return store.read(exportsTable, { account, region }).get(id);
  }

  async function make(row: ExportRow): Promise<ExportStatus> {
    const s3 = world.client('s3', row, row.spec.principal);
    try {
      await announceExport(s3, row);
      await gatherExport(items, row.spec, () => true);
      const totals = await writeExport(s3, items, row, clock.now());
      return { state: 'COMPLETED', endedAtMs: clock.now(), ...totals };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { state: 'FAILED', endedAtMs: clock.now(), failure: bucketFailure(error) };
    }
  }

  return {
    name: 'dynamodb.exports',
    concurrency: 2,
    keys: () => [
      ...[...store.listAll(exportsTable)].filter(({ status }) => status.state === 'IN_PROGRESS').map(keyOf),
      ...runningKeys(store),
    ],
    wakes: ({ table, key, after }) =>
      table === exportsTable.name && (after as ExportRow | undefined)?.status.state === 'IN_PROGRESS'
        ? [keyOf(key)]
        : [],
    async reconcile(key) {
      const row = find(key);
      if (!row) return undefined;
      if (row.status.state === 'IN_PROGRESS') {
        const status = await make(row);
        store.changeStatuses((transaction) =>
          transaction.table(exportsTable, { account: row.account, region: row.region }).update(row.id, () => status),
        );
      }
      endRunning(store, row, row.spec.tableName);
      return undefined;
    },
  };
}
