// Imports from S3. Each fills a table that is made for it, and that nobody can use before it is over.

import type { Principal } from '../../aws/principal.ts';
import type {
  ImportStatus as AwsImportStatus,
  ImportTableInput,
  InputCompressionType,
  InputFormat,
} from '../../generated/dynamodb.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row, type Scope } from '../../kernel/table.ts';
import type { BucketFailure } from './s3-failures.ts';
import { tableArn } from './tables.table.ts';

export interface ImportSpec {
  readonly tableName: string;
  readonly tableId: string;
  readonly source: ImportTableInput['S3BucketSource'];
  readonly format: InputFormat;
  readonly options?: ImportTableInput['InputFormatOptions'];
  readonly compression: InputCompressionType;
  readonly table: ImportTableInput['TableCreationParameters'];
  readonly clientToken?: string;
  /** In whose name the objects are read. */
  readonly principal: Principal;
}

/** What was read, what of it became items, and what was wrong. */
export interface ImportCounts {
  readonly bytes: number;
  readonly processed: number;
  readonly imported: number;
  readonly errors: number;
}

export const noCounts: ImportCounts = { bytes: 0, processed: 0, imported: 0, errors: 0 };

export interface ImportStatus extends ImportCounts {
  readonly state: Extract<AwsImportStatus, 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'>;
  readonly endedAtMs?: TimestampMs;
  readonly failure?: BucketFailure;
}

export type ImportRow = Row<ImportSpec, ImportStatus>;

/** Ids begin with the time, so rows are in the order in which they were made. */
export const importsTable = defineTable<ImportSpec, ImportStatus>({
  name: 'dynamodb.imports',
  initialStatus: { state: 'IN_PROGRESS', ...noCounts },
});

export function importArn(scope: Scope, { tableName }: Pick<ImportSpec, 'tableName'>, id: string): string {
  return `${tableArn(scope, tableName)}/import/${id}`;
}
