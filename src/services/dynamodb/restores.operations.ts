// RestoreTableFromBackup and RestoreTableToPointInTime: a new table whose items the reconciler brings.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  DynamodbApi,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  RestoreTableToPointInTimeInput,
} from '../../generated/dynamodb.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { requireBackup } from './backups.operations.ts';
import { backupArn } from './backups.table.ts';
import { earliestRestorableMs } from './continuous-backups.operations.ts';
import { fault, notBuilt, validationError } from './dynamodb.errors.ts';
import { parseTableName } from './table-names.ts';
import { keyOf, throughputOf } from './table-spec.ts';
import { describeTable, noTallies } from './tables.describe.ts';
import { insertTable } from './tables.operations.ts';
import {
  type IndexSpec,
  newSpace,
  type RestoreSpec,
  type TableRow,
  type TableSpec,
  type ThroughputSpec,
  tableArn,
  tables,
} from './tables.table.ts';
import { validateBilling } from './tables.validation.ts';
import { requireIndexThroughput } from './update-table.ts';

type Overrides = Pick<
  RestoreTableToPointInTimeInput,
  | 'BillingModeOverride'
  | 'GlobalSecondaryIndexOverride'
  | 'LocalSecondaryIndexOverride'
  | 'ProvisionedThroughputOverride'
  | 'OnDemandThroughputOverride'
  | 'SSESpecificationOverride'
>;

export const restoreOperations = {
  RestoreTableFromBackup(ctx, input) {
    if (input.VectorIndexOverride) throw notBuilt('VectorIndexOverride of RestoreTableFromBackup');
    const row = requireBackup(ctx, input.BackupArn);
    if (!row.status.isAvailable) throw fault('BackupInUseException', `Backup is being created: ${input.BackupArn}`);
    const { spec, createdAtMs, id } = row;
    return restore(ctx, input.TargetTableName, spec.table, input, {
      sourceTableArn: tableArn(row, spec.tableName),
      sourceBackupArn: backupArn(row, spec, id),
      restoredToMs: createdAtMs,
      fromSpace: spec.space,
    });
  },

  RestoreTableToPointInTime(ctx, input) {
    if (input.VectorIndexOverride) throw notBuilt('VectorIndexOverride of RestoreTableToPointInTime');
    const source = requireSourceTable(ctx, input);
    const earliestMs = earliestRestorableMs(source, ctx.nowMs);
    const { pointInTime } = source.spec;
    if (earliestMs === undefined || !pointInTime)
      throw fault(
        'PointInTimeRecoveryUnavailableException',
        `Point in time recovery is not enabled for table '${source.id}'`,
      );
    if (input.RestoreDateTime === undefined && !input.UseLatestRestorableTime)
      throw validationError(
        'One or more parameter values were invalid: Either RestoreDateTime or UseLatestRestorableTime must be specified',
      );
    const untilMs = input.UseLatestRestorableTime ? ctx.nowMs : (input.RestoreDateTime as number);
    if (untilMs < earliestMs || untilMs > ctx.nowMs)
      throw fault(
        'InvalidRestoreTimeException',
        'An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.',
      );
    return restore(ctx, input.TargetTableName, source.spec, input, {
      sourceTableArn: tableArn(source, source.id),
      restoredToMs: untilMs,
      fromSpace: source.spec.space,
      historySpace: pointInTime.space,
    });
  },
} satisfies Operations<DynamodbApi>;

function requireSourceTable(ctx: OperationContext, input: RestoreTableToPointInTimeInput): TableRow {
  const given = input.SourceTableArn ?? input.SourceTableName;
  if (given === undefined)
    throw validationError(
      'One or more parameter values were invalid: Either SourceTableName or SourceTableArn must be specified',
    );
  const name = parseTableName(ctx, given);
  const row = ctx.table(tables).get(name);
  if (!row) throw fault('SourceTableNotFoundException', `Source table not found: ${name}`);
  return row;
}

function restore(ctx: OperationContext, target: string, from: TableSpec, overrides: Overrides, source: RestoreSpec) {
  const name = parseTableName(ctx, target);
  if (ctx.table(tables).has(name)) throw fault('TableAlreadyExistsException', `Table already exists: ${name}`);
  const row = insertTable(ctx, name, restoredSpec(ctx, from, overrides, source));
  return { TableDescription: describeTable(row, noTallies) };
}

/** Streams, tags, policies, the time to live and the history stay with the source. */
function restoredSpec(
  ctx: OperationContext,
  from: TableSpec,
  overrides: Overrides,
  restoreFrom: RestoreSpec,
): TableSpec {
  const billingMode = overrides.BillingModeOverride ?? from.billingMode;
  const isOnDemand = billingMode === 'PAY_PER_REQUEST';
  const throughput = restoredThroughput(billingMode, from, overrides);
  const onDemand = overrides.OnDemandThroughputOverride ?? from.onDemand;
  const encryptionKeyArn = overrides.SSESpecificationOverride
    ? keyOf(overrides.SSESpecificationOverride)
    : from.encryptionKeyArn;
  const localIndexes = chosenIndexes(ctx, from.localIndexes, overrides.LocalSecondaryIndexOverride);
  const globalIndexes = chosenIndexes(
    ctx,
    from.globalIndexes.filter(({ isDeleting }) => !isDeleting),
    overrides.GlobalSecondaryIndexOverride,
  ).map((index) => (isOnDemand ? { ...index, throughput: throughputOf(undefined) } : index));
  requireIndexThroughput({ billingMode, globalIndexes });
  const used = new Set(
    [from, ...localIndexes, ...globalIndexes].flatMap(({ keySchema }) => keySchema).map((key) => key.AttributeName),
  );
  return {
    tableId: newUuid(ctx.random),
    space: newSpace(ctx.random),
    attributeTypes: Object.fromEntries(Object.entries(from.attributeTypes).filter(([name]) => used.has(name))),
    keySchema: from.keySchema,
    localIndexes,
    globalIndexes,
    billingMode,
    ...(isOnDemand && { payPerRequestAtMs: ctx.nowMs }),
    throughput: { ...throughput, decreasesToday: 0 },
    ...(onDemand && { onDemand }),
    ...(from.tableClass && { tableClass: from.tableClass }),
    ...(encryptionKeyArn !== undefined && { encryptionKeyArn }),
    isDeletionProtected: false,
    tags: {},
    revision: 1,
    isDeleting: false,
    restore: restoreFrom,
    runningBackups: [],
  };
}

/** What the source has, if it has any, unless it is said. */
function restoredThroughput(
  BillingMode: TableSpec['billingMode'],
  { billingMode, throughput: { read, write } }: TableSpec,
  { ProvisionedThroughputOverride }: Overrides,
): ThroughputSpec {
  const isKept = BillingMode === 'PROVISIONED' && billingMode === 'PROVISIONED';
  const asked =
    ProvisionedThroughputOverride ?? (isKept ? { ReadCapacityUnits: read, WriteCapacityUnits: write } : undefined);
  validateBilling({ BillingMode, ProvisionedThroughput: asked });
  return throughputOf(asked);
}

/** An override names those indexes that are wanted. */
function chosenIndexes(
  { random }: OperationContext,
  present: readonly IndexSpec[],
  override: readonly (LocalSecondaryIndex | GlobalSecondaryIndex)[] | undefined,
): readonly IndexSpec[] {
  const names = override?.map(({ IndexName }) => IndexName);
  const unknown = names?.find((name) => !present.some((index) => index.name === name));
  if (unknown !== undefined)
    throw validationError(
      `One or more parameter values were invalid: The index ${unknown} is not part of the source table`,
    );
  return present
    .filter(({ name }) => !names || names.includes(name))
    .map((index) => {
      const asked = override?.find(({ IndexName }) => IndexName === index.name) as GlobalSecondaryIndex | undefined;
      const throughput = asked?.ProvisionedThroughput ? throughputOf(asked.ProvisionedThroughput) : index.throughput;
      return { ...index, throughput, space: newSpace(random) };
    });
}
