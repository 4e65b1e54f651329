// The version of an object that a request asks for, with access checked. Whoever may not list the bucket is not told
// whether a key is there.

import type { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { formatHttpDate } from '../../kernel/clock.ts';
import { type Access, mayAccess, requireAccess } from './access.ts';
import type { BucketRow } from './buckets.table.ts';
import { orderOfVersionId } from './object-index.ts';
import { type AboutBucket, requireBucketRow } from './require-bucket.ts';
import { accessDenied, invalidArgument, methodNotAllowed, noSuchKey, noSuchVersion } from './s3.errors.ts';
import type { DeleteMarker, ObjectVersion, VersionRecord } from './version-record.ts';
import { getVersion, type Place } from './versions.ts';

export interface AboutObject extends AboutBucket {
  readonly Key: string;
  readonly VersionId?: string | undefined;
}

export interface FoundObject {
  readonly bucket: BucketRow;
  readonly place: Place;
  readonly record: ObjectVersion;
}

export function placeOf(bucket: BucketRow, key: string): Place {
  return { bucketName: bucket.id, bucketId: bucket.spec.bucketId, versioning: bucket.spec.versioning, key };
}

/** `GetObject` → `GetObjectVersion` when a version is asked for; `…Acl` → `…VersionAcl`. */
export function versioned(action: string, versionId: string | undefined): string {
  return versionId === undefined ? action : action.replace(/Object(?!Version)/, 'ObjectVersion');
}

/** What these say of a delete marker, they say of the current version as well. */
const tellsMarkers = /:PutObjectAcl$|ObjectTagging$/;

export async function findObject(
  ctx: AsyncOperationContext,
  about: AboutObject,
  action: string,
  facts: Pick<Access, 'requestTags' | 'more'> = {},
): Promise<FoundObject> {
  const bucket = requireBucketRow(ctx, about);
  const place = placeOf(bucket, about.Key);
  const { VersionId: versionId } = about;
  checkVersionId(versionId);
  const record = await getVersion(ctx.drivers.objects.index, place, versionId);
  const object = record?.kind === 'object' ? record : undefined;
  // Member by member, because there is one for every request: spreading takes several times as long.
  const access: Access = {
    bucket,
    action: versioned(action, versionId),
    key: about.Key,
    versionId,
    object,
    existingTags: object?.tags,
    requestTags: facts.requestTags,
    more: facts.more,
  };
  if (object) {
    requireAccess(ctx, access);
    return { bucket, place, record: object };
  }
  requireListing(ctx, access);
  if (!record && versionId !== undefined && versionId !== 'null' && !bucket.spec.versioning) {
    throw invalidVersionId(versionId);
  }
  // AWS names the bucket here as well.
  const named = action === 's3:GetObjectTagging' ? { ...about, Key: `${about.Bucket}/${about.Key}` } : about;
  throw missing(ctx, named, record, tellsMarkers.test(action));
}

export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined) return;
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', versionId);
  // What does not look like an id is refused, whether the object is there or not.
  if (versionId !== 'null' && orderOfVersionId(versionId) === undefined) throw invalidVersionId(versionId);
}

export function invalidVersionId(versionId: string): AwsError {
  return invalidArgument('Invalid version id specified', 'versionId', versionId);
}

/** To be asked where there is no object: the same answer as for one that may not be seen. */
function requireListing(ctx: AsyncOperationContext, access: Access): void {
  if (mayAccess(ctx, { bucket: access.bucket, action: 's3:ListBucket', more: { 's3:prefix': access.key } })) return;
  requireAccess(ctx, access);
  throw accessDenied();
}

const noMarker = { 'x-amz-delete-marker': 'false' };

/** `tellsMarker`: even of one that is not asked for by its id. */
function missing(
  ctx: AsyncOperationContext,
  { Key, VersionId }: AboutObject,
  record: VersionRecord | undefined,
  tellsMarker: boolean,
) {
  if (!record) return VersionId === undefined ? noSuchKey(Key, noMarker) : noSuchVersion(Key, VersionId);
  return VersionId === undefined && !tellsMarker
    ? noSuchKey(Key, markerHeaders(record as DeleteMarker))
    : isMarker(ctx, record as DeleteMarker);
}

function isMarker(ctx: AsyncOperationContext, marker: DeleteMarker) {
  return methodNotAllowed(ctx.request?.method ?? 'GET', 'DeleteMarker', {
    ...markerHeaders(marker),
    allow: 'DELETE',
    'last-modified': formatHttpDate(marker.modifiedMs),
  });
}

function markerHeaders({ versionId }: DeleteMarker): Readonly<Record<string, string>> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId };
}

/** As answers to writers have it: only where the bucket keeps versions. */
export function writtenVersionId(
  bucket: BucketRow,
  { versionId }: Pick<VersionRecord, 'versionId'>,
): string | undefined {
  return bucket.spec.versioning === 'Enabled' ? versionId : undefined;
}

/** The id as answers have it: left out where the bucket never kept versions. */
export function shownVersionId(bucket: BucketRow, { versionId }: Pick<VersionRecord, 'versionId'>): string | undefined {
  return bucket.spec.versioning ? versionId : undefined;
}
