// Whether a role's trust policy, and the caller's own policies, let the caller assume it. AWS never lets identities'
// policies do alone: the role has to name who may.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html

import { denialMessage } from '../../aws/access-denied.ts';
import type { KeyValue } from '../../aws/authorization.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { compilePolicy } from '../../aws/policies/compile.ts';
import { decide, type PrincipalPolicies } from '../../aws/policies/decision.ts';
import type { Principal } from '../../aws/principal.ts';
import { RequestConditions, tagOf } from '../../aws/request-conditions.ts';
import { tagsByKey } from '../../aws/tags.ts';
import { type RoleRow, roleArnOf } from '../iam/index.ts';
import { accessDenied } from './sts.errors.ts';

export interface TrustRequest {
  /** Whoever wants to assume the role: with MFA when a code came along. */
  readonly principal: Principal;
  readonly policies: PrincipalPolicies;
  readonly roleArn: string;
  readonly role: RoleRow | undefined;
  /** By key in lower case: `sts:externalid`. */
  readonly keys: Readonly<Record<string, KeyValue>>;
  readonly requestTags?: Readonly<Record<string, string>> | undefined;
}

const rootsMayNot = 'Roles may not be assumed by root accounts.';

type TrustAction =
  | 'AssumeRole'
  | 'AssumeRoleWithWebIdentity'
  | 'AssumeRoleWithSAML'
  | 'TagSession'
  | 'SetSourceIdentity';

/** Throws AccessDenied unless every one of the actions is allowed. */
export function requireTrust(ctx: OperationContext, request: TrustRequest, actions: readonly TrustAction[]): RoleRow {
  const { role, roleArn, principal } = request;
  // Users of emulators begin as root and have nobody else to be, so those who are only believed may.
  if (principal.kind === 'root' && principal.isBelieved !== true) throw accessDenied(rootsMayNot);
  if (!role) throw accessDenied(notAuthorized(principal, 'AssumeRole', roleArn));
  for (const action of actions) requireAction(ctx, request, role, action);
  return role;
}

function requireAction(ctx: OperationContext, request: TrustRequest, role: RoleRow, name: TrustAction): void {
  const { principal, policies, keys, requestTags } = request;
  const resource = roleArnOf(role);
  const action = `sts:${name}`;
  const decision = decide(
    {
      principal,
      action,
      resource,
      // Whom a provider vouches for is of no account: what the role grants suffices.
      resourceAccount: isFederated(principal) ? principal.account : role.account,
      context: new RequestConditions({
        principal,
        principalTags: policies.tags,
        organizationOf: policies.organizationOf,
        nowMs: ctx.nowMs,
        region: ctx.region,
        request: ctx.request,
        resourceAccount: role.account,
        resourceTags: () => tagsOfRole(role),
        requestTags: () => requestTags,
        own: (key) =>
          keys[key] ?? (key.startsWith('iam:resourcetag/') ? tagOf(tagsOfRole(role), key.slice(16)) : undefined),
      }),
    },
    policies,
    {
      policy: { arn: resource, kind: 'resource-based', policy: compilePolicy(role.spec.trustPolicy) },
      mustGrant: true,
    },
  );
  if (decision.effect === 'allow') return;
  const isAtHome = principal.isBelieved === true && principal.account === role.account;
  if (isAtHome && decision.decidedBy === 'resource-based') return;
  if (decision.decidedBy === 'resource-based') {
    const reason = decision.isExplicit
      ? 'with an explicit deny in a role trust policy'
      : `because no role trust policy allows the ${action} action`;
    throw accessDenied(`${notAuthorized(principal, name, resource)} ${reason}`);
  }
  throw accessDenied(denialMessage({ principal, action, resource, decision }));
}

const notAuthorized = (principal: Principal, action: string, roleArn: string): string =>
  isFederated(principal)
    ? `Not authorized to perform sts:${action}`
    : `User: ${principal.arn} is not authorized to perform: sts:${action} on resource: ${roleArn}`;

const isFederated = ({ arn, session }: Principal): boolean => arn === '' && session?.federatedProvider !== undefined;

const tagsOfRole = ({ spec }: RoleRow) => tagsByKey(spec.tags);

/** Somebody whom only a provider vouches for: no account's, and with no policies. */
export function federatedPrincipal(provider: string, userId: string): Principal {
  return {
    kind: 'assumed-role',
    arn: '',
    userId,
    account: '',
    session: { issuedAtMs: 0, federatedProvider: provider },
  };
}
