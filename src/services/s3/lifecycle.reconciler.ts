// Carries out lifecycle rules: walks a bucket's versions, newest first for each key, and expires or moves what is due.
// Rules take effect at midnights, so a bucket is looked at once an hour, and when its rules change.

import { isDeepStrictEqual } from 'node:util';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { releaseBodies, releaseBody } from './bodies.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { placeOf } from './find-object.ts';
import { type LifecycleAct, planVersion } from './lifecycle-plan.ts';
import { uploadExpiryOf } from './lifecycle-rules.ts';
import { type ListedVersion, listVersions } from './listing.ts';
import { isRetained } from './object-locks.ts';
import { eventOf, outboxes, type Teller } from './outbox.ts';
import { abortUpload, type Upload, visitUploads } from './uploads.ts';
import type { VersionRecord } from './version-record.ts';
import { putVersion, removeVersion, updateVersion } from './versions.ts';

const lookEveryMs = 3600_000;
const versionsOnPage = 500;

/** The version is another one by now, or is locked: left alone. */
class NotDue extends Error {}

export function createLifecycleReconciler(world: World): Reconciler {
  const { store, drivers, clock, random, log } = world;
  const { index } = drivers.objects;

  const tellerFor = (bucket: BucketRow): Teller => ({
    nowMs: clock.now(),
    requestId: newUuid(random),
    principal: servicePrincipal('s3', bucket.account),
    request: undefined,
  });

  async function walk(bucket: BucketRow): Promise<void> {
    let after: string | undefined;
    let afterVersion: { readonly order: number } | undefined;
    let newer: { key: string; count: number; modifiedMs: number } | undefined;
    let held: ListedVersion | undefined;
    for (;;) {
      const page = await listVersions(index, {
        bucketId: bucket.spec.bucketId,
        prefix: '',
        delimiter: undefined,
        after,
        afterVersion,
        most: versionsOnPage,
      });
      for (const listed of page.entries) {
        // Whether a delete marker stands alone is told by what comes after it.
        if (held) await carryOut(bucket, held, newer, held.key !== listed.key);
        if (held) newer = followed(held, newer);
        held = listed;
      }
      const last = page.entries.at(-1);
      if (page.next === undefined || !last) break;
      after = last.key;
      afterVersion = { order: last.record.order };
    }
    if (held) await carryOut(bucket, held, newer, true);
  }

  async function carryOut(
    bucket: BucketRow,
    { key, record, isLatest }: ListedVersion,
    newer: { key: string; count: number; modifiedMs: number } | undefined,
    isOldest: boolean,
  ): Promise<void> {
    const above = newer?.key === key ? newer : undefined;
    const act = planVersion(bucket.spec, {
      key,
      record,
      isLatest,
      keepsVersions: bucket.spec.versioning !== undefined,
      isOldest,
      newerNoncurrent: Math.max(0, (above?.count ?? 0) - 1),
      noncurrentSinceMs: above?.modifiedMs,
      nowMs: clock.now(),
    });
    if (!act) return;
    try {
      await perform(bucket, key, record, act);
    } catch (error) {
      if (!(error instanceof NotDue)) throw error;
    }
  }

  async function perform(bucket: BucketRow, key: string, record: VersionRecord, act: LifecycleAct): Promise<void> {
    const place = placeOf(bucket, key);
    const teller = tellerFor(bucket);
    const checkSame = (found: VersionRecord | undefined) => {
      if (found?.order !== record.order) throw new NotDue();
      if (found.kind === 'object' && (found.legalHold || isRetained(found, teller.nowMs))) throw new NotDue();
    };
    if (act.kind === 'move') {
      await updateVersion(
        index,
        place,
        record.versionId,
        (before) => ({ ...before, storageClass: act.storageClass }),
        (moved) => eventOf(teller, bucket, 'LifecycleTransition', key, moved),
      );
    } else if (act.kind === 'mark') {
      await putVersion(index, place, {
        chance: random.bytes(18),
        check(current) {
          if (current?.order !== record.order) throw new NotDue();
        },
        record: (identity) => ({ kind: 'marker', ...identity, modifiedMs: teller.nowMs, owner: bucket.account }),
        event: (marker) => eventOf(teller, bucket, 'LifecycleExpiration:DeleteMarkerCreated', key, marker),
      });
    } else {
      const { released } = await removeVersion(index, place, record.versionId, {
        check: checkSame,
        event: (gone) => eventOf(teller, bucket, 'LifecycleExpiration:Delete', key, gone),
      });
      releaseBodies(drivers.objects, log, released);
    }
  }

  async function abortUploads(bucket: BucketRow): Promise<void> {
    const due: Upload[] = [];
    await visitUploads(index, bucket.spec.bucketId, undefined, (upload) => {
      const expiry = uploadExpiryOf(bucket.spec.lifecycle ?? [], upload.key, upload.record);
      if (expiry && expiry.atMs <= clock.now()) due.push(upload);
      return true;
    });
    for (const upload of due) {
      for (const ref of await abortUpload(drivers.objects, upload)) await releaseBody(drivers.objects, ref);
    }
  }

  /** Wakes whoever tells of it. */
  function touchOutbox(bucket: BucketRow): void {
    if (!bucket.spec.notification && !bucket.spec.replication) return;
    store.changeSpecs((transaction) => {
      const rows = transaction.table(outboxes, { account: bucket.account, region: '' });
      const id = bucket.spec.bucketId;
      if (rows.has(id)) rows.update(id, ({ touched }) => ({ touched: touched + 1 }));
      else rows.insert(id, { touched: 0 });
    });
  }

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
      await walk(bucket);
      await abortUploads(bucket);
      touchOutbox(bucket);
      return lookEveryMs;
    },
  };
}

function followed(
  { key, record }: ListedVersion,
  newer: { key: string; count: number; modifiedMs: number } | undefined,
): { key: string; count: number; modifiedMs: number } {
  return { key, count: newer?.key === key ? newer.count + 1 : 1, modifiedMs: record.modifiedMs };
}
