// CreateOrganization, DescribeOrganization, DeleteOrganization, ListRoots, EnablePolicyType, DisablePolicyType.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  Organization as Described,
  OrganizationsApi,
  PolicyType,
  Root,
} from '../../generated/organizations.types.ts';
import { accountRequests } from './account-requests.table.ts';
import { accounts } from './accounts.table.ts';
import { handshakes, sentHandshakes } from './handshakes.table.ts';
import { newOrganizationId, newRootId, organizationsArn } from './ids.ts';
import { makeServiceRole } from './new-accounts.ts';
import { arnIn, type Organization, requireOrganization, requireOwnOrganization } from './organization.ts';
import {
  alreadyInOrganization,
  notBuilt,
  organizationNotEmpty,
  policyTypeAlreadyEnabled,
  policyTypeNotAvailable,
  policyTypeNotEnabled,
  rootNotFound,
} from './organizations.errors.ts';
import { organizations } from './organizations.table.ts';
import { pageOf } from './pages.ts';
import { type ControlPolicyType, fullAccess, fullAccessId, isControlPolicyType, policies } from './policies.table.ts';
import { allTargets, changeTarget, rootOf } from './targets.ts';
import { units } from './units.table.ts';

/** The account's own; AWS knows those of whoever opened it. */
const managementName = 'master';
const managementEmail = 'master@example.com';

export const organizationOperations = {
  CreateOrganization(ctx, { FeatureSet = 'ALL' }) {
    if (ctx.find(accounts, ctx.account)) throw alreadyInOrganization();
    const root = { id: newRootId(ctx.random), policyIds: [], tags: [] };
    const row = ctx
      .table(organizations)
      .insert(newOrganizationId(ctx.random), { featureSet: FeatureSet, root, enabledPolicyTypes: [] });
    ctx.table(accounts).insert(ctx.account, {
      organizationId: row.id,
      name: managementName,
      email: managementEmail,
      joinedMethod: 'INVITED',
      joinedAtMs: ctx.nowMs,
      parentId: root.id,
      policyIds: [],
      tags: [],
    });
    makeServiceRole(ctx, ctx.account);
    return { Organization: describeOrganization(ctx, requireOrganization(ctx)) };
  },

  DescribeOrganization(ctx) {
    return { Organization: describeOrganization(ctx, requireOrganization(ctx)) };
  },

  DeleteOrganization(ctx) {
    const { id } = requireOwnOrganization(ctx);
    if ([...ctx.table(accounts).list()].length > 1) throw organizationNotEmpty();
    ctx.table(organizations).remove(id);
    ctx.table(accounts).remove(ctx.account);
    for (const sent of [...ctx.table(sentHandshakes).list()]) {
      ctx.tableIn(handshakes, { account: sent.spec.to, region: '' }).remove(sent.id);
      ctx.table(sentHandshakes).remove(sent.id);
    }
    for (const unit of [...ctx.table(units).list()]) ctx.table(units).remove(unit.id);
    for (const policy of [...ctx.table(policies).list()]) ctx.table(policies).remove(policy.id);
    for (const request of [...ctx.table(accountRequests).list()]) ctx.table(accountRequests).remove(request.id);
    return {};
  },

  ListRoots(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { rows, page } = pageOf(ctx, 'ListRoots', input, (afterId) =>
      afterId === undefined ? [rootOf(organization)] : [],
    );
    return { Roots: rows.map(() => describeRoot(organization)), ...page };
  },

  EnablePolicyType(ctx, { RootId, PolicyType }) {
    const organization = requireRoot(ctx, RootId);
    const type = requireControlType(PolicyType);
    const { featureSet, enabledPolicyTypes } = organization.row.spec;
    if (featureSet !== 'ALL') throw policyTypeNotAvailable();
    if (enabledPolicyTypes.includes(type)) throw policyTypeAlreadyEnabled();
    ctx
      .table(organizations)
      .update(organization.id, (spec) => ({ ...spec, enabledPolicyTypes: [...spec.enabledPolicyTypes, type] }));
    // Everything is allowed until somebody says otherwise.
    for (const target of allTargets(ctx, organization)) {
      changeTarget(ctx, organization, target, { policyIds: [...target.policyIds, fullAccessId] });
    }
    return { Root: describeRoot(requireOwnOrganization(ctx)) };
  },

  DisablePolicyType(ctx, { RootId, PolicyType }) {
    const organization = requireRoot(ctx, RootId);
    const type = requireControlType(PolicyType);
    if (!organization.row.spec.enabledPolicyTypes.includes(type)) throw policyTypeNotEnabled();
    ctx.table(organizations).update(organization.id, (spec) => ({
      ...spec,
      enabledPolicyTypes: spec.enabledPolicyTypes.filter((enabled) => enabled !== type),
    }));
    // AWS detaches all policies of the type, and does not remember what was attached.
    for (const target of allTargets(ctx, organization)) {
      const policyIds = target.policyIds.filter((id) => typeOf(ctx, id) !== type);
      changeTarget(ctx, organization, target, { policyIds });
    }
    return { Root: describeRoot(requireOwnOrganization(ctx)) };
  },
} satisfies Operations<OrganizationsApi>;

function typeOf(ctx: OperationContext, policyId: string): ControlPolicyType | undefined {
  return policyId === fullAccessId ? fullAccess.type : ctx.table(policies).get(policyId)?.spec.type;
}

function requireRoot(ctx: OperationContext, rootId: string): Organization {
  const organization = requireOwnOrganization(ctx);
  if (organization.row.spec.root.id !== rootId) throw rootNotFound();
  return organization;
}

/** Of the types that nothing here would act on, none is taken. */
export function requireControlType(type: PolicyType): ControlPolicyType {
  if (!isControlPolicyType(type)) throw notBuilt(`policies of type ${type}`);
  return type;
}

function describeOrganization(ctx: OperationContext, organization: Organization): Described {
  const { id, scope, row } = organization;
  const management = ctx.tableIn(accounts, scope).get(scope.account);
  return {
    Id: id,
    Arn: organizationsArn(scope.account, `organization/${id}`),
    FeatureSet: row.spec.featureSet,
    MasterAccountArn: arnIn(organization, 'account', scope.account),
    MasterAccountId: scope.account,
    MasterAccountEmail: management?.spec.email,
    // Of old, when this was the only type; AWS says not to use it, and answers the same to everybody.
    AvailablePolicyTypes: row.spec.featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] : [],
  };
}

function describeRoot(organization: Organization): Root {
  const { id, name, arn } = rootOf(organization);
  const PolicyTypes = organization.row.spec.enabledPolicyTypes.map((Type) => ({ Type, Status: 'ENABLED' as const }));
  return { Id: id, Arn: arn, Name: name, PolicyTypes };
}
