// Whom a statement names. A caller has several names at once (its account, its role, itself), and by which of them it was
// named decides what else must allow it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

import type { Principal } from '../principal.ts';
import type { PrincipalKind, Principals } from './policy-document.ts';

/**
 * From the weakest grant to the strongest. `account`: its number, its root or its canonical user, which only lets the account
 * grant. `role`: what a session stands for (the role that it assumed, the user that issued it, the provider that vouches for
 * it), whose limits hold. `everyone`, and `self`, the caller itself, which need nothing else.
 */
export type PrincipalMatch = 'account' | 'role' | 'everyone' | 'self';

export interface Caller {
  readonly principal: Principal;
  /** S3's long id of the caller's account. */
  readonly canonicalUserId?: string | undefined;
  readonly hasBoundary?: boolean;
}

export type PrincipalTest = (caller: Caller) => PrincipalMatch | undefined;

/** Undefined: this statement is not about the caller. */
export function compilePrincipals(principals: Principals, effect: 'Allow' | 'Deny'): PrincipalTest {
  const named = new Map(Object.entries(principals.byKind).map(([kind, names]) => [kind, new Set(names)]));
  const isForAll = principals.all || named.get('AWS')?.has('*') === true;
  if (principals.isNegated) return compileNegated(named as Names, isForAll, effect);
  return (caller) => closestMatch(named as Names, isForAll, caller);
}

type Names = ReadonlyMap<PrincipalKind, ReadonlySet<string>>;

function closestMatch(named: Names, isForAll: boolean, caller: Caller): PrincipalMatch | undefined {
  const { principal } = caller;
  if (isNamedItself(named, principal)) return 'self';
  if (isForAll) return 'everyone';
  if (isNamedAsRole(named, principal)) return 'role';
  return isNamedAsAccount(named, caller) ? 'account' : undefined;
}

/**
 * AWS compares every name that a caller has with NotPrincipal, which is why its documentation tells to list the account and
 * the role beside a session that is to be spared a Deny; and it spares nobody with a permissions boundary. An Allow, which
 * AWS no longer takes, spares by any name.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function compileNegated(named: Names, isForAll: boolean, effect: 'Allow' | 'Deny'): PrincipalTest {
  return (caller) => {
    if (isForAll) return undefined;
    const isListed = namesTests(caller.principal).map((test) => test(named, caller));
    const isSpared = effect === 'Deny' ? isListed.every(Boolean) && !caller.hasBoundary : isListed.some(Boolean);
    return isSpared ? undefined : 'everyone';
  };
}

type NameTest = (named: Names, caller: Caller) => boolean;

const itself: NameTest = (named, { principal }) => isNamedItself(named, principal);
const asRole: NameTest = (named, { principal }) => isNamedAsRole(named, principal);

/** One test for each name that the caller has. */
function namesTests({ kind }: Principal): readonly NameTest[] {
  switch (kind) {
    case 'root':
      return [isNamedAsAccount];
    case 'user':
      return [isNamedAsAccount, itself];
    case 'assumed-role':
    case 'federated-user':
      return [isNamedAsAccount, asRole, itself];
    default:
      return [itself];
  }
}

function isNamedItself(named: Names, { kind, arn, userId, account }: Principal): boolean {
  switch (kind) {
    case 'service':
      return has(named, 'Service', arn) || has(named, 'Service', '*');
    case 'user':
    case 'assumed-role':
    case 'federated-user':
      return has(named, 'AWS', arn) || has(named, 'AWS', userId);
    case 'root':
      return has(named, 'AWS', arn) || has(named, 'AWS', account);
    default:
      return false;
  }
}

function isNamedAsRole(named: Names, { kind, arn, userId, session }: Principal): boolean {
  if (kind === 'federated-user') return session?.issuerArn !== undefined && has(named, 'AWS', session.issuerArn);
  if (kind !== 'assumed-role') return false;
  if (session?.federatedProvider !== undefined && has(named, 'Federated', session.federatedProvider)) return true;
  const names = named.get('AWS');
  if (!names) return false;
  const colon = userId.indexOf(':');
  if (names.has(colon < 0 ? userId : userId.slice(0, colon))) return true;
  return session?.roleArn === undefined ? isNamedByPath(names, arn) : names.has(session.roleArn);
}

/** The ARN of a session leaves out the path of its role. */
function isNamedByPath(names: ReadonlySet<string>, sessionArn: string): boolean {
  const [, partition, account, role] = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(sessionArn) ?? [];
  if (role === undefined) return false;
  const start = `arn:${partition}:iam::${account}:role/`;
  for (const name of names) if (name.startsWith(start) && name.slice(name.lastIndexOf('/') + 1) === role) return true;
  return false;
}

function isNamedAsAccount(named: Names, { principal, canonicalUserId }: Caller): boolean {
  const { kind, arn, account } = principal;
  if (kind === 'anonymous' || kind === 'service' || kind === 'guest') return false;
  if (canonicalUserId !== undefined && has(named, 'CanonicalUser', canonicalUserId)) return true;
  const names = named.get('AWS');
  if (!names) return false;
  return names.has(account) || names.has(`arn:${arn.split(':', 2)[1]}:iam::${account}:root`);
}

const has = (named: Names, kind: PrincipalKind, name: string): boolean => named.get(kind)?.has(name) === true;
