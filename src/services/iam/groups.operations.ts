// CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and who is in them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { Group, IamApi } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas as raisable } from '../service-quotas/index.ts';
import { type GroupRow, groupArnOf, groups } from './groups.table.ts';
import { checkHoldsNothing, requireGroup, requireUser } from './holders.ts';
import { deleteConflict, entityAlreadyExists, noSuchEntity, quotaExceeded } from './iam.errors.ts';
import { holdsNothing } from './identities.ts';
import { checkPath, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { quotas, requireRoom } from './quotas.ts';
import { type UserRow, users } from './users.table.ts';
import { describeUser } from './users.ts';

export const groupOperations = {
  CreateGroup(ctx, { GroupName, Path = '/' }) {
    checkPath(Path);
    const key = keyOf(GroupName);
    if (ctx.table(groups).has(key)) throw alreadyExists(GroupName);
    requireRoom(ctx, groups, raisable.groups, 'GroupsPerAccount');
    const row = ctx
      .table(groups)
      .insert(key, { ...holdsNothing, name: GroupName, path: Path, groupId: newIamId(ctx.random, 'AGPA') });
    return { Group: describeGroup(row) };
  },

  GetGroup(ctx, input) {
    const group = requireGroup(ctx, input.GroupName);
    const { rows, page } = pageOf(ctx, `GetGroup ${group.id}`, input, inOrder(membersOf(ctx, group)));
    return { Group: describeGroup(group), Users: rows.map(describeUser), ...page };
  },

  ListGroups(ctx, input) {
    const { PathPrefix = '/' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListGroups ${PathPrefix}`,
      input,
      (afterId) => ctx.table(groups).list(afterId),
      ({ spec }) => spec.path.startsWith(PathPrefix),
    );
    return { Groups: rows.map(describeGroup), ...page };
  },

  UpdateGroup(ctx, { GroupName, NewPath, NewGroupName }) {
    const row = requireGroup(ctx, GroupName);
    const name = NewGroupName ?? row.spec.name;
    const path = NewPath === undefined ? row.spec.path : checkPath(NewPath, 'newPath');
    const key = keyOf(name);
    if (key !== row.id && ctx.table(groups).has(key)) throw alreadyExists(name);
    const spec = { ...row.spec, name, path };
    if (key === row.id) {
      ctx.table(groups).update(key, () => spec);
      return {};
    }
    const members = membersOf(ctx, row);
    ctx.table(groups).remove(row.id);
    ctx.table(groups).insert(key, spec);
    for (const { id } of members) {
      ctx
        .table(users)
        .update(id, (user) => ({ ...user, groups: user.groups.map((group) => (group === row.id ? key : group)) }));
    }
    return {};
  },

  DeleteGroup(ctx, { GroupName }) {
    const row = requireGroup(ctx, GroupName);
    if (membersOf(ctx, row).length > 0)
      throw deleteConflict('Cannot delete entity, must remove users from group first.');
    checkHoldsNothing(row.spec);
    ctx.table(groups).remove(row.id);
    return {};
  },

  AddUserToGroup(ctx, { GroupName, UserName }) {
    const user = requireUser(ctx, UserName);
    const group = requireGroup(ctx, GroupName);
    if (user.spec.groups.includes(group.id)) return {};
    if (user.spec.groups.length >= quotas.groupsPerUser) throw quotaExceeded('GroupsPerUser', quotas.groupsPerUser);
    ctx.table(users).update(user.id, (spec) => ({ ...spec, groups: [...spec.groups, group.id] }));
    return {};
  },

  RemoveUserFromGroup(ctx, { GroupName, UserName }) {
    const group = requireGroup(ctx, GroupName);
    const user = requireUser(ctx, UserName);
    if (!user.spec.groups.includes(group.id)) throw noSuchEntity(`User ${UserName} not in group ${GroupName}`);
    ctx
      .table(users)
      .update(user.id, (spec) => ({ ...spec, groups: spec.groups.filter((other) => other !== group.id) }));
    return {};
  },

  ListGroupsForUser(ctx, input) {
    const user = requireUser(ctx, input.UserName);
    const rows = user.spec.groups.flatMap((id) => ctx.table(groups).get(id) ?? []);
    const found = pageOf(ctx, `ListGroupsForUser ${user.id}`, input, inOrder(rows));
    return { Groups: found.rows.map(describeGroup), ...found.page };
  },
} satisfies Operations<IamApi>;

const alreadyExists = (name: string) => entityAlreadyExists(`Group with name ${name} already exists.`);

const membersOf = (ctx: OperationContext, group: GroupRow): readonly UserRow[] => [
  ...ctx.table(users).by('byGroup', group.id),
];

export function describeGroup(row: GroupRow): Group {
  const { spec, createdAtMs } = row;
  return {
    Path: spec.path,
    GroupName: spec.name,
    GroupId: spec.groupId,
    Arn: groupArnOf(row),
    CreateDate: createdAtMs,
  };
}
