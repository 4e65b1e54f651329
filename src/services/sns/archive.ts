// Archive and replay policies: what they may be, and what they mean. Pure.
// https://docs.aws.amazon.com/sns/latest/dg/fifo-message-archiving-replay.html

import { parseIso, type TimestampMs } from '../../kernel/clock.ts';
import { invalidParameter } from './sns.errors.ts';

const dayMs = 24 * 3600_000;
const mostDays = 365;

/** Either policy is taken away by an empty one. */
export const isNoPolicy = (text: string): boolean => /^\s*(\{\s*\}\s*)?$/.test(text);

function fieldsOf(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as Record<string, unknown>;
  } catch {
    // Worded below.
  }
  throw invalidParameter(`${name} Reason: the policy is not a valid JSON object`);
}

/** How long a topic with this policy keeps what is published. */
export function archiveRetentionMs(policy: string): number {
  const days = Number(fieldsOf('ArchivePolicy', policy)['MessageRetentionPeriod']);
  if (!Number.isInteger(days) || days < 1 || days > mostDays)
    throw invalidParameter(`ArchivePolicy Reason: MessageRetentionPeriod must be between 1 and ${mostDays} days`);
  return days * dayMs;
}

export interface ReplayWindow {
  readonly fromMs: TimestampMs;
  readonly untilMs?: TimestampMs;
}

export function parseReplayPolicy(policy: string, nowMs: TimestampMs): ReplayWindow {
  const { PointType, StartingPoint, EndingPoint } = fieldsOf('ReplayPolicy', policy);
  if (PointType !== 'Timestamp') throw invalidParameter('ReplayPolicy Reason: PointType must be Timestamp');
  const fromMs = pointOf('StartingPoint', StartingPoint);
  if (fromMs > nowMs) throw invalidParameter('ReplayPolicy Reason: StartingPoint must not be in the future');
  if (EndingPoint === undefined) return { fromMs };
  const untilMs = pointOf('EndingPoint', EndingPoint);
  if (untilMs < fromMs) throw invalidParameter('ReplayPolicy Reason: EndingPoint must not be before StartingPoint');
  return { fromMs, untilMs };
}

function pointOf(name: string, value: unknown): TimestampMs {
  const atMs = typeof value === 'string' ? parseIso(value) : undefined;
  if (atMs === undefined) throw invalidParameter(`ReplayPolicy Reason: ${name} must be a timestamp in ISO 8601`);
  return atMs;
}
