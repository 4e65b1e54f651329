// Exports to S3. While one is being made it keeps the table's spaces, and what changes meanwhile, so that it is of one
// moment whatever becomes of the table.

import type { Principal } from '../../aws/principal.ts';
import type { ExportFormat, ExportType, ExportViewType, S3SseAlgorithm } from '../../generated/dynamodb.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row, type Scope } from '../../kernel/table.ts';
import type { Item } from './attribute-value.ts';
import { type TableSpec, tableArn } from './tables.table.ts';

export interface ExportWindow {
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
  readonly viewType: ExportViewType;
}

export interface ExportFilter {
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly values?: Item | undefined;
}

export interface ExportSpec {
  readonly tableName: string;
  /** The table as it was. */
  readonly table: Pick<TableSpec, 'tableId' | 'space' | 'keySchema' | 'attributeTypes'>;
  /** What the point-in-time recovery of the table has noted. */
  readonly historySpace: string;
  /** What happens while the export is being made. */
  readonly runningSpace: string;
  /** Where the items are gathered. */
  readonly scratchSpace: string;
  readonly type: ExportType;
  /** Of a full export: the moment that it shows. */
  readonly exportTimeMs: TimestampMs;
  /** Of an incremental one. */
  readonly window?: ExportWindow;
  readonly filter?: ExportFilter;
  readonly format: ExportFormat;
  readonly bucket: string;
  readonly bucketOwner?: string;
  readonly prefix?: string;
  readonly sseAlgorithm?: S3SseAlgorithm;
  readonly sseKeyId?: string;
  readonly clientToken?: string;
  /** In whose name the objects are put. */
  readonly principal: Principal;
}

export interface ExportStatus {
  readonly state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly endedAtMs?: TimestampMs;
  readonly items?: number;
  readonly bytes?: number;
  readonly failure?: { readonly code: string; readonly message: string };
}

export type ExportRow = Row<ExportSpec, ExportStatus>;

/** Ids begin with the time, so rows are in the order in which they were made. */
export const exportsTable = defineTable<ExportSpec, ExportStatus>({
  name: 'dynamodb.exports',
  initialStatus: { state: 'IN_PROGRESS' },
});

export function exportArn(scope: Scope, { tableName }: Pick<ExportSpec, 'tableName'>, id: string): string {
  return `${tableArn(scope, tableName)}/export/${id}`;
}

/** `prefix/AWSDynamoDB/id`, where the manifests are. */
export function exportFolder({ prefix }: Pick<ExportSpec, 'prefix'>, id: string): string {
  return `${prefix ? `${prefix}/` : ''}AWSDynamoDB/${id}`;
}

/** What has to stay until the export is made. */
export function spacesOfExport({ spec, status }: Pick<ExportRow, 'spec' | 'status'>): readonly string[] {
  if (status.state !== 'IN_PROGRESS') return [];
  return [spec.table.space, spec.historySpace, spec.runningSpace, spec.scratchSpace];
}
