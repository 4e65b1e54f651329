// How many buckets an account may have: what Service Quotas says.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { quotas, quotaValue } from '../service-quotas/index.ts';
import { buckets } from './buckets.table.ts';

/** To be asked in the transaction that makes one more. */
export function checkBucketQuota(ctx: OperationContext): void {
  let owned = 0;
  for (const _bucket of ctx.table(buckets).list()) owned += 1;
  if (owned < quotaValue(ctx, quotas.buckets)) return;
  throw awsError('TooManyBuckets', 'You have attempted to create more buckets than allowed');
}
