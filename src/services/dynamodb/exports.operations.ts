// ExportTableToPointInTime, DescribeExport and ListExports. Writing the objects is the reconciler's.

import { parseArn } from '../../aws/arn.ts';
import { idempotent } from '../../aws/idempotency.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  DynamodbApi,
  ExportDescription,
  ExportTableToPointInTimeInput,
  FilterSpecification,
} from '../../generated/dynamodb.types.ts';
import { acceptItem, itemToModel } from './attribute-value.ts';
import { earliestRestorableMs } from './continuous-backups.operations.ts';
import { fault, validationError } from './dynamodb.errors.ts';
import { filterOf } from './export-filter.ts';
import {
  type ExportFilter,
  type ExportRow,
  type ExportSpec,
  type ExportWindow,
  exportArn,
  exportFolder,
  exportsTable,
} from './exports.table.ts';
import { requireArnOfTable } from './table-names.ts';
import { newSpace, type TableRow, tableArn, tables } from './tables.table.ts';

const exportsPage = 25;
const shortestWindowMs = 15 * 60_000;
const longestWindowMs = 24 * 3600_000;

export const exportOperations = {
  ExportTableToPointInTime(ctx, input) {
    const [id = ''] = idempotent(
      ctx,
      {
        operation: 'dynamodb:ExportTableToPointInTime',
        token: input.ClientToken,
        parameters: input,
        mismatch: () =>
          fault('ExportConflictException', 'An export with the same ClientToken and other parameters was requested.'),
      },
      () => [startExport(ctx, input)],
    );
    const row = ctx.table(exportsTable).get(id) as ExportRow;
    return { ExportDescription: describeExport(row) };
  },

  DescribeExport(ctx, { ExportArn }) {
    const id = exportIdOf(ExportArn);
    const row = id === undefined ? undefined : ctx.table(exportsTable).get(id);
    if (!row || exportArn(row, row.spec, row.id) !== ExportArn)
      throw fault('ExportNotFoundException', `Export not found: ${ExportArn}`);
    return { ExportDescription: describeExport(row) };
  },

  ListExports(ctx, { TableArn, MaxResults = exportsPage, NextToken }) {
    const rows = [...ctx.table(exportsTable).list(NextToken)].filter(
      (row) => TableArn === undefined || tableArn(row, row.spec.tableName) === TableArn,
    );
    const page = rows.slice(0, MaxResults);
    return {
      ExportSummaries: page.map((row) => ({
        ExportArn: exportArn(row, row.spec, row.id),
        ExportStatus: row.status.state,
        ExportType: row.spec.type,
      })),
      ...(rows.length > MaxResults && { NextToken: page.at(-1)?.id }),
    };
  },
} satisfies Operations<DynamodbApi>;

function exportIdOf(arn: string): string | undefined {
  return /^table\/[^/]+\/export\/([0-9a-f-]+)$/.exec(parseArn(arn)?.resource ?? '')?.[1];
}

/** Returns the export's id. */
function startExport(ctx: OperationContext, input: ExportTableToPointInTimeInput): string {
  const table = requireExportedTable(ctx, input.TableArn);
  const { pointInTime } = table.spec;
  const earliestMs = earliestRestorableMs(table, ctx.nowMs);
  if (!pointInTime || earliestMs === undefined)
    throw fault(
      'PointInTimeRecoveryUnavailableException',
      `Point in time recovery is not enabled for table '${table.id}'`,
    );
  const id = `${String(ctx.nowMs).padStart(14, '0')}-${Buffer.from(ctx.random.bytes(4)).toString('hex')}`;
  const { tableId, space, keySchema, attributeTypes } = table.spec;
  const window = windowOf(ctx, input, earliestMs);
  const spec: ExportSpec = {
    tableName: table.id,
    table: { tableId, space, keySchema, attributeTypes },
    historySpace: pointInTime.space,
    runningSpace: newSpace(ctx.random),
    scratchSpace: newSpace(ctx.random),
    type: input.ExportType ?? 'FULL_EXPORT',
    exportTimeMs: exportTimeOf(ctx, input, earliestMs),
    ...(window && { window }),
    ...(input.FilterSpecification && { filter: acceptFilter(input.FilterSpecification) }),
    format: input.ExportFormat ?? 'DYNAMODB_JSON',
    bucket: input.S3Bucket,
    ...(input.S3BucketOwner !== undefined && { bucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix !== undefined && { prefix: input.S3Prefix }),
    ...(input.S3SseAlgorithm && { sseAlgorithm: input.S3SseAlgorithm }),
    ...(input.S3SseKmsKeyId !== undefined && { sseKeyId: input.S3SseKmsKeyId }),
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    principal: ctx.principal,
  };
  ctx.table(exportsTable).insert(id, spec);
  ctx.table(tables).update(table.id, (present) => ({
    ...present,
    runningBackups: [...present.runningBackups, { backupId: id, historySpace: spec.runningSpace }],
  }));
  return id;
}

function requireExportedTable(ctx: OperationContext, arn: string): TableRow {
  const name = requireArnOfTable(ctx, arn);
  const row = tableArn(ctx, name) === arn ? ctx.table(tables).get(name) : undefined;
  if (!row) throw fault('TableNotFoundException', `Table not found: ${arn}`);
  return row;
}

function exportTimeOf(ctx: OperationContext, { ExportTime }: ExportTableToPointInTimeInput, earliestMs: number) {
  if (ExportTime === undefined) return ctx.nowMs;
  requireWithin(ctx, ExportTime, earliestMs, 'ExportTime');
  return ExportTime;
}

function requireWithin(ctx: OperationContext, timeMs: number, earliestMs: number, name: string): void {
  if (timeMs < earliestMs || timeMs > ctx.nowMs)
    throw fault(
      'InvalidExportTimeException',
      `${name} must be between EarliestRestorableDateTime and LatestRestorableDateTime.`,
    );
}

function windowOf(
  ctx: OperationContext,
  { ExportType, IncrementalExportSpecification: given, FilterSpecification }: ExportTableToPointInTimeInput,
  earliestMs: number,
): ExportWindow | undefined {
  if (ExportType !== 'INCREMENTAL_EXPORT') {
    if (given)
      throw validationError(
        'IncrementalExportSpecification can only be specified for exports of type INCREMENTAL_EXPORT',
      );
    return undefined;
  }
  if (FilterSpecification)
    throw validationError('FilterSpecification can only be specified for exports of type FULL_EXPORT');
  if (given?.ExportFromTime === undefined)
    throw validationError('ExportFromTime must be specified for exports of type INCREMENTAL_EXPORT');
  const { ExportFromTime: fromMs, ExportToTime: toMs = ctx.nowMs, ExportViewType = 'NEW_AND_OLD_IMAGES' } = given;
  requireWithin(ctx, fromMs, earliestMs, 'ExportFromTime');
  requireWithin(ctx, toMs, earliestMs, 'ExportToTime');
  if (toMs - fromMs < shortestWindowMs)
    throw validationError(
      'Difference between export period from time and export period to time is less than 15 minutes',
    );
  if (toMs - fromMs > longestWindowMs)
    throw validationError('Difference between export period from time and export period to time exceeds 24 hours');
  return { fromMs, toMs, viewType: ExportViewType };
}

/** What is wrong with its expressions is told at once. */
function acceptFilter(given: FilterSpecification): ExportFilter {
  const { ExpressionAttributeValues, ...expressions } = given;
  const filter: ExportFilter = {
    ...expressions,
    ...(ExpressionAttributeValues && { values: acceptItem(ExpressionAttributeValues) }),
  };
  filterOf(filter);
  return filter;
}

function describeExport(row: ExportRow): ExportDescription {
  const { spec, status, createdAtMs, id } = row;
  const { state, failure } = status;
  return {
    ExportArn: exportArn(row, spec, id),
    ExportStatus: state,
    StartTime: createdAtMs,
    EndTime: status.endedAtMs,
    ExportManifest: state === 'COMPLETED' ? `${exportFolder(spec, id)}/manifest-summary.json` : undefined,
    TableArn: tableArn(row, spec.tableName),
    TableId: spec.table.tableId,
    ExportTime: spec.type === 'FULL_EXPORT' ? spec.exportTimeMs : undefined,
    ClientToken: spec.clientToken,
    S3Bucket: spec.bucket,
    S3BucketOwner: spec.bucketOwner ?? row.account,
    S3Prefix: spec.prefix,
    S3SseAlgorithm: spec.sseAlgorithm ?? 'AES256',
    S3SseKmsKeyId: spec.sseKeyId,
    FailureCode: failure?.code,
    FailureMessage: failure?.message,
    ExportFormat: spec.format,
    BilledSizeBytes: status.bytes,
    ItemCount: status.items,
    ExportType: spec.type,
    ...(spec.window && {
      IncrementalExportSpecification: {
        ExportFromTime: spec.window.fromMs,
        ExportToTime: spec.window.toMs,
        ExportViewType: spec.window.viewType,
      },
    }),
    ...(spec.filter && { FilterSpecification: describeFilter(spec.filter) }),
  };
}

function describeFilter({ values, ...expressions }: ExportFilter): FilterSpecification {
  return { ...expressions, ...(values && { ExpressionAttributeValues: itemToModel(values) }) };
}
