// Global tables, version 2019.11.21: what UpdateTable, UpdateTimeToLive and DeleteTable of one replica mean for the others.
// A global table is one table by the same name in each of its regions; each row names the other regions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

import type { OperationContext } from '../../aws/operation.ts';
import type {
  CreateReplicationGroupMemberAction,
  ReplicaDescription,
  ReplicationGroupUpdate,
} from '../../generated/dynamodb.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { invalidParameter, limitExceeded, notBuilt, validationError } from './dynamodb.errors.ts';
import { newStreamSpec } from './table-spec.ts';
import { endStream, keepStreams } from './table-streams.ts';
import { type IndexSpec, newSpace, type TableRow, type TableSpec, tableArn, tables } from './tables.table.ts';

const replicaStream = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;

const otherReplicas = ({ spec }: Pick<TableRow, 'spec'>): readonly string[] => spec.replication?.peers ?? [];

/** The rows of the table in its other regions. */
export function peersOf(ctx: OperationContext, row: TableRow): readonly TableRow[] {
  return otherReplicas(row).flatMap((region) => {
    const peer = ctx.tableIn(tables, { account: row.account, region }).get(row.id);
    return peer ? [peer] : [];
  });
}

export function describeReplica(peer: TableRow): ReplicaDescription {
  const { spec, status, region } = peer;
  const { KMSMasterKeyId, ProvisionedThroughputOverride, OnDemandThroughputOverride } = spec.replicaOverrides ?? {};
  const indexes = spec.replicaOverrides?.GlobalSecondaryIndexes;
  return {
    RegionName: region,
    ReplicaArn: tableArn(peer, peer.id),
    ReplicaStatus: status.revision === 0 ? 'CREATING' : spec.isDeleting ? 'DELETING' : 'ACTIVE',
    ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }),
    ...(ProvisionedThroughputOverride && { ProvisionedThroughputOverride }),
    ...(OnDemandThroughputOverride && { OnDemandThroughputOverride }),
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...(spec.tableClass && { ReplicaTableClassSummary: { TableClass: spec.tableClass } }),
  };
}

/** Of the updates there can be one at a time, as on AWS. */
export function updateReplicas(
  ctx: OperationContext,
  row: TableRow,
  updates: readonly ReplicationGroupUpdate[],
): TableRow {
  const [update] = updates;
  if (updates.length > 1)
    throw limitExceeded('Subscriber limit exceeded: Only 1 replica can be created, updated or deleted simultaneously');
  const given = [update?.Create, update?.Update, update?.Delete, update?.Disassociate].filter((action) => action);
  if (given.length !== 1)
    throw invalidParameter(
      'One of ReplicationGroupUpdate.Create, ReplicationGroupUpdate.Update, ReplicationGroupUpdate.Delete must be specified',
    );
  if (update?.Disassociate) throw notBuilt('Disassociate of ReplicaUpdates');
  if (update?.Create) return addReplica(ctx, row, update.Create);
  const region = (update?.Update ?? update?.Delete)?.RegionName ?? '';
  const peer = peersOf(ctx, row).find((candidate) => candidate.region === region);
  if (!peer)
    throw validationError(
      `Failed to ${update?.Update ? 'update' : 'delete'} the replica of table with name: '${row.id}' because it does not exist in region: ${region}`,
    );
  if (update?.Update) {
    const { RegionName, ...overrides } = update.Update;
    ctx.tableIn(tables, peer).update(peer.id, (spec) => ({
      ...spec,
      replicaOverrides: { ...spec.replicaOverrides, ...overrides },
      ...(overrides.TableClassOverride && { tableClass: overrides.TableClassOverride, tableClassAtMs: ctx.nowMs }),
    }));
    return row;
  }
  if (peer.spec.isDeletionProtected)
    throw validationError(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  leaveGlobalTable(ctx, peer);
  endStream(ctx, peer);
  ctx.tableIn(tables, peer).update(peer.id, ({ replication, ...spec }) => ({ ...spec, isDeleting: true }));
  return ctx.table(tables).get(row.id) ?? row;
}

function addReplica(ctx: OperationContext, row: TableRow, action: CreateReplicationGroupMemberAction): TableRow {
  const { RegionName: region, ...overrides } = action;
  if (!/^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(region)) throw invalidParameter(`Unsupported region: ${region}`);
  requireFlexibleWrites(row.spec);
  const there = { account: row.account, region };
  if (region === row.region || ctx.tableIn(tables, there).has(row.id))
    throw validationError(
      `Failed to create a the new replica of table with name: '${row.id}' because one or more replicas already existed as tables.`,
    );
  const peers = peersOf(ctx, row);
  const { stream } = row.spec;
  if (stream && stream.viewType !== replicaStream.StreamViewType)
    throw validationError('Table must have a stream with StreamViewType NEW_AND_OLD_IMAGES to be a global table');
  const outbox = row.spec.replication?.outbox ?? newSpace(ctx.random);
  for (const member of [row, ...peers]) {
    const regions = [row, ...peers].filter((other) => other !== member).map((other) => other.region);
    const changed: TableSpec = {
      ...withStream(ctx, member.spec),
      revision: member.spec.revision + 1,
      replication: {
        outbox,
        pending: member.spec.replication?.pending ?? newSpace(ctx.random),
        peers: [...regions, region],
      },
    };
    keepStreams(ctx, member, changed);
    ctx.tableIn(tables, member).update(member.id, () => changed);
  }
  const spec = replicaSpec(ctx, row, overrides, {
    outbox,
    pending: newSpace(ctx.random),
    peers: [row, ...peers].map((other) => other.region),
  });
  keepStreams(ctx, ctx.tableIn(tables, there).insert(row.id, spec), spec);
  return ctx.table(tables).get(row.id) ?? row;
}

/** Writes come from all regions, so their capacity has to follow. Auto scaling is not built, so on demand is what is left. */
export function requireFlexibleWrites({ billingMode }: Pick<TableSpec, 'billingMode'>): void {
  if (billingMode !== 'PAY_PER_REQUEST')
    throw validationError('Table write capacity should either be Pay-Per-Request or AutoScaled.');
}

/** Replicas have streams always; one that has none gets one. */
function withStream(ctx: OperationContext, spec: TableSpec): TableSpec {
  if (spec.stream) return spec;
  const stream = newStreamSpec(ctx, replicaStream);
  return stream ? { ...spec, stream, latestStreamLabel: stream.label } : spec;
}

/** Tags, policies, the history and protection stay with the table that it is made of. */
function replicaSpec(
  ctx: OperationContext,
  { spec }: TableRow,
  overrides: TableSpec['replicaOverrides'],
  replication: NonNullable<TableSpec['replication']>,
): TableSpec {
  const withNewSpace = (index: IndexSpec): IndexSpec => ({ ...index, space: newSpace(ctx.random) });
  const {
    tableId,
    stream,
    latestStreamLabel,
    policy,
    streamPolicy,
    restore,
    importId,
    pointInTime,
    timeToLive,
    ...kept
  } = spec;
  return withStream(ctx, {
    ...kept,
    tableId: newUuid(ctx.random),
    space: newSpace(ctx.random),
    localIndexes: spec.localIndexes.map(withNewSpace),
    globalIndexes: spec.globalIndexes.filter(({ isDeleting }) => !isDeleting).map(withNewSpace),
    ...(timeToLive && { timeToLive: { ...timeToLive, space: newSpace(ctx.random) } }),
    ...(overrides?.TableClassOverride && { tableClass: overrides.TableClassOverride, tableClassAtMs: ctx.nowMs }),
    isDeletionProtected: false,
    tags: {},
    revision: 1,
    runningBackups: [],
    replication,
    ...(overrides && { replicaOverrides: overrides }),
    seedSpace: spec.space,
  });
}

/** The others go on without it. The last one is a table like any other when it has got what is still on its way. */
export function leaveGlobalTable(ctx: OperationContext, row: TableRow): void {
  for (const peer of peersOf(ctx, row)) {
    ctx.tableIn(tables, peer).update(peer.id, ({ replication, ...spec }) => {
      const peers = replication?.peers.filter((region) => region !== row.region) ?? [];
      return { ...spec, ...(replication && { replication: { ...replication, peers } }) };
    });
  }
}

/** Indexes, billing and the time to live are the same in all regions. */
export function alignReplicas(ctx: OperationContext, row: TableRow): void {
  for (const peer of peersOf(ctx, row)) {
    const aligned = alignedSpec(ctx, peer.spec, row.spec);
    if (JSON.stringify(aligned) === JSON.stringify(peer.spec)) continue;
    ctx.tableIn(tables, peer).update(peer.id, () => ({ ...aligned, revision: peer.spec.revision + 1 }));
  }
}

function alignedSpec(ctx: OperationContext, peer: TableSpec, leader: TableSpec): TableSpec {
  const wanted = leader.globalIndexes.filter(({ isDeleting }) => !isDeleting);
  const names = new Set(wanted.map(({ name }) => name));
  const present = peer.globalIndexes.map((index) => (names.has(index.name) ? index : { ...index, isDeleting: true }));
  const added = wanted
    .filter(({ name }) => !present.some((index) => index.name === name))
    .map((index) => ({ ...index, space: newSpace(ctx.random) }));
  const { timeToLive, ...rest } = peer;
  const isSameTimeToLive = timeToLive?.attribute === leader.timeToLive?.attribute;
  const wantedTimeToLive = leader.timeToLive && { ...leader.timeToLive, space: newSpace(ctx.random) };
  const chosen = isSameTimeToLive ? timeToLive : wantedTimeToLive;
  return {
    ...rest,
    attributeTypes: leader.attributeTypes,
    globalIndexes: [...present, ...added],
    billingMode: leader.billingMode,
    throughput: leader.throughput,
    ...(chosen && { timeToLive: chosen }),
  };
}
