// Managed policies on users, groups and roles: AttachUserPolicy, DetachRolePolicy, ListAttachedGroupPolicies,
// ListEntitiesForPolicy and the others.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { AttachedPolicy, IamApi, ListEntitiesForPolicyRequest } from '../../generated/iam.types.ts';
import { quotaValue } from '../service-quotas/index.ts';
import { groups } from './groups.table.ts';
import { groupKind, type HolderKind, requireHolder, roleKind, updateHolder, userKind } from './holders.ts';
import { noSuchPolicy, policyNotUsable, quotaExceeded } from './iam.errors.ts';
import type { PolicyHolder } from './identities.ts';
import { checkPolicyArn, getManagedPolicy, requireManagedPolicy } from './managed-policies.ts';
import { nameInArn } from './names.ts';
import { listed, type PageInput, type PageOutput, pageOf } from './pages.ts';
import { roles } from './roles.table.ts';
import { users } from './users.table.ts';

export const attachmentOperations = {
  AttachUserPolicy: (ctx, { UserName, PolicyArn }) => attach(ctx, userKind, UserName, PolicyArn),
  AttachGroupPolicy: (ctx, { GroupName, PolicyArn }) => attach(ctx, groupKind, GroupName, PolicyArn),
  AttachRolePolicy: (ctx, { RoleName, PolicyArn }) => attach(ctx, roleKind, RoleName, PolicyArn),

  DetachUserPolicy: (ctx, { UserName, PolicyArn }) => detach(ctx, userKind, UserName, PolicyArn),
  DetachGroupPolicy: (ctx, { GroupName, PolicyArn }) => detach(ctx, groupKind, GroupName, PolicyArn),
  DetachRolePolicy: (ctx, { RoleName, PolicyArn }) => detach(ctx, roleKind, RoleName, PolicyArn),

  ListAttachedUserPolicies: (ctx, input) => listAttached(ctx, userKind, input.UserName, input),
  ListAttachedGroupPolicies: (ctx, input) => listAttached(ctx, groupKind, input.GroupName, input),
  ListAttachedRolePolicies: (ctx, input) => listAttached(ctx, roleKind, input.RoleName, input),

  ListEntitiesForPolicy(ctx, input) {
    const { PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input;
    requireManagedPolicy(ctx, PolicyArn);
    const { rows, page } = pageOf(
      ctx,
      `ListEntitiesForPolicy ${PolicyArn} ${EntityFilter} ${PathPrefix} ${PolicyUsageFilter}`,
      input,
      inOrder(entitiesWith(ctx, input)),
      ({ path }) => path.startsWith(PathPrefix),
    );
    const named = (kind: Entity['kind']) => rows.filter((row) => row.kind === kind);
    return {
      PolicyGroups: named('Group').map(({ name, entityId }) => ({ GroupName: name, GroupId: entityId })),
      PolicyUsers: named('User').map(({ name, entityId }) => ({ UserName: name, UserId: entityId })),
      PolicyRoles: named('Role').map(({ name, entityId }) => ({ RoleName: name, RoleId: entityId })),
      ...page,
    };
  },
} satisfies Operations<IamApi>;

function attach<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  arn: string,
): Record<never, never> {
  checkPolicyArn(arn);
  const row = requireHolder(ctx, kind, name);
  const policy = getManagedPolicy(ctx, arn);
  if (!policy) throw policyNotUsable(arn);
  if (!policy.isAttachable)
    throw awsError('PolicyNotAttachable', `Cannot attach a Service Role Policy to a Customer ${kind.title}.`);
  const attached = row.spec.attachedPolicyArns;
  if (attached.includes(arn)) return {};
  const most = quotaValue(ctx, kind.policyQuota);
  if (attached.length >= most) throw quotaExceeded(`PoliciesPer${kind.title}`, most);
  updateHolder(ctx, kind, row, { attachedPolicyArns: [...attached, arn] });
  return {};
}

function detach<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  arn: string,
): Record<never, never> {
  checkPolicyArn(arn);
  const row = requireHolder(ctx, kind, name);
  const attached = row.spec.attachedPolicyArns;
  if (!attached.includes(arn)) throw noSuchPolicy(arn);
  updateHolder(ctx, kind, row, { attachedPolicyArns: attached.filter((other) => other !== arn) });
  return {};
}

function listAttached<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  input: PageInput & { readonly PathPrefix?: string | undefined },
): PageOutput & { readonly AttachedPolicies: readonly AttachedPolicy[] } {
  const { PathPrefix = '/' } = input;
  const { id, spec } = requireHolder(ctx, kind, name);
  const { rows, page } = pageOf(
    ctx,
    `ListAttached ${kind.word} ${id} ${PathPrefix}`,
    input,
    // One of AWS's may be called as one of the account's own.
    listed(spec.attachedPolicyArns, (arn) => `${nameInArn(arn)} ${arn.split(':', 5)[4]}`),
    ({ item }) => item.slice(item.indexOf(':policy/') + ':policy'.length).startsWith(PathPrefix),
  );
  return { AttachedPolicies: rows.map(({ item }) => describeAttached(item)), ...page };
}

export const describeAttached = (arn: string): AttachedPolicy => ({ PolicyName: nameInArn(arn), PolicyArn: arn });

interface Entity {
  readonly id: string;
  readonly kind: 'User' | 'Group' | 'Role';
  readonly name: string;
  readonly path: string;
  readonly entityId: string;
}

function entitiesWith(
  ctx: OperationContext,
  { PolicyArn, EntityFilter, PolicyUsageFilter }: ListEntitiesForPolicyRequest,
): readonly Entity[] {
  const indexes = [
    ...(PolicyUsageFilter === 'PermissionsBoundary' ? [] : ['byPolicy']),
    ...(PolicyUsageFilter === 'PermissionsPolicy' ? [] : ['byBoundary']),
  ];
  // The filter's other values are of GetAccountAuthorizationDetails, and leave nobody out here.
  const isFiltered = EntityFilter === 'User' || EntityFilter === 'Group' || EntityFilter === 'Role';
  const wants = (kind: Entity['kind']): boolean => !isFiltered || EntityFilter === kind;
  const found = indexes.flatMap((index): Entity[] => [
    ...(wants('User') ? [...ctx.table(users).by(index, PolicyArn)] : []).map(({ id, spec }) => ({
      id: `user ${id}`,
      kind: 'User' as const,
      entityId: spec.userId,
      name: spec.name,
      path: spec.path,
    })),
    ...(wants('Role') ? [...ctx.table(roles).by(index, PolicyArn)] : []).map(({ id, spec }) => ({
      id: `role ${id}`,
      kind: 'Role' as const,
      entityId: spec.roleId,
      name: spec.name,
      path: spec.path,
    })),
    ...(wants('Group') && index === 'byPolicy' ? [...ctx.table(groups).by(index, PolicyArn)] : []).map(
      ({ id, spec }) => ({
        id: `group ${id}`,
        kind: 'Group' as const,
        entityId: spec.groupId,
        name: spec.name,
        path: spec.path,
      }),
    ),
  ]);
  return [...new Map(found.map((entity) => [entity.id, entity])).values()];
}
