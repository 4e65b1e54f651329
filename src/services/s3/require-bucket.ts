// The bucket that a request is about: found, expected to be whose it is said to be, and open to the caller.

import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { type Access, requireAccess } from './access.ts';
import { invalidBucketName, mayNameBucket } from './bucket-names.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { accessDenied, invalidRequest, noSuchBucket } from './s3.errors.ts';

export interface AboutBucket {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string | undefined;
}

/** Either kind of context: both kinds of operations are about buckets. */
export type AnyContext = OperationContext | AsyncOperationContext;

export function getBucket(ctx: AnyContext, name: string): BucketRow | undefined {
  return ctx.find(buckets, name);
}

/** As it is now, for whoever has waited for bytes meanwhile: it may keep versions since. */
export function bucketNow(ctx: AnyContext, before: BucketRow): BucketRow {
  const row = getBucket(ctx, before.id);
  return row?.spec.bucketId === before.spec.bucketId ? row : before; // of one that is gone, the index knows
}

/** Finds it, and checks nothing but that. */
export function requireBucketRow(ctx: AnyContext, { Bucket, ExpectedBucketOwner }: AboutBucket): BucketRow {
  if (!mayNameBucket(Bucket)) throw invalidBucketName(Bucket);
  const row = getBucket(ctx, Bucket);
  if (!row) throw noSuchBucket(Bucket);
  if (row.spec.accelerate?.Status !== 'Enabled' && /\.s3-accelerate\./.test(ctx.request?.headers['host'] ?? '')) {
    throw invalidRequest('S3 Transfer Acceleration is not configured on this bucket');
  }
  if (ExpectedBucketOwner !== undefined) checkExpectedOwner(ctx, row, ExpectedBucketOwner);
  return row;
}

function checkExpectedOwner({ principal }: AnyContext, row: BucketRow, expected: string): void {
  if (principal.kind !== 'anonymous' && !/^\d{12}$/.test(expected)) {
    throw awsError(
      'InvalidBucketOwnerAWSAccountID',
      `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
    );
  }
  if (expected !== row.account) throw accessDenied();
}

/** Finds it, and checks that the caller may do `action` with it. */
export function requireBucket(
  ctx: AnyContext,
  about: AboutBucket,
  action: string,
  more: Omit<Access, 'bucket' | 'action'> = {},
): BucketRow {
  const bucket = requireBucketRow(ctx, about);
  requireAccess(ctx, { ...more, bucket, action });
  return bucket;
}

/** As `requireBucket`, for what only principals of the owner's account may ever do. */
export function requireOwnBucket(ctx: AnyContext, about: AboutBucket, action: string): BucketRow {
  const bucket = requireBucketRow(ctx, about);
  if (ctx.principal.kind === 'anonymous' || ctx.principal.account !== bucket.account) {
    throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
      Method: ctx.request?.method,
      ResourceType: 'BUCKETPOLICY',
    });
  }
  requireAccess(ctx, { bucket, action });
  return bucket;
}

/** Replaces the settings of a bucket by what `change` makes of them. */
export function updateBucket(ctx: OperationContext, row: BucketRow, change: (spec: BucketSpec) => BucketSpec): void {
  ctx.tableIn(buckets, row).update(row.id, change);
}
