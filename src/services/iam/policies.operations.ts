// CreatePolicy, GetPolicy, DeletePolicy, ListPolicies.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { IamApi, ListPoliciesRequest } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { awsManagedPolicies } from './aws-managed-policies.ts';
import { checkManagedPolicy } from './documents.ts';
import { deleteConflict, entityAlreadyExists } from './iam.errors.ts';
import {
  countUsage,
  describePolicy,
  type ManagedPolicy,
  ofAws,
  ofRow,
  type PolicyUsage,
  requireManagedPolicy,
  requireOwnPolicy,
  summarizePolicy,
  usageOf,
} from './managed-policies.ts';
import { checkPath, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { policies } from './policies.table.ts';
import { requireRoom } from './quotas.ts';
import { addTags, tagsShown } from './tags.ts';

export const policyOperations = {
  CreatePolicy(ctx, { PolicyName, Path = '/', PolicyDocument, Description, Tags = [] }) {
    checkPath(Path);
    checkManagedPolicy(PolicyDocument);
    const rows = ctx.table(policies);
    const key = keyOf(PolicyName);
    if (rows.has(key))
      throw entityAlreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`);
    requireRoom(ctx, policies, quotas.policies, 'PoliciesPerAccount');
    const { nowMs } = ctx;
    const row = rows.insert(key, {
      name: PolicyName,
      path: Path,
      policyId: newIamId(ctx.random, 'ANPA'),
      ...(Description !== undefined && { description: Description }),
      tags: addTags([], Tags, 'Policy'),
      versions: [{ versionId: 'v1', document: PolicyDocument, createdAtMs: nowMs }],
      defaultVersionId: 'v1',
      lastVersion: 1,
      updatedAtMs: nowMs,
    });
    return { Policy: { ...summarizePolicy(usageOf(ctx), ofRow(row)), ...tagsShown(row.spec.tags) } };
  },

  GetPolicy(ctx, { PolicyArn }) {
    return { Policy: describePolicy(usageOf(ctx), requireManagedPolicy(ctx, PolicyArn)) };
  },

  DeletePolicy(ctx, { PolicyArn }) {
    const row = requireOwnPolicy(ctx, PolicyArn, 'DeletePolicy');
    const usage = usageOf(ctx);
    if (usage.attachments(PolicyArn) + usage.boundaries(PolicyArn) > 0)
      throw deleteConflict('Cannot delete a policy attached to entities.');
    if (row.spec.versions.length > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    ctx.table(policies).remove(row.id);
    return {};
  },

  ListPolicies(ctx, input) {
    const { Scope = 'All', PathPrefix = '/', OnlyAttached = false, PolicyUsageFilter } = input;
    const usage = countUsage(ctx);
    const { rows, page } = pageOf(
      ctx,
      `ListPolicies ${Scope} ${OnlyAttached} ${PolicyUsageFilter} ${PathPrefix}`,
      input,
      inOrder(policiesIn(ctx, Scope)),
      ({ policy }) =>
        policy.path.startsWith(PathPrefix) && isUsedAs(usage, policy.arn, OnlyAttached, PolicyUsageFilter),
    );
    return { Policies: rows.map(({ policy }) => summarizePolicy(usage, policy)), ...page };
  },
} satisfies Operations<IamApi>;

interface ListedPolicy {
  /** Two of one name may be AWS's and the account's own. */
  readonly id: string;
  readonly policy: ManagedPolicy;
}

function policiesIn(ctx: OperationContext, scope: ListPoliciesRequest['Scope']): readonly ListedPolicy[] {
  const own = scope === 'AWS' ? [] : [...ctx.table(policies).list()].map(ofRow);
  const ofAwsItself = scope === 'Local' ? [] : listedOfAws();
  return [...own.map((policy) => ({ id: keyOf(policy.name), policy })), ...ofAwsItself];
}

let ofAwsListed: readonly ListedPolicy[] | undefined;

/** They never change. */
function listedOfAws(): readonly ListedPolicy[] {
  ofAwsListed ??= [...awsManagedPolicies().values()].map((policy) => ({
    id: `${keyOf(policy.name)} aws`,
    policy: ofAws(policy),
  }));
  return ofAwsListed;
}

function isUsedAs(
  { attachments, boundaries }: PolicyUsage,
  arn: string,
  onlyAttached: boolean,
  usage: ListPoliciesRequest['PolicyUsageFilter'],
): boolean {
  if (usage === 'PermissionsBoundary') return boundaries(arn) > 0;
  if (usage === 'PermissionsPolicy') return attachments(arn) > 0;
  return !onlyAttached || attachments(arn) > 0;
}
