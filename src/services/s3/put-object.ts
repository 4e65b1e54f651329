// An object is put: its bytes are received and checked, and become the current version of its key. PutObject and browsers'
// forms both end here.

import { createHash } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { PutObjectOutput } from '../../generated/s3.types.ts';
import { mayWriteByAcl, requireAccess } from './access.ts';
import { namesAcl } from './acl.ts';
import { checksumOf, discardBody, type ReceivedBody, receiveBody, releaseBodies } from './bodies.ts';
import type { BucketRow } from './buckets.table.ts';
import {
  type ChecksumFields,
  checkExpectation,
  describeChecksum,
  type Expectation,
  expectationOf,
} from './checksums.ts';
import { parseCustomerKey } from './customer-keys.ts';
import { placeOf, writtenVersionId } from './find-object.ts';
import { expirationHeader } from './lifecycle-rules.ts';
import { parseTagHeader } from './object-tags.ts';
import { checkObjectKey, describeEncryption, type TraitHeaders, traitsOf } from './object-traits.ts';
import { eventOf, wakeOutbox } from './outbox.ts';
import type { Tags } from './policy-conditions.ts';
import { checkWrite, checkWriteHeaders, type WriteConditions } from './preconditions.ts';
import { bucketNow } from './require-bucket.ts';
import { badMd5, invalidDigest, invalidRequest } from './s3.errors.ts';
import type { ObjectTraits, ObjectVersion } from './version-record.ts';
import { putVersion } from './versions.ts';

export interface PutRequest extends TraitHeaders, ChecksumFields, WriteConditions {
  readonly Key: string;
  readonly Body?: AsyncIterable<Uint8Array> | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentMD5?: string | undefined;
  readonly ChecksumAlgorithm?: string | undefined;
}

const mostBytes = 5 * 1024 ** 3;

export async function putObject(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  request: PutRequest,
  eventName = 'ObjectCreated:Put',
  checkReceived?: (body: ReceivedBody) => void,
): Promise<PutObjectOutput> {
  checkObjectKey(request.Key);
  checkWriteHeaders(request, bucket.spec);
  requireWriteAccess(ctx, bucket, request.Key, request, parseTagHeader(request.Tagging));
  const traits = traitsOf(ctx, bucket, request);
  const expected = expectationOf(request, ctx.request?.headers['x-amz-trailer'], bucket.spec);
  const md5 = parseMd5(request.ContentMD5);
  if ((traits.retention || traits.legalHold) && namesLock(request) && !md5 && !expected) {
    throw invalidRequest(
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  if ((request.ContentLength ?? 0) > mostBytes && decodedLength(ctx) === undefined)
    throw entityTooLarge(request.ContentLength ?? 0);
  const { objects } = ctx.drivers;
  const algorithm = expected?.algorithm ?? 'CRC64NVME';
  const body = await receiveBody(request.Body ?? nothing(), {
    objects,
    random: ctx.random,
    nowMs: ctx.nowMs,
    algorithms: [algorithm],
    customerKey: parseCustomerKey(request),
  });
  try {
    checkBody(ctx, body, request, md5, expected);
    checkReceived?.(body);
    const present = bucketNow(ctx, bucket);
    const record = await commit(ctx, present, request, traits, body, algorithm, eventName);
    return describePut(present, request.Key, record);
  } catch (error) {
    await discardBody(objects, body);
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Of an aws-chunked body: what its headers say it holds. */
function decodedLength(ctx: AsyncOperationContext): number | undefined {
  const text = ctx.request?.headers['x-amz-decoded-content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

const namesLock = (request: PutRequest): boolean =>
  request.ObjectLockMode !== undefined || request.ObjectLockLegalHoldStatus !== undefined;

/** PutObject, and what the request puts beside the bytes. */
export function requireWriteAccess(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  key: string,
  headers: TraitHeaders,
  requestTags: Tags | undefined,
): void {
  const more = {
    's3:object-lock-mode': headers.ObjectLockMode,
    's3:object-lock-legal-hold': headers.ObjectLockLegalHoldStatus,
  };
  const mayDo = (action: string) => requireAccess(ctx, { bucket, key, action, requestTags, more });
  mayDo('s3:PutObject');
  const isStranger = ctx.principal.kind === 'anonymous' || ctx.principal.account !== bucket.account;
  const also: string[] = [];
  if (headers.Tagging) also.push('s3:PutObjectTagging');
  if (headers.ObjectLockMode) also.push('s3:PutObjectRetention');
  if (headers.ObjectLockLegalHoldStatus) also.push('s3:PutObjectLegalHold');
  // Who may write by the bucket's list may say all this of what it writes.
  const byList = isStranger && mayWriteByAcl(ctx, bucket);
  if (!byList) for (const action of also) mayDo(action);
  // A writer owns what it writes where lists are in use, so it may say who else may read it.
  const ownsIt = bucket.spec.ownership !== 'BucketOwnerEnforced';
  if (namesAcl(headers) && isStranger && !ownsIt) mayDo('s3:PutObjectAcl');
}

export function parseMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const md5 = Buffer.from(header, 'base64');
  if (md5.byteLength !== 16 || md5.toString('base64') !== header) throw invalidDigest(header);
  return md5;
}

export function checkBody(
  ctx: AsyncOperationContext,
  body: ReceivedBody,
  request: Pick<PutRequest, 'ContentLength'> & { readonly UploadId?: string | undefined },
  md5: Buffer | undefined,
  expected: Expectation | undefined,
): void {
  const length = decodedLength(ctx) ?? request.ContentLength;
  const isEncoded = ctx.request?.headers['x-amz-content-sha256']?.startsWith('STREAMING-');
  if (length !== undefined && length !== body.bytes && !(isEncoded && decodedLength(ctx) === undefined)) {
    throw awsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  if (body.bytes > mostBytes) throw entityTooLarge(body.bytes);
  if (md5 && !md5.equals(body.md5)) {
    throw badMd5(md5.toString(request.UploadId === undefined ? 'hex' : 'base64'), body.md5);
  }
  if (expected) checkExpectation(expected, body.checksums.get(expected.algorithm) as string, ctx.trailers);
}

function entityTooLarge(bytes: number) {
  return awsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
    ProposedSize: bytes,
    MaxSizeAllowed: mostBytes,
  });
}

/** The MD5 of the bytes, but for those that are encrypted with a key of somebody's. */
export function etagOf(body: ReceivedBody, { encryption }: Pick<ObjectTraits, 'encryption'>): string {
  if (encryption.kind === 'AES256') return body.md5.toString('hex');
  return createHash('md5').update(body.md5).update(JSON.stringify(encryption)).digest('hex');
}

async function commit(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  request: PutRequest,
  traits: ObjectTraits,
  body: ReceivedBody,
  algorithm: Expectation['algorithm'],
  eventName: string,
): Promise<ObjectVersion> {
  const { objects } = ctx.drivers;
  const chance = ctx.random.bytes(18);
  const { Key: key } = request;
  const { record, released } = await putVersion(objects.index, placeOf(bucket, key), {
    chance,
    writes: body.writes,
    check: (current) => checkWrite(request, key, current),
    record: (identity) => ({
      kind: 'object',
      order: identity.order,
      versionId: identity.versionId,
      modifiedMs: ctx.nowMs,
      bytes: body.bytes,
      etag: etagOf(body, traits),
      checksum: checksumOf(body, algorithm),
      body: body.ref,
      nonce: body.nonce,
      owner: traits.owner,
      acl: traits.acl,
      headers: traits.headers,
      metadata: traits.metadata,
      storageClass: traits.storageClass,
      tags: traits.tags,
      encryption: traits.encryption,
      retention: traits.retention,
      legalHold: traits.legalHold,
    }),
    event: (written) => eventOf(ctx, bucket, eventName, key, written),
  });
  releaseBodies(objects, ctx.log, released);
  wakeOutbox(ctx, bucket);
  return record as ObjectVersion;
}

function describePut(bucket: BucketRow, key: string, record: ObjectVersion): PutObjectOutput {
  const output = {
    ETag: `"${record.etag}"`,
    VersionId: writtenVersionId(bucket, record),
    Expiration: expirationHeader(bucket, key, record),
  };
  return Object.assign(output, describeEncryption(record.encryption), describeChecksum(record.checksum));
}
