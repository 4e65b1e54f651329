// What answers tell of a bucket's lifecycle for multipart uploads.

import type { TimestampMs } from '../../kernel/clock.ts';
import type { BucketRow } from './buckets.table.ts';
import { uploadExpiryOf } from './lifecycle-rules.ts';
import type { UploadRecord } from './version-record.ts';

export function uploadAbort(
  { spec }: BucketRow,
  key: string,
  record: Pick<UploadRecord, 'startedMs'>,
): { readonly AbortDate?: TimestampMs; readonly AbortRuleId?: string } {
  const due = spec.lifecycle && uploadExpiryOf(spec.lifecycle, key, record);
  return due ? { AbortDate: due.atMs, AbortRuleId: due.ruleId } : {};
}
