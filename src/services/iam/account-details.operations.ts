// GetAccountAuthorizationDetails: all users, groups, roles and policies of an account, with how they hang together.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type {
  EntityType,
  GroupDetail,
  IamApi,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '../../generated/iam.types.ts';
import { describeAttached } from './attachments.operations.ts';
import { getAwsManagedPolicy } from './aws-managed-policies.ts';
import { encodeDocument } from './documents.ts';
import { describeGroup } from './groups.operations.ts';
import { type GroupRow, groups } from './groups.table.ts';
import type { PolicyHolder } from './identities.ts';
import { describeInstanceProfile } from './instance-profiles.operations.ts';
import { instanceProfiles } from './instance-profiles.table.ts';
import { countUsage, describePolicyInDetail, type ManagedPolicy, ofAws, ofRow } from './managed-policies.ts';
import { pageOf } from './pages.ts';
import { policies } from './policies.table.ts';
import { type RoleRow, roles } from './roles.table.ts';
import { describeRole, roleLastUsed } from './roles.ts';
import { type UserRow, users } from './users.table.ts';
import { boundaryShown, describeUser } from './users.ts';

export const accountDetailOperations = {
  GetAccountAuthorizationDetails(ctx, input) {
    const { Filter = [] } = input;
    const wanted = new Set(Filter.length > 0 ? Filter : entityTypes);
    const scope = `GetAccountAuthorizationDetails ${[...wanted].sort()}`;
    const { rows, page } = pageOf(ctx, scope, input, inOrder(entitiesOf(ctx, wanted)));
    const usage = countUsage(ctx);
    const of = <Type extends Entity['type']>(type: Type) =>
      rows.filter((entity): entity is Extract<Entity, { type: Type }> => entity.type === type);
    return {
      UserDetailList: of('User').map(({ row }) => describeUserInDetail(ctx, row)),
      GroupDetailList: of('Group').map(({ row }) => describeGroupInDetail(row)),
      RoleDetailList: of('Role').map(({ row }) => describeRoleInDetail(ctx, row)),
      Policies: of('Policy').map(({ row }): ManagedPolicyDetail => describePolicyInDetail(usage, row)),
      ...page,
    };
  },
} satisfies Operations<IamApi>;

const entityTypes: readonly EntityType[] = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'];

type Entity =
  | { readonly id: string; readonly type: 'User'; readonly row: UserRow }
  | { readonly id: string; readonly type: 'Group'; readonly row: GroupRow }
  | { readonly id: string; readonly type: 'Role'; readonly row: RoleRow }
  | { readonly id: string; readonly type: 'Policy'; readonly row: ManagedPolicy };

function entitiesOf(ctx: OperationContext, wanted: ReadonlySet<EntityType>): readonly Entity[] {
  const list = <Found>(type: EntityType, found: () => Iterable<Found>): readonly Found[] =>
    wanted.has(type) ? [...found()] : [];
  const ofAwsItself = list('AWSManagedPolicy', () => awsPoliciesInUse(ctx));
  return [
    ...list('User', () => ctx.table(users).list()).map((row): Entity => ({ id: `1 ${row.id}`, type: 'User', row })),
    ...list('Group', () => ctx.table(groups).list()).map((row): Entity => ({ id: `2 ${row.id}`, type: 'Group', row })),
    ...list('Role', () => ctx.table(roles).list()).map((row): Entity => ({ id: `3 ${row.id}`, type: 'Role', row })),
    ...[...list('LocalManagedPolicy', () => ctx.table(policies).list()).map(ofRow), ...ofAwsItself].map(
      (row): Entity => ({ id: `4 ${row.policyId}`, type: 'Policy', row }),
    ),
  ];
}

/** Of AWS's own policies, only those that somebody has are shown. */
function awsPoliciesInUse(ctx: OperationContext): readonly ManagedPolicy[] {
  const arns = new Set<string>();
  for (const { spec } of ctx.table(groups).list()) for (const arn of spec.attachedPolicyArns) arns.add(arn);
  for (const { spec } of [...ctx.table(users).list(), ...ctx.table(roles).list()]) {
    for (const arn of [...spec.attachedPolicyArns, spec.boundaryArn]) if (arn !== undefined) arns.add(arn);
  }
  return [...arns].flatMap((arn) => getAwsManagedPolicy(arn) ?? []).map(ofAws);
}

const describeInline = ({ inlinePolicies }: PolicyHolder): readonly PolicyDetail[] =>
  inlinePolicies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }));

function describeUserInDetail(ctx: OperationContext, row: UserRow): UserDetail {
  const { spec } = row;
  return {
    ...describeUser(row),
    ...boundaryShown(spec),
    ...(spec.inlinePolicies.length > 0 && { UserPolicyList: describeInline(spec) }),
    GroupList: spec.groups.flatMap((id) => ctx.table(groups).get(id)?.spec.name ?? []),
    AttachedManagedPolicies: spec.attachedPolicyArns.map(describeAttached),
    Tags: spec.tags,
  };
}

function describeGroupInDetail(row: GroupRow): GroupDetail {
  return {
    ...describeGroup(row),
    GroupPolicyList: describeInline(row.spec),
    AttachedManagedPolicies: row.spec.attachedPolicyArns.map(describeAttached),
  };
}

function describeRoleInDetail(ctx: OperationContext, row: RoleRow): RoleDetail {
  const { Description: _, MaxSessionDuration: __, ...shown } = describeRole(row);
  const profiles = [...ctx.table(instanceProfiles).by('byRole', row.id)];
  return {
    ...shown,
    ...boundaryShown(row.spec),
    InstanceProfileList: profiles.map((profile) => describeInstanceProfile(ctx, profile)),
    RolePolicyList: describeInline(row.spec),
    AttachedManagedPolicies: row.spec.attachedPolicyArns.map(describeAttached),
    Tags: row.spec.tags,
    RoleLastUsed: roleLastUsed(ctx, row),
  };
}
