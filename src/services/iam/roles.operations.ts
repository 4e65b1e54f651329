// CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html

import type { Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { requireBoundaryPolicy } from './boundaries.operations.ts';
import { checkTrustPolicy } from './documents.ts';
import { checkHoldsNothing, checkRoleModifiable, requireRole } from './holders.ts';
import { deleteConflict, entityAlreadyExists, invalidInput } from './iam.errors.ts';
import { holdsNothing } from './identities.ts';
import { instanceProfiles } from './instance-profiles.table.ts';
import { checkPath, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { requireRoom } from './quotas.ts';
import { type RoleSpec, roleArnOf, roles } from './roles.table.ts';
import { describeNewRole, describeRole, describeRoleInFull } from './roles.ts';
import { addTags, tagsShown } from './tags.ts';
import { checkTrustedPrincipals, renameTrusted } from './trusted-principals.ts';
import { boundaryShown } from './users.ts';
import { forgetUses } from './uses.ts';

const defaultMaxSessionSeconds = 3600;

export const roleOperations = {
  CreateRole(ctx, input) {
    const { RoleName, Path = '/', AssumeRolePolicyDocument, Description, PermissionsBoundary, Tags = [] } = input;
    checkPath(Path);
    if (/^\/aws-service-role\//i.test(Path))
      throw invalidInput('The path /aws-service-role/ is reserved for service-linked roles.');
    const key = keyOf(RoleName);
    if (ctx.table(roles).has(key)) throw entityAlreadyExists(`Role with name ${RoleName} already exists.`);
    checkTrustPolicy(AssumeRolePolicyDocument);
    checkTrustedPrincipals(ctx, AssumeRolePolicyDocument);
    if (PermissionsBoundary !== undefined) requireBoundaryPolicy(ctx, PermissionsBoundary);
    requireRoom(ctx, roles, quotas.roles, 'RolesPerAccount');
    const row = ctx.table(roles).insert(key, {
      ...holdsNothing,
      name: RoleName,
      path: Path,
      roleId: newIamId(ctx.random, 'AROA'),
      trustPolicy: AssumeRolePolicyDocument,
      ...(Description !== undefined && { description: Description }),
      maxSessionSeconds: input.MaxSessionDuration ?? defaultMaxSessionSeconds,
      ...(PermissionsBoundary !== undefined && { boundaryArn: PermissionsBoundary }),
      tags: addTags([], Tags, 'Role'),
    });
    return { Role: { ...describeNewRole(row), ...boundaryShown(row.spec), ...tagsShown(row.spec.tags) } };
  },

  GetRole(ctx, { RoleName }) {
    return { Role: describeRoleInFull(ctx, requireRole(ctx, RoleName)) };
  },

  ListRoles(ctx, input) {
    const { PathPrefix = '/' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListRoles ${PathPrefix}`,
      input,
      (afterId) => ctx.table(roles).list(afterId),
      ({ spec }) => spec.path.startsWith(PathPrefix),
    );
    return { Roles: rows.map(describeRole), ...page };
  },

  UpdateRole(ctx, { RoleName, Description, MaxSessionDuration }) {
    const { id, spec } = requireRole(ctx, RoleName);
    checkRoleModifiable(spec);
    ctx.table(roles).update(id, () => ({
      ...withDescription(spec, Description ?? spec.description),
      maxSessionSeconds: MaxSessionDuration ?? spec.maxSessionSeconds,
    }));
    return {};
  },

  UpdateRoleDescription(ctx, { RoleName, Description }) {
    const { id, spec } = requireRole(ctx, RoleName);
    const row = ctx.table(roles).update(id, () => withDescription(spec, Description));
    return { Role: describeRole(row) };
  },

  UpdateAssumeRolePolicy(ctx, { RoleName, PolicyDocument }) {
    const { id, spec } = requireRole(ctx, RoleName);
    checkRoleModifiable(spec);
    checkTrustPolicy(PolicyDocument);
    checkTrustedPrincipals(ctx, PolicyDocument);
    ctx.table(roles).update(id, () => ({ ...spec, trustPolicy: PolicyDocument }));
    return {};
  },

  DeleteRole(ctx, { RoleName }) {
    const row = requireRole(ctx, RoleName);
    const { id, spec } = row;
    checkRoleModifiable(spec);
    for (const _ of ctx.table(instanceProfiles).by('byRole', id))
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    checkHoldsNothing(spec);
    ctx.table(roles).remove(id);
    renameTrusted(ctx, roleArnOf(row), spec.roleId);
    forgetUses(ctx, spec.roleId);
    return {};
  },
} satisfies Operations<IamApi>;

function withDescription({ description: _, ...spec }: RoleSpec, text: string | undefined): RoleSpec {
  return text === undefined || text === '' ? spec : { ...spec, description: text };
}
