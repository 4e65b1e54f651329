// Carries out imports: reads the objects in the name of whoever asked for it, writes what are items into the table, and
// lets the table be used. One that was interrupted is begun again from the start.

import { AwsError } from '../../aws/errors.ts';
import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Item } from './attribute-value.ts';
import type { recordsOf } from './import-source.ts';
import { type ImportCounts, type ImportRow, type ImportStatus, importsTable, noCounts } from './imports.table.ts';
import { acceptNewItem, checkItem } from './item-checks.ts';
import { tableKey } from './item-keys.ts';
import { readFound, writesOf } from './item-writes.ts';
import { bucketFailure } from './s3-failures.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';
import { spacesOf, type TableRow, tables } from './tables.table.ts';

const writtenAtOnce = 500;

export function createImportReconciler(world: World): Reconciler {
  const { store, clock } = world;
  const { items } = world.drivers;
  const keyOf = ({ account, region, id }: { readonly account: string; readonly region: string; readonly id: string }) =>
    `${account}/${region}/${id}`;

  function find(key: string): ImportRow | undefined {
    const [account = '', region = '', id = ''] = key.split('/');
    return store.read(importsTable, { account, region }).get(id);
  }

  /** The keys of all objects that are to be read. Throws what S3 says. */
  async function* sourceKeys({ spec, account, region }: ImportRow): AsyncGenerator<string> {
    const { S3Bucket, S3KeyPrefix, S3BucketOwner } = spec.source;
    const s3 = world.client('s3', { account, region }, spec.principal);
    let after: string | undefined;
    do {
      const page = await s3.ListObjectsV2({
        Bucket: S3Bucket,
        Prefix: S3KeyPrefix,
        ContinuationToken: after,
        ExpectedBucketOwner: S3BucketOwner,
      });
      for (const { Key } of page.Contents ?? []) if (Key !== undefined && !Key.endsWith('/')) yield Key;
      after = page.NextContinuationToken;
    } while (after !== undefined);
  }

  async function write(layout: TableLayout, batch: ReadonlyMap<string, Item>): Promise<void> {
    const keys = [...batch.keys()].map((key) => Buffer.from(key, 'latin1'));
    const given = [...batch.values()];
    await items.change({
      reads: keys,
      decide(found, at) {
        const written = keys.map((key, index) =>
          writesOf(
            { layout, key, before: readFound(found[index]), after: given[index], nowMs: clock.now() },
            at.nextSequence,
          ),
        );
        return {
          writes: written.flatMap(({ writes }) => writes),
          counts: written.flatMap(({ counts }) => counts),
          result: undefined,
        };
      },
    });
  }

  async function readObject(row: ImportRow, Key: string, layout: TableLayout): Promise<ImportCounts> {
    const { spec } = row;
    const s3 = world.client('s3', row, spec.principal);
    const { S3Bucket: Bucket, S3BucketOwner: ExpectedBucketOwner } = spec.source;
    const { Body } = await s3.GetObject({ Bucket, Key, ExpectedBucketOwner });
    const counts = { ...noCounts } as { -readonly [Name in keyof ImportCounts]: number };
    async function* measured() {
      for await (const piece of Body instanceof Uint8Array ? [Body] : (Body ?? [])) {
        counts.bytes += piece.length;
        yield piece;
      }
    }
    let batch = new Map<string, Item>();
    for await (const record of records(row, measured())) {
      counts.processed += 1;
      const item = record && acceptRecord(layout, record);
      if (!item) counts.errors += 1;
      else {
        counts.imported += 1;
        batch.set(tableKey(layout, item).toString('latin1'), item);
      }
      if (batch.size < writtenAtOnce) continue;
      await write(layout, batch);
      batch = new Map();
    }
    if (batch.size > 0) await write(layout, batch);
    return counts;
  }

  async function readAll(row: ImportRow, table: TableRow): Promise<ImportStatus> {
    const spaces = spacesOf(table.spec);
    for (const space of spaces) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
    // From the start its indexes count what they get.
    const layout = layoutOf({ ...table, status: { ...table.status, filled: spaces } });
    let total = noCounts;
    for await (const key of sourceKeys(row)) {
      total = sum(total, await readObject(row, key, layout));
      report(row, { ...total, state: 'IN_PROGRESS' });
    }
    const endedAtMs = clock.now();
    if (total.errors === 0) return { ...total, state: 'COMPLETED', endedAtMs };
    const message = 'Some of the items failed validation checks. Please check CloudWatch error logs for more details.';
    return { ...total, state: 'FAILED', endedAtMs, failure: { code: 'ItemValidationError', message } };
  }

  function report({ account, region, id }: ImportRow, status: ImportStatus): void {
    store.changeStatuses((transaction) =>
      transaction.table(importsTable, { account, region }).update(id, () => status),
    );
  }

  /** In one transaction: whoever sees that the import is over can use the table. */
  function end(row: ImportRow, table: TableRow, status: ImportStatus): void {
    const scope = { account: row.account, region: row.region };
    store.changeStatuses((transaction) => {
      transaction.table(importsTable, scope).update(row.id, () => status);
      const rows = transaction.table(tables, scope);
      if (status.failure && status.failure.code !== 'ItemValidationError') rows.remove(table.id);
      else rows.update(table.id, () => ({ revision: table.spec.revision, filled: spacesOf(table.spec) }));
    });
  }

  return {
    name: 'dynamodb.imports',
    concurrency: 2,
    keys: () => [...store.listAll(importsTable)].filter(({ status }) => status.state === 'IN_PROGRESS').map(keyOf),
    wakes: ({ table, key, before, after }) => (table === importsTable.name && after && !before ? [keyOf(key)] : []),
    async reconcile(key) {
      const row = find(key);
      if (row?.status.state !== 'IN_PROGRESS') return undefined;
      const table = store.read(tables, row).get(row.spec.tableName);
      if (table?.spec.importId !== row.id) return undefined;
      try {
        end(row, table, await readAll(row, table));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const { bytes, processed, imported, errors } = find(key)?.status ?? noCounts;
        const counts = { bytes, processed, imported, errors };
        end(row, table, { ...counts, state: 'FAILED', endedAtMs: clock.now(), failure: bucketFailure(error) });
      }
      return undefined;
    },
  };
}

/** An object that cannot be unpacked to its end counts as one more record that is none. */
async function* records(row: ImportRow, body: AsyncIterable<Uint8Array>): ReturnType<typeof recordsOf> {
  try {
    const source = await import('./import-source.ts'); // readers of CSV and Zstandard, which starts need not load
    yield* source.recordsOf(row.spec, body);
  } catch (error) {
    if (error instanceof AwsError) throw error;
    yield undefined;
  }
}

function acceptRecord(layout: TableLayout, record: Parameters<typeof acceptNewItem>[0]): Item | undefined {
  try {
    const item = acceptNewItem(record);
    checkItem(layout, item);
    return item;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

function sum(a: ImportCounts, b: ImportCounts): ImportCounts {
  return {
    bytes: a.bytes + b.bytes,
    processed: a.processed + b.processed,
    imported: a.imported + b.imported,
    errors: a.errors + b.errors,
  };
}
