// What answers show of roles.

import type { OperationContext } from '../../aws/operation.ts';
import type { Role, RoleLastUsed } from '../../generated/iam.types.ts';
import { encodeDocument } from './documents.ts';
import { type RoleRow, roleArnOf } from './roles.table.ts';
import { tagsShown } from './tags.ts';
import { boundaryShown } from './users.ts';
import { roleUses } from './uses.table.ts';

/** As lists show it. */
export const describeRole = (row: RoleRow): Role => ({
  ...describeNewRole(row),
  MaxSessionDuration: row.spec.maxSessionSeconds,
});

/** As it is shown to whoever made it: AWS does not say there how long its sessions may be. */
export function describeNewRole(row: RoleRow): Role {
  const { spec, createdAtMs } = row;
  return {
    Path: spec.path,
    RoleName: spec.name,
    RoleId: spec.roleId,
    Arn: roleArnOf(row),
    CreateDate: createdAtMs,
    AssumeRolePolicyDocument: encodeDocument(spec.trustPolicy),
    ...(spec.description !== undefined && { Description: spec.description }),
  };
}

/** As it is shown alone: with what lists leave out. */
export function describeRoleInFull(ctx: OperationContext, row: RoleRow): Role {
  return {
    ...describeRole(row),
    ...boundaryShown(row.spec),
    ...tagsShown(row.spec.tags),
    RoleLastUsed: roleLastUsed(ctx, row),
  };
}

/** Empty when it was never used. */
export function roleLastUsed(ctx: OperationContext, { spec }: RoleRow): RoleLastUsed {
  const use = ctx.table(roleUses).get(spec.roleId)?.spec;
  return use ? { LastUsedDate: use.usedAtMs, Region: use.region } : {};
}
