// Finds, fills and removes security groups for operations, with AWS's errors. A name finds a group in the default VPC
// only; anywhere else a group is known by its id.

import type { OperationContext } from '../../aws/operation.ts';
import type { UserIdGroupPair } from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import type { ResolveGroup, RuleContent } from './ip-permissions.ts';
import { requireRow } from './resource-kind.ts';
import { forgetTags, resourceKinds } from './resources.ts';
import {
  differentNetworks,
  groupNamesNotFound,
  missingSourceGroup,
  noDefaultVpc,
  noGroupNamed,
  notTogether,
} from './security-groups.errors.ts';
import {
  type SecurityGroupRuleSpec,
  type SecurityGroupSpec,
  securityGroupRules,
  securityGroups,
} from './security-groups.table.ts';
import { vpcs } from './vpcs.table.ts';
import { getDefaultVpc, type VpcRow } from './vpcs.ts';

export type SecurityGroupRow = Row<SecurityGroupSpec, null>;
export type SecurityGroupRuleRow = Row<SecurityGroupRuleSpec, null>;

export const defaultGroupName = 'default';

export interface GroupReference {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

export function requireGroup(ctx: OperationContext, { GroupId, GroupName }: GroupReference): SecurityGroupRow {
  if (GroupId && GroupName) throw notTogether('groupId', 'groupName');
  if (GroupId) return requireRow(ctx, resourceKinds['security-group'], GroupId);
  if (!GroupName) throw noGroupNamed();
  return requireGroupsNamed(ctx, [GroupName])[0] as SecurityGroupRow;
}

export function requireGroupsNamed(ctx: OperationContext, names: readonly string[]): readonly SecurityGroupRow[] {
  const vpc = requireDefaultVpc(ctx);
  const found = names.map((name) => [name, findGroup(ctx, vpc.id, name)] as const);
  const missing = found.filter(([, group]) => !group).map(([name]) => name);
  if (missing.length > 0) throw groupNamesNotFound(missing, vpc.id);
  return found.flatMap(([, group]) => group ?? []);
}

export function requireDefaultVpc(ctx: OperationContext): VpcRow {
  const vpc = getDefaultVpc(ctx);
  if (!vpc) throw noDefaultVpc();
  return vpc;
}

/** Names differ by more than their case. */
export function findGroup(ctx: OperationContext, vpcId: string, name: string): SecurityGroupRow | undefined {
  for (const group of ctx.table(securityGroups).by('byVpc', vpcId)) {
    if (group.spec.name.toLowerCase() === name.toLowerCase()) return group;
  }
  return undefined;
}

export function isInDefaultVpc(ctx: OperationContext, { spec }: SecurityGroupRow): boolean {
  return ctx.table(vpcs).get(spec.vpcId)?.spec.isDefault ?? false;
}

/** Who a group's rules may name: groups of the same VPC, in a default VPC also by name. */
export function groupResolver(ctx: OperationContext, group: SecurityGroupRow): ResolveGroup {
  return ({ GroupId, GroupName, UserId }: UserIdGroupPair) => {
    if (!GroupId && !GroupName) throw missingSourceGroup();
    if (UserId && UserId !== ctx.account) throw differentNetworks();
    const isNamed = !GroupId && isInDefaultVpc(ctx, group);
    if (!GroupId && !isNamed) throw missingSourceGroup();
    const peer = requireGroup(ctx, GroupId ? { GroupId } : { GroupName });
    if (peer.spec.vpcId !== group.spec.vpcId) throw differentNetworks();
    return { securityGroupId: peer.id, userId: ctx.account };
  };
}

/** A group's rules of one direction or of both, the oldest first. Those of an index come in the order of their ids. */
export function rulesOf(ctx: OperationContext, groupId: string, isEgress?: boolean): readonly SecurityGroupRuleRow[] {
  return [...ctx.table(securityGroupRules).by('byGroup', groupId)]
    .filter(({ spec }) => isEgress === undefined || spec.isEgress === isEgress)
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
}

export function insertRule(
  ctx: OperationContext,
  id: string,
  groupId: string,
  isEgress: boolean,
  content: RuleContent,
): SecurityGroupRuleRow {
  return ctx.table(securityGroupRules).insert(id, { groupId, isEgress, ...content });
}

export function removeRule(ctx: OperationContext, ruleId: string): void {
  ctx.table(securityGroupRules).remove(ruleId);
  forgetTags(ctx, ruleId);
}

/** The group with its rules and tags. Whether something uses it is for the caller to check. */
export function removeSecurityGroup(ctx: OperationContext, groupId: string): void {
  for (const { id } of rulesOf(ctx, groupId)) removeRule(ctx, id);
  ctx.table(securityGroups).remove(groupId);
  forgetTags(ctx, groupId);
}
