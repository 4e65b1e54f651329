// Carries out imports: reads the objects in the name of whoever asked for it, writes what are items into the table, and
// lets the table be used. One that was interrupted is begun again from the start.

import { AwsError } from '../../aws/errors.ts';
import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Scope } from '../../kernel/table.ts';
import { importObject, sourceKeys } from './imported-objects.ts';
import { type ImportCounts, type ImportRow, type ImportStatus, importsTable, noCounts } from './imports.table.ts';
import { bucketFailure } from './s3-failures.ts';
import { layoutOf } from './table-layout.ts';
import { spacesOf, type TableRow, tables } from './tables.table.ts';

const keyOf = ({ account, region, id }: Scope & { readonly id: string }): string => `${account}/${region}/${id}`;

export function createImportReconciler(world: World): Reconciler {
  const { store } = world;
  return {
    name: 'dynamodb.imports',
    concurrency: 2,
    keys: () => [...store.listAll(importsTable)].filter(({ status }) => status.state === 'IN_PROGRESS').map(keyOf),
    wakes: ({ table, key, before, after }) => (table === importsTable.name && after && !before ? [keyOf(key)] : []),
    async reconcile(key) {
      const row = findImport(world, key);
      if (row?.status.state !== 'IN_PROGRESS') return undefined;
      const table = store.read(tables, row).get(row.spec.tableName);
      if (table?.spec.importId === row.id) end(world, row, table, await carryOut(world, row, table));
      return undefined;
    },
  };
}

function findImport({ store }: World, key: string): ImportRow | undefined {
  const [account = '', region = '', id = ''] = key.split('/');
  return store.read(importsTable, { account, region }).get(id);
}

/** How it ended. */
async function carryOut(world: World, row: ImportRow, table: TableRow): Promise<ImportStatus> {
  try {
    return await readAll(world, row, table);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { bytes, processed, imported, errors } = findImport(world, keyOf(row))?.status ?? noCounts;
    const counts = { bytes, processed, imported, errors };
    return { ...counts, state: 'FAILED', endedAtMs: world.clock.now(), failure: bucketFailure(error) };
  }
}

async function readAll(world: World, row: ImportRow, table: TableRow): Promise<ImportStatus> {
  const spaces = spacesOf(table.spec);
  for (const space of spaces) await world.drivers.items.clear(Buffer.from(space, 'hex'), `${space}/`);
  // From the start its indexes count what they get.
  const layout = layoutOf({ ...table, status: { ...table.status, filled: spaces } });
  let total = noCounts;
  for await (const key of sourceKeys(world, row)) {
    total = sum(total, await importObject(world, row, key, layout));
    report(world, row, { ...total, state: 'IN_PROGRESS' });
  }
  const endedAtMs = world.clock.now();
  if (total.errors === 0) return { ...total, state: 'COMPLETED', endedAtMs };
  const message = 'Some of the items failed validation checks. Please check CloudWatch error logs for more details.';
  return { ...total, state: 'FAILED', endedAtMs, failure: { code: 'ItemValidationError', message } };
}

function sum(a: ImportCounts, b: ImportCounts): ImportCounts {
  return {
    bytes: a.bytes + b.bytes,
    processed: a.processed + b.processed,
    imported: a.imported + b.imported,
    errors: a.errors + b.errors,
  };
}

function report({ store }: World, { account, region, id }: ImportRow, status: ImportStatus): void {
  store.changeStatuses((transaction) => transaction.table(importsTable, { account, region }).update(id, () => status));
}

/** In one transaction: whoever sees that the import is over can use the table. */
function end({ store }: World, row: ImportRow, table: TableRow, status: ImportStatus): void {
  const scope = { account: row.account, region: row.region };
  store.changeStatuses((transaction) => {
    transaction.table(importsTable, scope).update(row.id, () => status);
    const rows = transaction.table(tables, scope);
    if (status.failure && status.failure.code !== 'ItemValidationError') rows.remove(table.id);
    else rows.update(table.id, () => ({ revision: table.spec.revision, filled: spacesOf(table.spec) }));
  });
}
