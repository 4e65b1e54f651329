// What is copied, and from where.

import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { requireAccess } from './access.ts';
import { type ByteRange, openBody } from './bodies.ts';
import { type CustomerKey, parseCustomerKey } from './customer-keys.ts';
import { type FoundObject, findObject, versioned } from './find-object.ts';
import { isReadable } from './object-restore.ts';
import { type CopyConditions, checkCopySource } from './preconditions.ts';
import { checkCustomerKey } from './read-object.ts';
import { invalidArgument } from './s3.errors.ts';

export interface CopyRequest extends CopyConditions {
  readonly CopySource: string;
  readonly ExpectedSourceBucketOwner?: string | undefined;
  readonly CopySourceSSECustomerAlgorithm?: string | undefined;
  readonly CopySourceSSECustomerKey?: string | undefined;
  readonly CopySourceSSECustomerKeyMD5?: string | undefined;
}

export interface CopySource extends FoundObject {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly customerKey: CustomerKey | undefined;
}

/** `/bucket/key?versionId=…`, percent-encoded, with or without the first slash, or as a URL. */
export function parseCopySource(header: string): { bucket: string; key: string; versionId: string | undefined } {
  const [path = '', versionId] = header.split('?versionId=');
  const decoded = decode(path.replace(/^https?:\/\/[^/]+/, ''), header).replace(/^\//, '');
  const slash = decoded.indexOf('/');
  if (slash <= 0 || slash === decoded.length - 1) {
    throw invalidArgument('Invalid copy source object key', 'x-amz-copy-source', 'x-amz-copy-source');
  }
  return {
    bucket: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    versionId: versionId === undefined ? undefined : decode(versionId, header),
  };
}

function decode(text: string, header: string): string {
  try {
    // Node hands over headers byte by byte; unencoded characters in them are UTF-8.
    return decodeURIComponent(Buffer.from(text, 'latin1').toString().replace(/\+/g, '%20'));
  } catch {
    throw invalidArgument('Invalid copy source encoding.', 'x-amz-copy-source', header);
  }
}

export async function findCopySource(ctx: AsyncOperationContext, request: CopyRequest): Promise<CopySource> {
  const { bucket, key, versionId } = parseCopySource(request.CopySource);
  const about = {
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
    ExpectedBucketOwner: request.ExpectedSourceBucketOwner,
  };
  const found = await findObject(ctx, about, 's3:GetObject');
  const customerKey = parseCustomerKey({
    SSECustomerAlgorithm: request.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: request.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: request.CopySourceSSECustomerKeyMD5,
  });
  checkCustomerKey(found.record, customerKey);
  checkCopySource(request, found.record, ctx.nowMs);
  if (!isReadable(found.record, ctx.nowMs)) {
    throw awsError(
      'ObjectNotInActiveTierError',
      'The source object of the COPY operation is not in the active tier and is only stored in Amazon S3 Glacier.',
      403,
    );
  }
  return { ...found, key, versionId, customerKey };
}

/** The tags of the source go along only when the caller may read them. */
export function requireTagAccess(ctx: AsyncOperationContext, { bucket, key, versionId, record }: CopySource): void {
  if (!record.tags) return;
  const action = versioned('s3:GetObjectTagging', versionId);
  requireAccess(ctx, { bucket, action, key, versionId, object: record, existingTags: record.tags });
}

/** The bytes of the source; undefined when they went away since it was found. */
export async function openCopySource(
  ctx: AsyncOperationContext,
  { record, customerKey }: CopySource,
  range: ByteRange,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const opened = await openBody(ctx.drivers.objects, record, range, customerKey);
  return opened instanceof Uint8Array ? streamOf(opened) : opened;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}
