// Settings of buckets that make something happen: lifecycle, object lock, replication, websites.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  LifecycleRule,
  ObjectLockConfiguration,
  ReplicationConfiguration,
  S3Api,
} from '../../generated/s3.types.ts';
import { checkLifecycle } from './lifecycle-checks.ts';
import { getBucket, requireBucket, updateBucket } from './require-bucket.ts';
import {
  invalidArgument,
  invalidBucketState,
  invalidRequest,
  malformedXml,
  missingBody,
  noSuchConfiguration,
} from './s3.errors.ts';
import { checkWebsite } from './website-rules.ts';

const mostWebsiteBytes = 128 * 1024;

export const bucketRuleOperations = {
  GetBucketLifecycleConfiguration(ctx, input) {
    const { lifecycle, transitionMinimum } = requireBucket(ctx, input, 's3:GetLifecycleConfiguration').spec;
    if (!lifecycle) throw noLifecycle(input.Bucket);
    return { Rules: lifecycle, TransitionDefaultMinimumObjectSize: transitionMinimum ?? 'all_storage_classes_128K' };
  },

  PutBucketLifecycleConfiguration(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutLifecycleConfiguration');
    if (!input.LifecycleConfiguration) throw missingBody();
    const rules = checkLifecycle(input.LifecycleConfiguration.Rules).map((rule) => withId(ctx, rule));
    const transitionMinimum = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K';
    updateBucket(ctx, bucket, (spec) => ({ ...spec, lifecycle: rules, transitionMinimum }));
    return { TransitionDefaultMinimumObjectSize: transitionMinimum };
  },

  DeleteBucketLifecycle(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutLifecycleConfiguration');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, lifecycle: undefined, transitionMinimum: undefined }));
    return {};
  },

  GetObjectLockConfiguration(ctx, input) {
    const { objectLock } = requireBucket(ctx, input, 's3:GetBucketObjectLockConfiguration').spec;
    if (!objectLock) {
      throw noSuchConfiguration(
        'ObjectLockConfigurationNotFoundError',
        'Object Lock configuration does not exist for this bucket',
        input.Bucket,
      );
    }
    return {
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(objectLock.rule && { Rule: objectLock.rule }) },
    };
  },

  PutObjectLockConfiguration(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketObjectLockConfiguration');
    const rule = checkLockConfiguration(input.ObjectLockConfiguration);
    if (bucket.spec.versioning !== 'Enabled') {
      throw invalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    }
    updateBucket(ctx, bucket, (spec) => ({ ...spec, objectLock: rule ? { rule } : {} }));
    return {};
  },

  GetBucketReplication(ctx, input) {
    const { replication } = requireBucket(ctx, input, 's3:GetReplicationConfiguration').spec;
    if (!replication) {
      throw noSuchConfiguration(
        'ReplicationConfigurationNotFoundError',
        'The replication configuration was not found',
        input.Bucket,
      );
    }
    return { ReplicationConfiguration: replication };
  },

  PutBucketReplication(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutReplicationConfiguration');
    if (bucket.spec.versioning !== 'Enabled') {
      throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
    }
    const replication = checkReplication(ctx, input.ReplicationConfiguration, input.Bucket);
    updateBucket(ctx, bucket, (spec) => ({ ...spec, replication }));
    return {};
  },

  DeleteBucketReplication(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutReplicationConfiguration');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, replication: undefined }));
    return {};
  },

  GetBucketWebsite(ctx, input) {
    const { website } = requireBucket(ctx, input, 's3:GetBucketWebsite').spec;
    if (!website) {
      throw noSuchConfiguration(
        'NoSuchWebsiteConfiguration',
        'The specified bucket does not have a website configuration',
        input.Bucket,
      );
    }
    return website;
  },

  PutBucketWebsite(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketWebsite');
    checkDocumentBytes(ctx, mostWebsiteBytes);
    checkWebsite(input.WebsiteConfiguration);
    updateBucket(ctx, bucket, (spec) => ({ ...spec, website: input.WebsiteConfiguration }));
    return {};
  },

  DeleteBucketWebsite(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:DeleteBucketWebsite');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, website: undefined }));
    return {};
  },
} satisfies Operations<S3Api>;

function checkDocumentBytes({ request }: OperationContext, mostBytes: number): void {
  if (Number(request?.headers['content-length'] ?? 0) <= mostBytes) return;
  throw awsError('MaxMessageLengthExceeded', 'Your request was too big.', 400, { MaxMessageLengthBytes: mostBytes });
}

function noLifecycle(bucket: string) {
  return noSuchConfiguration('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', bucket);
}

function withId({ random }: OperationContext, rule: LifecycleRule): LifecycleRule {
  return rule.ID ? rule : { ...rule, ID: Buffer.from(random.bytes(24)).toString('hex') };
}

function checkLockConfiguration(configuration: ObjectLockConfiguration | undefined) {
  if (!configuration) throw missingBody();
  if (configuration.ObjectLockEnabled !== 'Enabled') throw malformedXml();
  const retention = configuration.Rule?.DefaultRetention;
  if (!configuration.Rule) return undefined;
  if (!retention || (retention.Mode !== 'GOVERNANCE' && retention.Mode !== 'COMPLIANCE')) throw malformedXml();
  const { Days, Years } = retention;
  if ((Days === undefined) === (Years === undefined)) throw malformedXml();
  if ((Days ?? 1) <= 0 || (Years ?? 1) <= 0) {
    throw awsError('InvalidRetentionPeriod', 'Default retention period must be a positive integer value.');
  }
  if ((Days ?? 0) > 36_500 || (Years ?? 0) > 100) {
    throw awsError('InvalidRetentionPeriod', 'Default retention period is too large.');
  }
  return configuration.Rule;
}

function checkReplication(
  ctx: OperationContext,
  configuration: ReplicationConfiguration,
  name: string,
): ReplicationConfiguration {
  const { Role, Rules } = configuration;
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(Role)) {
    throw invalidArgument('Invalid Role specified in replication configuration', 'Role', Role);
  }
  if (Rules.length === 0 || Rules.length > 1000) throw malformedXml();
  for (const rule of Rules) {
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml();
    if (rule.Filter && (rule.Priority === undefined || !rule.DeleteMarkerReplication)) {
      const missing = rule.Priority === undefined ? 'Priority' : 'DeleteMarkerReplication';
      throw invalidRequest(
        `${missing} must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`,
      );
    }
    const target = /^arn:aws[\w-]*:s3:::([^/]+)$/.exec(rule.Destination.Bucket)?.[1];
    const destination = target === undefined ? undefined : getBucket(ctx, target);
    if (destination?.spec.versioning !== 'Enabled') {
      throw invalidRequest('Destination bucket must have versioning enabled.');
    }
    if (target === name) throw invalidRequest('Destination bucket cannot be the same as the source bucket.');
  }
  return {
    Role,
    Rules: Rules.map((rule) => (rule.ID ? rule : { ...rule, ID: Buffer.from(ctx.random.bytes(24)).toString('hex') })),
  };
}
