// UpdateTimeToLive and DescribeTimeToLive.

import type { Operations } from '../../aws/operation.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { validationError } from './dynamodb.errors.ts';
import { alignReplicas } from './replicas.operations.ts';
import { requireTable } from './table-names.ts';
import { newSpace, tables } from './tables.table.ts';

export const timeToLiveOperations = {
  UpdateTimeToLive(ctx, { TableName, TimeToLiveSpecification }) {
    const { Enabled, AttributeName } = TimeToLiveSpecification;
    const { id, spec } = requireTable(ctx, TableName);
    const present = spec.timeToLive;
    if (Enabled && present)
      throw validationError(
        present.attribute === AttributeName
          ? 'TimeToLive is already enabled'
          : `TimeToLive is active on a different AttributeName: current AttributeName is ${present.attribute}`,
      );
    if (!Enabled && !present) throw validationError('TimeToLive is already disabled');
    if (!Enabled && present?.attribute !== AttributeName)
      throw validationError(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${present?.attribute}`,
      );
    const row = ctx.table(tables).update(id, ({ timeToLive, ...rest }) => ({
      ...rest,
      ...(Enabled && {
        timeToLive: { attribute: AttributeName, space: newSpace(ctx.random), changedAtMs: ctx.nowMs },
      }),
    }));
    alignReplicas(ctx, row);
    return { TimeToLiveSpecification };
  },

  DescribeTimeToLive(ctx, { TableName }) {
    const { timeToLive } = requireTable(ctx, TableName).spec;
    if (!timeToLive) return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
    return { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive.attribute } };
  },
} satisfies Operations<DynamodbApi>;
