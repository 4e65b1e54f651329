// AttachPolicy, DetachPolicy, ListPoliciesForTarget, ListTargetsForPolicy.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_policies_attach.html

import type { Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { OrganizationsApi } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { requireOwnOrganization } from './organization.ts';
import {
  constraintViolation,
  duplicateAttachment,
  policyNotAttached,
  policyTypeNotEnabled,
} from './organizations.errors.ts';
import { requireControlType } from './organizations.operations.ts';
import { pageOf } from './pages.ts';
import { requirePolicy, summarizePolicy } from './policies.ts';
import { changeTarget, requireTarget, rootOf } from './targets.ts';
import { units } from './units.table.ts';

const mostAttached = 5;

export const attachmentOperations = {
  AttachPolicy(ctx, { PolicyId, TargetId }) {
    const organization = requireOwnOrganization(ctx);
    const { type } = requirePolicy(ctx, PolicyId);
    const target = requireTarget(ctx, organization, TargetId);
    if (!organization.row.spec.enabledPolicyTypes.includes(type)) throw policyTypeNotEnabled();
    if (target.policyIds.includes(PolicyId)) throw duplicateAttachment();
    if (target.policyIds.length >= mostAttached) throw constraintViolation('MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED');
    changeTarget(ctx, organization, target, { policyIds: [...target.policyIds, PolicyId] });
    return {};
  },

  DetachPolicy(ctx, { PolicyId, TargetId }) {
    const organization = requireOwnOrganization(ctx);
    const { type } = requirePolicy(ctx, PolicyId);
    const target = requireTarget(ctx, organization, TargetId);
    if (!organization.row.spec.enabledPolicyTypes.includes(type)) throw policyTypeNotEnabled();
    if (!target.policyIds.includes(PolicyId)) throw policyNotAttached();
    if (target.policyIds.length === 1) throw constraintViolation('MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED');
    changeTarget(ctx, organization, target, { policyIds: target.policyIds.filter((id) => id !== PolicyId) });
    return {};
  },

  ListPoliciesForTarget(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { id, policyIds } = requireTarget(ctx, organization, input.TargetId);
    const type = requireControlType(input.Filter);
    const attached = policyIds.map((policyId) => ({ id: policyId, spec: requirePolicy(ctx, policyId) }));
    const { rows, page } = pageOf(ctx, `ListPoliciesForTarget ${id} ${type}`, input, inOrder(attached));
    return { Policies: rows.map((row) => summarizePolicy(organization, row.id, row.spec)), ...page };
  },

  ListTargetsForPolicy(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { PolicyId } = input;
    requirePolicy(ctx, PolicyId);
    const root = rootOf(organization);
    const attached = [
      ...(root.policyIds.includes(PolicyId) ? [root] : []),
      ...ctx.table(units).by('byPolicy', PolicyId),
      ...ctx.table(accounts).by('byPolicy', PolicyId),
    ];
    const { rows, page } = pageOf(
      ctx,
      `ListTargetsForPolicy ${PolicyId}`,
      input,
      inOrder<{ readonly id: string }>(attached),
    );
    const targets = rows.map((row) => requireTarget(ctx, organization, row.id));
    return {
      Targets: targets.map(({ id, arn, name, type }) => ({ TargetId: id, Arn: arn, Name: name, Type: type })),
      ...page,
    };
  },
} satisfies Operations<OrganizationsApi>;
