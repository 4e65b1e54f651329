// CreateBucket, DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation.

import { isDeepStrictEqual } from 'node:util';
import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { CreateBucketRequest, S3Api } from '../../generated/s3.types.ts';
import { mayAccess } from './access.ts';
import { aclOfHeaders, isPublicAcl, privateAcl } from './acl.ts';
import { checkBucketName } from './bucket-names.ts';
import { checkBucketQuota } from './bucket-quota.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { describeOwner } from './canonical-users.ts';
import { checkTags, describeTags, mostBucketTags } from './object-tags.ts';
import { requireBucket, requireBucketRow } from './require-bucket.ts';
import { accessDenied, invalidArgument, noSuchBucket } from './s3.errors.ts';
import { dropUploads } from './uploads.ts';
import { closeGate, openGate } from './versions.ts';

const mostOnPage = 10_000;

export const bucketOperations = {
  async CreateBucket(ctx, input) {
    if (ctx.principal.kind === 'anonymous') throw accessDenied();
    checkBucketName(input.Bucket);
    const spec = planBucket(ctx, input);
    const created = ctx.transact((inner) => {
      const taken = inner.find(buckets, input.Bucket);
      if (taken) return refuseTaken(ctx, taken, input);
      checkBucketQuota(inner);
      return inner.table(buckets).insert(input.Bucket, spec);
    });
    await openGate(ctx.drivers.objects.index, created.spec.bucketId);
    const isElsewhere = created.spec.region !== 'us-east-1';
    return {
      Location: isElsewhere ? `http://${input.Bucket}.s3.amazonaws.com/` : `/${input.Bucket}`,
      BucketArn: `arn:aws:s3:::${input.Bucket}`,
    };
  },

  async DeleteBucket(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    if (!mayAccess(ctx, { bucket, action: 's3:DeleteBucket' })) throw accessDenied();
    const { bucketId } = bucket.spec;
    if (!(await closeGate(ctx.drivers.objects.index, bucketId))) throw bucketNotEmpty(input.Bucket);
    ctx.transact((inner) => {
      if (inner.find(buckets, input.Bucket)?.spec.bucketId !== bucketId) throw noSuchBucket(input.Bucket);
      inner.tableIn(buckets, bucket).remove(input.Bucket);
    });
    await dropUploads(ctx.drivers.objects, bucketId);
    return {};
  },

  async HeadBucket(ctx, input) {
    const { spec, id } = requireBucket(ctx, input, 's3:ListBucket');
    return { BucketRegion: spec.region, AccessPointAlias: false, BucketArn: `arn:aws:s3:::${id}` };
  },

  async GetBucketLocation(ctx, input) {
    const { region } = requireBucket(ctx, input, 's3:GetBucketLocation').spec;
    return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' };
  },

  async ListBuckets(ctx, { MaxBuckets, ContinuationToken, Prefix = '', BucketRegion }) {
    if (ctx.principal.kind === 'anonymous') throw accessDenied();
    if (MaxBuckets !== undefined && MaxBuckets > mostOnPage) throw outOfRange(MaxBuckets);
    const { rows, nextToken } = ctx.transact((inner) =>
      paginate({
        rows: (afterId) => inner.table(buckets).list(afterId),
        where: ({ id, spec }) => id.startsWith(Prefix) && (BucketRegion === undefined || spec.region === BucketRegion),
        maxResults: MaxBuckets,
        nextToken: ContinuationToken,
        scope: `s3:ListBuckets ${ctx.account}`,
        bounds: { min: 1, max: mostOnPage, default: mostOnPage },
        errors: {
          invalidToken: (token) =>
            invalidArgument('The continuation token provided is incorrect', 'continuation-token', token),
          invalidMaxResults: outOfRange,
        },
      }),
    );
    return {
      Buckets: rows.map((row) => ({
        Name: row.id,
        CreationDate: row.createdAtMs,
        BucketArn: `arn:aws:s3:::${row.id}`,
        // Only those who page or filter are told where a bucket is.
        ...(MaxBuckets !== undefined || BucketRegion !== undefined || Prefix !== ''
          ? { BucketRegion: row.spec.region }
          : {}),
      })),
      Owner: describeOwner(ctx.account),
      ...(Prefix !== '' && { Prefix }),
      ContinuationToken: nextToken,
    };
  },
} satisfies AsyncOperations<S3Api>;

function outOfRange(maxBuckets: number): AwsError {
  return invalidArgument(
    'Argument max-buckets must be an integer between 1 and 10000',
    'max-buckets',
    String(maxBuckets),
  );
}

function planBucket(ctx: AsyncOperationContext, input: CreateBucketRequest): BucketSpec {
  const owner = ctx.account;
  const region = regionOf(ctx, input);
  checkNamespace(input, owner, region);
  const ownership = input.ObjectOwnership;
  if (ownership !== undefined && !['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'].includes(ownership)) {
    throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', ownership);
  }
  const acl = aclOfHeaders(input, owner);
  if (ownership === 'BucketOwnerEnforced' && acl && isPublicAcl(acl)) {
    throw awsError(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  }
  const tags = input.CreateBucketConfiguration?.Tags;
  return {
    bucketId: Buffer.from(ctx.random.bytes(8)).toString('hex'),
    region,
    acl: acl ?? privateAcl(owner),
    ...(ownership !== undefined && { ownership }),
    ...(input.ObjectLockEnabledForBucket && { objectLock: {}, versioning: 'Enabled' as const }),
    ...(tags && tags.length > 0 && { tags: describeTags(checkTags(tags, mostBucketTags)) }),
  };
}

/**
 * A name of an account's own says whose it is and where.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
 */
function checkNamespace({ Bucket, BucketNamespace }: CreateBucketRequest, account: string, region: string): void {
  if (BucketNamespace === undefined || BucketNamespace === 'global') return;
  if (BucketNamespace === 'account-regional' && Bucket.endsWith(`-${account}-${region}-an`)) return;
  throw awsError(
    'InvalidNamespaceHeader',
    'The x-amz-bucket-namespace header is not valid for the specified bucket name',
    400,
    { BucketNamespace },
  );
}

/** The constraint must be the region that the request is sent to; the oldest region has none. */
function regionOf({ region }: AsyncOperationContext, { CreateBucketConfiguration }: CreateBucketRequest): string {
  const asked = CreateBucketConfiguration?.LocationConstraint as string | undefined;
  if (asked === undefined || asked === '') {
    if (region === 'us-east-1' || region === 'aws-global') return 'us-east-1';
    throw illegalLocation('unspecified', region);
  }
  const wanted = asked === 'EU' ? 'eu-west-1' : asked;
  // The oldest region has no name here, and is told so by its own endpoint.
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(wanted) || (asked === 'us-east-1' && region === 'us-east-1')) {
    throw awsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', 400, {
      LocationConstraint: asked,
    });
  }
  // A client of us-east-1 may make buckets everywhere: that endpoint is the global one.
  if (region !== 'us-east-1' && region !== wanted) throw illegalLocation(wanted, region);
  return wanted;
}

function illegalLocation(asked: string, region: string): AwsError {
  return awsError(
    'IllegalLocationConstraintException',
    `The ${asked} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    400,
    { Region: region },
  );
}

/** In us-east-1 the owner may create a bucket again, as long as that changes nothing. */
function refuseTaken(ctx: AsyncOperationContext, taken: BucketRow, input: CreateBucketRequest): BucketRow {
  if (taken.account !== ctx.account) {
    throw bucketAlreadyExists(input.Bucket);
  }
  const isSame = isDeepStrictEqual(aclOfHeaders(input, ctx.account) ?? privateAcl(ctx.account), taken.spec.acl);
  if (!isSame) throw bucketAlreadyExists(input.Bucket);
  if (taken.spec.region === 'us-east-1' && ctx.region === 'us-east-1') return taken;
  throw awsError(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    409,
    {
      BucketName: input.Bucket,
    },
  );
}

function bucketAlreadyExists(bucket: string): AwsError {
  return awsError(
    'BucketAlreadyExists',
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    409,
    { BucketName: bucket },
  );
}

function bucketNotEmpty(bucket: string): AwsError {
  return awsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: bucket });
}
