// A table's row as DescribeTable shows it.

import { formatArn } from '../../aws/arn.ts';
import type { Items } from '../../drivers/items/items.ts';
import type {
  GlobalSecondaryIndexDescription,
  LocalSecondaryIndexDescription,
  ProvisionedThroughputDescription,
  ReplicaDescription,
  TableDescription,
} from '../../generated/dynamodb.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { byteCounter, itemCounter } from './table-layout.ts';
import {
  type IndexSpec,
  indexArn,
  isReplicated,
  stateOfIndex,
  stateOfTable,
  streamArn,
  type TableRow,
  type TableSpec,
  type ThroughputSpec,
  tableArn,
} from './tables.table.ts';
import { onDemandWarmth } from './tables.validation.ts';

/** Items and bytes, by the name of a space. */
export type Tallies = ReadonlyMap<string, { readonly items: number; readonly bytes: number }>;

export const noTallies: Tallies = new Map();

export async function tally(items: Items, { spec }: Pick<TableRow, 'spec'>): Promise<Tallies> {
  const spaces = [spec, ...spec.localIndexes, ...spec.globalIndexes].map(({ space }) => space);
  const counted = spaces.map(async (spaceName) => {
    const [items_, bytes] = await Promise.all([
      items.counter(itemCounter({ spaceName })),
      items.counter(byteCounter({ spaceName })),
    ]);
    return [spaceName, { items: items_, bytes }] as const;
  });
  return new Map(await Promise.all(counted));
}

export function describeTable(
  row: TableRow,
  tallies: Tallies,
  replicas: readonly ReplicaDescription[] = [],
): TableDescription {
  const { spec, status, id } = row;
  const counted = tallies.get(spec.space);
  const state = stateOfTable(row);
  const locals = spec.localIndexes.map((index) => describeLocalIndex(row, index, tallies));
  const globals = spec.globalIndexes.map((index) => describeGlobalIndex(row, index, tallies));
  const latest = spec.latestStreamLabel;
  return {
    AttributeDefinitions: Object.entries(spec.attributeTypes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    TableName: id,
    KeySchema: spec.keySchema,
    TableStatus: state,
    CreationDateTime: row.createdAtMs,
    ProvisionedThroughput: {
      ...describeThroughput(spec.throughput),
      NumberOfDecreasesToday: spec.throughput.decreasesToday,
    },
    TableSizeBytes: counted?.bytes ?? 0,
    ItemCount: counted?.items ?? 0,
    TableArn: tableArn(row, id),
    TableId: spec.tableId,
    ...(spec.payPerRequestAtMs !== undefined && {
      BillingModeSummary: {
        BillingMode: spec.billingMode,
        // CreateTable does not tell when it was.
        ...(state !== 'CREATING' && {
          LastUpdateToPayPerRequestDateTime: Math.max(spec.payPerRequestAtMs, row.createdAtMs),
        }),
      },
    }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(spec.stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: spec.stream.viewType } }),
    ...(latest !== undefined && { LatestStreamLabel: latest, LatestStreamArn: streamArn(row, id, latest) }),
    ...(spec.restore && {
      RestoreSummary: {
        SourceBackupArn: spec.restore.sourceBackupArn,
        SourceTableArn: spec.restore.sourceTableArn,
        RestoreDateTime: spec.restore.restoredToMs,
        RestoreInProgress: status.revision === 0,
      },
    }),
    ...describeEncryption(row, state),
    ...(spec.tableClass !== undefined && {
      TableClassSummary: { TableClass: spec.tableClass, LastUpdateDateTime: spec.tableClassAtMs },
    }),
    ...(isReplicated(spec) && { GlobalTableVersion: '2019.11.21', Replicas: replicas }),
    DeletionProtectionEnabled: spec.isDeletionProtected,
    ...(spec.onDemand && { OnDemandThroughput: spec.onDemand }),
    ...describeWarmth(row, spec, { state, isNew: status.revision === 0 }),
  };
}

function describeEncryption(row: TableRow, state: string): Pick<TableDescription, 'SSEDescription'> {
  const { encryptionKeyArn, formerEncryptionKeyArn } = row.spec;
  const key = encryptionKeyArn ?? (state === 'UPDATING' ? formerEncryptionKeyArn : undefined);
  if (key === undefined) return {};
  const Status = encryptionKeyArn === undefined ? 'UPDATING' : 'ENABLED';
  return { SSEDescription: { Status, SSEType: 'KMS', KMSMasterKeyArn: keyArn(row, key) } };
}

/** Users name keys by ids and aliases too. */
function keyArn(scope: Scope, key: string): string {
  if (key.startsWith('arn:')) return key;
  return formatArn({ service: 'kms', ...scope, resource: key.startsWith('alias/') ? key : `key/${key}` });
}

function warmthOf(billingMode: string, { read, write }: ThroughputSpec, asked: IndexSpec['warm']) {
  const floor =
    billingMode === 'PAY_PER_REQUEST' ? onDemandWarmth : { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write };
  return {
    ReadUnitsPerSecond: Math.max(floor.ReadUnitsPerSecond, asked?.ReadUnitsPerSecond ?? 0),
    WriteUnitsPerSecond: Math.max(floor.WriteUnitsPerSecond, asked?.WriteUnitsPerSecond ?? 0),
  };
}

/** The indexes as a backup knows them. */
export function describeIndexes(spec: TableSpec) {
  const describe = ({ name, keySchema, projectionType, nonKeyAttributes }: IndexSpec) => ({
    IndexName: name,
    KeySchema: keySchema,
    Projection: {
      ProjectionType: projectionType,
      ...(projectionType === 'INCLUDE' && { NonKeyAttributes: nonKeyAttributes }),
    },
  });
  const locals = spec.localIndexes.map(describe);
  const globals = spec.globalIndexes.map((index) => ({
    ...describe(index),
    ProvisionedThroughput: { ReadCapacityUnits: index.throughput.read, WriteCapacityUnits: index.throughput.write },
  }));
  return {
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
  };
}

function describeThroughput(throughput: ThroughputSpec): ProvisionedThroughputDescription {
  const { read, write, increasedAtMs, decreasedAtMs } = throughput;
  return {
    ...(increasedAtMs !== undefined && { LastIncreaseDateTime: increasedAtMs }),
    ...(decreasedAtMs !== undefined && { LastDecreaseDateTime: decreasedAtMs }),
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: read,
    WriteCapacityUnits: write,
  };
}

function describeIndex(row: TableRow, index: IndexSpec, tallies: Tallies): LocalSecondaryIndexDescription {
  const counted = tallies.get(index.space);
  return {
    IndexName: index.name,
    KeySchema: index.keySchema,
    Projection: {
      ProjectionType: index.projectionType,
      ...(index.projectionType === 'INCLUDE' && { NonKeyAttributes: index.nonKeyAttributes }),
    },
    IndexSizeBytes: counted?.bytes ?? 0,
    ItemCount: counted?.items ?? 0,
    IndexArn: indexArn(row, row.id, index.name),
  };
}

const describeLocalIndex = describeIndex;

function describeGlobalIndex(row: TableRow, index: IndexSpec, tallies: Tallies): GlobalSecondaryIndexDescription {
  const state = row.status.revision === 0 ? 'CREATING' : stateOfIndex(index, row.status);
  return {
    ...describeIndex(row, index, tallies),
    IndexStatus: state,
    ...(state === 'CREATING' && row.status.revision > 0 && { Backfilling: true }),
    ProvisionedThroughput: describeThroughput(index.throughput),
    ...(index.onDemand && { OnDemandThroughput: index.onDemand }),
    ...describeWarmth(row, index, { state, isNew: row.status.revision === 0 }),
  };
}

/**
 * CreateTable tells of it only what was asked for, as something that is still to come, and DeleteTable nothing; AWS does
 * so for the table and for its indexes.
 */
function describeWarmth(
  { spec: { billingMode, isDeleting } }: TableRow,
  { throughput, warm }: Pick<IndexSpec, 'throughput' | 'warm'>,
  { state, isNew }: { readonly state: string; readonly isNew: boolean },
): Pick<GlobalSecondaryIndexDescription, 'WarmThroughput'> {
  if (isDeleting || (isNew && !warm)) return {};
  return {
    WarmThroughput: {
      ...warmthOf(billingMode, throughput, warm),
      Status: isNew || state !== 'ACTIVE' ? 'UPDATING' : 'ACTIVE',
    },
  };
}
