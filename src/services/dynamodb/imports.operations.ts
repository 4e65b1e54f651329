// ImportTable, DescribeImport and ListImports. Reading the objects is the reconciler's.

import { parseArn } from '../../aws/arn.ts';
import { idempotent } from '../../aws/idempotency.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { DynamodbApi, ImportTableDescription, ImportTableInput } from '../../generated/dynamodb.types.ts';
import { fault, notBuilt, validationError } from './dynamodb.errors.ts';
import { type ImportRow, importArn, importsTable } from './imports.table.ts';
import { parseTableName } from './table-names.ts';
import { newTableSpec } from './table-spec.ts';
import { insertTable } from './tables.operations.ts';
import { tableArn } from './tables.table.ts';
import { validateNewTable } from './tables.validation.ts';

const importsPage = 25;

export const importOperations = {
  ImportTable(ctx, input) {
    const [id = ''] = idempotent(
      ctx,
      {
        operation: 'dynamodb:ImportTable',
        token: input.ClientToken,
        parameters: input,
        mismatch: () =>
          fault('ImportConflictException', 'An import with the same ClientToken and other parameters was requested.'),
      },
      () => [startImport(ctx, input)],
    );
    return { ImportTableDescription: describeImport(ctx.table(importsTable).get(id) as ImportRow) };
  },

  DescribeImport(ctx, { ImportArn }) {
    const id = /^table\/[^/]+\/import\/([0-9a-f-]+)$/.exec(parseArn(ImportArn)?.resource ?? '')?.[1];
    const row = id === undefined ? undefined : ctx.table(importsTable).get(id);
    if (!row || importArn(row, row.spec, row.id) !== ImportArn)
      throw fault('ImportNotFoundException', `Import not found: ${ImportArn}`);
    return { ImportTableDescription: describeImport(row) };
  },

  ListImports(ctx, { TableArn, PageSize = importsPage, NextToken }) {
    const rows = [...ctx.table(importsTable).list(NextToken)].filter(
      (row) => TableArn === undefined || tableArn(row, row.spec.tableName) === TableArn,
    );
    const page = rows.slice(0, PageSize);
    return {
      ImportSummaryList: page.map((row) => ({
        ImportArn: importArn(row, row.spec, row.id),
        ImportStatus: row.status.state,
        TableArn: tableArn(row, row.spec.tableName),
        S3BucketSource: row.spec.source,
        InputFormat: row.spec.format,
        StartTime: row.createdAtMs,
        EndTime: row.status.endedAtMs,
      })),
      ...(rows.length > PageSize && { NextToken: page.at(-1)?.id }),
    };
  },
} satisfies Operations<DynamodbApi>;

/** Returns the import's id. */
function startImport(ctx: OperationContext, input: ImportTableInput): string {
  const { TableCreationParameters: parameters, S3BucketSource, InputFormat, InputFormatOptions } = input;
  const name = parseTableName(ctx, parameters.TableName);
  if (parameters.VectorIndexes) throw notBuilt('VectorIndexes of ImportTable');
  if (InputFormatOptions?.Csv && InputFormat !== 'CSV')
    throw validationError('CSV options can only be specified when the input format is CSV');
  validateNewTable(parameters);
  const id = `${String(ctx.nowMs).padStart(14, '0')}-${Buffer.from(ctx.random.bytes(4)).toString('hex')}`;
  const spec = { ...newTableSpec(ctx, parameters), importId: id };
  insertTable(ctx, name, spec);
  ctx.table(importsTable).insert(id, {
    tableName: name,
    tableId: spec.tableId,
    source: S3BucketSource,
    format: InputFormat,
    ...(InputFormatOptions && { options: InputFormatOptions }),
    compression: input.InputCompressionType ?? 'NONE',
    table: parameters,
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    principal: ctx.principal,
  });
  return id;
}

function describeImport(row: ImportRow): ImportTableDescription {
  const { spec, status, createdAtMs, id } = row;
  return {
    ImportArn: importArn(row, spec, id),
    ImportStatus: status.state,
    TableArn: tableArn(row, spec.tableName),
    TableId: spec.tableId,
    ClientToken: spec.clientToken,
    S3BucketSource: spec.source,
    ErrorCount: status.errors,
    InputFormat: spec.format,
    InputFormatOptions: spec.options,
    InputCompressionType: spec.compression,
    TableCreationParameters: spec.table,
    StartTime: createdAtMs,
    EndTime: status.endedAtMs,
    ProcessedSizeBytes: status.bytes,
    ProcessedItemCount: status.processed,
    ImportedItemCount: status.imported,
    FailureCode: status.failure?.code,
    FailureMessage: status.failure?.message,
  };
}
