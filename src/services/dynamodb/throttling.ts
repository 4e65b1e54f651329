// What a table's throughput allows. A table and each of its global indexes has a bucket of units for reads and one for
// writes, which its throughput fills and up to five minutes of it fit into. As on AWS a request is let in while there is
// anything left, and then takes what it took, so a bucket may be overdrawn. Only where the cloud was started so: else there
// are no buckets, and nothing is asked.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html

import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { Items } from '../../drivers/items/items.ts';
import type { Store } from '../../kernel/store.ts';
import type { CapacityKind, Usage } from './capacity.ts';
import { throughputExceeded } from './dynamodb.errors.ts';
import { type Page, type PagePlan, readPage } from './read-page.ts';
import type { IndexLayout, TableLayout, ThroughputLayout } from './table-layout.ts';
import { type TableRow, tables } from './tables.table.ts';

const burstSeconds = 300;
const capacityKinds: readonly CapacityKind[] = ['read', 'write'];

interface Bucket {
  units: number;
  atMs: number;
  perSecond: number;
}

/** Tables come and go. */
const mostBuckets = 10_000;

export interface Throttle {
  /** What is left of whichever has least: the table, and for writes its global indexes; for reads what is read from. */
  left(layout: TableLayout, kind: CapacityKind, nowMs: number, source?: IndexLayout): number;
  /** Throws when nothing is left. */
  admit(layout: TableLayout, kind: CapacityKind, nowMs: number, source?: IndexLayout): void;
  take(layout: TableLayout, kind: CapacityKind, nowMs: number, usage: Usage): void;
  /** Of a table or an index that is gone. */
  forget(spaceName: string): void;
}

/** One for each engine, as with the catalog of tables. */
const throttles = new WeakMap<Items, Throttle>();

export function openThrottle(items: Items, store: Pick<Store, 'subscribe'>): void {
  throttles.set(items, createThrottle());
  store.subscribe((changes) => {
    // Everything was forgotten.
    if (changes.length === 0) throttles.set(items, createThrottle());
    for (const { table, before, after } of changes) {
      if (table !== tables.name || !before) continue;
      const kept = new Set(after ? spacesOf(after as TableRow) : []);
      for (const space of spacesOf(before as TableRow)) if (!kept.has(space)) throttles.get(items)?.forget(space);
    }
  });
}

const spacesOf = ({ spec }: TableRow): readonly string[] => [
  spec.space,
  ...spec.globalIndexes.map(({ space }) => space),
];

/** Undefined where nothing is throttled. */
export function throttleOf(items: Items): Throttle | undefined {
  return throttles.get(items);
}

export async function readThrottled(
  { drivers, nowMs }: Pick<AsyncOperationContext, 'drivers' | 'nowMs'>,
  plan: PagePlan,
): Promise<Page> {
  const throttle = throttleOf(drivers.items);
  const { table, index } = plan.source;
  throttle?.admit(table, 'read', nowMs, index);
  const page = await readPage(drivers.items, plan);
  throttle?.take(table, 'read', nowMs, page.usage);
  return page;
}

export function createThrottle(): Throttle {
  const buckets = new Map<string, Bucket>();

  function refilled({ throughput, spaceName }: ThroughputLayout, kind: CapacityKind, nowMs: number) {
    const perSecond = throughput?.[kind];
    if (perSecond === undefined) return undefined;
    const name = `${spaceName}/${kind}`;
    let bucket = buckets.get(name);
    if (!bucket) {
      if (buckets.size >= mostBuckets) forgetFull(nowMs);
      bucket = { units: perSecond * burstSeconds, atMs: nowMs, perSecond };
      buckets.set(name, bucket);
    }
    bucket.perSecond = perSecond;
    fill(bucket, nowMs);
    return bucket;
  }

  function fill(bucket: Bucket, nowMs: number): void {
    const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * bucket.perSecond;
    bucket.units = Math.min(bucket.perSecond * burstSeconds, bucket.units + gained);
    bucket.atMs = Math.max(bucket.atMs, nowMs);
  }

  /** A full bucket is as a new one. */
  function forgetFull(nowMs: number): void {
    for (const [name, bucket] of buckets) {
      fill(bucket, nowMs);
      if (bucket.units === bucket.perSecond * burstSeconds) buckets.delete(name);
    }
  }

  const metered = (layout: TableLayout, kind: CapacityKind, source: IndexLayout | undefined) =>
    kind === 'read'
      ? [source?.isGlobal ? source : layout]
      : [layout, ...layout.indexes.filter(({ isGlobal }) => isGlobal)];

  return {
    forget(spaceName) {
      for (const kind of capacityKinds) buckets.delete(`${spaceName}/${kind}`);
    },
    left(layout, kind, nowMs, source) {
      let least = Number.POSITIVE_INFINITY;
      for (const one of metered(layout, kind, source))
        least = Math.min(least, refilled(one, kind, nowMs)?.units ?? Number.POSITIVE_INFINITY);
      return least;
    },
    admit(layout, kind, nowMs, source) {
      for (const one of metered(layout, kind, source)) {
        const bucket = refilled(one, kind, nowMs);
        if (bucket && bucket.units <= 0) throw throughputExceeded(layout, 'isGlobal' in one ? one : undefined, kind);
      }
    },
    take(layout, kind, nowMs, usage) {
      let ofTable = usage.table;
      for (const [index, units] of usage.indexes) {
        if (!index.isGlobal) ofTable += units;
        const bucket = index.isGlobal ? refilled(index, kind, nowMs) : undefined;
        if (bucket) bucket.units -= units;
      }
      const bucket = refilled(layout, kind, nowMs);
      if (bucket) bucket.units -= ofTable;
    },
  };
}
