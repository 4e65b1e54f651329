// Everything that a principal brings along when it asks for something: its own policies and its groups', its boundary, and
// what limits its session. Read from rows, so that simulations within a transaction and the gateway ask the same function.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html

import { compilePolicy } from '../../aws/policies/compile.ts';
import type { NamedPolicy, PolicyKind, PrincipalPolicies } from '../../aws/policies/decision.ts';
import type { Principal, Session } from '../../aws/principal.ts';
import type { Row, Table, TableReader } from '../../kernel/table.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { getAwsManagedPolicy } from './aws-managed-policies.ts';
import { groups } from './groups.table.ts';
import type { Identity, PolicyHolder } from './identities.ts';
import { keyOf, nameInArn } from './names.ts';
import { policies, policyArnOf } from './policies.table.ts';
import { type RoleRow, roles } from './roles.table.ts';
import { type UserRow, userArnOf, users } from './users.table.ts';

/** IAM's tables in one account. */
export type IamRows = <Spec>(table: Table<Spec, null>) => TableReader<Spec, null>;

/** Undefined for one that is gone; `rows` are those of its account. */
export function findPolicies(rows: IamRows, principal: Principal): PrincipalPolicies | undefined {
  const { kind, session } = principal;
  switch (kind) {
    case 'root':
      return { identity: [], ...sessionPolicies(rows, session, false) };
    case 'user': {
      const user = findUser(rows, principal);
      return user && withOwnPassword(rows, user, policiesOfUser(rows, user));
    }
    case 'assumed-role': {
      const role = findRole(rows, principal);
      return role && { ...policiesOfRole(rows, role), ...sessionPolicies(rows, session, false) };
    }
    case 'federated-user': {
      const issuer = policiesOfIssuer(rows, principal);
      return issuer && { ...issuer, ...sessionPolicies(rows, session, true) };
    }
    default:
      return { identity: [] };
  }
}

/** A user that was made anew under the same name is another. */
export function findUser(rows: IamRows, { arn, userId }: Principal): UserRow | undefined {
  const row = rows(users).get(keyOf(nameInArn(arn)));
  return row?.spec.userId === userId ? row : undefined;
}

export function findRole(rows: IamRows, { userId, session }: Principal): RoleRow | undefined {
  const row = session?.roleArn === undefined ? undefined : rows(roles).get(keyOf(nameInArn(session.roleArn)));
  return row?.spec.roleId === (session?.roleId ?? userId.split(':', 1)[0]) ? row : undefined;
}

function policiesOfUser(rows: IamRows, row: UserRow): PrincipalPolicies {
  return { identity: heldByUser(rows, row).map(named), boundary: boundaryOf(rows, row) };
}

/** An account may let its users change their own passwords, whatever their policies say of it. */
function withOwnPassword(rows: IamRows, user: UserRow, policies: PrincipalPolicies): PrincipalPolicies {
  if (!rows(accounts).get(accountKey)?.spec.passwordPolicy?.AllowUsersToChangePassword) return policies;
  const statements = [
    { Effect: 'Allow', Action: 'iam:ChangePassword', Resource: userArnOf(user) },
    { Effect: 'Allow', Action: 'iam:GetAccountPasswordPolicy', Resource: '*' },
  ];
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const own: NamedPolicy = { arn: 'password policy', kind: 'identity-based', policy: compilePolicy(document) };
  return { ...policies, identity: [...policies.identity, own] };
}

function policiesOfRole(rows: IamRows, row: RoleRow): PrincipalPolicies {
  return { identity: heldPolicies(rows, row, 'role').map(named), boundary: boundaryOf(rows, row) };
}

export interface HeldPolicy {
  /** As `NamedPolicy` has it. */
  readonly arn: string;
  readonly name: string;
  readonly document: string;
  readonly isInline: boolean;
  readonly holder: { readonly word: HolderWord; readonly name: string };
}

export type HolderWord = 'user' | 'group' | 'role';

type HolderRow = Row<PolicyHolder & { readonly name: string }, null>;

/** Its managed policies in their default versions, and its inline ones. */
export function heldPolicies(rows: IamRows, { spec }: HolderRow, word: HolderWord): readonly HeldPolicy[] {
  const holder = { word, name: spec.name };
  const managed = spec.attachedPolicyArns.flatMap((arn): readonly HeldPolicy[] => {
    const document = defaultDocument(rows, arn);
    return document === undefined ? [] : [{ arn, name: nameInArn(arn), document, isInline: false, holder }];
  });
  const inline = spec.inlinePolicies.map(({ name, document }): HeldPolicy => {
    return { arn: `inline: ${word}/${spec.name}/policy/${name}`, name, document, isInline: true, holder };
  });
  return [...managed, ...inline];
}

/** A user's own and its groups'. */
export function heldByUser(rows: IamRows, row: UserRow): readonly HeldPolicy[] {
  const ofGroups = row.spec.groups.flatMap((id) => {
    const group = rows(groups).get(id);
    return group ? heldPolicies(rows, group, 'group') : [];
  });
  return [...heldPolicies(rows, row, 'user'), ...ofGroups];
}

const named = ({ arn, document }: HeldPolicy): NamedPolicy => ({
  arn,
  kind: 'identity-based',
  policy: compilePolicy(document),
});

const nothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';

/** A policy that is a boundary cannot be deleted; were it gone, it would leave nothing rather than everything. */
function boundaryOf(rows: IamRows, { spec }: Row<Identity, null>): NamedPolicy | undefined {
  const { boundaryArn } = spec;
  if (boundaryArn === undefined) return undefined;
  const kind = 'permissions boundary';
  return namedPolicy(rows, boundaryArn, kind) ?? { arn: boundaryArn, kind, policy: compilePolicy(nothing) };
}

function namedPolicy(rows: IamRows, arn: string, kind: PolicyKind): NamedPolicy | undefined {
  const document = defaultDocument(rows, arn);
  return document === undefined ? undefined : { arn, kind, policy: compilePolicy(document) };
}

/** Of AWS's policies, and of the account's own. */
export function defaultDocument(rows: IamRows, arn: string): string | undefined {
  const fromAws = getAwsManagedPolicy(arn);
  if (fromAws) return fromAws.document;
  const row = rows(policies).get(keyOf(nameInArn(arn)));
  if (!row || policyArnOf(row) !== arn) return undefined;
  return row.spec.versions.find(({ versionId }) => versionId === row.spec.defaultVersionId)?.document;
}

/** A federated user has what its session's policies allow and nothing else; a role's session only what they leave. */
function sessionPolicies(
  rows: IamRows,
  session: Session | undefined,
  isAlwaysLimited: boolean,
): Pick<PrincipalPolicies, 'session'> {
  const { policy, policyArns = [] } = session ?? {};
  if (policy === undefined && policyArns.length === 0 && !isAlwaysLimited) return {};
  const inline: readonly NamedPolicy[] =
    policy === undefined ? [] : [{ arn: 'inline: session', kind: 'session', policy: compilePolicy(policy) }];
  return { session: [...inline, ...policyArns.flatMap((arn) => namedPolicy(rows, arn, 'session') ?? [])] };
}

const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

/** Whoever asked for the federated user's keys: its policies limit what they are good for. */
function policiesOfIssuer(rows: IamRows, { account, session }: Principal): PrincipalPolicies | undefined {
  const issuerArn = session?.issuerArn;
  if (issuerArn === undefined || issuerArn === `arn:aws:iam::${account}:root`) {
    return { identity: [{ arn: 'root', kind: 'identity-based', policy: compilePolicy(everything) }] };
  }
  const user = rows(users).get(keyOf(nameInArn(issuerArn)));
  const isAnother = session?.issuerId !== undefined && session.issuerId !== user?.spec.userId;
  return user && !isAnother ? policiesOfUser(rows, user) : undefined;
}
