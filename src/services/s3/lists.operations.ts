// ListObjects, ListObjectsV2, ListObjectVersions, ListMultipartUploads, ListParts.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { mixLists } from '../../aws/protocols/mixed-lists.ts';
import { answerHeaders } from '../../aws/protocols/protocol.ts';
import type { ListObjectVersionsOutput, Owner, S3Api, Object as S3Object } from '../../generated/s3.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { requireAccess } from './access.ts';
import type { BucketRow } from './buckets.table.ts';
import { describeInitiator, describeOwner } from './canonical-users.ts';
import { describePartChecksum } from './checksums.ts';
import { shownVersionId } from './find-object.ts';
import { uploadAbort } from './lifecycle-headers.ts';
import {
  checkCount,
  encodeKey,
  formatToken,
  incorrectToken,
  isUrlEncoded,
  pageSize,
  parseToken,
} from './list-parameters.ts';
import { type ListedObject, type ListedVersion, listObjects, listVersions } from './listing.ts';
import { orderOfVersionId } from './object-index.ts';
import { restoreStatus } from './object-restore.ts';
import { requireBucket, requireBucketRow } from './require-bucket.ts';
import { invalidArgument } from './s3.errors.ts';
import { isUploadOfOtherKey, listUploads } from './upload-listing.ts';
import { listParts, requireUpload } from './uploads.ts';
import { getVersion } from './versions.ts';

export const listOperations = {
  async ListObjects(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:ListBucket');
    const encode = encodeKey(input.EncodingType);
    const most = pageSize(input.MaxKeys, 'max-keys');
    const page = await listObjects(ctx.drivers.objects.index, {
      bucketId: bucket.spec.bucketId,
      prefix: input.Prefix ?? '',
      delimiter: input.Delimiter || undefined,
      after: input.Marker,
      most,
    });
    return {
      Name: bucket.id,
      // The one name that this list does not encode, as clients know.
      Prefix: input.Prefix ?? '',
      Marker: encode(input.Marker ?? ''),
      ...(input.Delimiter && { Delimiter: encode(input.Delimiter) }),
      MaxKeys: most,
      IsTruncated: page.next !== undefined,
      // Without a delimiter the last key is the next marker, and clients know that.
      ...(page.next !== undefined && input.Delimiter && { NextMarker: encode(page.next) }),
      ...(isUrlEncoded(input.EncodingType) && { EncodingType: 'url' as const }),
      Contents: page.entries.map((entry) => describeListed(bucket, entry, encode, true, restoredAsOf(ctx, input))),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      ...regionHeader(bucket),
    };
  },

  async ListObjectsV2(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:ListBucket');
    const encode = encodeKey(input.EncodingType);
    const most = pageSize(input.MaxKeys, 'max-keys');
    const { ContinuationToken: token } = input;
    const { bucketId, isCurrent } = bucket.spec;
    // What older servers take, and show: ceph/s3-tests wants both.
    if (token === '' && isCurrent) throw incorrectToken();
    const showsStart = input.StartAfter !== undefined && !(token !== undefined && isCurrent);
    const page = await listObjects(ctx.drivers.objects.index, {
      bucketId,
      prefix: input.Prefix ?? '',
      delimiter: input.Delimiter || undefined,
      after: token === undefined ? input.StartAfter : parseToken(token),
      startsAnywhere: true,
      most,
    });
    return {
      Name: bucket.id,
      Prefix: encode(input.Prefix ?? ''),
      ...(input.Delimiter && { Delimiter: encode(input.Delimiter) }),
      ...(showsStart && { StartAfter: encode(input.StartAfter ?? '') }),
      ...(token !== undefined && { ContinuationToken: token }),
      ...(page.next !== undefined && { NextContinuationToken: formatToken(page.next) }),
      MaxKeys: most,
      KeyCount: page.entries.length + page.commonPrefixes.length,
      IsTruncated: page.next !== undefined,
      ...(isUrlEncoded(input.EncodingType) && { EncodingType: 'url' as const }),
      Contents: page.entries.map((entry) =>
        describeListed(bucket, entry, encode, input.FetchOwner === true, restoredAsOf(ctx, input)),
      ),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      ...regionHeader(bucket),
    };
  },

  async ListObjectVersions(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:ListBucketVersions');
    const encode = encodeKey(input.EncodingType);
    const most = pageSize(input.MaxKeys, 'max-keys');
    const { index } = ctx.drivers.objects;
    const { KeyMarker, VersionIdMarker } = input;
    if (VersionIdMarker !== undefined && KeyMarker === undefined) {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        VersionIdMarker,
      );
    }
    const page = await listVersions(index, {
      bucketId: bucket.spec.bucketId,
      prefix: input.Prefix ?? '',
      delimiter: input.Delimiter || undefined,
      after: KeyMarker,
      afterVersion: KeyMarker && VersionIdMarker ? { order: await orderOf(VersionIdMarker, KeyMarker) } : undefined,
      most,
    });
    const output: ListObjectVersionsOutput = {
      Name: bucket.id,
      Prefix: encode(input.Prefix ?? ''),
      KeyMarker: encode(KeyMarker ?? ''),
      VersionIdMarker: VersionIdMarker ?? '',
      ...(input.Delimiter && { Delimiter: encode(input.Delimiter) }),
      ...(page.next !== undefined && { NextKeyMarker: encode(page.next) }),
      ...(page.next !== undefined && page.nextVersionId !== undefined && { NextVersionIdMarker: page.nextVersionId }),
      MaxKeys: most,
      IsTruncated: page.next !== undefined,
      ...(isUrlEncoded(input.EncodingType) && { EncodingType: 'url' as const }),
      Versions: page.entries.flatMap((entry) => describeVersion(bucket, entry, encode)),
      DeleteMarkers: page.entries.flatMap((entry) => describeMarker(bucket, entry, encode)),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    };
    return mixLists(
      output,
      page.entries.map(({ record }) => (record.kind === 'marker' ? 'DeleteMarkers' : 'Versions')),
    );

    async function orderOf(versionId: string, key: string): Promise<number> {
      const order = orderOfVersionId(versionId);
      if (order !== undefined) return order;
      const place = { bucketName: bucket.id, bucketId: bucket.spec.bucketId, versioning: bucket.spec.versioning, key };
      const record = versionId === 'null' ? await getVersion(index, place, versionId) : undefined;
      if (versionId !== 'null') throw invalidArgument('Invalid version id specified', 'version-id-marker', versionId);
      return record?.order ?? 0;
    }
  },

  async ListMultipartUploads(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:ListBucketMultipartUploads');
    const encode = encodeKey(input.EncodingType);
    const most = pageSize(input.MaxUploads, 'max-uploads');
    const { index } = ctx.drivers.objects;
    const { bucketId } = bucket.spec;
    const { KeyMarker: key, UploadIdMarker: uploadId } = input;
    if (key && uploadId && (await isUploadOfOtherKey(index, { bucketId, key, uploadId }))) {
      throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', uploadId);
    }
    const page = await listUploads(index, {
      bucketId,
      prefix: input.Prefix ?? '',
      delimiter: input.Delimiter || undefined,
      after: key || undefined,
      afterUpload: uploadId || undefined,
      most,
    });
    // There is no marker of a common prefix.
    const last = page.entries.at(-1);
    return {
      Bucket: bucket.id,
      KeyMarker: encode(key ?? ''),
      // Without a key it is not heeded.
      UploadIdMarker: key ? (uploadId ?? '') : '',
      ...(input.Prefix !== undefined && { Prefix: encode(input.Prefix) }),
      ...(input.Delimiter && { Delimiter: encode(input.Delimiter) }),
      NextKeyMarker: encode(last?.key ?? ''),
      NextUploadIdMarker: last?.uploadId ?? '',
      MaxUploads: most,
      IsTruncated: page.isTruncated,
      ...(isUrlEncoded(input.EncodingType) && { EncodingType: 'url' as const }),
      Uploads: page.entries.map(({ key, uploadId, record }) => ({
        Key: encode(key),
        UploadId: uploadId,
        Initiated: record.startedMs,
        StorageClass: record.storageClass as 'STANDARD',
        Owner: describeOwner(record.owner, bucket.spec),
        Initiator: describeInitiator(record.initiator),
        ...(record.checksum && { ChecksumAlgorithm: record.checksum.algorithm, ChecksumType: record.checksum.type }),
      })),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    };
  },

  async ListParts(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    const { index } = ctx.drivers.objects;
    const place = { bucketId: bucket.spec.bucketId, key: input.Key, uploadId: input.UploadId };
    const { record } = await requireUpload(index, place);
    const isInitiator = ctx.principal.kind !== 'anonymous' && ctx.principal.account === record.initiator;
    const initiator = isInitiator ? record.initiator : undefined;
    requireAccess(ctx, { bucket, action: 's3:ListMultipartUploadParts', key: input.Key, initiator });
    const most = pageSize(input.MaxParts, 'max-parts');
    const after = checkCount(input.PartNumberMarker ?? 0, 'part-number-marker');
    const found = await listParts(index, input.UploadId, after, most + 1);
    const parts = found.slice(0, most);
    const isTruncated = most > 0 && found.length > most;
    return {
      Bucket: bucket.id,
      Key: input.Key,
      UploadId: input.UploadId,
      PartNumberMarker: after,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: most,
      IsTruncated: isTruncated,
      StorageClass: record.storageClass as 'STANDARD',
      Owner: describeOwner(record.owner, bucket.spec),
      Initiator: describeInitiator(record.initiator),
      ...(record.checksum && { ChecksumAlgorithm: record.checksum.algorithm, ChecksumType: record.checksum.type }),
      ...uploadAbort(bucket, input.Key, record),
      Parts: parts.map(({ number, record: part }) => ({
        PartNumber: number,
        LastModified: part.modifiedMs,
        ETag: `"${part.etag}"`,
        Size: part.bytes,
        ...(record.checksum && describePartChecksum(part.checksum)),
      })),
    };
  },
} satisfies AsyncOperations<S3Api>;

type Encode = (text: string) => string;

/** For those who ask what is restored. */
const restoredAsOf = (
  { nowMs }: AsyncOperationContext,
  { OptionalObjectAttributes }: { readonly OptionalObjectAttributes?: readonly string[] | undefined },
) => (OptionalObjectAttributes?.includes('RestoreStatus') ? { nowMs } : undefined);

function describeListed(
  bucket: BucketRow,
  { key, record }: ListedObject,
  encode: Encode,
  showsOwner: boolean,
  restored?: { readonly nowMs: TimestampMs },
): S3Object {
  const { checksum } = record;
  // All members in one literal, said or not: each that a spread adds takes V8 longer than all of these.
  return {
    Key: encode(key),
    LastModified: record.modifiedMs,
    ETag: `"${record.etag}"`,
    Size: record.bytes,
    StorageClass: record.storageClass as 'STANDARD',
    ChecksumAlgorithm: checksum && [checksum.algorithm],
    ChecksumType: checksum?.type,
    Owner: showsOwner ? ownerOf(bucket, record.owner) : undefined,
    RestoreStatus: restored && restoreStatus(record, restored.nowMs).RestoreStatus,
  };
}

const regionHeader = ({ spec }: BucketRow) => ({ [answerHeaders]: { 'x-amz-bucket-region': spec.region } });

const ownerOf = ({ account, spec }: BucketRow, owner: string): Owner =>
  describeOwner(spec.ownership === 'BucketOwnerEnforced' ? account : owner, spec);

function describeVersion(bucket: BucketRow, { key, record, isLatest }: ListedVersion, encode: Encode) {
  if (record.kind !== 'object') return [];
  const listed = describeListed(bucket, { key, record }, encode, true);
  return [
    { ...listed, StorageClass: record.storageClass as 'STANDARD', IsLatest: isLatest, VersionId: record.versionId },
  ];
}

function describeMarker(bucket: BucketRow, { key, record, isLatest }: ListedVersion, encode: Encode) {
  if (record.kind !== 'marker') return [];
  return [
    {
      Key: encode(key),
      VersionId: shownVersionId(bucket, record) ?? 'null',
      IsLatest: isLatest,
      LastModified: record.modifiedMs,
      Owner: ownerOf(bucket, record.owner),
    },
  ];
}
