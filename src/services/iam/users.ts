// What answers show of users, and whom a request without a user name is about.

import type { OperationContext } from '../../aws/operation.ts';
import type { AttachedPermissionsBoundary, User } from '../../generated/iam.types.ts';
import { requireUser } from './holders.ts';
import { mustSpecifyUserName, noSuchUser } from './iam.errors.ts';
import type { Identity } from './identities.ts';
import { keyOf, nameInArn } from './names.ts';
import { tagsShown } from './tags.ts';
import { type UserRow, userArnOf, users } from './users.table.ts';

/** As lists show it. */
export function describeUser(row: UserRow): User {
  const { spec, createdAtMs } = row;
  return {
    Path: spec.path,
    UserName: spec.name,
    UserId: spec.userId,
    Arn: userArnOf(row),
    CreateDate: createdAtMs,
  };
}

/** With what lists leave out. */
export const describeUserInFull = (row: UserRow): User => ({
  ...describeUser(row),
  ...boundaryShown(row.spec),
  ...tagsShown(row.spec.tags),
});

export function boundaryShown({ boundaryArn }: Identity): { PermissionsBoundary?: AttachedPermissionsBoundary } {
  if (boundaryArn === undefined) return {};
  // The model's only value is `PermissionsBoundaryPolicy`; AWS answers with this one.
  const type = 'Policy' as 'PermissionsBoundaryPolicy';
  return { PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: boundaryArn } };
}

/** The user that `name` names, or the one who asks. */
export function requireUserOrCaller(ctx: OperationContext, name: string | undefined): UserRow {
  if (name !== undefined) return requireUser(ctx, name);
  const caller = getCallingUser(ctx);
  if (!caller) throw mustSpecifyUserName();
  return caller;
}

/** Undefined when no user asks: root, or a session of a role. */
export function getCallingUser(ctx: OperationContext): UserRow | undefined {
  const { kind, arn, userId } = ctx.principal;
  if (kind !== 'user') return undefined;
  const row = ctx.table(users).get(keyOf(nameInArn(arn)));
  if (row?.spec.userId !== userId) throw noSuchUser(nameInArn(arn));
  return row;
}
