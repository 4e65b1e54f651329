// Timestamps on the wire: ISO 8601, HTTP dates and epoch seconds. In our code they are milliseconds since the epoch.

import { formatHttpDate, formatIso, parseIso } from '../../kernel/clock.ts';
import type { TimestampFormat } from '../model.ts';

/** The farthest that a date can be from the epoch. */
const latestMs = 8.64e15;

/**
 * EC2 always writes milliseconds, IAM and STS never; the other query services only where they are not zero. S3 counts in
 * whole seconds and writes milliseconds that are zero.
 */
export type IsoFraction = 'always' | 'whenNeeded' | 'never' | 'zero';

export function formatTimestamp(atMs: number, format: TimestampFormat, fraction: IsoFraction = 'whenNeeded'): string {
  if (format === 'rfc822') return formatHttpDate(atMs);
  if (format === 'unixTimestamp') return String(atMs / 1000);
  const isWhole = fraction === 'never' || (fraction === 'whenNeeded' && atMs % 1000 === 0);
  const shownMs = fraction === 'zero' ? Math.floor(atMs / 1000) * 1000 : atMs;
  return formatIso(shownMs, isWhole ? 'seconds' : 'milliseconds');
}

/** Undefined when the text is no date. Any of the formats is taken, as AWS does. */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return fromEpochSeconds(Number(text));
  const isIso = /^[+-]?\d{4,6}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i.test(text);
  const isHttp =
    /^[A-Z][a-z]{2,8}, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d(\.\d+)? (GMT|UTC|[+-]\d{4})$/.test(text);
  if (!isIso && !isHttp) return undefined;
  const hasZone = !isIso || /(Z|[+-]\d\d:?\d\d)$/i.test(text.slice(10)) || !/[T ]/i.test(text);
  return parseIso(hasZone ? text : `${text}Z`);
}

export function fromEpochSeconds(seconds: number): number | undefined {
  const atMs = Math.round(seconds * 1000);
  return Math.abs(atMs) <= latestMs ? atMs : undefined;
}
