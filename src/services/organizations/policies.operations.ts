// CreatePolicy, UpdatePolicy, DeletePolicy, DescribePolicy, ListPolicies.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import { PolicyFault } from '../../aws/policies/policy-fault.ts';
import { validatePolicy } from '../../aws/policies/validate-policy.ts';
import type { OrganizationsApi } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { newPolicyId } from './ids.ts';
import { requireOwnOrganization } from './organization.ts';
import {
  constraintViolation,
  duplicatePolicy,
  invalidInput,
  malformedPolicy,
  policyInUse,
  policyTypeNotAvailable,
} from './organizations.errors.ts';
import { requireControlType } from './organizations.operations.ts';
import { isEmpty, pageOf } from './pages.ts';
import { fullAccess, fullAccessId, policies } from './policies.table.ts';
import { describePolicy, requirePolicy, summarizePolicy } from './policies.ts';
import { addTags } from './tags.ts';
import { units } from './units.table.ts';

const mostPolicies = 10_000;
/** As it was given: AWS counts white space, but its console takes it away. */
const longestContent = 5120;

export const policyOperations = {
  CreatePolicy(ctx, { Name, Description, Type, Content, Tags }) {
    const organization = requireOwnOrganization(ctx);
    const type = requireControlType(Type);
    if (organization.row.spec.featureSet !== 'ALL') throw policyTypeNotAvailable();
    requireNewName(ctx, Name);
    checkContent(Content);
    if ([...ctx.table(policies).list()].length >= mostPolicies)
      throw constraintViolation('POLICY_NUMBER_LIMIT_EXCEEDED');
    const spec = { name: Name, description: Description, type, content: Content, tags: addTags([], Tags) };
    const { id } = ctx.table(policies).insert(newPolicyId(ctx.random), spec);
    return { Policy: describePolicy(organization, id, spec) };
  },

  UpdatePolicy(ctx, { PolicyId, Name, Description, Content }) {
    const organization = requireOwnOrganization(ctx);
    const spec = requireOwnPolicy(ctx, PolicyId);
    if (Name !== undefined && Name !== spec.name) requireNewName(ctx, Name);
    if (Content !== undefined) checkContent(Content);
    const changed = ctx.table(policies).update(PolicyId, () => ({
      ...spec,
      name: Name ?? spec.name,
      description: Description ?? spec.description,
      content: Content ?? spec.content,
    }));
    return { Policy: describePolicy(organization, PolicyId, changed.spec) };
  },

  DeletePolicy(ctx, { PolicyId }) {
    const organization = requireOwnOrganization(ctx);
    requireOwnPolicy(ctx, PolicyId);
    const isAttached =
      organization.row.spec.root.policyIds.includes(PolicyId) ||
      !isEmpty(ctx.table(units).by('byPolicy', PolicyId)) ||
      !isEmpty(ctx.table(accounts).by('byPolicy', PolicyId));
    if (isAttached) throw policyInUse();
    ctx.table(policies).remove(PolicyId);
    return {};
  },

  DescribePolicy(ctx, { PolicyId }) {
    const organization = requireOwnOrganization(ctx);
    return { Policy: describePolicy(organization, PolicyId, requirePolicy(ctx, PolicyId)) };
  },

  ListPolicies(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const type = requireControlType(input.Filter);
    const all = [{ id: fullAccessId, spec: fullAccess }, ...ctx.table(policies).list()];
    const { rows, page } = pageOf(
      ctx,
      `ListPolicies ${type}`,
      input,
      inOrder<(typeof all)[number]>(all),
      ({ spec }) => spec.type === type,
    );
    return { Policies: rows.map(({ id, spec }) => summarizePolicy(organization, id, spec)), ...page };
  },
} satisfies Operations<OrganizationsApi>;

function requireOwnPolicy(ctx: OperationContext, id: string) {
  if (id === fullAccessId) throw invalidInput('IMMUTABLE_POLICY');
  return requirePolicy(ctx, id);
}

function requireNewName(ctx: OperationContext, name: string): void {
  if (name === fullAccess.name) throw duplicatePolicy();
  for (const { spec } of ctx.table(policies).list()) if (spec.name === name) throw duplicatePolicy();
}

function checkContent(content: string): void {
  if (content.length > longestContent) throw constraintViolation('POLICY_CONTENT_LIMIT_EXCEEDED');
  try {
    validatePolicy(content, 'scp');
  } catch (error) {
    throw error instanceof PolicyFault ? malformedPolicy() : error;
  }
}
