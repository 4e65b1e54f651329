// CopyObject and UploadPartCopy.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { CopyObjectRequest, S3Api } from '../../generated/s3.types.ts';
import { checksumOf, discardBody, type ReceivedBody, receiveBody, releaseBodies } from './bodies.ts';
import type { BucketRow } from './buckets.table.ts';
import { type ChecksumAlgorithm, describeChecksum, describePartChecksum, requireAlgorithm } from './checksums.ts';
import { copyBodyRef } from './copied-bodies.ts';
import { type CopySource, findCopySource, openCopySource, requireTagAccess } from './copy-source.ts';
import { keyForPart, parseCustomerKey } from './customer-keys.ts';
import { placeOf, shownVersionId } from './find-object.ts';
import { expirationHeader } from './lifecycle-rules.ts';
import { checkPartNumber } from './multipart.operations.ts';
import { checkObjectKey, describeEncryption, traitsOf } from './object-traits.ts';
import { eventOf, wakeOutbox } from './outbox.ts';
import { checkWrite, checkWriteHeaders } from './preconditions.ts';
import { etagOf, requireWriteAccess } from './put-object.ts';
import { parseCopyRange } from './ranges.ts';
import { bucketNow, requireBucket, requireBucketRow } from './require-bucket.ts';
import { invalidArgument, invalidRequest } from './s3.errors.ts';
import { checkNoPart } from './stray-parameters.ts';
import { putPart, requireUpload } from './uploads.ts';
import type { ObjectContent, ObjectTraits, ObjectVersion, PartRecord } from './version-record.ts';
import { putVersion } from './versions.ts';

const mostBytes = 5 * 1024 ** 3;

export const copyOperations = {
  async CopyObject(ctx, input) {
    checkNoPart(ctx);
    let bucket = requireBucketRow(ctx, input);
    checkObjectKey(input.Key);
    checkDirectives(input);
    if (input.ChecksumAlgorithm !== undefined) requireAlgorithm(input.ChecksumAlgorithm);
    checkWriteHeaders(input, bucket.spec);
    for (;;) {
      const source = await findCopySource(ctx, input);
      if (source.record.bytes > mostBytes) {
        throw invalidRequest(
          `The specified copy source is larger than the maximum allowable size for a copy source: ${mostBytes}`,
        );
      }
      const traits = copiedTraits(ctx, bucket, input, source);
      requireWriteAccess(ctx, bucket, input.Key, input, traits.tags);
      checkChangesSomething(bucket, input, source);
      const copied = await copyBody(ctx, input, source, traits);
      if (!copied) continue; // the source was replaced since; what is there now is copied
      bucket = bucketNow(ctx, bucket);
      const record = await commitCopy(ctx, bucket, input, traits, copied);
      return {
        CopyObjectResult: {
          ETag: `"${record.etag}"`,
          LastModified: record.modifiedMs,
          ...describeChecksum(record.checksum),
        },
        CopySourceVersionId: sourceVersionId(source),
        VersionId: shownVersionId(bucket, record),
        Expiration: expirationHeader(bucket, input.Key, record),
        ...describeEncryption(record.encryption),
      };
    }
  },

  async UploadPartCopy(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutObject', { key: input.Key });
    checkPartNumber(input.PartNumber);
    const { objects } = ctx.drivers;
    const upload = await requireUpload(objects.index, {
      bucketId: bucket.spec.bucketId,
      key: input.Key,
      uploadId: input.UploadId,
    });
    const customerKey = keyForPart(upload, parseCustomerKey(input));
    const algorithm = upload.record.checksum?.algorithm ?? 'CRC64NVME';
    for (;;) {
      const source = await findCopySource(ctx, input);
      const range =
        input.CopySourceRange === undefined
          ? { start: 0, end: source.record.bytes }
          : parseCopyRange(input.CopySourceRange, source.record.bytes, bucket.spec);
      if (range.end - range.start > mostBytes) {
        throw invalidRequest(
          `The specified copy source is larger than the maximum allowable size for a copy source: ${mostBytes}`,
        );
      }
      const bytes = await openCopySource(ctx, source, range);
      if (!bytes) continue;
      const body = await receiveBody(bytes, {
        objects,
        random: ctx.random,
        nowMs: ctx.nowMs,
        algorithms: [algorithm],
        customerKey,
      });
      const part: PartRecord = {
        modifiedMs: ctx.nowMs,
        bytes: body.bytes,
        etag: etagOf(body, upload.record),
        checksum: checksumOf(body, algorithm),
        body: body.ref,
        ...(body.nonce !== undefined && { nonce: body.nonce }),
      };
      try {
        releaseBodies(objects, ctx.log, await putPart(objects.index, upload, input.PartNumber, part, body.writes));
      } catch (error) {
        await discardBody(objects, body);
        throw error;
      }
      return {
        CopyPartResult: {
          ETag: `"${part.etag}"`,
          LastModified: part.modifiedMs,
          ...(upload.record.checksum && describePartChecksum(part.checksum)),
        },
        CopySourceVersionId: sourceVersionId(source),
        ...describeEncryption(upload.record.encryption),
      };
    }
  },
} satisfies AsyncOperations<S3Api>;

/** The version that has no id is not named. */
function sourceVersionId({ bucket, record }: CopySource): string | undefined {
  return record.versionId === 'null' ? undefined : shownVersionId(bucket, record);
}

function checkDirectives({ MetadataDirective, TaggingDirective }: CopyObjectRequest): void {
  if (MetadataDirective !== undefined && MetadataDirective !== 'COPY' && MetadataDirective !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', MetadataDirective);
  }
  if (TaggingDirective !== undefined && TaggingDirective !== 'COPY' && TaggingDirective !== 'REPLACE') {
    throw invalidArgument('Unknown tagging directive.', 'x-amz-tagging-directive', TaggingDirective);
  }
}

/** Of the source come its headers and metadata, unless they are replaced, and its tags; nothing of who may do what. */
function copiedTraits(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  input: CopyObjectRequest,
  source: CopySource,
): ObjectTraits {
  const asked = traitsOf(ctx, bucket, {
    ...input,
    Tagging: input.TaggingDirective === 'REPLACE' ? input.Tagging : undefined,
  });
  const { metadata: _metadata, tags, ...rest } = asked;
  const replaces = input.MetadataDirective === 'REPLACE';
  const metadata = replaces ? asked.metadata : source.record.metadata;
  const copiesTags = input.TaggingDirective !== 'REPLACE';
  if (copiesTags) requireTagAccess(ctx, source);
  const kept = copiesTags ? source.record.tags : tags;
  return {
    ...rest,
    headers: replaces ? asked.headers : { ...source.record.headers, redirect: asked.headers.redirect },
    ...(metadata && { metadata }),
    ...(kept && { tags: kept }),
  };
}

function checkChangesSomething(bucket: BucketRow, input: CopyObjectRequest, source: CopySource): void {
  const isItself = source.bucket.id === bucket.id && source.key === input.Key && source.versionId === undefined;
  const changes =
    input.MetadataDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.SSECustomerKey !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ChecksumAlgorithm !== undefined;
  if (isItself && !changes && !bucket.spec.encryption) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
}

interface CopiedBody extends ObjectContent {
  readonly writes: ReceivedBody['writes'];
}

/** Without reading it where the bytes, their MD5 and their check are to stay the same. */
async function copyBody(
  ctx: AsyncOperationContext,
  input: CopyObjectRequest,
  source: CopySource,
  traits: ObjectTraits,
): Promise<CopiedBody | undefined> {
  const { record } = source;
  const algorithm: ChecksumAlgorithm =
    input.ChecksumAlgorithm === undefined
      ? (record.checksum?.algorithm ?? 'CRC64NVME')
      : requireAlgorithm(input.ChecksumAlgorithm);
  const isSame =
    record.body.kind === 'file' &&
    record.encryption.kind === 'AES256' &&
    traits.encryption.kind === 'AES256' &&
    record.checksum?.algorithm === algorithm &&
    record.checksum.type === 'FULL_OBJECT';
  return isSame ? linkBody(ctx, record) : streamBody(ctx, input, source, traits, algorithm);
}

async function linkBody(ctx: AsyncOperationContext, record: ObjectVersion): Promise<CopiedBody | undefined> {
  const { body, bytes, etag, checksum } = record;
  const copied = await copyBodyRef(ctx.drivers.objects, ctx, body);
  return copied && { bytes, etag, checksum, body: copied.ref, writes: copied.writes };
}

async function streamBody(
  ctx: AsyncOperationContext,
  input: CopyObjectRequest,
  source: CopySource,
  traits: ObjectTraits,
  algorithm: ChecksumAlgorithm,
): Promise<CopiedBody | undefined> {
  const bytes = await openCopySource(ctx, source, { start: 0, end: source.record.bytes });
  if (!bytes) return undefined;
  const body = await receiveBody(bytes, {
    objects: ctx.drivers.objects,
    random: ctx.random,
    nowMs: ctx.nowMs,
    algorithms: [algorithm],
    customerKey: parseCustomerKey(input),
  });
  return {
    bytes: body.bytes,
    etag: etagOf(body, traits),
    checksum: checksumOf(body, algorithm),
    body: body.ref,
    writes: body.writes,
    ...(body.nonce !== undefined && { nonce: body.nonce }),
  };
}

async function commitCopy(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  input: CopyObjectRequest,
  traits: ObjectTraits,
  { writes, ...content }: CopiedBody,
): Promise<ObjectVersion> {
  const { objects } = ctx.drivers;
  try {
    const { record, released } = await putVersion(objects.index, placeOf(bucket, input.Key), {
      chance: ctx.random.bytes(18),
      writes,
      check: (current) => checkWrite(input, input.Key, current),
      record: (identity) => ({ kind: 'object', ...identity, ...traits, ...content, modifiedMs: ctx.nowMs }),
      event: (written) => eventOf(ctx, bucket, 'ObjectCreated:Copy', input.Key, written),
    });
    releaseBodies(objects, ctx.log, released);
    wakeOutbox(ctx, bucket);
    return record as ObjectVersion;
  } catch (error) {
    await discardBody(objects, { ref: content.body });
    throw error;
  }
}
