// CreateInstanceProfile, GetInstanceProfile, ListInstanceProfiles, DeleteInstanceProfile, and the role in them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { IamApi, InstanceProfile } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { checkRoleModifiable, requireRole } from './holders.ts';
import { deleteConflict, entityAlreadyExists, noSuchInstanceProfile, noSuchRole, quotaExceeded } from './iam.errors.ts';
import {
  type InstanceProfileRow,
  type InstanceProfileSpec,
  instanceProfileArnOf,
  instanceProfiles,
} from './instance-profiles.table.ts';
import { checkPath, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { requireRoom } from './quotas.ts';
import { roles } from './roles.table.ts';
import { describeRole } from './roles.ts';
import { addTags } from './tags.ts';

export const instanceProfileOperations = {
  CreateInstanceProfile(ctx, { InstanceProfileName, Path = '/', Tags = [] }) {
    checkPath(Path);
    const key = keyOf(InstanceProfileName);
    if (ctx.table(instanceProfiles).has(key))
      throw entityAlreadyExists(`Instance Profile ${InstanceProfileName} already exists.`);
    requireRoom(ctx, instanceProfiles, quotas.instanceProfiles, 'InstanceProfilesPerAccount');
    const row = ctx.table(instanceProfiles).insert(key, {
      name: InstanceProfileName,
      path: Path,
      instanceProfileId: newIamId(ctx.random, 'AIPA'),
      tags: addTags([], Tags, 'InstanceProfile'),
    });
    return { InstanceProfile: describeInFull(ctx, row) };
  },

  GetInstanceProfile(ctx, { InstanceProfileName }) {
    return { InstanceProfile: describeInFull(ctx, requireInstanceProfile(ctx, InstanceProfileName)) };
  },

  ListInstanceProfiles(ctx, input) {
    const { PathPrefix = '/' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListInstanceProfiles ${PathPrefix}`,
      input,
      (afterId) => ctx.table(instanceProfiles).list(afterId),
      ({ spec }) => spec.path.startsWith(PathPrefix),
    );
    return { InstanceProfiles: rows.map((row) => describeInstanceProfile(ctx, row)), ...page };
  },

  ListInstanceProfilesForRole(ctx, input) {
    const { id } = requireRole(ctx, input.RoleName);
    const profiles = ctx.table(instanceProfiles).by('byRole', id);
    const { rows, page } = pageOf(ctx, `ListInstanceProfilesForRole ${id}`, input, inOrder(profiles));
    return { InstanceProfiles: rows.map((row) => describeInstanceProfile(ctx, row)), ...page };
  },

  DeleteInstanceProfile(ctx, { InstanceProfileName }) {
    const { id, spec } = requireInstanceProfile(ctx, InstanceProfileName);
    if (spec.role !== undefined)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    ctx.table(instanceProfiles).remove(id);
    return {};
  },

  AddRoleToInstanceProfile(ctx, { InstanceProfileName, RoleName }) {
    const { id, spec } = requireInstanceProfile(ctx, InstanceProfileName);
    const role = requireRole(ctx, RoleName);
    checkRoleModifiable(role.spec);
    if (spec.role !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
    ctx.table(instanceProfiles).update(id, () => ({ ...spec, role: role.id }));
    return {};
  },

  RemoveRoleFromInstanceProfile(ctx, { InstanceProfileName, RoleName }) {
    const { id, spec } = requireInstanceProfile(ctx, InstanceProfileName);
    if (spec.role !== keyOf(RoleName)) throw noSuchRole(RoleName);
    ctx.table(instanceProfiles).update(id, ({ role: _, ...rest }): InstanceProfileSpec => rest);
    return {};
  },
} satisfies Operations<IamApi>;

export function requireInstanceProfile(ctx: OperationContext, name: string): InstanceProfileRow {
  const row = ctx.table(instanceProfiles).get(keyOf(name));
  if (!row) throw noSuchInstanceProfile(name);
  return row;
}

export function describeInstanceProfile(ctx: OperationContext, row: InstanceProfileRow): InstanceProfile {
  const { spec, createdAtMs } = row;
  const role = spec.role === undefined ? undefined : ctx.table(roles).get(spec.role);
  return {
    Path: spec.path,
    InstanceProfileName: spec.name,
    InstanceProfileId: spec.instanceProfileId,
    Arn: instanceProfileArnOf(row),
    CreateDate: createdAtMs,
    Roles: role ? [describeRole(role)] : [],
  };
}

const describeInFull = (ctx: OperationContext, row: InstanceProfileRow): InstanceProfile => ({
  ...describeInstanceProfile(ctx, row),
  Tags: row.spec.tags,
});
