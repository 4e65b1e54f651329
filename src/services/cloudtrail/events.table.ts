// The event history of an account in a region. Ids go down as time goes on, so that a list begins with the latest.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface EventSpec {
  readonly name: string;
  /** `iam.amazonaws.com` */
  readonly source: string;
  readonly atMs: TimestampMs;
  readonly isReadOnly: boolean;
  readonly username?: string;
  readonly accessKeyId?: string;
  readonly resources: readonly { readonly type?: string; readonly name: string }[];
  /** The whole record, as JSON text. */
  readonly record: string;
}

export type EventRow = Row<EventSpec, null>;

export const events = defineSpecTable<EventSpec>({ name: 'cloudtrail.events' });

const longestTime = 10 ** 15;

/** `count` tells those of one millisecond apart. The event's own id comes last. */
export function eventRowId(atMs: TimestampMs, count: number, eventId: string): string {
  const down = (value: number, limit: number) => String(limit - 1 - value).padStart(String(limit).length - 1, '0');
  return `${down(Math.floor(atMs), longestTime)}-${down(count % 10 ** 6, 10 ** 6)}-${eventId}`;
}

export const eventIdOf = ({ id }: { readonly id: string }): string => id.split('-').slice(2).join('-');
