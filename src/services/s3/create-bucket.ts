// CreateBucket: the name, the region, and what a new bucket is like.

import { isDeepStrictEqual } from 'node:util';
import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { CreateBucketOutput, CreateBucketRequest } from '../../generated/s3.types.ts';
import { aclOfHeaders, isPublicAcl, privateAcl } from './acl.ts';
import { checkBucketName } from './bucket-names.ts';
import { checkBucketQuota } from './bucket-quota.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { checkTags, describeTags, invalidTag, mostBucketTags } from './object-tags.ts';
import { accessDenied, invalidArgument } from './s3.errors.ts';
import { openGate } from './versions.ts';

/**
 * `current`: access lists are off, public access is blocked, SSE-C too, and there is an encryption configuration, as
 * AWS has made them since 2023 and 2026. `classic`: none of that, as before, and as older programs expect.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
 */
export type NewBuckets = 'classic' | 'current';

export const createBucketAs =
  (newBuckets: NewBuckets) =>
  async (ctx: AsyncOperationContext, input: CreateBucketRequest): Promise<CreateBucketOutput> => {
    if (ctx.principal.kind === 'anonymous') throw accessDenied();
    checkBucketName(input.Bucket);
    const spec = planBucket(ctx, newBuckets, input);
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
  };

function planBucket(ctx: AsyncOperationContext, newBuckets: NewBuckets, input: CreateBucketRequest): BucketSpec {
  const owner = ctx.account;
  const isCurrent = newBuckets === 'current';
  const region = regionOf(ctx, input);
  checkNamespace(input, owner, region);
  const ownership = checkOwnership(input) ?? (isCurrent ? 'BucketOwnerEnforced' : undefined);
  const acl = aclOfHeaders(input, owner);
  if (acl && isPublicAcl(acl)) checkPublicAcl(ownership, isCurrent);
  const tags = input.CreateBucketConfiguration?.Tags;
  if (tags?.some(({ Key }) => /^aws:/i.test(Key))) throw systemTag();
  return {
    bucketId: Buffer.from(ctx.random.bytes(8)).toString('hex'),
    region,
    ...(input.CreateBucketConfiguration?.LocationConstraint === oldEurope && { location: oldEurope }),
    acl: acl ?? privateAcl(owner),
    ...(ownership !== undefined && { ownership }),
    ...(isCurrent && { isCurrent, publicAccessBlock: blocksAll }),
    ...(input.ObjectLockEnabledForBucket && { objectLock: {}, versioning: 'Enabled' as const }),
    ...(tags && tags.length > 0 && { tags: describeTags(checkTags(tags, mostBucketTags)) }),
  };
}

/** In other words than PutBucketTagging's. */
function systemTag(): AwsError {
  return invalidTag(
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
  );
}

const blocksAll = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function checkOwnership({ ObjectOwnership: ownership }: CreateBucketRequest): BucketSpec['ownership'] {
  if (ownership !== undefined && !['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'].includes(ownership)) {
    throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', ownership);
  }
  return ownership;
}

function checkPublicAcl(ownership: BucketSpec['ownership'], isBlocked: boolean): void {
  if (ownership === 'BucketOwnerEnforced') {
    throw awsError(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  }
  if (!isBlocked) return;
  throw awsError(
    'InvalidBucketAclWithBlockPublicAccessError',
    'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
  );
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

/** The oldest name of eu-west-1, which a bucket that was made with it keeps. */
export const oldEurope = 'EU';

/** What SDKs sign for that were told to use the endpoint of no region. */
const globalRegion = 'aws-global';

/** The constraint must be the region that the request is sent to; the oldest region has none. */
function regionOf({ region }: AsyncOperationContext, { CreateBucketConfiguration }: CreateBucketRequest): string {
  if (!isRegionName(region) && region !== globalRegion) throw noRegion(region);
  const asked = CreateBucketConfiguration?.LocationConstraint as string | undefined;
  if (asked === undefined || asked === '') {
    if (region === 'us-east-1' || region === globalRegion) return 'us-east-1';
    throw illegalLocation('unspecified');
  }
  const wanted = asked === oldEurope ? 'eu-west-1' : asked;
  // A client of us-east-1 may make buckets everywhere: that endpoint is the global one.
  if (region !== 'us-east-1' && region !== wanted) throw illegalLocation(asked);
  // The oldest region has no name here, and is told so by its own endpoint.
  if (!isRegionName(wanted) || (asked === 'us-east-1' && region === 'us-east-1')) {
    throw awsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', 400, {
      LocationConstraint: asked,
    });
  }
  return wanted;
}

const isRegionName = (text: string): boolean => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(text);

/** Clients that do not know a region yet sign for a name of their own (s3cmd for `US`), and take the one that they are told. */
function noRegion(signed: string): AwsError {
  return awsError(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; the region '${signed}' is wrong; expecting 'us-east-1'`,
    400,
    { Region: 'us-east-1' },
  );
}

function illegalLocation(asked: string): AwsError {
  return awsError(
    'IllegalLocationConstraintException',
    `The ${asked} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

/** In us-east-1 the owner may create a bucket again, as long as that changes nothing. */
function refuseTaken(ctx: AsyncOperationContext, taken: BucketRow, input: CreateBucketRequest): BucketRow {
  if (taken.account !== ctx.account) {
    throw bucketAlreadyExists(input.Bucket);
  }
  const tags = input.CreateBucketConfiguration?.Tags ?? [];
  const isSame =
    tags.length === 0 && isDeepStrictEqual(aclOfHeaders(input, ctx.account) ?? privateAcl(ctx.account), taken.spec.acl);
  if (!isSame && tags.length === 0) throw bucketAlreadyExists(input.Bucket);
  if (isSame && taken.spec.region === 'us-east-1' && ctx.region === 'us-east-1') return taken;
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
