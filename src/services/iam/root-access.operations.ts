// EnableOrganizationsRootCredentialsManagement, EnableOrganizationsRootSessions, what takes them back, and
// ListOrganizationsFeatures: how the management account of an organization gets in as the root of its members.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { FeatureType, IamApi } from '../../generated/iam.types.ts';
import { getOrganization, hasServiceAccess, type Organization } from '../organizations/index.ts';
import { accountKey, accounts } from './accounts.table.ts';
import {
  callerIsNotManagementAccount,
  organizationNotFound,
  organizationNotInAllFeaturesMode,
  serviceAccessNotEnabled,
} from './iam.errors.ts';

export const rootAccessOperations = {
  EnableOrganizationsRootCredentialsManagement: (ctx) => change(ctx, 'RootCredentialsManagement', true),

  DisableOrganizationsRootCredentialsManagement: (ctx) => change(ctx, 'RootCredentialsManagement', false),

  EnableOrganizationsRootSessions: (ctx) => change(ctx, 'RootSessions', true),

  DisableOrganizationsRootSessions: (ctx) => change(ctx, 'RootSessions', false),

  ListOrganizationsFeatures: (ctx) => describe(ctx, requireManaged(ctx)),
} satisfies Operations<IamApi>;

function change(ctx: OperationContext, feature: FeatureType, isEnabled: boolean) {
  const organization = requireManaged(ctx);
  ctx.table(accounts).update(accountKey, ({ rootAccess = [], ...spec }) => {
    const others = rootAccess.filter((enabled) => enabled !== feature);
    return { ...spec, rootAccess: isEnabled ? [...others, feature] : others };
  });
  return describe(ctx, organization);
}

const describe = (ctx: OperationContext, { id }: Organization) => ({
  OrganizationId: id,
  EnabledFeatures: ctx.table(accounts).get(accountKey)?.spec.rootAccess ?? [],
});

function requireManaged(ctx: OperationContext): Organization {
  const organization = getOrganization(ctx, ctx.account);
  if (!organization) throw organizationNotFound();
  if (organization.scope.account !== ctx.account) throw callerIsNotManagementAccount();
  if (organization.row.spec.featureSet !== 'ALL') throw organizationNotInAllFeaturesMode();
  if (!hasServiceAccess(organization, 'iam.amazonaws.com')) throw serviceAccessNotEnabled();
  return organization;
}
