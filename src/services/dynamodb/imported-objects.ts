// The objects of an import: which there are, and what of their records are items, written into the table as they come.

import { AwsError } from '../../aws/errors.ts';
import type { World } from '../../aws/service.ts';
import type { Item } from './attribute-value.ts';
import type { recordsOf } from './import-source.ts';
import { type ImportCounts, type ImportRow, noCounts } from './imports.table.ts';
import { acceptNewItem, checkItem } from './item-checks.ts';
import { tableKey } from './item-keys.ts';
import { readFound, writesOf } from './item-writes.ts';
import type { TableLayout } from './table-layout.ts';

const writtenAtOnce = 500;

/** The keys of all objects that are to be read. Throws what S3 says. */
export async function* sourceKeys(world: World, { spec, account, region }: ImportRow): AsyncGenerator<string> {
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

/** Throws what S3 says of the object. */
export async function importObject(
  world: World,
  row: ImportRow,
  Key: string,
  layout: TableLayout,
): Promise<ImportCounts> {
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
    await write(world, layout, batch);
    batch = new Map();
  }
  if (batch.size > 0) await write(world, layout, batch);
  return counts;
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

async function write({ clock, drivers }: World, layout: TableLayout, batch: ReadonlyMap<string, Item>): Promise<void> {
  const keys = [...batch.keys()].map((key) => Buffer.from(key, 'latin1'));
  const given = [...batch.values()];
  await drivers.items.change({
    reads: keys,
    decide(found, at) {
      const written = keys.map((key, index) =>
        writesOf({ layout, key, before: readFound(found[index]), after: given[index], nowMs: clock.now() }, at),
      );
      return {
        writes: written.flatMap(({ writes }) => writes),
        counts: written.flatMap(({ counts }) => counts),
        result: undefined,
      };
    },
  });
}
