// Counts of what an account has, beside what it may have.

import type { OperationContext } from '../../aws/operation.ts';
import { quotaValue, quotas as raisable } from '../service-quotas/index.ts';
import { countedLengths } from './documents.ts';
import { groups } from './groups.table.ts';
import { groupKind, roleKind, userKind } from './holders.ts';
import { instanceProfiles } from './instance-profiles.table.ts';
import { mfaDevices } from './mfa-devices.table.ts';
import { oidcProviders } from './oidc-providers.table.ts';
import { mostVersions, policies } from './policies.table.ts';
import { countRows, quotas } from './quotas.ts';
import { roles } from './roles.table.ts';
import { samlProviders } from './saml-providers.table.ts';
import { serverCertificates } from './server-certificates.table.ts';
import { signingCertificates } from './signing-certificates.table.ts';
import { users } from './users.table.ts';

export function summarizeAccount(ctx: OperationContext): Readonly<Record<string, number>> {
  const owned = [...ctx.table(policies).list()];
  const devices = [...ctx.table(mfaDevices).list()];
  const inUse = devices.filter(({ spec }) => spec.ownerId !== undefined);
  return {
    Users: countRows(ctx, users),
    UsersQuota: quotaValue(ctx, raisable.users),
    Groups: countRows(ctx, groups),
    GroupsQuota: quotaValue(ctx, raisable.groups),
    Roles: countRows(ctx, roles),
    RolesQuota: quotaValue(ctx, raisable.roles),
    Policies: owned.length,
    PoliciesQuota: quotaValue(ctx, raisable.policies),
    PolicyVersionsInUse: owned.reduce((sum, { spec }) => sum + spec.versions.length, 0),
    PolicyVersionsInUseQuota: quotas.versionsInUse,
    VersionsPerPolicyQuota: mostVersions,
    InstanceProfiles: countRows(ctx, instanceProfiles),
    InstanceProfilesQuota: quotaValue(ctx, raisable.instanceProfiles),
    ServerCertificates: countRows(ctx, serverCertificates),
    ServerCertificatesQuota: quotaValue(ctx, raisable.serverCertificates),
    Providers: countRows(ctx, oidcProviders) + countRows(ctx, samlProviders),
    MFADevices: devices.length,
    MFADevicesInUse: inUse.length,
    AccountMFAEnabled: inUse.some(({ spec }) => spec.ownerId === ctx.account) ? 1 : 0,
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: hasAny(ctx.table(signingCertificates).by('byUser', ctx.account)) ? 1 : 0,
    AccessKeysPerUserQuota: quotas.accessKeysPerUser,
    SigningCertificatesPerUserQuota: quotas.signingCertificatesPerUser,
    GroupsPerUserQuota: quotas.groupsPerUser,
    AttachedPoliciesPerUserQuota: quotaValue(ctx, userKind.policyQuota),
    AttachedPoliciesPerGroupQuota: quotaValue(ctx, groupKind.policyQuota),
    AttachedPoliciesPerRoleQuota: quotaValue(ctx, roleKind.policyQuota),
    PolicySizeQuota: countedLengths.managed,
    AssumeRolePolicySizeQuota: countedLengths.trust,
    UserPolicySizeQuota: userKind.mostInlineCharacters,
    GroupPolicySizeQuota: groupKind.mostInlineCharacters,
    RolePolicySizeQuota: roleKind.mostInlineCharacters,
  };
}

function hasAny(rows: Iterable<unknown>): boolean {
  for (const _ of rows) return true;
  return false;
}
