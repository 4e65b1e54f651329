// What a bucket says of the encryption of its objects.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html

import type { ServerSideEncryptionRule } from '../../generated/s3.types.ts';
import type { BucketSpec } from './buckets.table.ts';

/** A bucket that AWS would make now has one from the start, and has it again when it loses another. */
const currentRule: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
  BucketKeyEnabled: false,
  BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
};

export function encryptionRuleOf({
  encryption,
  isCurrent,
}: Pick<BucketSpec, 'encryption' | 'isCurrent'>): ServerSideEncryptionRule | undefined {
  return encryption?.Rules[0] ?? (isCurrent ? currentRule : undefined);
}
