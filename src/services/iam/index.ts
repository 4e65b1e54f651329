// IAM's front door: who brings which policies and tags, the tables that other services read, and MFA.

import type { OperationContext } from '../../aws/operation.ts';
import type { PrincipalPolicies } from '../../aws/policies/decision.ts';
import type { Principal } from '../../aws/principal.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { FeatureType } from '../../generated/iam.types.ts';
import type { Store } from '../../kernel/store.ts';
import { accountKey, accounts, type OutboundFederation } from './accounts.table.ts';
import { groups } from './groups.table.ts';
import { policies } from './policies.table.ts';
import { findPolicies, findRole, findUser, type IamRows } from './principal-policies.ts';
import { roles } from './roles.table.ts';
import { users } from './users.table.ts';

export { issuersPath } from './accounts.table.ts';
export { getAwsManagedPolicy } from './aws-managed-policies.ts';
export { type InstanceProfileRow, instanceProfileArnOf, instanceProfiles } from './instance-profiles.table.ts';
export { verifyMfa } from './mfa-devices.ts';
export { keyOf, nameInArn } from './names.ts';
export { type OidcProviderRow, oidcProviderArnOf, oidcProviderKey, oidcProviders } from './oidc-providers.table.ts';
export { defaultDocument, type IamRows } from './principal-policies.ts';
export { type RoleRow, roleArnOf, roles } from './roles.table.ts';
export { parseSamlMetadata, type SamlMetadata } from './saml-metadata.ts';
export { type SamlProviderRow, samlProviderKey, samlProviders } from './saml-providers.table.ts';
export { serverCertificateArnOf, serverCertificates } from './server-certificates.table.ts';
export { type UserRow, userArnOf, users } from './users.table.ts';
export { recordUse } from './uses.ts';

export const outboundFederationOf = (ctx: OperationContext): OutboundFederation | undefined =>
  ctx.table(accounts).get(accountKey)?.spec.outboundFederation;

/** There is one an account at most, and seldom does anybody ask. */
export function findIssuer(store: Store, issuerId: string): { account: string; issuer: string } | undefined {
  for (const { account, spec } of store.listAll(accounts)) {
    const { outboundFederation: known } = spec;
    if (known?.issuerId === issuerId) return { account, issuer: known.issuer };
  }
  return undefined;
}

/** Whether the management account that asks has switched on a way to be root in its members. */
export const isRootAccessEnabled = (ctx: OperationContext, feature: FeatureType): boolean =>
  ctx.table(accounts).get(accountKey)?.spec.rootAccess?.includes(feature) === true;

type Tags = Readonly<Record<string, string>>;

/** What is known of one key's principal, until a row changes. */
interface Known {
  readonly userId: string;
  readonly arn: string;
  readonly session: Principal['session'];
  readonly policies: PrincipalPolicies | undefined;
  readonly tags: Tags;
}

const ownTables = new Set([users, groups, roles, policies, accounts].map(({ name }) => name));
const mostKnown = 10_000;

const caches = new WeakMap<Store, Map<string, Known>>();

/** Undefined for a principal that is gone, though its keys may still verify. */
export const policiesOf = (store: Store, principal: Principal): PrincipalPolicies | undefined =>
  known(store, principal).policies;

/** Of the user or the role, not of the session. */
export const tagsOf = (store: Store, principal: Principal): Tags => known(store, principal).tags;

function known(store: Store, principal: Principal): Known {
  const { accessKeyId, userId, arn, session } = principal;
  if (accessKeyId === undefined) return look(store, principal);
  const cache = cacheOf(store);
  const found = cache.get(accessKeyId);
  if (found && found.userId === userId && found.arn === arn && found.session === session) return found;
  const fresh = look(store, principal);
  if (cache.size >= mostKnown) cache.clear();
  cache.set(accessKeyId, fresh);
  return fresh;
}

/** Any change of a user, group, role or policy makes everything be looked up again: reading is cheap, and changes are rare. */
function cacheOf(store: Store): Map<string, Known> {
  let cache = caches.get(store);
  if (!cache) {
    const fresh = new Map<string, Known>();
    store.subscribe((changes) => {
      if (changes.length === 0 || changes.some(({ table }) => ownTables.has(table))) fresh.clear();
    });
    caches.set(store, fresh);
    cache = fresh;
  }
  return cache;
}

function look(store: Store, principal: Principal): Known {
  const { account, userId, arn, session, kind } = principal;
  const rows: IamRows = (table) => store.read(table, { account, region: '' });
  const row =
    kind === 'user' ? findUser(rows, principal) : kind === 'assumed-role' ? findRole(rows, principal) : undefined;
  const tags = tagsByKey(row?.spec.tags);
  const found = findPolicies(rows, principal);
  return { userId, arn, session, policies: found && { ...found, tags }, tags };
}
