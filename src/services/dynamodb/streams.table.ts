// Streams of tables, on and off: one that was switched off, or whose table is gone, can be read for another day. The records
// of a stream are one list; its shards are stretches of it, one after the other.

import type { KeySchemaElement, StreamViewType } from '../../generated/dynamodb.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row } from '../../kernel/table.ts';

export interface TableStreamSpec {
  readonly tableName: string;
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly space: string;
  readonly keySchema: readonly KeySchemaElement[];
  /** Set when it was switched off. */
  readonly endedAtMs?: TimestampMs;
}

export interface ShardStatus {
  readonly startedAtMs: TimestampMs;
  /** The number of the first record that may be in it. */
  readonly firstSequence: number;
  readonly parentStartedAtMs?: TimestampMs;
}

export interface StreamStatus {
  /** What came after the first shard, as far as it can still be read; the last one is open. */
  readonly shards: readonly ShardStatus[];
  /** The number from which on there will be no records; set when the stream has ended. */
  readonly endSequence?: number;
  /** Of the last record that was let go. */
  readonly trimmedSequence: number;
}

export type StreamRow = Row<TableStreamSpec, StreamStatus>;

export const streams = defineTable<TableStreamSpec, StreamStatus>({
  name: 'dynamodb.streams',
  initialStatus: { shards: [], trimmedSequence: 0 },
});

/** Names rows so that the streams of a table stand together, the oldest first. */
export const streamId = (tableName: string, label: string): string => `${tableName}/${label}`;

export const streamRetentionMs = 24 * 3600_000;
/** How long a shard takes records, as on AWS. */
export const shardLifetimeMs = 4 * 3600_000;

export function shardsOf({ createdAtMs, status }: StreamRow): readonly ShardStatus[] {
  return status.shards.length > 0 ? status.shards : [{ startedAtMs: createdAtMs, firstSequence: 0 }];
}
