// DescribeLimits and DescribeEndpoints, and the limits of an account.

import type { Operations } from '../../aws/operation.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { limitExceeded } from './dynamodb.errors.ts';
import type { TableRow, TableSpec } from './tables.table.ts';

/** AWS's defaults, of each account in each region. */
const mostUnitsOfAccount = 80_000;
const mostUnitsOfTable = 40_000;

export const limitOperations = {
  DescribeLimits() {
    return {
      AccountMaxReadCapacityUnits: mostUnitsOfAccount,
      AccountMaxWriteCapacityUnits: mostUnitsOfAccount,
      TableMaxReadCapacityUnits: mostUnitsOfTable,
      TableMaxWriteCapacityUnits: mostUnitsOfTable,
    };
  },

  DescribeEndpoints({ endpoint }) {
    return { Endpoints: [{ Address: endpoint.replace(/^https?:\/\//, ''), CachePeriodInMinutes: 1440 }] };
  },
} satisfies Operations<DynamodbApi>;

/** Throws for a table whose throughput, with its indexes', is more than a table or the account may have. */
export function requireWithinLimits(spec: TableSpec, others: Iterable<Pick<TableRow, 'spec'>>): void {
  if (spec.billingMode !== 'PROVISIONED') return;
  for (const kind of ['read', 'write'] as const) {
    const asked = unitsOf(spec, kind);
    if (asked > mostUnitsOfTable)
      throw limitExceeded(
        `Subscriber limit exceeded: There is a limit of ${mostUnitsOfTable} ${kind} capacity units per table`,
      );
    let all = asked;
    for (const other of others) all += unitsOf(other.spec, kind);
    if (all > mostUnitsOfAccount)
      throw limitExceeded(
        `Subscriber limit exceeded: There is a limit of ${mostUnitsOfAccount} ${kind} capacity units per subscriber`,
      );
  }
}

function unitsOf({ billingMode, throughput, globalIndexes }: TableSpec, kind: 'read' | 'write'): number {
  if (billingMode !== 'PROVISIONED') return 0;
  return globalIndexes.reduce((sum, index) => sum + index.throughput[kind], throughput[kind]);
}
