// A table as the data plane needs it: which attributes are keys of what, and where everything lies. Worked out once for
// each version of a table's row.

import type { ScalarAttributeType, StreamViewType } from '../../generated/dynamodb.types.ts';
import { historiesOf, type IndexSpec, streamArn, type TableRow, type TableSpec, tableArn } from './tables.table.ts';

export interface KeyPart {
  readonly name: string;
  readonly type: ScalarAttributeType;
}

/** What a table or a global index may be used for in a second, in units; absent for what has no limit. */
export interface ThroughputLayout {
  readonly spaceName: string;
  readonly throughput: { readonly read?: number; readonly write?: number } | undefined;
}

/** How a table or an index is sorted. A table has one hash key; a global index up to four of each kind. */
export interface KeyLayout {
  readonly hash: readonly KeyPart[];
  readonly range: readonly KeyPart[];
  /** Both, in this order. */
  readonly parts: readonly KeyPart[];
  readonly space: Buffer;
  /** The prefix of the names of its counters. */
  readonly spaceName: string;
}

export interface IndexLayout extends KeyLayout, ThroughputLayout {
  readonly name: string;
  readonly isGlobal: boolean;
  /** Which attributes an entry holds; undefined for all of them. */
  readonly projected: ReadonlySet<string> | undefined;
  readonly isKeysOnly: boolean;
  /** Whether it holds everything already; until then it is only written. */
  readonly isFilled: boolean;
}

export interface StreamLayout {
  readonly arn: string;
  readonly viewType: StreamViewType;
  readonly space: Buffer;
}

export interface TimeToLiveLayout {
  readonly attribute: string;
  readonly space: Buffer;
}

export interface ReplicationLayout {
  readonly region: string;
  readonly outbox: Buffer;
  readonly pending: Buffer;
}

export interface TableLayout extends KeyLayout, ThroughputLayout {
  readonly isOnDemand: boolean;
  readonly tableName: string;
  readonly tableArn: string;
  readonly tableId: string;
  readonly account: string;
  readonly region: string;
  readonly indexes: readonly IndexLayout[];
  readonly hasLocalIndexes: boolean;
  readonly hasGlobalIndexes: boolean;
  readonly stream: StreamLayout | undefined;
  readonly timeToLive: TimeToLiveLayout | undefined;
  readonly replication: ReplicationLayout | undefined;
  /** Where every change is noted. */
  readonly histories: readonly Buffer[];
  /** Whether its items may be read and written. */
  readonly isUsable: boolean;
}

export const itemCounter = (layout: Pick<KeyLayout, 'spaceName'>): string => `${layout.spaceName}/items`;
export const byteCounter = (layout: Pick<KeyLayout, 'spaceName'>): string => `${layout.spaceName}/bytes`;

const layouts = new WeakMap<TableRow, TableLayout>();

export function layoutOf(row: TableRow): TableLayout {
  let layout = layouts.get(row);
  if (!layout) {
    layout = createLayout(row);
    layouts.set(row, layout);
  }
  return layout;
}

function createLayout(row: TableRow): TableLayout {
  const { spec, status } = row;
  const keys = keyLayout(spec, spec.keySchema, spec.space);
  const layoutIndex = (isGlobal: boolean) => (index: IndexSpec) =>
    indexLayout(spec, index, isGlobal, keys, status.filled.includes(index.space));
  const indexes = [
    ...spec.localIndexes.map(layoutIndex(false)),
    ...spec.globalIndexes.filter(({ isDeleting }) => !isDeleting).map(layoutIndex(true)),
  ];
  const { stream, timeToLive, replication } = spec;
  return {
    ...keys,
    throughput: throughputOf(spec, spec),
    isOnDemand: spec.billingMode === 'PAY_PER_REQUEST',
    tableName: row.id,
    tableArn: tableArn(row, row.id),
    tableId: spec.tableId,
    account: row.account,
    region: row.region,
    indexes,
    hasLocalIndexes: spec.localIndexes.length > 0,
    hasGlobalIndexes: indexes.some(({ isGlobal }) => isGlobal),
    stream: stream && {
      arn: streamArn(row, row.id, stream.label),
      viewType: stream.viewType,
      space: Buffer.from(stream.space, 'hex'),
    },
    timeToLive: timeToLive && { attribute: timeToLive.attribute, space: Buffer.from(timeToLive.space, 'hex') },
    replication: replication && {
      region: row.region,
      outbox: Buffer.from(replication.outbox, 'hex'),
      pending: Buffer.from(replication.pending, 'hex'),
    },
    histories: historiesOf(spec).map((space) => Buffer.from(space, 'hex')),
    isUsable: status.revision > 0 && !spec.isDeleting,
  };
}

function keyLayout(spec: TableSpec, schema: TableSpec['keySchema'], space: string): KeyLayout {
  const ofType = (keyType: string) =>
    schema
      .filter(({ KeyType }) => KeyType === keyType)
      .map(({ AttributeName }) => ({
        name: AttributeName,
        type: spec.attributeTypes[AttributeName] as ScalarAttributeType,
      }));
  const hash = ofType('HASH');
  const range = ofType('RANGE');
  return { hash, range, parts: [...hash, ...range], space: Buffer.from(space, 'hex'), spaceName: space };
}

function throughputOf(
  { billingMode }: TableSpec,
  { throughput, onDemand }: Pick<IndexSpec, 'throughput' | 'onDemand'>,
): ThroughputLayout['throughput'] {
  if (billingMode === 'PROVISIONED') return throughput;
  const { MaxReadRequestUnits: read = -1, MaxWriteRequestUnits: write = -1 } = onDemand ?? {};
  return read < 0 && write < 0 ? undefined : { ...(read >= 0 && { read }), ...(write >= 0 && { write }) };
}

function indexLayout(
  spec: TableSpec,
  index: IndexSpec,
  isGlobal: boolean,
  table: KeyLayout,
  isFilled: boolean,
): IndexLayout {
  const keys = keyLayout(spec, index.keySchema, index.space);
  const { projectionType, nonKeyAttributes } = index;
  const names = [...table.parts, ...keys.parts].map(({ name }) => name);
  return {
    ...keys,
    name: index.name,
    isGlobal,
    throughput: isGlobal ? throughputOf(spec, index) : undefined,
    projected: projectionType === 'ALL' ? undefined : new Set([...names, ...nonKeyAttributes]),
    isKeysOnly: projectionType === 'KEYS_ONLY',
    isFilled,
  };
}
