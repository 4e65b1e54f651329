// CreateBackup, DescribeBackup, ListBackups and DeleteBackup. Copying the items is the reconciler's.

import { parseArn } from '../../aws/arn.ts';
import type { AsyncOperationContext, AsyncOperations, OperationContext } from '../../aws/operation.ts';
import type { BackupDetails, DynamodbApi, SourceTableDetails } from '../../generated/dynamodb.types.ts';
import { type BackupRow, backupArn, backups } from './backups.table.ts';
import { fault, resourceInUse } from './dynamodb.errors.ts';
import { byteCounter, itemCounter } from './table-layout.ts';
import { parseTableName } from './table-names.ts';
import { describeIndexes } from './tables.describe.ts';
import { newSpace, stateOfTable, type TableRow, tableArn, tables } from './tables.table.ts';

const backupsPage = 100;

export const backupOperations = {
  async CreateBackup(ctx, { TableName, BackupName }) {
    const row = ctx.transact((inner) => {
      const table = requireBackedTable(inner, TableName);
      if (stateOfTable(table) !== 'ACTIVE')
        throw resourceInUse(`Attempt to change a resource which is still in use: Table is not active: ${table.id}`);
      const random = Buffer.from(inner.random.bytes(4)).toString('hex');
      const id = `${String(inner.nowMs).padStart(14, '0')}-${random}`;
      const historySpace = newSpace(inner.random);
      inner.table(tables).update(table.id, (spec) => ({
        ...spec,
        runningBackups: [...spec.runningBackups, { backupId: id, historySpace }],
      }));
      return inner.table(backups).insert(id, {
        name: BackupName,
        tableName: table.id,
        tableCreatedAtMs: table.createdAtMs,
        table: table.spec,
        space: newSpace(inner.random),
      });
    });
    return { BackupDetails: await describeDetails(ctx, row) };
  },

  async DescribeBackup(ctx, { BackupArn }) {
    const row = ctx.transact((inner) => requireBackup(inner, BackupArn));
    return { BackupDescription: await describeBackup(ctx, row) };
  },

  async ListBackups(ctx, input) {
    const { Limit = backupsPage, ExclusiveStartBackupArn, TimeRangeLowerBound, TimeRangeUpperBound } = input;
    const name = input.TableName === undefined ? undefined : parseTableName(ctx, input.TableName);
    const after = ExclusiveStartBackupArn === undefined ? undefined : backupIdOf(ExclusiveStartBackupArn);
    const rows = ctx.transact((inner) =>
      [...inner.table(backups).list(after)].filter(
        ({ spec, createdAtMs }) =>
          (name === undefined || spec.tableName === name) &&
          (input.BackupType === undefined || input.BackupType === 'ALL' || input.BackupType === 'USER') &&
          createdAtMs >= (TimeRangeLowerBound ?? 0) &&
          createdAtMs < (TimeRangeUpperBound ?? Number.POSITIVE_INFINITY),
      ),
    );
    const page = rows.slice(0, Limit);
    const summaries = page.map(async (row) => ({
      ...(await describeDetails(ctx, row)),
      TableName: row.spec.tableName,
      TableId: row.spec.table.tableId,
      TableArn: tableArn(row, row.spec.tableName),
    }));
    const last = page.at(-1);
    return {
      BackupSummaries: await Promise.all(summaries),
      ...(rows.length > Limit && last && { LastEvaluatedBackupArn: backupArn(last, last.spec, last.id) }),
    };
  },

  async DeleteBackup(ctx, { BackupArn }) {
    const row = ctx.transact((inner) => requireBackup(inner, BackupArn));
    if (!row.status.isAvailable) throw fault('BackupInUseException', `Backup is being created: ${BackupArn}`);
    const description = await describeBackup(ctx, row);
    ctx.transact((inner) => inner.table(backups).remove(row.id));
    return {
      BackupDescription: {
        ...description,
        BackupDetails: { ...description.BackupDetails, BackupStatus: 'DELETED' },
      },
    };
  },
} satisfies AsyncOperations<DynamodbApi>;

export function requireBackedTable(ctx: OperationContext, given: string): TableRow {
  const name = parseTableName(ctx, given);
  const row = ctx.table(tables).get(name);
  if (!row) throw fault('TableNotFoundException', `Table not found: ${name}`);
  return row;
}

export function requireBackup(ctx: OperationContext, arn: string): BackupRow {
  const id = backupIdOf(arn);
  const row = id === undefined ? undefined : ctx.table(backups).get(id);
  if (!row || backupArn(row, row.spec, row.id) !== arn)
    throw fault('BackupNotFoundException', `Backup not found: ${arn}`);
  return row;
}

function backupIdOf(arn: string): string | undefined {
  return /^table\/[^/]+\/backup\/([0-9a-f-]+)$/.exec(parseArn(arn)?.resource ?? '')?.[1];
}

async function sizeOf({ drivers }: AsyncOperationContext, { spec }: BackupRow) {
  const spaceName = { spaceName: spec.space };
  const [items, bytes] = await Promise.all([
    drivers.items.counter(itemCounter(spaceName)),
    drivers.items.counter(byteCounter(spaceName)),
  ]);
  return { items, bytes };
}

async function describeDetails(ctx: AsyncOperationContext, row: BackupRow): Promise<BackupDetails> {
  const { bytes } = await sizeOf(ctx, row);
  return {
    BackupArn: backupArn(row, row.spec, row.id),
    BackupName: row.spec.name,
    BackupSizeBytes: bytes,
    BackupStatus: row.status.isAvailable ? 'AVAILABLE' : 'CREATING',
    BackupType: 'USER',
    BackupCreationDateTime: row.createdAtMs,
  };
}

async function describeBackup(ctx: AsyncOperationContext, row: BackupRow) {
  const { table, tableName, tableCreatedAtMs } = row.spec;
  const { items, bytes } = await sizeOf(ctx, row);
  const { read, write } = table.throughput;
  const source: SourceTableDetails = {
    TableName: tableName,
    TableId: table.tableId,
    TableArn: tableArn(row, tableName),
    TableSizeBytes: bytes,
    ItemCount: items,
    KeySchema: table.keySchema,
    TableCreationDateTime: tableCreatedAtMs,
    ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
    BillingMode: table.billingMode,
    ...(table.onDemand && { OnDemandThroughput: table.onDemand }),
  };
  return {
    BackupDetails: await describeDetails(ctx, row),
    SourceTableDetails: source,
    SourceTableFeatureDetails: {
      ...describeIndexes(table),
      ...(table.stream && { StreamDescription: { StreamEnabled: true, StreamViewType: table.stream.viewType } }),
      ...(table.timeToLive && {
        TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' as const, AttributeName: table.timeToLive.attribute },
      }),
    },
  };
}
