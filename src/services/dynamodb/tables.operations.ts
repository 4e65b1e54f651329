// CreateTable, DescribeTable, ListTables and DeleteTable. Making a table ready and taking its items away is the
// reconciler's.

import type { AsyncOperations, OperationContext, Operations } from '../../aws/operation.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { quotas, quotaValue } from '../service-quotas/index.ts';
import { limitExceeded, notBuilt, resourceInUse, tableNotFound, validationError } from './dynamodb.errors.ts';
import { requireWithinLimits } from './limits.operations.ts';
import { alignReplicas, describeReplica, leaveGlobalTable, peersOf, updateReplicas } from './replicas.operations.ts';
import { parseTableName, readTable, requireTable } from './table-names.ts';
import { newTableSpec } from './table-spec.ts';
import { endStream, keepStreams } from './table-streams.ts';
import { describeTable, noTallies, tally } from './tables.describe.ts';
import { stateOfTable, type TableRow, type TableSpec, tables } from './tables.table.ts';
import { validateNewTable } from './tables.validation.ts';
import { validateTags } from './tags.ts';
import { checkTableUpdate, updatedSpec } from './update-table.ts';

const unbuilt = ['VectorIndexes', 'GlobalTableSourceArn', 'GlobalTableSettingsReplicationMode'] as const;
const defaultTablesPage = 100;

export const tableOperations = {
  CreateTable(ctx, input) {
    const name = parseTableName(ctx, input.TableName);
    for (const member of unbuilt) if (input[member] !== undefined) throw notBuilt(`${member} of CreateTable`);
    validateNewTable(input);
    validateTags(input.Tags ?? []);
    const spec = newTableSpec(ctx, input);
    const row = insertTable(ctx, name, spec);
    keepStreams(ctx, row, spec);
    return { TableDescription: describeTable(row, noTallies) };
  },

  ListTables(ctx, { ExclusiveStartTableName, Limit = defaultTablesPage }) {
    const names: string[] = [];
    for (const { id } of ctx.table(tables).list(ExclusiveStartTableName)) {
      if (names.length === Limit) return { TableNames: names, LastEvaluatedTableName: names.at(-1) };
      names.push(id);
    }
    return { TableNames: names };
  },
} satisfies Operations<DynamodbApi>;

export const tableAsyncOperations = {
  async DescribeTable(ctx, { TableName }) {
    const name = parseTableName(ctx, TableName);
    const row = readTable(ctx, name);
    if (!row) throw tableNotFound(name);
    const replicas = ctx.transact((inner) => peersOf(inner, row)).map(describeReplica);
    return { Table: describeTable(row, await tally(ctx.drivers.items, row), replicas) };
  },

  async UpdateTable(ctx, input) {
    parseTableName(ctx, input.TableName);
    checkTableUpdate(input);
    const { row, peers } = ctx.transact((inner) => {
      const before = requireTable(inner, input.TableName);
      const spec = updatedSpec(inner, before, input);
      if (input.ProvisionedThroughput || input.GlobalSecondaryIndexUpdates)
        requireWithinLimits(
          spec,
          [...inner.table(tables).list()].filter(({ id }) => id !== before.id),
        );
      keepStreams(inner, before, spec);
      const changed = inner.table(tables).update(before.id, () => spec);
      if (spec.replication) alignReplicas(inner, changed);
      const after = input.ReplicaUpdates?.length ? updateReplicas(inner, changed, input.ReplicaUpdates) : changed;
      return { row: after, peers: peersOf(inner, after) };
    });
    const tallies = await tally(ctx.drivers.items, row);
    return { TableDescription: describeTable(row, tallies, peers.map(describeReplica)) };
  },

  async DeleteTable(ctx, { TableName }) {
    const row = ctx.transact((inner) => {
      const found = requireTable(inner, TableName);
      const { spec } = found;
      if (spec.isDeletionProtected)
        throw validationError(
          'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
        );
      const state = stateOfTable(found);
      if (state === 'CREATING' || state === 'UPDATING')
        throw resourceInUse(
          `Attempt to change a resource which is still in use: Table is being ${state === 'CREATING' ? 'created' : 'updated'}: ${found.id}`,
        );
      endStream(inner, found);
      leaveGlobalTable(inner, found);
      return inner.table(tables).update(found.id, ({ replication, ...before }) => ({ ...before, isDeleting: true }));
    });
    const tallies = await tally(ctx.drivers.items, row);
    const { KeySchema, AttributeDefinitions, CreationDateTime, ...described } = describeTable(row, tallies);
    const { LocalSecondaryIndexes, GlobalSecondaryIndexes, ...rest } = described;
    return { TableDescription: rest };
  },
} satisfies AsyncOperations<DynamodbApi>;

/** Throws for a name that is taken, and for one table too many. */
export function insertTable(ctx: OperationContext, name: string, spec: TableSpec): TableRow {
  const rows = ctx.table(tables);
  if (rows.has(name)) throw resourceInUse(`Table already exists: ${name}`);
  const others = [...rows.list()];
  const mostTables = quotaValue(ctx, quotas.tables);
  if (others.length >= mostTables)
    throw limitExceeded(`Subscriber limit exceeded: There is a limit of ${mostTables} tables per subscriber`);
  requireWithinLimits(spec, others);
  return rows.insert(name, spec);
}
