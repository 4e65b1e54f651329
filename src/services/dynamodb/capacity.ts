// What an operation consumes, as DynamoDB counts it: reads in steps of 4 KiB (half of it when eventually consistent,
// twice in a transaction), writes in steps of 1 KiB (twice in a transaction), each index by itself.

import type { Capacity, ConsumedCapacity, ReturnConsumedCapacity } from '../../generated/dynamodb.types.ts';
import type { IndexLayout, TableLayout } from './table-layout.ts';

const readStepBytes = 4096;
const writeStepBytes = 1024;

export type ReadConsistency = 'eventual' | 'strong' | 'transactional';

const readFactors: Readonly<Record<ReadConsistency, number>> = { eventual: 0.5, strong: 1, transactional: 2 };

/** Looking for what is not there costs a step too. */
export function readUnits(bytes: number, consistency: ReadConsistency): number {
  return Math.max(1, Math.ceil(bytes / readStepBytes)) * readFactors[consistency];
}

export function writeUnits(bytes: number, isTransactional = false): number {
  return Math.max(1, Math.ceil(bytes / writeStepBytes)) * (isTransactional ? 2 : 1);
}

/** Units used by a table and its indexes. */
export interface Usage {
  table: number;
  /** Added to by `addIndexUnits` only: all that have none share one map. */
  indexes: ReadonlyMap<IndexLayout, number>;
}

const noIndexes: ReadonlyMap<IndexLayout, number> = new Map();

export function newUsage(): Usage {
  return { table: 0, indexes: noIndexes };
}

export function addIndexUnits(usage: Usage, index: IndexLayout, units: number): void {
  if (usage.indexes === noIndexes) usage.indexes = new Map();
  (usage.indexes as Map<IndexLayout, number>).set(index, (usage.indexes.get(index) ?? 0) + units);
}

export function addUsage(total: Usage, more: Usage): void {
  total.table += more.table;
  for (const [index, units] of more.indexes) addIndexUnits(total, index, units);
}

export type CapacityKind = 'read' | 'write';

/** Undefined unless asked for. Transactions also tell which kind of units it was. */
export function describeUsage(
  wanted: ReturnConsumedCapacity | undefined,
  layout: Pick<TableLayout, 'tableName'>,
  usage: Usage,
  kind?: CapacityKind,
): ConsumedCapacity | undefined {
  if (wanted === undefined || wanted === 'NONE') return undefined;
  const total = [...usage.indexes.values()].reduce((sum, units) => sum + units, usage.table);
  const summary: ConsumedCapacity = { TableName: layout.tableName, ...describeUnits(total, kind) };
  if (wanted === 'TOTAL') return summary;
  const ofIndexes = (isGlobal: boolean) => {
    const entries = [...usage.indexes].filter(([index]) => index.isGlobal === isGlobal);
    return entries.length > 0
      ? Object.fromEntries(entries.map(([index, units]) => [index.name, describeUnits(units, kind)]))
      : undefined;
  };
  return {
    ...summary,
    Table: describeUnits(usage.table, kind),
    LocalSecondaryIndexes: ofIndexes(false),
    GlobalSecondaryIndexes: ofIndexes(true),
  };
}

function describeUnits(units: number, kind: CapacityKind | undefined): Capacity {
  if (kind === undefined) return { CapacityUnits: units };
  return {
    CapacityUnits: units,
    ...(kind === 'read' ? { ReadCapacityUnits: units } : { WriteCapacityUnits: units }),
  };
}
