// Configurations of buckets of which there may be a thousand by their ids: inventory, analytics, metrics, intelligent tiering.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { answerStatus } from '../../aws/protocols/protocol.ts';
import type { S3Api } from '../../generated/s3.types.ts';
import type { BucketSpec } from './buckets.table.ts';
import { checkAnalytics, checkIntelligentTiering, checkInventory } from './configuration-checks.ts';
import { formatToken, parseToken } from './list-parameters.ts';
import { type AboutBucket, requireBucket, updateBucket } from './require-bucket.ts';
import { invalidArgument, malformedXml } from './s3.errors.ts';

type Kind = 'analytics' | 'inventory' | 'metrics' | 'intelligentTiering';

type ConfigurationOf<Of extends Kind> = NonNullable<BucketSpec[Of]>[string];

interface AboutConfiguration extends AboutBucket {
  readonly Id: string;
}

const mostConfigurations = 1000;
const onPage = 100;

/** Reads are permitted by `s3:Get…`, everything else by `s3:Put…`. */
const actions: Readonly<Record<Kind, string>> = {
  analytics: 'AnalyticsConfiguration',
  inventory: 'InventoryConfiguration',
  metrics: 'MetricsConfiguration',
  intelligentTiering: 'IntelligentTieringConfiguration',
};

export const bucketConfigurationOperations = {
  GetBucketAnalyticsConfiguration: (ctx, input) => ({ AnalyticsConfiguration: get(ctx, 'analytics', input) }),

  PutBucketAnalyticsConfiguration(ctx, input) {
    checkAnalytics(input.AnalyticsConfiguration);
    return put(ctx, 'analytics', input, input.AnalyticsConfiguration);
  },

  DeleteBucketAnalyticsConfiguration: (ctx, input) => remove(ctx, 'analytics', input),

  ListBucketAnalyticsConfigurations(ctx, input) {
    const { listed, ...page } = list(ctx, 'analytics', input);
    return { ...page, AnalyticsConfigurationList: listed };
  },

  GetBucketInventoryConfiguration: (ctx, input) => ({ InventoryConfiguration: get(ctx, 'inventory', input) }),

  PutBucketInventoryConfiguration(ctx, input) {
    checkInventory(ctx, input.InventoryConfiguration);
    return put(ctx, 'inventory', input, input.InventoryConfiguration);
  },

  DeleteBucketInventoryConfiguration: (ctx, input) => remove(ctx, 'inventory', input),

  ListBucketInventoryConfigurations(ctx, input) {
    const { listed, ...page } = list(ctx, 'inventory', input);
    return { ...page, InventoryConfigurationList: listed };
  },

  GetBucketMetricsConfiguration: (ctx, input) => ({ MetricsConfiguration: get(ctx, 'metrics', input) }),

  PutBucketMetricsConfiguration: (ctx, input) => put(ctx, 'metrics', input, input.MetricsConfiguration),

  DeleteBucketMetricsConfiguration: (ctx, input) => remove(ctx, 'metrics', input),

  ListBucketMetricsConfigurations(ctx, input) {
    const { listed, ...page } = list(ctx, 'metrics', input);
    return { ...page, MetricsConfigurationList: listed };
  },

  GetBucketIntelligentTieringConfiguration: (ctx, input) => ({
    IntelligentTieringConfiguration: get(ctx, 'intelligentTiering', input),
  }),

  PutBucketIntelligentTieringConfiguration(ctx, input) {
    checkIntelligentTiering(input.IntelligentTieringConfiguration);
    return put(ctx, 'intelligentTiering', input, input.IntelligentTieringConfiguration);
  },

  DeleteBucketIntelligentTieringConfiguration: (ctx, input) => remove(ctx, 'intelligentTiering', input),

  ListBucketIntelligentTieringConfigurations(ctx, input) {
    const { listed, ...page } = list(ctx, 'intelligentTiering', input);
    return { ...page, IntelligentTieringConfigurationList: listed };
  },
} satisfies Operations<S3Api>;

function get<Of extends Kind>(ctx: OperationContext, kind: Of, input: AboutConfiguration): ConfigurationOf<Of> {
  const bucket = requireBucket(ctx, input, `s3:Get${actions[kind]}`);
  const found = configurationsOf(bucket.spec, kind)[input.Id];
  if (!found) throw noSuch();
  return found;
}

function put<Of extends Kind>(
  ctx: OperationContext,
  kind: Of,
  input: AboutConfiguration,
  configuration: ConfigurationOf<Of>,
): Record<never, never> {
  const bucket = requireBucket(ctx, input, `s3:Put${actions[kind]}`);
  const { Id } = input;
  if (!/^[\w.-]{1,64}$/.test(Id)) throw invalidArgument('The specified configuration ID is invalid.', 'id', Id);
  if (configuration.Id !== Id) {
    if (kind === 'intelligentTiering' || kind === 'analytics') throw malformedXml();
    throw awsError('IdMismatch', 'Document ID does not match the specified configuration ID.');
  }
  const present = configurationsOf(bucket.spec, kind);
  if (!present[Id] && Object.keys(present).length >= mostConfigurations) {
    throw awsError(
      'TooManyConfigurations',
      'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
    );
  }
  updateBucket(ctx, bucket, (spec) => ({ ...spec, [kind]: { ...present, [Id]: configuration } }));
  return noContent;
}

function remove(ctx: OperationContext, kind: Kind, input: AboutConfiguration): Record<never, never> {
  const bucket = requireBucket(ctx, input, `s3:Put${actions[kind]}`);
  const { [input.Id]: found, ...rest } = configurationsOf(bucket.spec, kind);
  if (!found) throw noSuch();
  updateBucket(ctx, bucket, (spec) => ({ ...spec, [kind]: Object.keys(rest).length > 0 ? rest : undefined }));
  return {};
}

function list<Of extends Kind>(
  ctx: OperationContext,
  kind: Of,
  input: AboutBucket & { readonly ContinuationToken?: string | undefined },
) {
  const bucket = requireBucket(ctx, input, `s3:Get${actions[kind]}`);
  const after = input.ContinuationToken === undefined ? '' : parseToken(input.ContinuationToken);
  const rest = Object.entries(configurationsOf(bucket.spec, kind))
    .filter(([id]) => id > after)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const page = rest.slice(0, onPage);
  const isTruncated = rest.length > page.length;
  return {
    listed: page.map(([, configuration]) => configuration),
    IsTruncated: isTruncated,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: isTruncated ? formatToken(page.at(-1)?.[0] ?? '') : undefined,
  };
}

const configurationsOf = <Of extends Kind>(spec: BucketSpec, kind: Of) =>
  (spec[kind] ?? {}) as Readonly<Record<string, ConfigurationOf<Of>>>;

const noContent: { readonly [answerStatus]?: number } = { [answerStatus]: 204 };

const noSuch = (): AwsError => awsError('NoSuchConfiguration', 'The specified configuration does not exist.', 404);
