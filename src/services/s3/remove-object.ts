// Objects are removed: for good, by a version's id or where the bucket keeps no versions; otherwise a delete marker
// becomes the current version.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import { requireAccess } from './access.ts';
import { releaseBodies } from './bodies.ts';
import type { BucketRow } from './buckets.table.ts';
import { checkVersionId, invalidVersionId, placeOf } from './find-object.ts';
import { isNotified } from './notification-rules.ts';
import { isVersionId } from './object-index.ts';
import { checkMayRemove } from './object-locks.ts';
import { eventOf } from './outbox.ts';
import { checkRemove, type RemoveConditions } from './preconditions.ts';
import { noteRemoval } from './uploads.ts';

import { getVersion, putVersion, removeVersion } from './versions.ts';

export interface RemoveRequest extends RemoveConditions {
  readonly Key: string;
  readonly VersionId?: string | undefined;
  readonly bypassGovernance?: boolean | undefined;
  /** Of the event; a lifecycle's removals have others. */
  readonly events?: { readonly removed: string; readonly marked: string };
}

export interface RemovedObject {
  /** Of what was removed, or of the marker that was made. */
  readonly versionId: string | undefined;
  readonly isMarker: boolean;
  /** A marker was made, rather than removed. */
  readonly isNew: boolean;
}

const userEvents = { removed: 'ObjectRemoved:Delete', marked: 'ObjectRemoved:DeleteMarkerCreated' };

/** Does not wake the outbox: several may be removed at once. */
export async function removeObject(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  request: RemoveRequest,
): Promise<RemovedObject> {
  const { Key: key, VersionId: versionId } = request;
  const { index } = ctx.drivers.objects;
  checkVersionId(versionId);
  const place = placeOf(bucket, key);
  await requireRemoveAccess(ctx, bucket, request);
  if (versionId !== undefined || !bucket.spec.versioning) return removeForGood(ctx, bucket, request);
  const { record, released } = await putVersion(index, place, {
    chance: ctx.random.bytes(18),
    check: (current) => checkRemove(request, key, current),
    record: (identity) => ({ kind: 'marker', ...identity, modifiedMs: ctx.nowMs, owner: bucket.account }),
    event: (marker) => eventOf(ctx, bucket, (request.events ?? userEvents).marked, key, marker),
  });
  releaseBodies(ctx.drivers.objects, ctx.log, released);
  return { versionId: record.versionId, isMarker: true, isNew: true };
}

async function requireRemoveAccess(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  { Key: key, VersionId: versionId }: RemoveRequest,
): Promise<void> {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  const existing = bucket.spec.policy?.includes('ExistingObjectTag')
    ? await getVersion(ctx.drivers.objects.index, placeOf(bucket, key), versionId)
    : undefined;
  const existingTags = existing?.kind === 'object' ? existing.tags : undefined;
  requireAccess(ctx, { bucket, action, key, versionId, existingTags });
}

/** Whether anybody is told of the removal though nothing is there. */
const isNoticed = (bucket: BucketRow, { Key, VersionId, events }: RemoveRequest): boolean =>
  VersionId === undefined && !events && isNotified(bucket.spec.notification, userEvents.removed, Key);

function eventOfNothing(ctx: AsyncOperationContext, bucket: BucketRow, request: RemoveRequest, order: number) {
  checkRemove(request, request.Key, undefined);
  const nothing = { kind: 'marker', order, versionId: 'null', modifiedMs: ctx.nowMs, owner: bucket.account } as const;
  return eventOf(ctx, bucket, userEvents.removed, request.Key, nothing);
}

async function removeForGood(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  request: RemoveRequest,
): Promise<RemovedObject> {
  const { Key: key, VersionId: versionId, bypassGovernance } = request;
  const { objects } = ctx.drivers;
  const { record, released } = await removeVersion(objects.index, placeOf(bucket, key), versionId, {
    check(found) {
      checkRemove(request, key, found);
      checkMayRemove(ctx, bucket, key, found, bypassGovernance);
    },
    event: (found) => eventOf(ctx, bucket, (request.events ?? userEvents).removed, key, found),
    eventOfNothing: isNoticed(bucket, request) ? (order) => eventOfNothing(ctx, bucket, request, order) : undefined,
  });
  if (record?.kind === 'object' && versionId === undefined) await noteRemoval(objects.index, bucket.spec.bucketId, key);
  if (!record) checkRemove(request, key, undefined);
  if (!record && versionId !== undefined && versionId !== 'null' && !isVersionId(versionId))
    throw invalidVersionId(versionId);
  releaseBodies(objects, ctx.log, released);
  return { versionId, isMarker: record?.kind === 'marker' && versionId !== undefined, isNew: false };
}
