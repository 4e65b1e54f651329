// May this caller do that? The bucket's policy, access control lists and the public access block decide for strangers and
// for accounts other than the owner's. What identities of the owner's account may do is for their own policies, which
// are asked before an operation is reached.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html

import type { RequestContext } from '../../aws/operation.ts';
import { evaluatePolicy, type Policy, type Verdict } from '../../aws/policies/policy.ts';
import type { Principal } from '../../aws/principal.ts';
import { type Acl, grants, isPublicGrant, type Permission, privateAcl } from './acl.ts';
import { bucketPolicyOf, isPublicPolicy } from './bucket-policy.ts';
import type { BucketRow } from './buckets.table.ts';
import { canonicalUserId } from './canonical-users.ts';
import { type ConditionFacts, conditionValues } from './policy-conditions.ts';
import { accessDenied } from './s3.errors.ts';

export interface Access extends ConditionFacts {
  readonly bucket: BucketRow;
  /** `s3:GetObject`. */
  readonly action: string;
  /** For actions on objects. */
  readonly key?: string | undefined;
  /** The object there is. A list of its own may let others in; without one it is private to its owner. */
  readonly object?: { readonly owner: string; readonly acl?: Acl | undefined } | undefined;
}

type Caller = Pick<RequestContext, 'principal' | 'account' | 'nowMs' | 'request'>;

export function requireAccess(ctx: Caller, access: Access): void {
  if (!mayAccess(ctx, access)) throw accessDenied();
}

export function mayAccess(ctx: Caller, access: Access): boolean {
  const { bucket, action } = access;
  const { principal } = ctx;
  const owns = isOfAccount(principal, bucket.account);
  const policy = bucketPolicyOf(bucket.spec);
  const verdict = policy ? judge(ctx, policy, access) : 'none';
  if (verdict === 'deny') return owns && principal.kind === 'root' && policyActions.has(action);
  const objectOwner = ownerOfObject(access);
  // A policy speaks for the owner of the bucket, so not for objects that another account owns.
  if (objectOwner === bucket.account && owns) return true;
  if (isOfAccount(principal, objectOwner) && action !== 's3:PutObject') return true;
  if (verdict === 'allow' && objectOwner === bucket.account && !isShutOut(ctx, access, policy as Policy)) return true;
  if (owns && !isObjectRead(action)) return true;
  return mayByAcl(principal, access);
}

/** The owner's root user can always mend a policy that locked everybody out. */
const policyActions: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

const isOfAccount = ({ kind, account }: Principal, owner: string): boolean => kind !== 'anonymous' && account === owner;

function ownerOfObject({ bucket, object }: Access): string {
  return object && bucket.spec.ownership !== 'BucketOwnerEnforced' ? object.owner : bucket.account;
}

function judge(ctx: Caller, policy: Policy, access: Access): Verdict {
  const { bucket, action, key } = access;
  return evaluatePolicy(policy, {
    principal: ctx.principal,
    canonicalUserId: canonicalUserId(ctx.principal.account),
    action,
    resource: `arn:aws:s3:::${bucket.id}${key === undefined ? '' : `/${key}`}`,
    context: conditionValues(ctx, bucket, access),
  });
}

/** RestrictPublicBuckets: a policy that is public lets only the owner's account and AWS's services in. */
function isShutOut({ principal }: Caller, { bucket }: Access, policy: Policy): boolean {
  if (!bucket.spec.publicAccessBlock?.RestrictPublicBuckets || !isPublicPolicy(policy)) return false;
  return principal.kind !== 'service' && !isOfAccount(principal, bucket.account);
}

type AclRule = readonly [of: 'bucket' | 'object', permission: Permission];

const aclRules: Readonly<Record<string, AclRule>> = {
  's3:ListBucket': ['bucket', 'READ'],
  's3:ListBucketVersions': ['bucket', 'READ'],
  's3:ListBucketMultipartUploads': ['bucket', 'READ'],
  's3:PutObject': ['bucket', 'WRITE'],
  's3:DeleteObject': ['bucket', 'WRITE'],
  's3:GetBucketAcl': ['bucket', 'READ_ACP'],
  's3:PutBucketAcl': ['bucket', 'WRITE_ACP'],
  's3:GetObject': ['object', 'READ'],
  's3:GetObjectVersion': ['object', 'READ'],
  's3:GetObjectTorrent': ['object', 'READ'],
  's3:GetObjectAcl': ['object', 'READ_ACP'],
  's3:GetObjectVersionAcl': ['object', 'READ_ACP'],
  's3:PutObjectAcl': ['object', 'WRITE_ACP'],
  's3:PutObjectVersionAcl': ['object', 'WRITE_ACP'],
};

/** What an object's own list, and not its bucket's owner, decides. */
function isObjectRead(action: string): boolean {
  return aclRules[action]?.[0] === 'object';
}

function mayByAcl(principal: Principal, { bucket, action, object }: Access): boolean {
  const rule = aclRules[action];
  if (!rule || bucket.spec.ownership === 'BucketOwnerEnforced') return false;
  const [of, permission] = rule;
  const acl = of === 'bucket' ? bucket.spec.acl : object && (object.acl ?? privateAcl(object.owner));
  if (!acl) return false;
  const caller = principal.kind === 'anonymous' ? 'anonymous' : { account: principal.account };
  return grants(bucket.spec.publicAccessBlock?.IgnorePublicAcls ? withoutPublic(acl) : acl, permission, caller);
}

export function mayWriteByAcl({ principal }: Caller, bucket: BucketRow): boolean {
  return mayByAcl(principal, { bucket, action: 's3:PutObject' });
}

const withoutPublic = (acl: Acl): Acl => ({ grants: acl.grants.filter((grant) => !isPublicGrant(grant)) });
