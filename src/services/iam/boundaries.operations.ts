// PutUserPermissionsBoundary, PutRolePermissionsBoundary and what takes them off again.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { checkRoleModifiable, requireRole, requireUser } from './holders.ts';
import { invalidInput, noSuchEntity, policyNotUsable, validationError } from './iam.errors.ts';
import type { Identity } from './identities.ts';
import { getManagedPolicy } from './managed-policies.ts';
import { roles } from './roles.table.ts';
import { users } from './users.table.ts';

export const boundaryOperations = {
  PutUserPermissionsBoundary(ctx, { UserName, PermissionsBoundary }) {
    const { id } = requireUser(ctx, UserName);
    requireBoundaryPolicy(ctx, PermissionsBoundary);
    ctx.table(users).update(id, (spec) => ({ ...spec, boundaryArn: PermissionsBoundary }));
    return {};
  },

  DeleteUserPermissionsBoundary(ctx, { UserName }) {
    const { id, spec } = requireUser(ctx, UserName);
    ctx.table(users).update(id, () => withoutBoundary(spec, 'user'));
    return {};
  },

  PutRolePermissionsBoundary(ctx, { RoleName, PermissionsBoundary }) {
    const { id, spec } = requireRole(ctx, RoleName);
    checkBoundable(spec);
    requireBoundaryPolicy(ctx, PermissionsBoundary);
    ctx.table(roles).update(id, () => ({ ...spec, boundaryArn: PermissionsBoundary }));
    return {};
  },

  DeleteRolePermissionsBoundary(ctx, { RoleName }) {
    const { id, spec } = requireRole(ctx, RoleName);
    checkBoundable(spec);
    ctx.table(roles).update(id, () => withoutBoundary(spec, 'role'));
    return {};
  },
} satisfies Operations<IamApi>;

/** A boundary is any managed policy that identities can have. */
export function requireBoundaryPolicy(ctx: OperationContext, arn: string): void {
  if (!/^arn:[a-z-]+:iam::(aws|\d{12}):policy\/.+$/.test(arn))
    throw validationError(`Value (${arn}) for parameter PermissionsBoundary is invalid.`);
  const policy = getManagedPolicy(ctx, arn);
  if (!policy) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  if (!policy.isAttachable) throw policyNotUsable(arn);
}

function checkBoundable(spec: Parameters<typeof checkRoleModifiable>[0]): void {
  checkRoleModifiable(spec);
  if (spec.path.startsWith('/aws-service-role/'))
    throw invalidInput(`Permissions boundaries do not apply to the service-linked role ${spec.name}.`);
}

function withoutBoundary<Spec extends Identity>({ boundaryArn, ...spec }: Spec, word: string): Spec {
  if (boundaryArn === undefined)
    throw noSuchEntity(`Permissions boundary policy does not exist on ${word} ${spec.name}.`);
  return spec as Spec;
}
