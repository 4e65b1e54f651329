// CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

import type { AsyncOperations } from '../../aws/operation.ts';
import type { CreateMultipartUploadRequest, S3Api } from '../../generated/s3.types.ts';
import { requireAccess } from './access.ts';
import { discardBody, receiveBody, releaseBodies } from './bodies.ts';
import type { Age } from './canonical-users.ts';
import {
  type ChecksumAlgorithm,
  describePartChecksum,
  expectationOf,
  isCrc,
  requireAlgorithm,
  requireType,
} from './checksums.ts';
import { completeUpload } from './complete-upload.ts';
import { keyForPart, parseCustomerKey } from './customer-keys.ts';
import { uploadAbort } from './lifecycle-headers.ts';
import { gateKey } from './object-index.ts';
import { parseTagHeader } from './object-tags.ts';
import { checkObjectKey, describeEncryption, traitsOf } from './object-traits.ts';
import { checkBody, etagOf, parseMd5, requireWriteAccess } from './put-object.ts';
import { requireBucket, requireBucketRow } from './require-bucket.ts';
import { invalidArgument, invalidRequest, noSuchBucket, preconditionFailed } from './s3.errors.ts';
import { abortUpload, putPart, requireUpload, startUpload } from './uploads.ts';
import type { PartRecord, UploadRecord } from './version-record.ts';

export const multipartOperations = {
  async CreateMultipartUpload(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    checkObjectKey(input.Key);
    requireWriteAccess(ctx, bucket, input.Key, input, parseTagHeader(input.Tagging));
    const traits = traitsOf(ctx, bucket, input);
    const checksum = checksumOfUpload(input);
    const record: UploadRecord = {
      ...traits,
      initiator: ctx.principal.kind === 'anonymous' ? bucket.account : ctx.principal.account,
      startedMs: ctx.nowMs,
      revision: 0,
      ...(checksum && { checksum }),
    };
    const { bucketId } = bucket.spec;
    const uploadId = await startUpload(
      ctx.drivers.objects.index,
      { bucketId, key: input.Key },
      { key: gateKey(bucketId), whenShut: () => noSuchBucket(bucket.id) },
      record,
      ctx.random.bytes(18),
    );
    return {
      Bucket: input.Bucket,
      Key: input.Key,
      UploadId: uploadId,
      ...describeEncryption(record.encryption),
      ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
      ...uploadAbort(bucket, input.Key, record),
    };
  },

  async UploadPart(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutObject', { key: input.Key });
    checkPartNumber(input.PartNumber);
    const { objects } = ctx.drivers;
    const upload = await requireUpload(objects.index, {
      bucketId: bucket.spec.bucketId,
      key: input.Key,
      uploadId: input.UploadId,
    });
    const customerKey = keyForPart(upload, parseCustomerKey(input));
    const md5 = parseMd5(input.ContentMD5);
    const expected = expectationOf(input, ctx.request?.headers['x-amz-trailer'], bucket.spec);
    const algorithm = upload.record.checksum?.algorithm ?? 'CRC64NVME';
    checkAlgorithm(upload.record.checksum, expected?.algorithm, bucket.spec);
    const algorithms = new Set<ChecksumAlgorithm>([algorithm, ...(expected ? [expected.algorithm] : [])]);
    const body = await receiveBody(input.Body ?? nothing(), {
      objects,
      random: ctx.random,
      nowMs: ctx.nowMs,
      algorithms: [...algorithms],
      customerKey,
    });
    try {
      checkBody(ctx, body, input, md5, expected);
      const part: PartRecord = {
        modifiedMs: ctx.nowMs,
        bytes: body.bytes,
        etag: etagOf(body, upload.record),
        checksum: { algorithm, value: body.checksums.get(algorithm) as string, type: 'FULL_OBJECT' },
        body: body.ref,
        ...(body.nonce !== undefined && { nonce: body.nonce }),
      };
      releaseBodies(objects, ctx.log, await putPart(objects.index, upload, input.PartNumber, part, body.writes));
      const shown = expected?.algorithm ?? upload.record.checksum?.algorithm;
      return {
        ETag: `"${part.etag}"`,
        ...describeEncryption(upload.record.encryption),
        ...(shown &&
          describePartChecksum({ algorithm: shown, value: body.checksums.get(shown) as string, type: 'FULL_OBJECT' })),
      };
    } catch (error) {
      await discardBody(objects, body);
      throw error;
    }
  },

  CompleteMultipartUpload: completeUpload,

  async AbortMultipartUpload(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    const { objects } = ctx.drivers;
    const place = { bucketId: bucket.spec.bucketId, key: input.Key, uploadId: input.UploadId };
    const { record } = await requireUpload(objects.index, place);
    const isInitiator = ctx.principal.kind !== 'anonymous' && ctx.principal.account === record.initiator;
    const initiator = isInitiator ? record.initiator : undefined;
    requireAccess(ctx, { bucket, action: 's3:AbortMultipartUpload', key: input.Key, initiator });
    if (
      input.IfMatchInitiatedTime !== undefined &&
      Math.floor(input.IfMatchInitiatedTime / 1000) !== Math.floor(record.startedMs / 1000)
    ) {
      throw preconditionFailed('x-amz-if-match-initiated-time');
    }
    releaseBodies(objects, ctx.log, await abortUpload(objects, place));
    return {};
  },
} satisfies AsyncOperations<S3Api>;

/** The check of a part must be of the upload's kind; AWS wants one where the parts' checks make that of the whole. */
function checkAlgorithm(
  declared: UploadRecord['checksum'],
  given: ChecksumAlgorithm | undefined,
  { isCurrent }: Age,
): void {
  if (!declared || given === declared.algorithm) return;
  if (given !== undefined) throw wrongAlgorithm(declared.algorithm, given);
  if (isCurrent && declared.type === 'COMPOSITE') throw wrongAlgorithm(declared.algorithm, 'null');
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

export function checkPartNumber(number: number): void {
  if (number >= 1 && number <= 10_000) return;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', String(number));
}

/** What checks the whole object: the check of all its bytes, or of its parts' checks. */
function checksumOfUpload(input: CreateMultipartUploadRequest): UploadRecord['checksum'] {
  const asked = input.ChecksumType === undefined ? undefined : requireType(input.ChecksumType);
  if (input.ChecksumAlgorithm === undefined) {
    if (asked) {
      throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    }
    return undefined;
  }
  const algorithm = requireAlgorithm(input.ChecksumAlgorithm);
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isPossible = type === 'FULL_OBJECT' ? isCrc(algorithm) : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (!isPossible) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

export function wrongAlgorithm(expected: ChecksumAlgorithm, actual: string) {
  return invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  );
}
