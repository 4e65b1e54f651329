// What a bucket's rules want done with one version now. Pure.

import type { TimestampMs } from '../../kernel/clock.ts';
import {
  expiryOf,
  type Lifecycle,
  markerExpiryOf,
  noncurrentExpiryOf,
  noncurrentTransitionOf,
  transitionOf,
} from './lifecycle-rules.ts';
import type { VersionRecord } from './version-record.ts';

export type LifecycleAct =
  /** A delete marker becomes the current version, where the bucket keeps versions. */
  { readonly kind: 'mark' } | { readonly kind: 'remove' } | { readonly kind: 'move'; readonly storageClass: string };

export interface VersionSituation {
  readonly key: string;
  readonly record: VersionRecord;
  readonly isLatest: boolean;
  /** Whether the bucket has ever kept versions. */
  readonly keepsVersions: boolean;
  /** No older version of the key is left. */
  readonly isOldest: boolean;
  /** How many noncurrent versions are newer. */
  readonly newerNoncurrent: number;
  /** When the version above it was made; absent for the current one. */
  readonly noncurrentSinceMs: TimestampMs | undefined;
  readonly nowMs: TimestampMs;
}

export function planVersion(lifecycle: Lifecycle, situation: VersionSituation): LifecycleAct | undefined {
  return situation.isLatest ? planCurrent(lifecycle, situation) : planNoncurrent(lifecycle, situation);
}

function planCurrent(
  lifecycle: Lifecycle,
  { key, record, isOldest, keepsVersions, nowMs }: VersionSituation,
): LifecycleAct | undefined {
  const rules = lifecycle.lifecycle ?? [];
  if (record.kind === 'marker') {
    const due = isOldest ? markerExpiryOf(rules, key, record.modifiedMs) : undefined;
    return due && due.atMs <= nowMs ? { kind: 'remove' } : undefined;
  }
  const expiry = expiryOf(rules, key, record);
  if (expiry && expiry.atMs <= nowMs) return { kind: keepsVersions ? 'mark' : 'remove' };
  const transition = transitionOf(lifecycle, key, record, nowMs);
  return transition && transition.storageClass !== record.storageClass
    ? { kind: 'move', storageClass: transition.storageClass }
    : undefined;
}

function planNoncurrent(
  lifecycle: Lifecycle,
  { key, record, newerNoncurrent, noncurrentSinceMs, nowMs }: VersionSituation,
): LifecycleAct | undefined {
  if (noncurrentSinceMs === undefined) return undefined;
  const subject = record.kind === 'object' ? record : undefined;
  const expiry = noncurrentExpiryOf(lifecycle.lifecycle ?? [], key, subject, noncurrentSinceMs, newerNoncurrent);
  if (expiry && expiry.atMs <= nowMs) return { kind: 'remove' };
  if (!subject) return undefined;
  const transition = noncurrentTransitionOf(lifecycle, key, subject, noncurrentSinceMs, newerNoncurrent, nowMs);
  return transition && transition.storageClass !== subject.storageClass
    ? { kind: 'move', storageClass: transition.storageClass }
    : undefined;
}
