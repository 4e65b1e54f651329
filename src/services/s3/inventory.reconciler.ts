// Delivers inventory reports: a compressed CSV file, and then its manifest, by which the report is known to be there. A
// daily report is due once a day, a weekly one once a week from Sunday on, both by UTC.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { createGzip } from 'node:zlib';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { InventoryConfiguration } from '../../generated/s3.types.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { mayDeliver } from './access-log.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { bucketOfArn } from './configuration-checks.ts';
import { columnsOf, reportLine } from './inventory-fields.ts';
import { versionPages } from './listing.ts';

const lookEveryMs = 3600_000;
const dayMs = 24 * lookEveryMs;

export function createInventoryReconciler(world: World): Reconciler {
  const { store } = world;
  return {
    name: 's3.inventories',
    concurrency: 1,
    *keys() {
      for (const row of store.listAll(buckets)) if (row.spec.inventory) yield row.id;
    },
    wakes({ table, key, before, after }) {
      if (table !== buckets.name) return [];
      const [was, is] = [before?.spec, after?.spec] as (BucketSpec | undefined)[];
      return is?.inventory && !isDeepStrictEqual(was?.inventory, is.inventory) ? [key.id] : [];
    },
    async reconcile(name) {
      const source = store.find(buckets, name);
      if (!source?.spec.inventory) return undefined;
      for (const configuration of Object.values(source.spec.inventory)) {
        if (configuration.IsEnabled) await look(world, source, configuration);
      }
      return lookEveryMs;
    },
  };
}

/** What is to be reported on, and where to. */
interface Inventory {
  readonly source: BucketRow;
  readonly target: BucketRow;
  readonly configuration: InventoryConfiguration;
  /** The folder of its reports, without a slash at the end. */
  readonly base: string;
}

async function look(world: World, source: BucketRow, configuration: InventoryConfiguration): Promise<void> {
  const { Bucket, Prefix } = configuration.Destination.S3BucketDestination;
  const target = world.store.find(buckets, bucketOfArn(Bucket) ?? '');
  const base = `${Prefix ? `${Prefix.replace(/\/$/, '')}/` : ''}${source.id}/${configuration.Id}`;
  const nowMs = world.clock.now();
  const asked = { nowMs, region: source.spec.region };
  if (!target || !mayDeliver(asked, 's3', source, target, `${base}/${folderName(nowMs)}/manifest.json`)) {
    world.log.warn('an inventory could not be delivered', { bucket: source.id, target: Bucket });
    return;
  }
  const inventory = { source, target, configuration, base };
  const since = periodStart(configuration.Schedule.Frequency, nowMs);
  if (!(await isDelivered(world, inventory, since))) await deliver(world, inventory);
}

const clientOf = ({ client }: World, { account, spec }: BucketRow) =>
  client('s3', { account, region: spec.region }, servicePrincipal('s3', account));

async function isDelivered(world: World, { target, base }: Inventory, sinceMs: number): Promise<boolean> {
  const { Contents = [] } = await clientOf(world, target).ListObjectsV2({
    Bucket: target.id,
    // Names of times begin with digits, those of folders with data do not.
    Prefix: `${base}/2`,
    StartAfter: `${base}/${folderName(sinceMs)}`,
  });
  return Contents.some(({ Key }) => Key?.endsWith('/manifest.checksum'));
}

async function deliver(world: World, inventory: Inventory): Promise<void> {
  const { target, base, configuration } = inventory;
  const { Encryption } = configuration.Destination.S3BucketDestination;
  const encryption = Encryption?.SSEKMS
    ? { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: Encryption.SSEKMS.KeyId }
    : {};
  const put = (Key: string, Body: AsyncIterable<Uint8Array>) =>
    clientOf(world, target).PutObject({ Bucket: target.id, Key, Body, ...encryption });
  const key = `${base}/data/${Buffer.from(world.random.bytes(16)).toString('hex')}.csv.gz`;
  const report = compressed(reportOf(world, inventory));
  await put(key, report.bytes);
  const createdMs = world.clock.now();
  const manifest = manifestOf(inventory, createdMs, { key, ...report.sum() });
  const folder = `${base}/${folderName(createdMs)}`;
  await put(`${folder}/manifest.json`, once(manifest));
  await put(`${folder}/manifest.checksum`, once(createHash('md5').update(manifest).digest('hex')));
}

async function* reportOf(world: World, { source, configuration }: Inventory): AsyncGenerator<string> {
  const isAll = configuration.IncludedObjectVersions === 'All';
  const { index } = world.drivers.objects;
  for await (const page of versionPages(index, source.spec.bucketId, configuration.Filter?.Prefix)) {
    const shown = page.filter(({ record, isLatest }) => isAll || (isLatest && record.kind === 'object'));
    if (shown.length > 0) yield shown.map((listed) => reportLine(source.id, configuration, listed)).join('');
  }
}

/** `sum` tells the truth once the bytes were read to their end. */
function compressed(text: AsyncIterable<string>) {
  const md5 = createHash('md5');
  let size = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const piece of Readable.from(text).pipe(createGzip()) as AsyncIterable<Buffer>) {
      md5.update(piece);
      size += piece.byteLength;
      yield piece;
    }
  }
  return { bytes: bytes(), sum: () => ({ size, MD5checksum: md5.digest('hex') }) };
}

const manifestOf = ({ source, target, configuration }: Inventory, createdMs: number, file: object): string =>
  JSON.stringify({
    sourceBucket: source.id,
    destinationBucket: `arn:aws:s3:::${target.id}`,
    version: '2016-11-30',
    creationTimestamp: String(createdMs),
    fileFormat: 'CSV',
    fileSchema: columnsOf(configuration).join(', '),
    files: [file],
  });

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** `2026-11-29T20-45Z` */
const folderName = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace(':', '-')}Z`;

/** The last midnight, or the one between Saturday and Sunday. */
export function periodStart(frequency: string, nowMs: number): number {
  const midnight = nowMs - (nowMs % dayMs);
  return frequency === 'Daily' ? midnight : midnight - new Date(midnight).getUTCDay() * dayMs;
}
