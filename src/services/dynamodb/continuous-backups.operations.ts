// Point-in-time recovery: UpdateContinuousBackups switches a table's history on and off.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { ContinuousBackupsDescription, DynamodbApi } from '../../generated/dynamodb.types.ts';
import { requireBackedTable } from './backups.operations.ts';
import { newSpace, type TableRow, tables } from './tables.table.ts';

const defaultDays = 35;
const dayMs = 24 * 3600_000;

export const continuousBackupOperations = {
  UpdateContinuousBackups(ctx, { TableName, PointInTimeRecoverySpecification }) {
    const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays } = PointInTimeRecoverySpecification;
    const { id } = requireBackedTable(ctx, TableName);
    const row = ctx.table(tables).update(id, ({ pointInTime, ...rest }) => {
      if (!PointInTimeRecoveryEnabled) return rest;
      const days = RecoveryPeriodInDays ?? pointInTime?.days ?? defaultDays;
      const kept = pointInTime ?? { space: newSpace(ctx.random), sinceMs: ctx.nowMs };
      return { ...rest, pointInTime: { ...kept, days } };
    });
    return { ContinuousBackupsDescription: describeContinuousBackups(ctx, row) };
  },

  DescribeContinuousBackups(ctx, { TableName }) {
    return {
      ContinuousBackupsDescription: describeContinuousBackups(ctx, requireBackedTable(ctx, TableName)),
    };
  },
} satisfies Operations<DynamodbApi>;

function describeContinuousBackups({ nowMs }: OperationContext, row: TableRow): ContinuousBackupsDescription {
  const earliestMs = earliestRestorableMs(row, nowMs);
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription:
      earliestMs === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: row.spec.pointInTime?.days,
            EarliestRestorableDateTime: earliestMs,
            LatestRestorableDateTime: nowMs,
          },
  };
}

/** Undefined for a table without a history. */
export function earliestRestorableMs({ spec }: TableRow, nowMs: number): number | undefined {
  return spec.pointInTime && Math.max(spec.pointInTime.sinceMs, nowMs - spec.pointInTime.days * dayMs);
}
