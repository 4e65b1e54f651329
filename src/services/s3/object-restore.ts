// Objects in the archive classes can be read only for a while after they were restored.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html

import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
import type { ObjectVersion } from './version-record.ts';

export const isArchived = (storageClass: string): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

const dayMs = 24 * 3600_000;

/** So many days from now, and on until midnight (UTC). */
export const endOfRestore = (nowMs: TimestampMs, days: number): TimestampMs =>
  Math.ceil((nowMs + days * dayMs) / dayMs) * dayMs;

export function isReadable({ storageClass, restore }: ObjectVersion, nowMs: TimestampMs): boolean {
  if (!isArchived(storageClass)) return true;
  return restore !== undefined && restore.readyMs <= nowMs && nowMs < restore.expiresMs;
}

/** `ongoing-request="false", expiry-date="…"`, until the copy is gone. */
export function restoreHeader({ restore, storageClass }: ObjectVersion, nowMs: TimestampMs): string | undefined {
  if (!restore || !isArchived(storageClass) || restore.expiresMs <= nowMs) return undefined;
  return `ongoing-request="false", expiry-date="${formatHttpDate(restore.expiresMs)}"`;
}

/** As lists show it, to those who ask. */
export function restoreStatus(
  { restore, storageClass }: Pick<ObjectVersion, 'restore' | 'storageClass'>,
  nowMs: TimestampMs,
) {
  if (!restore || !isArchived(storageClass) || restore.expiresMs <= nowMs) return {};
  return { RestoreStatus: { IsRestoreInProgress: false, RestoreExpiryDate: restore.expiresMs } };
}
