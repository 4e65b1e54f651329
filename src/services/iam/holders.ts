// What users, groups and roles have in common: each holds managed policies by their ARNs and inline policies of its own.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Row, Table } from '../../kernel/table.ts';
import { type QuotaFacts, quotas } from '../service-quotas/index.ts';
import { type GroupSpec, groups } from './groups.table.ts';
import { noSuchGroup, noSuchRole, noSuchUser, unmodifiableRole } from './iam.errors.ts';
import type { InlinePolicy, PolicyHolder } from './identities.ts';
import { keyOf } from './names.ts';
import { type RoleSpec, roles } from './roles.table.ts';
import { type UserSpec, users } from './users.table.ts';

export interface HolderKind<Spec extends PolicyHolder> {
  readonly word: 'user' | 'group' | 'role';
  readonly table: Table<Spec, null>;
  readonly noSuch: (name: string) => AwsError;
  /** As quotas call it. */
  readonly title: 'User' | 'Group' | 'Role';
  /** How many managed policies one may hold. */
  readonly policyQuota: QuotaFacts;
  /** Of all its inline policies together, white space not counted. */
  readonly mostInlineCharacters: number;
  /** Throws when nobody but AWS may change it. */
  readonly checkModifiable?: (spec: Spec) => void;
}

export const userKind: HolderKind<UserSpec> = {
  word: 'user',
  title: 'User',
  table: users,
  noSuch: noSuchUser,
  policyQuota: quotas.policiesPerUser,
  mostInlineCharacters: 2048,
};

export const groupKind: HolderKind<GroupSpec> = {
  word: 'group',
  title: 'Group',
  table: groups,
  noSuch: noSuchGroup,
  policyQuota: quotas.policiesPerGroup,
  mostInlineCharacters: 5120,
};

export const roleKind: HolderKind<RoleSpec> = {
  word: 'role',
  title: 'Role',
  table: roles,
  noSuch: noSuchRole,
  policyQuota: quotas.policiesPerRole,
  mostInlineCharacters: 10_240,
  checkModifiable: checkRoleModifiable,
};

export function requireHolder<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
): Row<Spec, null> {
  const row = ctx.table(kind.table).get(keyOf(name));
  if (!row) throw kind.noSuch(name);
  return row;
}

export const requireUser = (ctx: OperationContext, name: string): Row<UserSpec, null> =>
  requireHolder(ctx, userKind, name);
export const requireGroup = (ctx: OperationContext, name: string): Row<GroupSpec, null> =>
  requireHolder(ctx, groupKind, name);
export const requireRole = (ctx: OperationContext, name: string): Row<RoleSpec, null> =>
  requireHolder(ctx, roleKind, name);

/** Changes what it holds, keeping the rest of its row. */
export function updateHolder<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  row: Row<Spec, null>,
  change: Partial<PolicyHolder>,
): void {
  kind.checkModifiable?.(row.spec);
  ctx.table(kind.table).update(row.id, (spec) => ({ ...spec, ...change }));
}

export function checkRoleModifiable({ name, serviceName }: RoleSpec): void {
  if (serviceName !== undefined) throw unmodifiableRole(name);
}

export const inlineDocument = (policies: readonly InlinePolicy[], name: string): string | undefined =>
  policies.find((policy) => policy.name === name)?.document;

/** What must go before its holder can. */
export function checkHoldsNothing({ attachedPolicyArns, inlinePolicies }: PolicyHolder): void {
  if (attachedPolicyArns.length > 0)
    throw awsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.');
  if (inlinePolicies.length > 0) throw awsError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
}
