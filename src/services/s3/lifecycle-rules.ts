// A bucket's lifecycle: which rules are for an object, and when they do what to it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

import type { LifecycleRule, Tag, TransitionDefaultMinimumObjectSize } from '../../generated/s3.types.ts';
import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
import type { BucketRow, BucketSpec } from './buckets.table.ts';
import type { ObjectVersion, UploadRecord } from './version-record.ts';

const dayMs = 24 * 3600_000;

/** So many days after, at the next midnight UTC. */
export function midnightAfter(atMs: TimestampMs, days: number): TimestampMs {
  return Math.ceil((atMs + days * dayMs) / dayMs) * dayMs;
}

type Subject = Pick<ObjectVersion, 'bytes' | 'tags'>;

/** Whether a rule is for an object of that key; `subject` is absent for what has neither size nor tags. */
export function isFor({ Status, Prefix, Filter }: LifecycleRule, key: string, subject: Subject | undefined): boolean {
  if (Status !== 'Enabled') return false;
  if (!key.startsWith(Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '')) return false;
  const least = Filter?.ObjectSizeGreaterThan ?? Filter?.And?.ObjectSizeGreaterThan;
  const most = Filter?.ObjectSizeLessThan ?? Filter?.And?.ObjectSizeLessThan;
  const tags: readonly Tag[] = [...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])];
  if (!subject) return least === undefined && most === undefined && tags.length === 0;
  return (
    (least === undefined || subject.bytes > least) &&
    (most === undefined || subject.bytes < most) &&
    tags.every(({ Key, Value }) => subject.tags?.[Key] === Value)
  );
}

export interface Due {
  readonly atMs: TimestampMs;
  readonly ruleId: string;
}

const sooner = (a: Due | undefined, b: Due | undefined): Due | undefined =>
  a && b ? (b.atMs < a.atMs ? b : a) : (a ?? b);

const soonest = (dues: readonly (Due | undefined)[]): Due | undefined => dues.reduce(sooner, undefined);

/** When the current version of an object expires. */
export function expiryOf(
  rules: readonly LifecycleRule[],
  key: string,
  record: Subject & { readonly modifiedMs: TimestampMs },
): Due | undefined {
  return soonest(
    rules
      .filter((rule) => isFor(rule, key, record))
      .map(({ ID: ruleId = '', Expiration }) => {
        if (Expiration?.Date !== undefined) return { atMs: Expiration.Date, ruleId };
        return Expiration?.Days === undefined
          ? undefined
          : { atMs: midnightAfter(record.modifiedMs, Expiration.Days), ruleId };
      }),
  );
}

const leastMovedBytes = 128 * 1024;

/**
 * Small objects stay where they are, as keeping them elsewhere costs more than it saves, unless the rule itself speaks
 * of sizes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
function isWorthMoving(
  { Filter }: LifecycleRule,
  { bytes }: Subject,
  storageClass: string,
  minimum: TransitionDefaultMinimumObjectSize | undefined,
): boolean {
  const sizes = [Filter, Filter?.And].flatMap((part) => [part?.ObjectSizeGreaterThan, part?.ObjectSizeLessThan]);
  if (bytes >= leastMovedBytes || sizes.some((size) => size !== undefined)) return true;
  return minimum === 'varies_by_storage_class' && (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE');
}

/** A bucket's rules, and which objects they leave where they are. */
export type Lifecycle = Pick<BucketSpec, 'lifecycle' | 'transitionMinimum'>;

export interface DueTransition extends Due {
  readonly storageClass: string;
}

/** The last of the transitions of the current version that are due. */
export function transitionOf(
  { lifecycle = [], transitionMinimum }: Lifecycle,
  key: string,
  record: Subject & { readonly modifiedMs: TimestampMs },
  nowMs: TimestampMs,
): DueTransition | undefined {
  const due = lifecycle
    .filter((rule) => isFor(rule, key, record))
    .flatMap((rule) =>
      (rule.Transitions ?? []).flatMap(({ Date: date, Days, StorageClass: storageClass }) => {
        const atMs = date ?? midnightAfter(record.modifiedMs, Days ?? 0);
        if (storageClass === undefined || atMs > nowMs) return [];
        return isWorthMoving(rule, record, storageClass, transitionMinimum)
          ? [{ atMs, ruleId: rule.ID ?? '', storageClass }]
          : [];
      }),
    );
  return due.toSorted((a, b) => a.atMs - b.atMs).at(-1);
}

/** When a version that is no longer current, and has `newer` others above it, is removed. */
export function noncurrentExpiryOf(
  rules: readonly LifecycleRule[],
  key: string,
  record: Subject | undefined,
  sinceMs: TimestampMs,
  newer: number,
): Due | undefined {
  return soonest(
    rules
      .filter((rule) => isFor(rule, key, record))
      .map(({ ID: ruleId = '', NoncurrentVersionExpiration: expiration }) =>
        expiration?.NoncurrentDays === undefined || newer < (expiration.NewerNoncurrentVersions ?? 0)
          ? undefined
          : { atMs: midnightAfter(sinceMs, expiration.NoncurrentDays), ruleId },
      ),
  );
}

export function noncurrentTransitionOf(
  { lifecycle = [], transitionMinimum }: Lifecycle,
  key: string,
  record: Subject,
  sinceMs: TimestampMs,
  newer: number,
  nowMs: TimestampMs,
): DueTransition | undefined {
  const due = lifecycle
    .filter((rule) => isFor(rule, key, record))
    .flatMap((rule) =>
      (rule.NoncurrentVersionTransitions ?? []).flatMap(
        ({ NoncurrentDays, StorageClass: storageClass, NewerNoncurrentVersions = 0 }) => {
          const atMs = midnightAfter(sinceMs, NoncurrentDays ?? 0);
          if (storageClass === undefined || newer < NewerNoncurrentVersions || atMs > nowMs) return [];
          return isWorthMoving(rule, record, storageClass, transitionMinimum)
            ? [{ atMs, ruleId: rule.ID ?? '', storageClass }]
            : [];
        },
      ),
    );
  return due.toSorted((a, b) => a.atMs - b.atMs).at(-1);
}

/** Whether a delete marker that stands alone goes: by its own rule, or by the age that expires objects. */
export function markerExpiryOf(rules: readonly LifecycleRule[], key: string, markedMs: TimestampMs): Due | undefined {
  return soonest(
    rules
      .filter((rule) => isFor(rule, key, undefined))
      .map(({ ID: ruleId = '', Expiration }) => {
        if (Expiration?.ExpiredObjectDeleteMarker) return { atMs: markedMs, ruleId };
        return Expiration?.Days === undefined ? undefined : { atMs: midnightAfter(markedMs, Expiration.Days), ruleId };
      }),
  );
}

export function uploadExpiryOf(
  rules: readonly LifecycleRule[],
  key: string,
  { startedMs }: Pick<UploadRecord, 'startedMs'>,
): Due | undefined {
  return soonest(
    rules
      .filter((rule) => isFor(rule, key, undefined))
      .map(({ ID: ruleId = '', AbortIncompleteMultipartUpload: abort }) =>
        abort?.DaysAfterInitiation === undefined
          ? undefined
          : { atMs: midnightAfter(startedMs, abort.DaysAfterInitiation), ruleId },
      ),
  );
}

/** `expiry-date="…", rule-id="…"`. */
export function expirationHeader({ spec }: BucketRow, key: string, record: ObjectVersion): string | undefined {
  const due = spec.lifecycle && expiryOf(spec.lifecycle, key, record);
  return due && `expiry-date="${formatHttpDate(due.atMs)}", rule-id="${encodeURIComponent(due.ruleId)}"`;
}
