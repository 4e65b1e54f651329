// Backups that users asked for: each has its items in a space of its own, so it outlives its table.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row, type Scope } from '../../kernel/table.ts';
import { type TableSpec, tableArn } from './tables.table.ts';

export interface BackupSpec {
  readonly name: string;
  readonly tableName: string;
  readonly tableCreatedAtMs: TimestampMs;
  /** The table as it was. */
  readonly table: TableSpec;
  readonly space: string;
}

export interface BackupStatus {
  readonly isAvailable: boolean;
}

export type BackupRow = Row<BackupSpec, BackupStatus>;

/** Ids begin with the time, so rows are in the order in which they were made. */
export const backups = defineTable<BackupSpec, BackupStatus>({
  name: 'dynamodb.backups',
  initialStatus: { isAvailable: false },
});

export function backupArn(scope: Scope, { tableName }: BackupSpec, id: string): string {
  return `${tableArn(scope, tableName)}/backup/${id}`;
}
