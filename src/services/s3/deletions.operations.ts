// DeleteObject and DeleteObjects.

import { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { DeletedObject, ObjectIdentifier, S3Api, Error as S3Error } from '../../generated/s3.types.ts';
import type { BucketRow } from './buckets.table.ts';
import { wakeOutbox } from './outbox.ts';
import { removeObject } from './remove-object.ts';
import { requireBucketRow } from './require-bucket.ts';
import { invalidArgument, malformedXml, noSuchVersion } from './s3.errors.ts';

const mostAtOnce = 1000;

export const deletionOperations = {
  async DeleteObject(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    checkBypass(bucket, input.BypassGovernanceRetention);
    const removed = await removeObject(ctx, bucket, {
      ...input,
      bypassGovernance: input.BypassGovernanceRetention,
    });
    wakeOutbox(ctx, bucket);
    return {
      ...(removed.isMarker && { DeleteMarker: true }),
      VersionId: removed.versionId,
    };
  },

  async DeleteObjects(ctx, { Delete, BypassGovernanceRetention, ...about }) {
    const bucket = requireBucketRow(ctx, about);
    checkBypass(bucket, BypassGovernanceRetention);
    const { Objects, Quiet } = Delete;
    if (Objects.length === 0 || Objects.length > mostAtOnce) throw malformedXml();
    // All at once, so that they share the wait for the disk; of one key only one after the other.
    const outcomes = new Map<ObjectIdentifier, DeletedObject | S3Error>();
    await Promise.all(
      [...groupByKey(Objects).values()].map(async (same) => {
        for (const object of same)
          outcomes.set(object, await removeOne(ctx, bucket, object, BypassGovernanceRetention));
      }),
    );
    wakeOutbox(ctx, bucket);
    const ordered = Objects.map((object) => outcomes.get(object) as DeletedObject | S3Error);
    return {
      ...(!Quiet && { Deleted: ordered.filter((outcome): outcome is DeletedObject => !('Code' in outcome)) }),
      Errors: ordered.filter((outcome): outcome is S3Error => 'Code' in outcome),
    };
  },
} satisfies AsyncOperations<S3Api>;

/** What was written against Ceph says it of every bucket. */
function checkBypass({ spec }: BucketRow, bypass: boolean | undefined): void {
  if (bypass === undefined || spec.objectLock || !spec.isCurrent) return;
  const header = 'x-amz-bypass-governance-retention';
  throw invalidArgument(`${header} is only applicable to Object Lock enabled buckets.`, header);
}

function groupByKey(objects: readonly ObjectIdentifier[]): ReadonlyMap<string, readonly ObjectIdentifier[]> {
  const groups = new Map<string, ObjectIdentifier[]>();
  for (const object of objects) {
    const group = groups.get(object.Key);
    if (group) group.push(object);
    else groups.set(object.Key, [object]);
  }
  return groups;
}

async function removeOne(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  { Key, VersionId, ETag, LastModifiedTime, Size }: ObjectIdentifier,
  bypassGovernance: boolean | undefined,
): Promise<DeletedObject | S3Error> {
  try {
    const removed = await removeObject(ctx, bucket, {
      Key,
      VersionId,
      IfMatch: ETag,
      IfMatchLastModifiedTime: LastModifiedTime,
      IfMatchSize: Size,
      bypassGovernance,
    });
    if (removed.isNew) return { Key, DeleteMarker: true, DeleteMarkerVersionId: removed.versionId };
    return { Key, VersionId, ...(removed.isMarker && { DeleteMarker: true, DeleteMarkerVersionId: VersionId }) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Of one among many, what is wrong with an id is not told.
    const { code, message } = VersionId && error.code === 'InvalidArgument' ? noSuchVersion(Key, VersionId) : error;
    return { Key, VersionId, Code: code, Message: message };
  }
}
