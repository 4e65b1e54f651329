// Carries out lifecycle rules: walks a bucket's versions, newest first for each key, and expires or moves what is due.
// Rules take effect at midnights, so a bucket is looked at once an hour, and when its rules change.

import { isDeepStrictEqual } from 'node:util';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { releaseBodies } from './bodies.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { placeOf } from './find-object.ts';
import { type LifecycleAct, planVersion } from './lifecycle-plan.ts';
import { uploadExpiryOf } from './lifecycle-rules.ts';
import { type ListedVersion, versionPages } from './listing.ts';
import { isRetained } from './object-locks.ts';
import { eventOf, outboxes, type Teller } from './outbox.ts';
import { dropUpload, type Upload, visitUploads } from './uploads.ts';
import { putVersion, removeVersion, updateVersion } from './versions.ts';

const lookEveryMs = 3600_000;

/** The version is another one by now, or is locked: left alone. */
class NotDue extends Error {}

export function createLifecycleReconciler(world: World): Reconciler {
  const { store } = world;
  return {
    name: 's3.lifecycle',
    concurrency: 1,
    *keys() {
      for (const row of store.listAll(buckets)) if (row.spec.lifecycle) yield row.id;
    },
    wakes({ table, key, before, after }) {
      if (table !== buckets.name) return [];
      const [was, is] = [before?.spec, after?.spec] as (BucketSpec | undefined)[];
      return is?.lifecycle && !isDeepStrictEqual(was?.lifecycle, is.lifecycle) ? [key.id] : [];
    },
    async reconcile(name) {
      const bucket = store.find(buckets, name);
      if (!bucket?.spec.lifecycle) return undefined;
      await walk(world, bucket);
      await abortUploads(world, bucket);
      touchOutbox(world, bucket);
      return lookEveryMs;
    },
  };
}

/** The versions of a key that were passed already: how many, and when the last of them was made. */
interface Passed {
  readonly key: string;
  readonly count: number;
  readonly modifiedMs: number;
}

const passed = ({ key, record }: ListedVersion, newer: Passed | undefined): Passed => ({
  key,
  count: newer?.key === key ? newer.count + 1 : 1,
  modifiedMs: record.modifiedMs,
});

async function walk(world: World, bucket: BucketRow): Promise<void> {
  let newer: Passed | undefined;
  let held: ListedVersion | undefined;
  for await (const page of versionPages(world.drivers.objects.index, bucket.spec.bucketId)) {
    for (const listed of page) {
      // Whether a delete marker stands alone is told by what comes after it.
      if (held) await carryOut(world, bucket, held, newer, held.key !== listed.key);
      if (held) newer = passed(held, newer);
      held = listed;
    }
  }
  if (held) await carryOut(world, bucket, held, newer, true);
}

async function carryOut(
  world: World,
  bucket: BucketRow,
  listed: ListedVersion,
  newer: Passed | undefined,
  isOldest: boolean,
): Promise<void> {
  const above = newer?.key === listed.key ? newer : undefined;
  const act = planVersion(bucket.spec, {
    ...listed,
    keepsVersions: bucket.spec.versioning !== undefined,
    isOldest,
    newerNoncurrent: Math.max(0, (above?.count ?? 0) - 1),
    noncurrentSinceMs: above?.modifiedMs,
    nowMs: world.clock.now(),
  });
  if (!act) return;
  try {
    await perform(world, bucket, listed, act);
  } catch (error) {
    if (!(error instanceof NotDue)) throw error;
  }
}

function perform(world: World, bucket: BucketRow, due: ListedVersion, act: LifecycleAct): Promise<void> {
  if (act.kind === 'move') return move(world, bucket, due, act.storageClass);
  return act.kind === 'mark' ? mark(world, bucket, due) : remove(world, bucket, due);
}

async function move(world: World, bucket: BucketRow, { key, record }: ListedVersion, storageClass: string) {
  const teller = tellerFor(world, bucket);
  await updateVersion(
    world.drivers.objects.index,
    placeOf(bucket, key),
    record.versionId,
    (before) => {
      if (before.order !== record.order) throw new NotDue();
      return { ...before, storageClass };
    },
    (moved) => eventOf(teller, bucket, 'LifecycleTransition', key, moved),
  );
}

async function mark(world: World, bucket: BucketRow, { key, record }: ListedVersion): Promise<void> {
  const { objects } = world.drivers;
  const teller = tellerFor(world, bucket);
  const { released } = await putVersion(objects.index, placeOf(bucket, key), {
    chance: world.random.bytes(18),
    check(current) {
      if (current?.order !== record.order) throw new NotDue();
    },
    record: (identity) => ({ kind: 'marker', ...identity, modifiedMs: teller.nowMs, owner: bucket.account }),
    event: (marker) => eventOf(teller, bucket, 'LifecycleExpiration:DeleteMarkerCreated', key, marker),
  });
  releaseBodies(objects, world.log, released);
}

async function remove(world: World, bucket: BucketRow, { key, record }: ListedVersion): Promise<void> {
  const { objects } = world.drivers;
  const teller = tellerFor(world, bucket);
  const { released } = await removeVersion(objects.index, placeOf(bucket, key), record.versionId, {
    check(found) {
      if (found?.order !== record.order) throw new NotDue();
      if (found.kind === 'object' && (found.legalHold || isRetained(found, teller.nowMs))) throw new NotDue();
    },
    event: (gone) => eventOf(teller, bucket, 'LifecycleExpiration:Delete', key, gone),
  });
  releaseBodies(objects, world.log, released);
}

function tellerFor({ clock, random }: World, bucket: BucketRow): Teller {
  return {
    nowMs: clock.now(),
    requestId: newUuid(random),
    principal: servicePrincipal('s3', bucket.account),
    request: undefined,
  };
}

async function abortUploads({ drivers, clock }: World, { spec }: BucketRow): Promise<void> {
  const due: Upload[] = [];
  await visitUploads(drivers.objects.index, spec.bucketId, undefined, (upload) => {
    const expiry = uploadExpiryOf(spec.lifecycle ?? [], upload.key, upload.record);
    if (expiry && expiry.atMs <= clock.now()) due.push(upload);
    return true;
  });
  for (const upload of due) await dropUpload(drivers.objects, upload);
}

/** Wakes whoever tells of it. */
function touchOutbox({ store }: World, { account, spec }: BucketRow): void {
  if (!spec.notification && !spec.replication) return;
  store.changeSpecs((transaction) => {
    const rows = transaction.table(outboxes, { account, region: '' });
    const id = spec.bucketId;
    if (rows.has(id)) rows.update(id, ({ touched }) => ({ touched: touched + 1 }));
    else rows.insert(id, { touched: 0 });
  });
}
