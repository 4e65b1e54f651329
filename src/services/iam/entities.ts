// Users, groups and roles by their ARNs: whom simulations and reports are about.

import type { OperationContext } from '../../aws/operation.ts';
import { type GroupRow, groupArnOf } from './groups.table.ts';
import { requireGroup, requireRole, requireUser } from './holders.ts';
import { invalidInput, noSuchEntity } from './iam.errors.ts';
import { nameInArn } from './names.ts';
import { type HeldPolicy, heldByUser, heldPolicies, type IamRows } from './principal-policies.ts';
import { type RoleRow, roleArnOf } from './roles.table.ts';
import { type UserRow, userArnOf } from './users.table.ts';

export type Entity =
  | { readonly word: 'user'; readonly arn: string; readonly row: UserRow }
  | { readonly word: 'group'; readonly arn: string; readonly row: GroupRow }
  | { readonly word: 'role'; readonly arn: string; readonly row: RoleRow };

/** Throws IAM's errors for what is no such ARN, and for one of nobody. */
export function requireEntity(ctx: OperationContext, arn: string): Entity {
  const [, account, word] = /^arn:[a-z-]+:iam::(\d{12}):(user|group|role)\/.+$/.exec(arn) ?? [];
  if (account === undefined) throw invalidInput(`Invalid Entity Arn: ${arn}`);
  if (account !== ctx.account) throw noSuchEntity(`The entity with ARN ${arn} cannot be found.`);
  const entity = entityNamed(ctx, word, nameInArn(arn));
  if (entity.arn !== arn) throw noSuchEntity(`The entity with ARN ${arn} cannot be found.`);
  return entity;
}

function entityNamed(ctx: OperationContext, word: string | undefined, name: string): Entity {
  if (word === 'user') {
    const row = requireUser(ctx, name);
    return { word, arn: userArnOf(row), row };
  }
  if (word === 'group') {
    const row = requireGroup(ctx, name);
    return { word, arn: groupArnOf(row), row };
  }
  const row = requireRole(ctx, name);
  return { word: 'role', arn: roleArnOf(row), row };
}

/** A user has its groups' as well. */
export function policiesHeldBy(ctx: OperationContext, entity: Entity): readonly HeldPolicy[] {
  const rows: IamRows = (table) => ctx.table(table);
  return entity.word === 'user' ? heldByUser(rows, entity.row) : heldPolicies(rows, entity.row, entity.word);
}
