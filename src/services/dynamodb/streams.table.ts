// Streams of tables, on and off: one that was switched off, or whose table is gone, can be read for another day.

import type { KeySchemaElement, StreamViewType } from '../../generated/dynamodb.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface TableStreamSpec {
  readonly tableName: string;
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly space: string;
  readonly keySchema: readonly KeySchemaElement[];
  /** Set when it was switched off. */
  readonly endedAtMs?: TimestampMs;
}

export type StreamRow = Row<TableStreamSpec, null>;

export const streams = defineSpecTable<TableStreamSpec>({ name: 'dynamodb.streams' });

/** Names rows so that the streams of a table stand together, the oldest first. */
export const streamId = (tableName: string, label: string): string => `${tableName}/${label}`;

export const streamRetentionMs = 24 * 3600_000;
