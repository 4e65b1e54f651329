// Organizations' front door: what an organization leaves of what the policies of its members' principals allow.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html

import { compilePolicy } from '../../aws/policies/compile.ts';
import type { ControlPolicies, OrganizationOfAccount, PrincipalPolicies } from '../../aws/policies/decision.ts';
import type { Principal } from '../../aws/principal.ts';
import type { Store } from '../../kernel/store.ts';
import { type AccountRow, accounts } from './accounts.table.ts';
import { organizations } from './organizations.table.ts';
import { fullAccess, fullAccessId, policies } from './policies.table.ts';
import { policyArnOf } from './policies.ts';
import { units } from './units.table.ts';

export { getOrganization, hasServiceAccess, type Organization } from './organization.ts';

/** What is known of one account, until a row changes. */
interface Membership extends OrganizationOfAccount {
  readonly isClosed: boolean;
  readonly serviceControl: ControlPolicies | undefined;
}

interface Known {
  /** Whether there is any organization: mostly there is none, and nothing else is looked at. */
  readonly isUsed: boolean;
  readonly memberships: Map<string, Membership | undefined>;
  /** By what IAM knows of the principal, which stays the same object until it changes. */
  readonly limited: WeakMap<PrincipalPolicies, PrincipalPolicies>;
  readonly exempt: WeakMap<PrincipalPolicies, PrincipalPolicies>;
}

const ownTables = new Set([organizations, accounts, units, policies].map(({ name }) => name));
const mostKnown = 10_000;

const caches = new WeakMap<Store, { known: Known | undefined }>();

/** Undefined for the principals of an account that was closed. `found` is what they bring along by themselves. */
export function withinOrganization(
  store: Store,
  principal: Principal,
  found: PrincipalPolicies | undefined,
): PrincipalPolicies | undefined {
  const known = knownOf(store);
  if (!known.isUsed || !found) return found;
  const membership = membershipIn(store, known, principal.account);
  if (membership?.isClosed) return undefined;
  const isLimited = membership?.serviceControl !== undefined && !isServiceLinked(principal);
  const cache = isLimited ? known.limited : known.exempt;
  const cached = cache.get(found);
  if (cached) return cached;
  const organizationOf = (account: string) => membershipIn(store, knownOf(store), account);
  const policies = { ...found, ...(isLimited && { serviceControl: membership.serviceControl }), organizationOf };
  cache.set(found, policies);
  return policies;
}

/** Roles that services made for themselves are never limited: the services would stop to work. */
const isServiceLinked = ({ session }: Principal): boolean =>
  session?.roleArn?.includes(':role/aws-service-role/') === true;

function knownOf(store: Store): Known {
  let cache = caches.get(store);
  if (!cache) {
    const fresh: { known: Known | undefined } = { known: undefined };
    store.subscribe((changes) => {
      if (changes.length === 0 || changes.some(({ table }) => ownTables.has(table))) fresh.known = undefined;
    });
    caches.set(store, fresh);
    cache = fresh;
  }
  cache.known ??= {
    isUsed: !store.listIds(organizations)[Symbol.iterator]().next().done,
    memberships: new Map(),
    limited: new WeakMap(),
    exempt: new WeakMap(),
  };
  return cache.known;
}

function membershipIn(store: Store, { memberships }: Known, account: string): Membership | undefined {
  if (memberships.has(account)) return memberships.get(account);
  const row = store.find(accounts, account);
  const membership = row && look(store, row);
  if (memberships.size >= mostKnown) memberships.clear();
  memberships.set(account, membership);
  return membership;
}

function look(store: Store, row: AccountRow): Membership | undefined {
  const scope = { account: row.account, region: '' };
  const { organizationId: id, closedAtMs } = row.spec;
  const organization = store.read(organizations, scope).get(id)?.spec;
  if (!organization) return undefined;
  const line: { readonly id: string; readonly policyIds: readonly string[] }[] = [];
  let parentId = row.spec.parentId;
  while (parentId !== organization.root.id) {
    const unit = store.read(units, scope).get(parentId);
    if (!unit) break;
    line.unshift({ id: parentId, policyIds: unit.spec.policyIds });
    parentId = unit.spec.parentId;
  }
  line.unshift(organization.root);
  const documentOf = (policyId: string) =>
    policyId === fullAccessId ? fullAccess : store.read(policies, scope).get(policyId)?.spec;
  const named = (policyId: string) => {
    const policy = documentOf(policyId);
    if (!policy) return [];
    const arn = policyArnOf(id, row.account, policyId, policy);
    return [{ arn, kind: 'service control' as const, policy: compilePolicy(policy.content) }];
  };
  // The management account is never limited, wherever it is in the tree.
  const isLimited = row.id !== row.account && organization.enabledPolicyTypes.includes('SERVICE_CONTROL_POLICY');
  return {
    id,
    managementAccount: row.account,
    paths: [`${[id, ...line.map((level) => level.id)].join('/')}/`],
    isClosed: closedAtMs !== undefined,
    serviceControl: isLimited ? [...line, row.spec].map(({ policyIds }) => policyIds.flatMap(named)) : undefined,
  };
}
