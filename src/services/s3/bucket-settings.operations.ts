// Settings of buckets that are kept as they are given: tags, CORS, encryption, logging, acceleration, who pays, versioning.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { answerStatus } from '../../aws/protocols/protocol.ts';
import type { LoggingEnabled, S3Api } from '../../generated/s3.types.ts';
import { logObjectKey, mayDeliverLogs } from './access-log.ts';
import { encryptionRuleOf } from './bucket-encryption.ts';
import { isBucketName } from './bucket-names.ts';
import type { BucketRow } from './buckets.table.ts';
import { checkCors } from './cors.ts';
import { checkTags, describeTags, mostBucketTags } from './object-tags.ts';
import { getBucket, requireBucket, updateBucket } from './require-bucket.ts';
import { invalidArgument, invalidBucketState, invalidRequest, malformedXml, noSuchConfiguration } from './s3.errors.ts';

export const bucketSettingOperations = {
  GetBucketTagging(ctx, input) {
    const { tags } = requireBucket(ctx, input, 's3:GetBucketTagging').spec;
    if (!tags) throw noSuchConfiguration('NoSuchTagSet', 'The TagSet does not exist', input.Bucket);
    return { TagSet: tags };
  },

  PutBucketTagging(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketTagging');
    const tags = describeTags(checkTags(input.Tagging.TagSet ?? [], mostBucketTags));
    updateBucket(ctx, bucket, (spec) => ({ ...spec, tags: tags.length > 0 ? tags : undefined }));
    return noContent;
  },

  DeleteBucketTagging(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketTagging');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, tags: undefined }));
    return {};
  },

  GetBucketVersioning(ctx, input) {
    const { versioning } = requireBucket(ctx, input, 's3:GetBucketVersioning').spec;
    return versioning ? { Status: versioning } : {};
  },

  PutBucketVersioning(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketVersioning');
    const { Status, MFADelete } = input.VersioningConfiguration;
    if (MFADelete === 'Enabled') {
      throw awsError(
        'NotImplemented',
        'A header you provided implies functionality that is not implemented: MFA delete',
        501,
      );
    }
    if (Status !== 'Enabled' && Status !== 'Suspended') {
      throw awsError('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
    }
    if (Status === 'Suspended' && bucket.spec.objectLock) {
      throw invalidBucketState(
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
      );
    }
    if (Status === 'Suspended' && bucket.spec.replication) {
      throw invalidBucketState(
        'A replication configuration is present on this bucket, so the versioning state cannot be changed.',
      );
    }
    updateBucket(ctx, bucket, (spec) => ({ ...spec, versioning: Status }));
    return {};
  },

  GetBucketCors(ctx, input) {
    const { cors } = requireBucket(ctx, input, 's3:GetBucketCORS').spec;
    if (!cors) {
      throw noSuchConfiguration('NoSuchCORSConfiguration', 'The CORS configuration does not exist', input.Bucket);
    }
    return cors;
  },

  PutBucketCors(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketCORS');
    checkCors(input.CORSConfiguration);
    updateBucket(ctx, bucket, (spec) => ({ ...spec, cors: input.CORSConfiguration }));
    return {};
  },

  DeleteBucketCors(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketCORS');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, cors: undefined }));
    return {};
  },

  /** Objects are shown as encrypted with S3's own key whatever this says. */
  GetBucketEncryption(ctx, input) {
    const rule = encryptionRuleOf(requireBucket(ctx, input, 's3:GetEncryptionConfiguration').spec);
    if (!rule) {
      throw noSuchConfiguration(
        'ServerSideEncryptionConfigurationNotFoundError',
        'The server side encryption configuration was not found',
        input.Bucket,
      );
    }
    return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
  },

  PutBucketEncryption(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutEncryptionConfiguration');
    const { Rules } = input.ServerSideEncryptionConfiguration;
    const [rule, more] = Rules ?? [];
    const byDefault = rule?.ApplyServerSideEncryptionByDefault;
    const algorithm = byDefault?.SSEAlgorithm;
    if (!rule || more || (algorithm !== undefined && !['AES256', 'aws:kms', 'aws:kms:dsse'].includes(algorithm))) {
      throw malformedXml();
    }
    const blocked = rule.BlockedEncryptionTypes?.EncryptionType ?? [];
    if (blocked.some((type) => type !== 'NONE' && type !== 'SSE-C')) throw malformedXml();
    if (byDefault?.KMSMasterKeyID !== undefined && algorithm === 'AES256') {
      throw invalidArgument(
        'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
        'ApplyServerSideEncryptionByDefault',
      );
    }
    const encryption = { Rules: [{ ...rule, BucketKeyEnabled: rule.BucketKeyEnabled ?? false }] };
    updateBucket(ctx, bucket, (spec) => ({ ...spec, encryption }));
    return {};
  },

  DeleteBucketEncryption(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutEncryptionConfiguration');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, encryption: undefined }));
    return {};
  },

  GetBucketLogging(ctx, input) {
    const { logging } = requireBucket(ctx, input, 's3:GetBucketLogging').spec;
    return logging ? { LoggingEnabled: logging } : {};
  },

  PutBucketLogging(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketLogging');
    const { LoggingEnabled: logging } = input.BucketLoggingStatus;
    if (logging) checkLogging(ctx, bucket, logging);
    updateBucket(ctx, bucket, (spec) => ({ ...spec, logging }));
    return {};
  },

  GetBucketAccelerateConfiguration(ctx, input) {
    return requireBucket(ctx, input, 's3:GetAccelerateConfiguration').spec.accelerate ?? {};
  },

  PutBucketAccelerateConfiguration(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutAccelerateConfiguration');
    const { Status } = input.AccelerateConfiguration;
    if (input.Bucket.includes('.') || !isBucketName(input.Bucket)) {
      throw invalidRequest('S3 Transfer Acceleration is not supported for buckets with periods (.) in their names');
    }
    if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml();
    // A bucket that never was accelerated stays so.
    if (Status === 'Enabled' || bucket.spec.accelerate) {
      updateBucket(ctx, bucket, (spec) => ({ ...spec, accelerate: { Status } }));
    }
    return {};
  },

  GetBucketRequestPayment(ctx, input) {
    return { Payer: requireBucket(ctx, input, 's3:GetBucketRequestPayment').spec.requestPayer ?? 'BucketOwner' };
  },

  PutBucketRequestPayment(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketRequestPayment');
    const { Payer } = input.RequestPaymentConfiguration;
    if (Payer !== 'Requester' && Payer !== 'BucketOwner') throw malformedXml();
    updateBucket(ctx, bucket, (spec) => ({ ...spec, requestPayer: Payer }));
    return {};
  },

  GetBucketAbac(ctx, input) {
    return { AbacStatus: { Status: requireBucket(ctx, input, 's3:GetBucketAbac').spec.abac ?? 'Disabled' } };
  },

  PutBucketAbac(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketAbac');
    const { Status } = input.AbacStatus;
    if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml();
    updateBucket(ctx, bucket, (spec) => ({ ...spec, abac: Status }));
    return {};
  },
} satisfies Operations<S3Api>;

function checkLogging(ctx: OperationContext, bucket: BucketRow, logging: LoggingEnabled): void {
  const target = getBucket(ctx, logging.TargetBucket);
  if (!target || target.account !== bucket.account) {
    throw invalidTarget('The target bucket for logging does not exist', logging);
  }
  if (target.spec.region !== bucket.spec.region) {
    // In AWS's spelling. The oldest region is not named.
    throw awsError('CrossLocationLoggingProhibitted', 'Cross S3 location logging not allowed. ', 403, {
      ...(bucket.spec.region !== 'us-east-1' && { SourceBucketLocation: bucket.spec.region }),
      TargetBucketLocation: target.spec.region,
    });
  }
  const { PartitionedPrefix: partitioned, SimplePrefix: simple } = logging.TargetObjectKeyFormat ?? {};
  if (partitioned && simple) throw malformedXml();
  if (logging.TargetGrants?.length && target.spec.ownership === 'BucketOwnerEnforced') {
    throw invalidArgument(
      'Bucket cannot have TargetGrants set with ObjectOwnership BucketOwnerEnforced',
      'TargetGrants',
    );
  }
  // AWS no longer looks: a list or a policy may come later.
  if (target.spec.isCurrent || target.spec.ownership === 'BucketOwnerEnforced') return;
  if (!mayDeliverLogs(ctx, bucket, target, logObjectKey(bucket, logging, ctx.nowMs, new Uint8Array(8)))) {
    throw invalidTarget(
      'You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket',
      logging,
    );
  }
}

const invalidTarget = (message: string, { TargetBucket }: LoggingEnabled) =>
  awsError('InvalidTargetBucketForLogging', message, 400, { TargetBucket });

/** The model says 200. */
const noContent: { readonly [answerStatus]?: number } = { [answerStatus]: 204 };
