// Tags on everything that can have some: TagUser, UntagRole, ListPolicyTags and the others.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, Tag } from '../../generated/iam.types.ts';
import type { Row, Table } from '../../kernel/table.ts';
import { checkRoleModifiable, requireRole, requireUser } from './holders.ts';
import { requireInstanceProfile } from './instance-profiles.operations.ts';
import { instanceProfiles } from './instance-profiles.table.ts';
import { requireManagedPolicy, requireOwnPolicy } from './managed-policies.ts';
import { mfaDevices } from './mfa-devices.table.ts';
import { requireMfaDevice } from './mfa-devices.ts';
import { requireOidcProvider } from './oidc-providers.operations.ts';
import { oidcProviders } from './oidc-providers.table.ts';
import { type PageInput, type PageOutput, pageOf } from './pages.ts';
import { policies } from './policies.table.ts';
import { type RoleRow, roles } from './roles.table.ts';
import { requireSamlProvider } from './saml-providers.operations.ts';
import { samlProviders } from './saml-providers.table.ts';
import { requireServerCertificate } from './server-certificates.operations.ts';
import { serverCertificates } from './server-certificates.table.ts';
import { addTags, removeTags } from './tags.ts';
import { users } from './users.table.ts';

export const tagOperations = {
  TagUser: (ctx, { UserName, Tags }) => tag(ctx, users, requireUser(ctx, UserName), Tags, 'User'),
  UntagUser: (ctx, { UserName, TagKeys }) => untag(ctx, users, requireUser(ctx, UserName), TagKeys),
  ListUserTags: (ctx, input) => listTags(ctx, 'User', requireUser(ctx, input.UserName), input),

  TagRole: (ctx, { RoleName, Tags }) => tag(ctx, roles, requireTaggableRole(ctx, RoleName), Tags, 'Role'),
  UntagRole: (ctx, { RoleName, TagKeys }) => untag(ctx, roles, requireTaggableRole(ctx, RoleName), TagKeys),
  ListRoleTags: (ctx, input) => listTags(ctx, 'Role', requireRole(ctx, input.RoleName), input),

  TagPolicy: (ctx, { PolicyArn, Tags }) =>
    tag(ctx, policies, requireOwnPolicy(ctx, PolicyArn, 'TagPolicy'), Tags, 'Policy'),
  UntagPolicy: (ctx, { PolicyArn, TagKeys }) =>
    untag(ctx, policies, requireOwnPolicy(ctx, PolicyArn, 'UntagPolicy'), TagKeys),
  ListPolicyTags(ctx, input) {
    const { arn, tags } = requireManagedPolicy(ctx, input.PolicyArn);
    return listTags(ctx, 'Policy', { id: arn, spec: { tags } }, input);
  },

  TagInstanceProfile: (ctx, { InstanceProfileName, Tags }) =>
    tag(ctx, instanceProfiles, requireInstanceProfile(ctx, InstanceProfileName), Tags, 'InstanceProfile'),
  UntagInstanceProfile: (ctx, { InstanceProfileName, TagKeys }) =>
    untag(ctx, instanceProfiles, requireInstanceProfile(ctx, InstanceProfileName), TagKeys),
  ListInstanceProfileTags: (ctx, input) =>
    listTags(ctx, 'InstanceProfile', requireInstanceProfile(ctx, input.InstanceProfileName), input),

  TagMFADevice: (ctx, { SerialNumber, Tags }) =>
    tag(ctx, mfaDevices, requireMfaDevice(ctx, SerialNumber), Tags, 'VirtualMFADevice'),
  UntagMFADevice: (ctx, { SerialNumber, TagKeys }) =>
    untag(ctx, mfaDevices, requireMfaDevice(ctx, SerialNumber), TagKeys),
  ListMFADeviceTags: (ctx, input) => listTags(ctx, 'MFADevice', requireMfaDevice(ctx, input.SerialNumber), input),

  TagOpenIDConnectProvider: (ctx, { OpenIDConnectProviderArn, Tags }) =>
    tag(ctx, oidcProviders, requireOidcProvider(ctx, OpenIDConnectProviderArn), Tags, 'OpenIdConnectProvider'),
  UntagOpenIDConnectProvider: (ctx, { OpenIDConnectProviderArn, TagKeys }) =>
    untag(ctx, oidcProviders, requireOidcProvider(ctx, OpenIDConnectProviderArn), TagKeys),
  ListOpenIDConnectProviderTags: (ctx, input) =>
    listTags(ctx, 'OpenIDConnectProvider', requireOidcProvider(ctx, input.OpenIDConnectProviderArn), input),

  TagSAMLProvider: (ctx, { SAMLProviderArn, Tags }) =>
    tag(ctx, samlProviders, requireSamlProvider(ctx, SAMLProviderArn), Tags, 'SAMLProvider'),
  UntagSAMLProvider: (ctx, { SAMLProviderArn, TagKeys }) =>
    untag(ctx, samlProviders, requireSamlProvider(ctx, SAMLProviderArn), TagKeys),
  ListSAMLProviderTags: (ctx, input) =>
    listTags(ctx, 'SAMLProvider', requireSamlProvider(ctx, input.SAMLProviderArn), input),

  TagServerCertificate: (ctx, { ServerCertificateName, Tags }) =>
    tag(ctx, serverCertificates, requireServerCertificate(ctx, ServerCertificateName), Tags, 'ServerCertificate'),
  UntagServerCertificate: (ctx, { ServerCertificateName, TagKeys }) =>
    untag(ctx, serverCertificates, requireServerCertificate(ctx, ServerCertificateName), TagKeys),
  ListServerCertificateTags: (ctx, input) =>
    listTags(ctx, 'ServerCertificate', requireServerCertificate(ctx, input.ServerCertificateName), input),
} satisfies Operations<IamApi>;

interface Tagged {
  readonly tags: readonly Tag[];
}

function tag<Spec extends Tagged>(
  ctx: OperationContext,
  table: Table<Spec, null>,
  { id }: Row<Spec, null>,
  added: readonly Tag[],
  holder: string,
): Record<never, never> {
  ctx.table(table).update(id, (spec) => ({ ...spec, tags: addTags(spec.tags, added, holder) }));
  return {};
}

function untag<Spec extends Tagged>(
  ctx: OperationContext,
  table: Table<Spec, null>,
  { id }: Row<Spec, null>,
  keys: readonly string[],
): Record<never, never> {
  ctx.table(table).update(id, (spec) => ({ ...spec, tags: removeTags(spec.tags, keys) }));
  return {};
}

function listTags(
  ctx: OperationContext,
  what: string,
  { id, spec }: { readonly id: string; readonly spec: Tagged },
  input: PageInput,
): PageOutput & { readonly Tags: readonly Tag[] } {
  // In the order in which they were put on.
  const tags = spec.tags.map((item, position) => ({ id: String(position), item }));
  const { rows, page } = pageOf(ctx, `List${what}Tags ${id}`, input, (afterId) =>
    tags.slice(afterId === undefined ? 0 : Number(afterId) + 1),
  );
  return { Tags: rows.map(({ item }) => item), ...page };
}

function requireTaggableRole(ctx: OperationContext, name: string): RoleRow {
  const row = requireRole(ctx, name);
  checkRoleModifiable(row.spec);
  return row;
}
