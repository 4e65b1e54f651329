// Managed policies by their ARNs: an account's own, and those that AWS keeps for everybody.

import type { OperationContext } from '../../aws/operation.ts';
import type { ManagedPolicyDetail, Policy, PolicyVersion, Tag } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { type AwsManagedPolicy, getAwsManagedPolicy } from './aws-managed-policies.ts';
import { encodeDocument } from './documents.ts';
import { groups } from './groups.table.ts';
import { accessDenied, invalidArn, noSuchPolicy } from './iam.errors.ts';
import { keyOf, nameInArn } from './names.ts';
import { type PolicyRow, type PolicyVersionSpec, policies, policyArnOf } from './policies.table.ts';
import { roles } from './roles.table.ts';
import { users } from './users.table.ts';

export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly policyId: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
  readonly versions: readonly PolicyVersionSpec[];
  readonly defaultVersionId: string;
  readonly createdAtMs: TimestampMs;
  readonly updatedAtMs: TimestampMs;
  readonly isAttachable: boolean;
}

/** In the request's account, or AWS's. */
export function getManagedPolicy(ctx: OperationContext, arn: string): ManagedPolicy | undefined {
  const fromAws = getAwsManagedPolicy(arn);
  if (fromAws) return ofAws(fromAws);
  const row = ctx.table(policies).get(keyOf(nameInArn(arn)));
  return row && policyArnOf(row) === arn ? ofRow(row) : undefined;
}

export function requireManagedPolicy(ctx: OperationContext, arn: string): ManagedPolicy {
  checkPolicyArn(arn);
  const policy = getManagedPolicy(ctx, arn);
  if (!policy) throw noSuchPolicy(arn);
  return policy;
}

/** One that the account may change; `action` is what it tries. */
export function requireOwnPolicy(ctx: OperationContext, arn: string, action: string): PolicyRow {
  checkPolicyArn(arn);
  if (getAwsManagedPolicy(arn)) throw accessDenied(ctx.principal.arn, action, `policy ${arn}`);
  const row = ctx.table(policies).get(keyOf(nameInArn(arn)));
  if (!row || policyArnOf(row) !== arn) throw noSuchPolicy(arn);
  return row;
}

export function checkPolicyArn(arn: string): void {
  if (!/^arn:[a-z-]+:iam::(aws|\d{12}):policy\/.+$/.test(arn)) throw invalidArn(arn);
}

export const defaultVersionOf = ({ versions, defaultVersionId }: ManagedPolicy): PolicyVersionSpec =>
  versions.find(({ versionId }) => versionId === defaultVersionId)!;

// All policies of AWS that are of no use outside one service's own roles have this path.
const isForServicesOnly = (path: string): boolean => path === '/aws-service-role/';

export function ofAws(policy: AwsManagedPolicy): ManagedPolicy {
  const { document, updatedAtMs, defaultVersionId } = policy;
  return {
    ...policy,
    tags: [],
    versions: [{ versionId: defaultVersionId, document, createdAtMs: updatedAtMs }],
    isAttachable: !isForServicesOnly(policy.path),
  };
}

export function ofRow(row: PolicyRow): ManagedPolicy {
  return { ...row.spec, arn: policyArnOf(row), createdAtMs: row.createdAtMs, isAttachable: true };
}

/** How many users, groups and roles have a policy, and how many are bounded by it. */
export interface PolicyUsage {
  attachments(arn: string): number;
  boundaries(arn: string): number;
}

/** For one policy: found by index. */
export function usageOf(ctx: OperationContext): PolicyUsage {
  return {
    attachments: (arn) =>
      count(ctx.table(users).by('byPolicy', arn)) +
      count(ctx.table(groups).by('byPolicy', arn)) +
      count(ctx.table(roles).by('byPolicy', arn)),
    boundaries: (arn) => count(ctx.table(users).by('byBoundary', arn)) + count(ctx.table(roles).by('byBoundary', arn)),
  };
}

/** For many policies: counted once over all who could have some. */
export function countUsage(ctx: OperationContext): PolicyUsage {
  const attachments = new Map<string, number>();
  const boundaries = new Map<string, number>();
  const add = (counts: Map<string, number>, arn: string) => counts.set(arn, (counts.get(arn) ?? 0) + 1);
  for (const { spec } of ctx.table(groups).list()) for (const arn of spec.attachedPolicyArns) add(attachments, arn);
  for (const table of [ctx.table(users), ctx.table(roles)]) {
    for (const { spec } of table.list()) {
      for (const arn of spec.attachedPolicyArns) add(attachments, arn);
      if (spec.boundaryArn !== undefined) add(boundaries, spec.boundaryArn);
    }
  }
  return { attachments: (arn) => attachments.get(arn) ?? 0, boundaries: (arn) => boundaries.get(arn) ?? 0 };
}

function count(rows: Iterable<unknown>): number {
  let found = 0;
  for (const _ of rows) found += 1;
  return found;
}

/** As lists show it: without description and tags. */
export function summarizePolicy(usage: PolicyUsage, policy: ManagedPolicy): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: usage.attachments(policy.arn),
    PermissionsBoundaryUsageCount: usage.boundaries(policy.arn),
    IsAttachable: policy.isAttachable,
    CreateDate: policy.createdAtMs,
    UpdateDate: policy.updatedAtMs,
  };
}

export function describePolicy(usage: PolicyUsage, policy: ManagedPolicy): Policy {
  return {
    ...summarizePolicy(usage, policy),
    ...(policy.description !== undefined && { Description: policy.description }),
    Tags: policy.tags,
  };
}

export function describePolicyInDetail(usage: PolicyUsage, policy: ManagedPolicy): ManagedPolicyDetail {
  const versions = policy.versions.toReversed();
  return {
    ...summarizePolicy(usage, policy),
    ...(policy.description !== undefined && { Description: policy.description }),
    PolicyVersionList: versions.map((version) => describeVersion(version, policy.defaultVersionId)),
  };
}

export function describeVersion(
  { versionId, document, createdAtMs }: PolicyVersionSpec,
  defaultVersionId: string,
): PolicyVersion {
  return {
    Document: encodeDocument(document),
    VersionId: versionId,
    IsDefaultVersion: versionId === defaultVersionId,
    CreateDate: createdAtMs,
  };
}
