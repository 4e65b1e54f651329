// From CreateTable's input to what is remembered of the table.

import { tagsByKey } from '../../aws/tags.ts';
import type {
  CreateTableInput,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  ProvisionedThroughput,
  SSESpecification,
  StreamSpecification,
} from '../../generated/dynamodb.types.ts';
import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import { validationError } from './dynamodb.errors.ts';
import { type IndexSpec, newSpace, type StreamSpec, type TableSpec, type ThroughputSpec } from './tables.table.ts';

export interface Making {
  readonly random: Random;
  readonly nowMs: TimestampMs;
}

export function newTableSpec(making: Making, input: CreateTableInput): TableSpec {
  const { random, nowMs } = making;
  const isOnDemand = input.BillingMode === 'PAY_PER_REQUEST';
  const stream = newStreamSpec(making, input.StreamSpecification);
  const encryptionKeyArn = keyOf(input.SSESpecification);
  return {
    tableId: newUuid(random),
    space: newSpace(random),
    attributeTypes: Object.fromEntries(
      (input.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
    ),
    keySchema: input.KeySchema ?? [],
    localIndexes: (input.LocalSecondaryIndexes ?? []).map((index) => newIndexSpec(making, index)),
    globalIndexes: (input.GlobalSecondaryIndexes ?? []).map((index) => newIndexSpec(making, index)),
    billingMode: isOnDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...(isOnDemand && { payPerRequestAtMs: nowMs }),
    throughput: { ...throughputOf(input.ProvisionedThroughput), decreasesToday: 0 },
    ...(input.OnDemandThroughput && { onDemand: input.OnDemandThroughput }),
    ...(input.WarmThroughput && { warm: input.WarmThroughput }),
    ...(input.TableClass && { tableClass: input.TableClass }),
    ...(stream && { stream, latestStreamLabel: stream.label }),
    ...(encryptionKeyArn !== undefined && { encryptionKeyArn }),
    isDeletionProtected: input.DeletionProtectionEnabled ?? false,
    tags: tagsByKey(input.Tags),
    ...(input.ResourcePolicy !== undefined && {
      policy: { document: input.ResourcePolicy, revisionId: newRevisionId(making) },
    }),
    revision: 1,
    isDeleting: false,
    runningBackups: [],
  };
}

/** As it was named; undefined for what is encrypted with a key of DynamoDB's own, as everything is. */
export function keyOf(specification: SSESpecification | undefined): string | undefined {
  return specification?.Enabled ? (specification.KMSMasterKeyId ?? 'alias/aws/dynamodb') : undefined;
}

/** Revisions of policies are long numbers that only have to differ. */
export function newRevisionId({ nowMs }: Making): string {
  return String(BigInt(nowMs) * 1_000_000n);
}

export function newIndexSpec({ random }: Making, index: LocalSecondaryIndex | GlobalSecondaryIndex): IndexSpec {
  const global = index as GlobalSecondaryIndex;
  return {
    name: index.IndexName,
    keySchema: index.KeySchema,
    projectionType: index.Projection.ProjectionType ?? 'ALL',
    nonKeyAttributes: index.Projection.NonKeyAttributes ?? [],
    space: newSpace(random),
    throughput: throughputOf(global.ProvisionedThroughput),
    ...(global.OnDemandThroughput && { onDemand: global.OnDemandThroughput }),
    ...(global.WarmThroughput && { warm: global.WarmThroughput }),
    isDeleting: false,
  };
}

export function throughputOf(given: ProvisionedThroughput | undefined): ThroughputSpec {
  return { read: given?.ReadCapacityUnits ?? 0, write: given?.WriteCapacityUnits ?? 0 };
}

export function newStreamSpec(
  { random, nowMs }: Making,
  specification: StreamSpecification | undefined,
): StreamSpec | undefined {
  if (!specification) return undefined;
  const { StreamEnabled, StreamViewType } = specification;
  if (!StreamEnabled) {
    if (StreamViewType !== undefined)
      throw validationError(
        'One or more parameter values were invalid: StreamViewType cannot be specified when StreamEnabled is false',
      );
    return undefined;
  }
  if (StreamViewType === undefined)
    throw validationError(
      'One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true',
    );
  return { label: formatIso(nowMs).slice(0, -1), viewType: StreamViewType, space: newSpace(random) };
}
