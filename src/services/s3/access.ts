// May this caller do that? The policies of the caller's identity, the bucket's policy, access control lists and the public
// access block decide together; S3 asks inside its operations, because it depends on the object that is there.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html

import { denialMessage } from '../../aws/access-denied.ts';
import { isWithinSession } from '../../aws/authorize.ts';
import type { RequestContext } from '../../aws/operation.ts';
import type { CompiledPolicy, CompiledStatement } from '../../aws/policies/compile.ts';
import { type AccessQuestion, type Decision, decide, type NamedPolicy } from '../../aws/policies/decision.ts';
import { explain } from '../../aws/policies/explain.ts';
import type { PrincipalMatch } from '../../aws/policies/principals.ts';
import type { Principal } from '../../aws/principal.ts';
import { type Acl, grants, isPublicGrant, type Permission, privateAcl } from './acl.ts';
import { compiledBucketPolicy, isPublicPolicy } from './bucket-policy.ts';
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
  /** Who began an upload may go on with it, in whosever bucket it is. */
  readonly initiator?: string | undefined;
}

type Caller = Pick<RequestContext, 'principal' | 'policies' | 'accesses' | 'account' | 'region' | 'nowMs' | 'request'>;

/** Throws what S3 answers. The reason is told only to those of the owner's account. */
export function requireAccess(ctx: Caller, access: Access): void {
  const decision = judge(ctx, access);
  if (decision === 'allow') return;
  const { principal } = ctx;
  const mayKnow = isIdentity(principal) && principal.account === access.bucket.account;
  if (!mayKnow) throw accessDenied();
  throw accessDenied(denialMessage({ principal, action: access.action, resource: `"${arnOf(access)}"`, decision }));
}

export function mayAccess(ctx: Caller, access: Access): boolean {
  return judge(ctx, access) === 'allow';
}

function judge(ctx: Caller, access: Access): 'allow' | Decision {
  const { principal, policies } = ctx;
  const { bucket, action, initiator } = access;
  const policy = compiledBucketPolicy(bucket.spec);
  const account = resourceAccountOf(principal, access);
  const isAtHome = account === principal.account && principal.kind !== 'anonymous';
  // Rules of a bucket's own: what S3 itself does for them is not asked for.
  if (isAtHome && !isIdentity(principal)) return 'allow';
  const resource = arnOf(access);
  if (isAtHome && principal.kind === 'root' && !policy && !policies.serviceControl && !policies.session) {
    ctx.accesses.push({ action, resource, decision: undefined });
    return 'allow';
  }
  const question: AccessQuestion = {
    principal,
    canonicalUserId: canonicalUserId(principal.account),
    action,
    resource,
    resourceAccount: initiator ?? account,
    context: conditionValues(ctx, bucket, access),
  };
  const ofBucket = resourcePolicy(ctx, access, policy);
  const decision = decide(question, policies, ofBucket);
  const isRoot = principal.kind === 'root' && principal.account === bucket.account;
  const mends =
    isRoot && policyActions.has(action) && decision.decidedBy === 'resource-based' && isWithinSession(decision);
  const isAllowed = decision.effect === 'allow' || mends;
  const reports = isAllowed ? undefined : explain(question, policies, { policy: ofBucket });
  ctx.accesses.push({ action, resource, decision: mends ? undefined : decision, reports });
  return isAllowed ? 'allow' : decision;
}

/** The owner's root user can always mend a policy that locked everybody out. */
const policyActions: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

const isIdentity = ({ kind }: Principal): boolean => kind !== 'anonymous' && kind !== 'service' && kind !== 'guest';

const arnOf = ({ bucket, key }: Access): string => `arn:aws:s3:::${bucket.id}${key === undefined ? '' : `/${key}`}`;

/** Whose permission it takes: the bucket's owner's, but for objects where lists are in use their own owner's. */
function resourceAccountOf(principal: Principal, access: Access): string {
  const { bucket, action } = access;
  const owner = ownerOfObject(access);
  const isOwners = owner === principal.account && action !== 's3:PutObject';
  return isOwners || isObjectRead(action) ? owner : bucket.account;
}

function ownerOfObject({ bucket, object }: Access): string {
  return object && bucket.spec.ownership !== 'BucketOwnerEnforced' ? object.owner : bucket.account;
}

/** The bucket's policy, and what access control lists grant as if it stood in there. */
function resourcePolicy(ctx: Caller, access: Access, policy: CompiledPolicy | undefined): NamedPolicy | undefined {
  const match = matchByAcl(ctx.principal, access);
  if (!policy && match === undefined) return undefined;
  // A policy speaks for the owner of the bucket, so it opens no objects that another account owns.
  const mayOpen = ownerOfObject(access) === access.bucket.account && !isShutOut(ctx, access, policy);
  return {
    arn: arnOf(access),
    kind: 'resource-based',
    policy: {
      policy: policy?.policy ?? nothing,
      statements: policy?.statements ?? [],
      statementsFor(action) {
        const { denies, allows } = policy?.statementsFor(action) ?? noStatements;
        return {
          denies,
          allows: [...(mayOpen ? allows : []), ...(match === undefined ? [] : [aclStatements[match]])],
        };
      },
    },
  };
}

const nothing: CompiledPolicy['policy'] = { version: '2012-10-17', id: undefined, statements: [] };
const noStatements = { denies: [], allows: [] };

const aclStatement = (match: PrincipalMatch): CompiledStatement => ({
  statement: {
    sid: 'AccessControlList',
    effect: 'Allow',
    principals: undefined,
    actions: { isNegated: false, patterns: [] },
    resources: undefined,
    conditions: [],
  },
  index: 0,
  matchPrincipal: () => match,
  coversAction: () => true,
  coversResource: () => true,
  conditionsHold: () => true,
  keys: [],
});

const aclStatements = { everyone: aclStatement('everyone'), account: aclStatement('account') } as const;

/** RestrictPublicBuckets: a policy that is public lets only the owner's account and AWS's services in. */
function isShutOut({ principal }: Caller, { bucket }: Access, policy: CompiledPolicy | undefined): boolean {
  if (!policy || !bucket.spec.publicAccessBlock?.RestrictPublicBuckets || !isPublicPolicy(policy.policy)) return false;
  return principal.kind !== 'service' && (principal.kind === 'anonymous' || principal.account !== bucket.account);
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

/** By a group that everybody is in, or as the account; undefined when no list lets the caller in. */
function matchByAcl(principal: Principal, { bucket, action, object }: Access): 'everyone' | 'account' | undefined {
  const rule = aclRules[action];
  if (!rule || bucket.spec.ownership === 'BucketOwnerEnforced') return undefined;
  const [of, permission] = rule;
  const given = of === 'bucket' ? bucket.spec.acl : object && (object.acl ?? privateAcl(object.owner));
  if (!given) return undefined;
  const acl = bucket.spec.publicAccessBlock?.IgnorePublicAcls ? withoutPublic(given) : given;
  if (principal.kind === 'anonymous') return grants(acl, permission, 'anonymous') ? 'everyone' : undefined;
  if (grants(onlyPublic(acl), permission, { account: principal.account })) return 'everyone';
  return grants(acl, permission, { account: principal.account }) ? 'account' : undefined;
}

export function mayWriteByAcl({ principal }: Caller, bucket: BucketRow): boolean {
  return matchByAcl(principal, { bucket, action: 's3:PutObject' }) !== undefined;
}

const withoutPublic = (acl: Acl): Acl => ({ grants: acl.grants.filter((grant) => !isPublicGrant(grant)) });

const onlyPublic = (acl: Acl): Acl => ({ grants: acl.grants.filter(isPublicGrant) });
