// What UpdateTable makes of a table's spec. Pure.

import type {
  AttributeDefinition,
  GlobalSecondaryIndexUpdate,
  ProvisionedThroughput,
  UpdateTableInput,
} from '../../generated/dynamodb.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import {
  invalidParameter,
  limitExceeded,
  notBuilt,
  resourceInUse,
  resourceNotFound,
  validationError,
} from './dynamodb.errors.ts';
import { requireFlexibleWrites } from './replicas.operations.ts';
import { type Making, newIndexSpec, newStreamSpec, throughputOf } from './table-spec.ts';
import {
  decreasesOn,
  type IndexSpec,
  isReplicated,
  stateOfTable,
  type TableRow,
  type TableSpec,
  type ThroughputSpec,
} from './tables.table.ts';
import { validateGlobalIndex, validateUnits } from './tables.validation.ts';

const unbuilt = [
  'GlobalTableWitnessUpdates',
  'DisassociationProtectionEnabled',
  'GlobalTableSettingsReplicationMode',
  'VectorIndexUpdates',
] as const;

/** What is wrong with a request whatever its table is, and is told before the table is looked for. */
export function checkTableUpdate(input: UpdateTableInput): void {
  for (const name of unbuilt) if (input[name] !== undefined) throw notBuilt(`${name} of UpdateTable`);
  // EVENTUAL is what replicas are.
  if (input.MultiRegionConsistency === 'STRONG') throw notBuilt('MultiRegionConsistency STRONG of UpdateTable');
  requireSomething(input);
  if (input.BillingMode === 'PROVISIONED' && !input.ProvisionedThroughput)
    throw invalidParameter('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  if (input.ProvisionedThroughput) validateUnits(input.ProvisionedThroughput);
  checkIndexUpdates(input.GlobalSecondaryIndexUpdates ?? []);
}

export function updatedSpec(making: Making, row: TableRow, input: UpdateTableInput): TableSpec {
  const state = stateOfTable(row);
  if (state !== 'ACTIVE')
    throw resourceInUse(
      `Attempt to change a resource which is still in use: Table is being ${state === 'CREATING' ? 'created' : state === 'DELETING' ? 'deleted' : 'updated'}: ${row.id}`,
    );
  let spec: TableSpec = { ...row.spec, revision: row.spec.revision + 1 };
  spec = withBilling(making, spec, input);
  spec = withIndexes(making, spec, input);
  spec = withStream(making, spec, input);
  if (isReplicated(spec)) requireFlexibleWrites(spec);
  return withSettings(making, spec, input);
}

function requireSomething(input: UpdateTableInput): void {
  const { TableName, AttributeDefinitions, ...changes } = input;
  if (Object.values(changes).some((change) => change !== undefined && !(Array.isArray(change) && change.length === 0)))
    return;
  throw validationError(
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
  );
}

function withBilling({ nowMs }: Making, spec: TableSpec, input: UpdateTableInput): TableSpec {
  const { BillingMode = spec.billingMode, ProvisionedThroughput: asked } = input;
  if (BillingMode === 'PAY_PER_REQUEST') {
    if (asked)
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    if (spec.billingMode === 'PAY_PER_REQUEST') return spec;
    const none = { read: 0, write: 0 };
    return {
      ...spec,
      billingMode: 'PAY_PER_REQUEST',
      payPerRequestAtMs: nowMs,
      throughput: { ...none, decreasesToday: 0 },
      globalIndexes: spec.globalIndexes.map((index) => ({ ...index, throughput: none })),
    };
  }
  if (!asked) return spec;
  if (spec.billingMode === 'PROVISIONED') refuseSameThroughput('the table', spec.throughput, asked);
  const throughput = changedThroughput(spec.throughput, asked, nowMs);
  return {
    ...spec,
    billingMode: 'PROVISIONED',
    throughput: { ...throughput, decreasesToday: countDecreases(spec.throughput, throughput, nowMs) },
  };
}

function refuseSameThroughput(of: string, { read, write }: ThroughputSpec, asked: ProvisionedThroughput): void {
  const { ReadCapacityUnits, WriteCapacityUnits } = asked;
  if (read !== ReadCapacityUnits || write !== WriteCapacityUnits) return;
  throw validationError(
    `The provisioned throughput for ${of} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for ${of}: ${read}. Requested ReadCapacityUnits: ${ReadCapacityUnits}. Current WriteCapacityUnits provisioned for ${of}: ${write}. Requested WriteCapacityUnits: ${WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

function changedThroughput(before: ThroughputSpec, asked: ProvisionedThroughput, nowMs: number): ThroughputSpec {
  const after = throughputOf(asked);
  const isMore = after.read > before.read || after.write > before.write;
  const isLess = after.read < before.read || after.write < before.write;
  return {
    ...before,
    ...after,
    ...(isMore && { increasedAtMs: nowMs }),
    ...(isLess && { decreasedAtMs: nowMs }),
  };
}

const freeDecreases = 4;
const hourMs = 3600_000;

/** Throws for one too many: four on a day of UTC, and then one after each hour without any. */
function countDecreases(before: TableSpec['throughput'], after: ThroughputSpec, nowMs: number): number {
  const today = decreasesOn(nowMs, before);
  if (after.decreasedAtMs !== nowMs || (before.read <= after.read && before.write <= after.write)) return today;
  if (today >= freeDecreases && nowMs - (before.decreasedAtMs ?? 0) < hourMs)
    throw limitExceeded(
      `Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first ${freeDecreases} decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: ${today}. Last decrease at ${formatIso(before.decreasedAtMs ?? 0)}. Next decrease can be made at ${formatIso((before.decreasedAtMs ?? 0) + hourMs)}`,
    );
  return today + 1;
}

function checkIndexUpdates(updates: readonly GlobalSecondaryIndexUpdate[]): void {
  const seen = new Set<string>();
  for (const update of updates) {
    const [name, ...others] = [update.Create, update.Update, update.Delete].flatMap((action) =>
      action ? [action.IndexName] : [],
    );
    if (others.length > 0)
      throw invalidParameter(
        'Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete can be specified',
      );
    if (name === undefined)
      throw invalidParameter(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    if (seen.has(name))
      throw invalidParameter(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${name}`,
      );
    seen.add(name);
  }
}

function withIndexes(making: Making, spec: TableSpec, input: UpdateTableInput): TableSpec {
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  if (updates.filter(({ Create, Delete }) => Create || Delete).length > 1)
    throw limitExceeded(
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  const changed = updates.reduce((soFar, update) => withIndexUpdate(making, soFar, update, input), spec);
  requireIndexThroughput(changed);
  return changed;
}

/** On demand they have none, so whoever goes back to provisioned throughput says it of each. */
export function requireIndexThroughput({
  billingMode,
  globalIndexes,
}: Pick<TableSpec, 'billingMode' | 'globalIndexes'>): void {
  if (billingMode !== 'PROVISIONED') return;
  const without = globalIndexes.filter(({ isDeleting, throughput }) => !isDeleting && throughput.read === 0);
  if (without.length > 0)
    throw invalidParameter(
      `ProvisionedThroughput must be specified for index: ${without.map(({ name }) => name).join(',')}`,
    );
}

function withIndexUpdate(
  making: Making,
  spec: TableSpec,
  { Create, Update, Delete }: GlobalSecondaryIndexUpdate,
  input: UpdateTableInput,
): TableSpec {
  const find = (name: string): IndexSpec => {
    const found = spec.globalIndexes.find((index) => index.name === name && !index.isDeleting);
    if (!found) throw resourceNotFound(`Requested resource not found`);
    return found;
  };
  const replace = (index: IndexSpec, change: Partial<IndexSpec>): TableSpec => ({
    ...spec,
    globalIndexes: spec.globalIndexes.map((other) => (other === index ? { ...index, ...change } : other)),
  });
  if (Delete) return withUsedAttributes(replace(find(Delete.IndexName), { isDeleting: true }));
  if (Create) {
    if ([...spec.localIndexes, ...spec.globalIndexes].some(({ name }) => name === Create.IndexName))
      throw validationError('Attempting to create an index which already exists');
    const { AttributeDefinitions = [] } = input;
    // Of what is known already, too.
    const given = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
    validateGlobalIndex(Create, given, spec.billingMode);
    const index = newIndexSpec(making, Create);
    const attributeTypes = { ...typesOf(AttributeDefinitions), ...spec.attributeTypes };
    refuseRedefinition(spec, index, typesOf(AttributeDefinitions));
    const globalIndexes = [...spec.globalIndexes, index];
    if (globalIndexes.length > 20)
      throw limitExceeded('Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20');
    return withUsedAttributes({ ...spec, attributeTypes, globalIndexes });
  }
  const index = find(Update?.IndexName ?? '');
  const { ProvisionedThroughput, OnDemandThroughput, WarmThroughput } = Update ?? {};
  if (!ProvisionedThroughput)
    return replace(index, {
      ...(OnDemandThroughput && { onDemand: OnDemandThroughput }),
      ...(WarmThroughput && { warm: WarmThroughput }),
    });
  validateUnits(ProvisionedThroughput);
  if (spec.billingMode === 'PAY_PER_REQUEST')
    throw invalidParameter(
      `ProvisionedThroughput should not be specified for index: ${index.name} when BillingMode is PAY_PER_REQUEST`,
    );
  refuseSameThroughput(`the index ${index.name}`, index.throughput, ProvisionedThroughput);
  return replace(index, { throughput: changedThroughput(index.throughput, ProvisionedThroughput, making.nowMs) });
}

type Types = TableSpec['attributeTypes'];

function typesOf(definitions: readonly AttributeDefinition[]): Types {
  return Object.fromEntries(definitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
}

/** What an index needs must be what it is for those that are there; other definitions with another type are ignored. */
function refuseRedefinition(spec: TableSpec, { keySchema }: IndexSpec, types: Types): void {
  const changed = keySchema.find(({ AttributeName: name }) => {
    const known = spec.attributeTypes[name];
    return known !== undefined && known !== types[name];
  });
  if (!changed) return;
  const holder = [spec, ...spec.localIndexes, ...spec.globalIndexes].find((keys) =>
    keys.keySchema.some(({ AttributeName }) => AttributeName === changed.AttributeName),
  );
  throw invalidParameter(
    `Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: ${formatSchema(holder?.keySchema ?? [], spec.attributeTypes)} New schema: ${formatSchema(keySchema, types)}`,
  );
}

function formatSchema(schema: IndexSpec['keySchema'], types: Types): string {
  const elements = schema.map(
    ({ AttributeName, KeyType }) => `key{${AttributeName}:${types[AttributeName]}:${KeyType}}`,
  );
  return `Schema:[SchemaElement: ${elements.join(', ')}]`;
}

/** Definitions go with the last index that uses them. */
function withUsedAttributes(spec: TableSpec): TableSpec {
  const indexes = [...spec.localIndexes, ...spec.globalIndexes.filter(({ isDeleting }) => !isDeleting)];
  const used = new Set([spec, ...indexes].flatMap(({ keySchema }) => keySchema).map((key) => key.AttributeName));
  const kept = Object.entries(spec.attributeTypes).filter(([name]) => used.has(name));
  return { ...spec, attributeTypes: Object.fromEntries(kept) };
}

function withStream(making: Making, spec: TableSpec, { StreamSpecification }: UpdateTableInput): TableSpec {
  if (!StreamSpecification) return spec;
  const { stream: present, ...rest } = spec;
  if (!StreamSpecification.StreamEnabled) {
    if (!present) throw validationError('Table is not enabled for streaming, stream cannot be disabled');
    if (isReplicated(spec))
      throw validationError('Stream cannot be disabled for a table that is a replica of a global table');
    newStreamSpec(making, StreamSpecification);
    return rest;
  }
  if (present) throw validationError('Table already has an enabled stream');
  const stream = newStreamSpec(making, StreamSpecification);
  return stream ? { ...spec, stream, latestStreamLabel: stream.label } : spec;
}

function withSettings({ nowMs }: Making, spec: TableSpec, input: UpdateTableInput): TableSpec {
  const { TableClass, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput, SSESpecification } = input;
  const { formerEncryptionKeyArn: _, ...kept } = spec;
  const { encryptionKeyArn, ...unencrypted } = kept;
  const withKey: TableSpec = !SSESpecification
    ? kept
    : SSESpecification.Enabled
      ? { ...kept, encryptionKeyArn: SSESpecification.KMSMasterKeyId ?? 'alias/aws/dynamodb' }
      : { ...unencrypted, ...(encryptionKeyArn !== undefined && { formerEncryptionKeyArn: encryptionKeyArn }) };
  return {
    ...withKey,
    ...(TableClass && { tableClass: TableClass, tableClassAtMs: nowMs }),
    ...(DeletionProtectionEnabled !== undefined && { isDeletionProtected: DeletionProtectionEnabled }),
    ...(OnDemandThroughput && { onDemand: OnDemandThroughput }),
    ...(WarmThroughput && { warm: WarmThroughput }),
  };
}
