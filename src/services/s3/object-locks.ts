// Object Lock: versions that cannot be removed before their time. Governance gives way to those who say so, compliance
// to nobody. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html

import { awsError } from '../../aws/errors.ts';
import type { RequestContext } from '../../aws/operation.ts';
import { mayAccess } from './access.ts';
import type { BucketRow } from './buckets.table.ts';
import { invalidArgument, invalidRequest, malformedXml } from './s3.errors.ts';
import type { ObjectTraits, ObjectVersion, Retention, VersionRecord } from './version-record.ts';

export interface LockHeaders {
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: number | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

const dayMs = 24 * 3600_000;

export function lockOf(
  ctx: RequestContext,
  bucket: BucketRow,
  headers: LockHeaders,
): Pick<ObjectTraits, 'retention' | 'legalHold'> {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: untilMs, ObjectLockLegalHoldStatus: hold } = headers;
  if ((mode === undefined) !== (untilMs === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
    );
  }
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF') {
    throw invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-legal-hold', hold);
  }
  const asked =
    mode !== undefined && untilMs !== undefined
      ? { mode: checkMode(mode), untilMs: checkUntil(ctx, untilMs) }
      : undefined;
  if ((asked || hold !== undefined) && !bucket.spec.objectLock) {
    throw invalidRequest('Bucket is missing ObjectLockConfiguration');
  }
  const retention = asked ?? defaultRetention(ctx, bucket);
  return { ...(retention && { retention }), ...(hold !== undefined && { legalHold: hold === 'ON' }) };
}

/** For settings of a version; headers of writers are refused in words that differ by two spaces. */
export function requireLockEnabled(bucket: BucketRow): void {
  if (!bucket.spec.objectLock) throw invalidRequest('Bucket is missing Object Lock Configuration');
}

function checkMode(mode: string): Retention['mode'] {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  }
  return mode;
}

function checkUntil({ nowMs }: RequestContext, untilMs: number): number {
  if (untilMs <= nowMs) {
    throw invalidArgument('The retain until date must be in the future!', 'x-amz-object-lock-retain-until-date');
  }
  return untilMs;
}

export function defaultRetention({ nowMs }: Pick<RequestContext, 'nowMs'>, bucket: BucketRow): Retention | undefined {
  const rule = bucket.spec.objectLock?.rule?.DefaultRetention;
  if (!rule?.Mode) return undefined;
  const days = rule.Days ?? (rule.Years ?? 0) * 365;
  return { mode: rule.Mode as Retention['mode'], untilMs: nowMs + days * dayMs };
}

/** Throws when the version is locked, and the caller cannot or does not say to disregard that. */
export function checkMayRemove(
  ctx: RequestContext,
  bucket: BucketRow,
  key: string,
  record: VersionRecord,
  bypass: boolean | undefined,
): void {
  if (record.kind !== 'object') return;
  if (record.legalHold) throw lockedDenied();
  if (isRetained(record, ctx.nowMs) && !mayBypass(ctx, bucket, key, record.retention as Retention, bypass)) {
    throw lockedDenied();
  }
}

export function isRetained({ retention }: ObjectVersion, nowMs: number): boolean {
  return retention !== undefined && retention.untilMs > nowMs;
}

function mayBypass(
  ctx: RequestContext,
  bucket: BucketRow,
  key: string,
  { mode }: Retention,
  bypass: boolean | undefined,
): boolean {
  if (mode === 'COMPLIANCE' || !bypass) return false;
  return mayAccess(ctx, { bucket, action: 's3:BypassGovernanceRetention', key });
}

const lockedDenied = () => awsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);

/** Throws unless the retention may be replaced by another, or by none. */
export function checkMayRetain(
  ctx: RequestContext,
  bucket: BucketRow,
  key: string,
  record: ObjectVersion,
  wanted: Retention | undefined,
  bypass: boolean | undefined,
): void {
  const { retention } = record;
  if (!retention || retention.untilMs <= ctx.nowMs) return;
  const isStricter = wanted !== undefined && wanted.untilMs >= retention.untilMs && wanted.mode === retention.mode;
  if (isStricter || mayBypass(ctx, bucket, key, retention, bypass)) return;
  throw lockedDenied();
}

export function parseRetention(
  ctx: RequestContext,
  { Mode, RetainUntilDate }: { readonly Mode?: string | undefined; readonly RetainUntilDate?: number | undefined },
): Retention | undefined {
  if (Mode === undefined && RetainUntilDate === undefined) return undefined;
  if (Mode !== 'GOVERNANCE' && Mode !== 'COMPLIANCE') throw malformedXml();
  if (RetainUntilDate === undefined) throw malformedXml();
  if (RetainUntilDate <= ctx.nowMs) {
    throw invalidArgument('The retain until date must be in the future!', 'RetainUntilDate');
  }
  return { mode: Mode, untilMs: RetainUntilDate };
}
