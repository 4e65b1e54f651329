// The parts of a multipart upload become an object: a list of them, in the order asked for; no bytes are copied.

import { createHash } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { answerHeaders } from '../../aws/protocols/protocol.ts';
import type {
  CompletedPart,
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
} from '../../generated/s3.types.ts';
import { newBodyId, releaseBodies } from './bodies.ts';
import type { BucketRow } from './buckets.table.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumFields,
  checksumAlgorithms,
  combineChecksums,
  describeChecksum,
  headerOf,
  isDigest,
  prepareChecksums,
  requireType,
} from './checksums.ts';
import { keyForPart, parseCustomerKey } from './customer-keys.ts';
import { placeOf, writtenVersionId } from './find-object.ts';
import { expirationHeader } from './lifecycle-rules.ts';
import { bodyKey } from './object-index.ts';
import { describeEncryption } from './object-traits.ts';
import { eventOf, wakeOutbox } from './outbox.ts';
import { checkUntouched, checkWrite, checkWriteHeaders } from './preconditions.ts';
import { requireBucket } from './require-bucket.ts';
import { badDigest, invalidArgument, invalidRequest, malformedXml } from './s3.errors.ts';
import {
  checkUnchanged,
  endingWrites,
  listParts,
  type NumberedPart,
  requireUpload,
  sequenceOf,
  type Upload,
  UploadChanged,
  uploadEntry,
} from './uploads.ts';
import {
  type Encryption,
  encodeRecord,
  type ObjectVersion,
  type PartList,
  type UploadRecord,
} from './version-record.ts';
import { getCurrent, putVersion } from './versions.ts';

const leastPartBytes = 5 * 1024 * 1024;
const mostBytes = 48.8 * 1024 ** 4;

export async function completeUpload(
  ctx: AsyncOperationContext,
  input: CompleteMultipartUploadRequest,
): Promise<CompleteMultipartUploadOutput> {
  for (;;) {
    try {
      return await tryToComplete(ctx, input);
    } catch (error) {
      if (!(error instanceof UploadChanged)) throw error;
      await ctx.drivers.objects.index.settled();
    }
  }
}

async function tryToComplete(
  ctx: AsyncOperationContext,
  input: CompleteMultipartUploadRequest,
): Promise<CompleteMultipartUploadOutput> {
  const bucket = requireBucket(ctx, input, 's3:PutObject', { key: input.Key });
  checkWriteHeaders(input, bucket.spec);
  const { objects } = ctx.drivers;
  const place = { bucketId: bucket.spec.bucketId, key: input.Key, uploadId: input.UploadId };
  const done = await getCurrent(objects.index, placeOf(bucket, input.Key));
  if (done?.kind === 'object' && done.uploadId === input.UploadId) return describe(ctx, bucket, input, done);
  const upload = await requireUpload(objects.index, place);
  keyForPart(upload, parseCustomerKey(input));
  checkFinalChecksums(input, upload.record.checksum?.algorithm, bucket);
  checkType(input, upload.record.checksum?.type, bucket);
  const present = await listParts(objects.index, input.UploadId);
  const chosen = chooseParts(bucket, upload, present, input.MultipartUpload?.Parts ?? []);
  const bytes = chosen.reduce((sum, { record }) => sum + record.bytes, 0);
  if ((input.MpuObjectSize ?? 0) < 0) {
    throw invalidRequest(`Value for x-amz-mp-object-size header is less than zero: '${input.MpuObjectSize}'`);
  }
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== bytes) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${bytes}`,
    );
  }
  if (bytes > mostBytes) throw awsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  if (upload.record.checksum) await prepareChecksums([upload.record.checksum.algorithm]);
  const checksum = checksumOfWhole(upload, chosen);
  checkAsked(input, checksum, upload.record.checksum, bucket);
  const record = await commit(ctx, bucket, upload, present, chosen, { bytes, checksum, input });
  return describe(ctx, bucket, input, record);
}

/** Also for a client that asks again, because it missed the answer. */
function describe(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  input: CompleteMultipartUploadRequest,
  record: ObjectVersion,
): CompleteMultipartUploadOutput {
  return {
    Location: `${ctx.endpoint}/${input.Bucket}/${encodeURIComponent(input.Key).replace(/%2F/g, '/')}`,
    Bucket: input.Bucket,
    Key: input.Key,
    ETag: `"${record.etag}"`,
    VersionId: writtenVersionId(bucket, record),
    Expiration: expirationHeader(bucket, input.Key, record),
    ...describeKeys(record.encryption),
    ...describeChecksum(record.checksum),
  };
}

/** The model has no members for a customer's key here, but the headers are sent all the same. */
function describeKeys(encryption: Encryption) {
  if (encryption.kind !== 'customer') return describeEncryption(encryption);
  return {
    [answerHeaders]: {
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
      'x-amz-server-side-encryption-customer-key-md5': encryption.keyMd5,
    },
  };
}

function chooseParts(
  { spec }: BucketRow,
  { uploadId, record }: Upload,
  present: readonly NumberedPart[],
  named: readonly CompletedPart[],
): readonly NumberedPart[] {
  if (named.length === 0) throw spec.isCurrent ? invalidRequest('You must specify at least one part') : malformedXml();
  for (const part of named) {
    const { PartNumber, ETag } = part;
    if (PartNumber === undefined || ETag === undefined) throw malformedXml();
    if (spec.isCurrent) checkPartChecksums(part);
    if (PartNumber < 1) throw invalidArgument('PartNumber must be >= 1', 'PartNumber', String(PartNumber));
  }
  // Of one number that is named twice the last counts.
  const asked = named.filter(({ PartNumber }, at) => PartNumber !== named[at + 1]?.PartNumber);
  const byNumber = new Map(present.map((part) => [part.number, part]));
  let last = 0;
  const chosen = asked.map((part) => {
    const { PartNumber: number = 0, ETag = '' } = part;
    if (number <= last) {
      throw awsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        400,
        {
          UploadId: uploadId,
        },
      );
    }
    last = number;
    const found = byNumber.get(number);
    if (!found || ETag.replace(/"/g, '') !== found.record.etag) throw invalidPart(uploadId, number, ETag);
    checkPartChecksum(part, found, uploadId);
    if (spec.isCurrent) requirePartChecksum(part, record.checksum, uploadId);
    return found;
  });
  for (const { number, record: part } of chosen.slice(0, -1)) {
    if (part.bytes < leastPartBytes) throw entityTooSmall(number, part.bytes, part.etag);
  }
  return chosen;
}

/** One for a part at most, and one that can be a checksum. */
function checkPartChecksums(part: ChecksumFields): void {
  const given = checksumAlgorithms.flatMap((algorithm) => {
    const value = part[`Checksum${algorithm}`];
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [first] = given;
  if (!first || (given.length === 1 && isDigest(first.algorithm, first.value))) return;
  const shown =
    given.length === 1 ? first.value : given.map(({ algorithm, value }) => `${algorithm}:${value};`).join('');
  throw invalidArgument('Invalid Base64 or multiple checksums present in request', 'Checksum', shown);
}

/** One for the whole at most; what cannot be that of the upload's kind is malformed rather than wrong. */
function checkFinalChecksums(
  input: ChecksumFields,
  declared: ChecksumAlgorithm | undefined,
  { spec }: BucketRow,
): void {
  if (!spec.isCurrent) return;
  const given = checksumAlgorithms.filter((algorithm) => input[`Checksum${algorithm}`] !== undefined);
  if (given.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const [algorithm] = given;
  if (!algorithm || algorithm !== declared) return;
  if (isDigest(algorithm, withoutCount(input[`Checksum${algorithm}`] ?? ''))) return;
  throw invalidRequest(`Value for ${headerOf(algorithm)} header is invalid.`);
}

function checkPartChecksum(
  asked: CompletedPart & ChecksumFields,
  { number, record }: NumberedPart,
  uploadId: string,
): void {
  const given = checksumAlgorithms.find((algorithm) => asked[`Checksum${algorithm}`] !== undefined);
  if (given && given === record.checksum?.algorithm && asked[`Checksum${given}`] !== record.checksum.value) {
    throw invalidPart(uploadId, number, asked.ETag ?? '');
  }
}

/** AWS wants them all of an upload that is checked by those of its parts; what was written against Ceph leaves them out. */
function requirePartChecksum(
  part: CompletedPart & ChecksumFields,
  declared: UploadRecord['checksum'],
  uploadId: string,
): void {
  const given = checksumAlgorithms.find((algorithm) => part[`Checksum${algorithm}`] !== undefined);
  if (given && !declared) throw invalidPart(uploadId, part.PartNumber ?? 0, part.ETag ?? '');
  if (given && declared && given !== declared.algorithm) {
    throw badDigest(
      `The ${given.toLowerCase()} you specified for part ${part.PartNumber} did not match what we received.`,
    );
  }
  if (declared?.type !== 'COMPOSITE' || part[`Checksum${declared.algorithm}`] !== undefined) return;
  throw invalidRequest(
    `The upload was created using a ${declared.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.PartNumber} in the request.`,
  );
}

function invalidPart(uploadId: string, number: number, etag: string) {
  return awsError(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    400,
    { UploadId: uploadId, PartNumber: number, ETag: etag.replace(/"/g, '') },
  );
}

function entityTooSmall(number: number, bytes: number, etag: string) {
  return awsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
    ProposedSize: bytes,
    MinSizeAllowed: leastPartBytes,
    PartNumber: number,
    ETag: etag,
  });
}

function checksumOfWhole({ record }: Upload, parts: readonly NumberedPart[]): Checksum {
  const { algorithm, type } = record.checksum ?? { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' };
  const checks = parts.map(({ record: part }) => ({ bytes: part.bytes, value: part.checksum?.value ?? '' }));
  return { algorithm, type, value: combineChecksums(algorithm, type, checks) };
}

function checkType(
  { ChecksumType }: CompleteMultipartUploadRequest,
  declared: Checksum['type'] | undefined,
  { spec }: BucketRow,
): void {
  const asked = ChecksumType === undefined ? undefined : requireType(ChecksumType);
  const type = declared ?? (spec.isCurrent ? 'null' : 'FULL_OBJECT');
  if (asked === undefined || asked === type) return;
  throw invalidRequest(
    `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
  );
}

function checkAsked(
  input: CompleteMultipartUploadRequest & ChecksumFields,
  checksum: Checksum,
  declared: UploadRecord['checksum'],
  { spec }: BucketRow,
): void {
  const isOfWhole = spec.isCurrent && declared?.type === 'FULL_OBJECT';
  for (const algorithm of checksumAlgorithms) {
    const asked = input[`Checksum${algorithm}`];
    if (asked === undefined) continue;
    if (algorithm !== checksum.algorithm) {
      // Where none was declared, AWS has chosen its own, and looks at no other.
      if (!declared) continue;
      throw isOfWhole
        ? wrongDigest(checksum.algorithm)
        : invalidRequest('The checksum algorithm of the upload is another one.');
    }
    // AWS takes it for a checksum of parts' checksums unless it is told otherwise.
    const isMistaken = isOfWhole && input.ChecksumType === undefined;
    if (isMistaken || withoutCount(asked) !== withoutCount(checksum.value)) throw wrongDigest(algorithm);
  }
}

const withoutCount = (checksum: string): string => checksum.replace(/-\d+$/, '');

function wrongDigest(algorithm: Checksum['algorithm']) {
  return badDigest(`The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`);
}

interface Completion {
  readonly bytes: number;
  readonly checksum: Checksum;
  readonly input: CompleteMultipartUploadRequest;
}

async function commit(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  upload: Upload,
  present: readonly NumberedPart[],
  chosen: readonly NumberedPart[],
  { bytes, checksum, input }: Completion,
): Promise<ObjectVersion> {
  const { objects } = ctx.drivers;
  const {
    checksum: _declared,
    initiator: _initiator,
    startedMs: _started,
    revision: _revision,
    sawRemoval = false,
    ...traits
  } = upload.record;
  const bodyId = newBodyId(ctx);
  const list: PartList = {
    parts: chosen.map(({ record: part }, at) => ({
      number: at + 1,
      bytes: part.bytes,
      checksum: part.checksum,
      body: part.body,
      ...(part.nonce !== undefined && { nonce: part.nonce }),
    })),
  };
  const ending = endingWrites(upload, present, new Set(chosen.map(({ number }) => number)));
  const { record, released } = await putVersion(objects.index, placeOf(bucket, upload.key), {
    chance: ctx.random.bytes(18),
    writes: [{ key: bodyKey(bodyId), value: encodeRecord(list) }, ...ending.writes],
    reads: [uploadEntry(upload)],
    verify: ([open]) => checkUnchanged(open, upload),
    check(current) {
      checkWrite(input, upload.key, current);
      checkUntouched(input, upload.key, current, { began: sequenceOf(upload.uploadId), sawRemoval });
    },
    record: (identity) => ({
      kind: 'object',
      ...identity,
      ...traits,
      modifiedMs: ctx.nowMs,
      bytes,
      etag: etagOfParts(chosen),
      checksum,
      body: { kind: 'parts', id: bodyId },
      partCount: chosen.length,
      uploadId: upload.uploadId,
    }),
    event: (written) => eventOf(ctx, bucket, 'ObjectCreated:CompleteMultipartUpload', upload.key, written),
  });
  releaseBodies(objects, ctx.log, [...released, ...ending.released]);
  wakeOutbox(ctx, bucket);
  return record as ObjectVersion;
}

/** The MD5 of the parts' MD5s, and how many there are. */
function etagOfParts(parts: readonly NumberedPart[]): string {
  const hash = createHash('md5');
  for (const { record } of parts) hash.update(Buffer.from(record.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
