// How many buckets an account may have. AWS lets it be raised through Service Quotas, where the quota is L-DC2B2D3D.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { buckets } from './buckets.table.ts';

export const defaultBucketQuota = 100;

/** To be asked in the transaction that makes one more. */
export function checkBucketQuota(ctx: OperationContext): void {
  let owned = 0;
  for (const _bucket of ctx.table(buckets).list()) owned += 1;
  if (owned < defaultBucketQuota) return;
  throw awsError('TooManyBuckets', 'You have attempted to create more buckets than allowed');
}
