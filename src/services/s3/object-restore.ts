// Objects in the archive classes can be read only for a while after they were restored.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html

import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
import type { ObjectVersion } from './version-record.ts';

export const isArchived = (storageClass: string): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

export function isReadable({ storageClass, restore }: ObjectVersion, nowMs: TimestampMs): boolean {
  if (!isArchived(storageClass)) return true;
  return restore !== undefined && restore.readyMs <= nowMs && nowMs < restore.expiresMs;
}

/** `ongoing-request="false", expiry-date="…"`. */
export function restoreHeader({ restore, storageClass }: ObjectVersion): string | undefined {
  if (!restore || !isArchived(storageClass)) return undefined;
  return `ongoing-request="false", expiry-date="${formatHttpDate(restore.expiresMs)}"`;
}

/** As lists show it, to those who ask. */
export function restoreStatus({ restore, storageClass }: ObjectVersion) {
  if (!restore || !isArchived(storageClass)) return {};
  return { RestoreStatus: { IsRestoreInProgress: false, RestoreExpiryDate: restore.expiresMs } };
}
