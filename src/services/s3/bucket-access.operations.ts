// Who may do what with a bucket: policy, access list, ownership, public access block.

import { awsError } from '../../aws/errors.ts';
import type { Operations } from '../../aws/operation.ts';
import { answerStatus } from '../../aws/protocols/protocol.ts';
import type { S3Api } from '../../generated/s3.types.ts';
import { mayAccess } from './access.ts';
import { describeGrants, isPublicAcl, privateAcl, requireAcl } from './acl.ts';
import { bucketPolicyOf, checkBucketPolicy, isPublicPolicy } from './bucket-policy.ts';
import { describeOwner } from './canonical-users.ts';
import { aclsNotSupported, checkNoAcl } from './object-traits.ts';
import { requireBucket, requireOwnBucket, updateBucket } from './require-bucket.ts';
import { accessDenied, invalidRequest, malformedXml, noSuchConfiguration } from './s3.errors.ts';

export const bucketAccessOperations = {
  GetBucketPolicy(ctx, input) {
    const { spec } = requireOwnBucket(ctx, input, 's3:GetBucketPolicy');
    if (spec.policy === undefined) throw noPolicy(input.Bucket);
    return { Policy: spec.policy };
  },

  PutBucketPolicy(ctx, input) {
    const bucket = requireOwnBucket(ctx, input, 's3:PutBucketPolicy');
    const policy = checkBucketPolicy(input.Policy, input.Bucket, bucket.spec);
    if (bucket.spec.publicAccessBlock?.BlockPublicPolicy && isPublicPolicy(policy)) throw accessDenied();
    if (!input.ConfirmRemoveSelfBucketAccess) {
      const after = { ...bucket, spec: { ...bucket.spec, policy: input.Policy } };
      if (!mayAccess(ctx, { bucket: after, action: 's3:PutBucketPolicy' })) throw accessDenied();
    }
    updateBucket(ctx, bucket, (spec) => ({ ...spec, policy: input.Policy }));
    return noContent;
  },

  DeleteBucketPolicy(ctx, input) {
    const bucket = requireOwnBucket(ctx, input, 's3:DeleteBucketPolicy');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, policy: undefined }));
    return {};
  },

  GetBucketPolicyStatus(ctx, input) {
    const { spec } = requireBucket(ctx, input, 's3:GetBucketPolicyStatus');
    const policy = bucketPolicyOf(spec);
    const isByAcl = spec.ownership !== 'BucketOwnerEnforced' && isPublicAcl(spec.acl);
    return { PolicyStatus: { IsPublic: isByAcl || (policy !== undefined && isPublicPolicy(policy)) } };
  },

  GetBucketAcl(ctx, input) {
    const { spec, account } = requireBucket(ctx, input, 's3:GetBucketAcl');
    const acl = spec.ownership === 'BucketOwnerEnforced' ? privateAcl(account) : spec.acl;
    return { Owner: describeOwner(account, spec), Grants: describeGrants(acl, spec) };
  },

  PutBucketAcl(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketAcl');
    const acl = requireAcl(input, bucket.account);
    if (bucket.spec.ownership === 'BucketOwnerEnforced') {
      if (input.AccessControlPolicy) throw aclsNotSupported();
      checkNoAcl(input);
      return {};
    }
    if (isPublicAcl(acl) && bucket.spec.publicAccessBlock?.BlockPublicAcls) throw accessDenied();
    updateBucket(ctx, bucket, (spec) => ({ ...spec, acl }));
    return {};
  },

  GetBucketOwnershipControls(ctx, input) {
    const { ownership } = requireBucket(ctx, input, 's3:GetBucketOwnershipControls').spec;
    if (ownership === undefined) {
      throw noSuchConfiguration(
        'OwnershipControlsNotFoundError',
        'The bucket ownership controls were not found',
        input.Bucket,
      );
    }
    return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
  },

  PutBucketOwnershipControls(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketOwnershipControls');
    const [rule, more] = input.OwnershipControls.Rules;
    const ownership = rule?.ObjectOwnership;
    if (
      more ||
      (ownership !== 'BucketOwnerPreferred' && ownership !== 'ObjectWriter' && ownership !== 'BucketOwnerEnforced')
    ) {
      throw malformedXml();
    }
    const isPrivate = bucket.spec.acl.grants.every(
      ({ grantee }) => grantee.kind === 'account' && grantee.account === bucket.account,
    );
    if (ownership === 'BucketOwnerEnforced' && !isPrivate) {
      throw awsError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      );
    }
    updateBucket(ctx, bucket, (spec) => ({ ...spec, ownership }));
    return {};
  },

  DeleteBucketOwnershipControls(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketOwnershipControls');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, ownership: undefined }));
    return {};
  },

  GetPublicAccessBlock(ctx, input) {
    const { publicAccessBlock } = requireBucket(ctx, input, 's3:GetBucketPublicAccessBlock').spec;
    if (!publicAccessBlock) {
      throw noSuchConfiguration(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        input.Bucket,
      );
    }
    return { PublicAccessBlockConfiguration: publicAccessBlock };
  },

  PutPublicAccessBlock(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketPublicAccessBlock');
    const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
      input.PublicAccessBlockConfiguration;
    const given = [BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets];
    if (given.every((setting) => setting === undefined)) {
      throw invalidRequest('Must specify at least one configuration.');
    }
    const publicAccessBlock = {
      BlockPublicAcls: BlockPublicAcls ?? false,
      IgnorePublicAcls: IgnorePublicAcls ?? false,
      BlockPublicPolicy: BlockPublicPolicy ?? false,
      RestrictPublicBuckets: RestrictPublicBuckets ?? false,
    };
    updateBucket(ctx, bucket, (spec) => ({ ...spec, publicAccessBlock }));
    return {};
  },

  DeletePublicAccessBlock(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketPublicAccessBlock');
    updateBucket(ctx, bucket, (spec) => ({ ...spec, publicAccessBlock: undefined }));
    return {};
  },
} satisfies Operations<S3Api>;

/** The model says 200. */
const noContent: { readonly [answerStatus]?: number } = { [answerStatus]: 204 };

function noPolicy(bucket: string) {
  return noSuchConfiguration('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
}
