// Security groups: made, deleted and described. What they let through is in security-group-rules.operations.ts.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-groups.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { CreateSecurityGroupRequest, Ec2Api } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { describeRows } from './describe.ts';
import { securityGroupPaging } from './describe-paging.ts';
import { missingParameter } from './ec2.errors.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { requireRow } from './resource-kind.ts';
import { applyTagSpecifications, resourceKinds } from './resources.ts';
import {
  describeSecurityGroup,
  describeSecurityGroupForVpc,
  securityGroupArn,
  securityGroupFilters,
  securityGroupForVpcFilters,
} from './security-groups.describe.ts';
import {
  defaultGroupStays,
  groupInUse,
  groupNameExists,
  groupNameLikeId,
  invalidGroupText,
  notAscii,
  reservedGroupName,
} from './security-groups.errors.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import {
  defaultGroupName,
  findGroup,
  removeSecurityGroup,
  requireDefaultVpc,
  requireGroup,
  requireGroupsNamed,
} from './security-groups.ts';
import { describeTagsIfAny, tagsOf } from './tags.table.ts';
import { allowAllEgress } from './vpcs.ts';

export const securityGroupOperations = {
  DescribeSecurityGroups(ctx, input) {
    const named = input.GroupNames?.length ? requireGroupsNamed(ctx, input.GroupNames).map(({ id }) => id) : [];
    const { described: SecurityGroups, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeSecurityGroups',
      kind: resourceKinds['security-group'],
      input,
      ids: [...(input.GroupIds ?? []), ...named],
      fields: securityGroupFilters(ctx),
      paging: securityGroupPaging,
      describe: (row) => describeSecurityGroup(ctx, row),
    });
    return { SecurityGroups, NextToken };
  },

  /** Which groups an interface in the VPC may be given: no group is shared between VPCs or accounts here. */
  GetSecurityGroupsForVpc(ctx, input) {
    const vpc = requireRow(ctx, resourceKinds.vpc, input.VpcId);
    const { described: SecurityGroupForVpcs, nextToken: NextToken } = describeRows(ctx, {
      operation: `GetSecurityGroupsForVpc/${vpc.id}`,
      kind: resourceKinds['security-group'],
      input,
      fields: securityGroupForVpcFilters,
      paging: securityGroupPaging,
      where: ({ spec }) => spec.vpcId === vpc.id,
      describe: (row) => describeSecurityGroupForVpc(ctx, row),
    });
    return { SecurityGroupForVpcs, NextToken };
  },

  CreateSecurityGroup(ctx, input) {
    const { name, description } = checkedTexts(input);
    const vpc = input.VpcId === undefined ? requireDefaultVpc(ctx) : requireRow(ctx, resourceKinds.vpc, input.VpcId);
    if (findGroup(ctx, vpc.id, name)) throw groupNameExists(name, vpc.id);
    const group = ctx
      .table(securityGroups)
      .insert(newResourceId(ctx.random, 'sg'), { name, description, vpcId: vpc.id });
    allowAllEgress(ctx, group.id);
    applyTagSpecifications(ctx, 'security-group', group.id, input.TagSpecifications);
    return {
      GroupId: group.id,
      SecurityGroupArn: securityGroupArn(group),
      Tags: describeTagsIfAny(tagsOf(ctx, group.id)),
    };
  },

  DeleteSecurityGroup(ctx, input) {
    const group = requireGroup(ctx, input);
    if (group.spec.name === defaultGroupName) throw defaultGroupStays(group.id);
    if (isInUse(ctx, group.id)) throw groupInUse(group.id);
    removeSecurityGroup(ctx, group.id);
    return { Return: true, GroupId: group.id };
  },
} satisfies Operations<Ec2Api>;

const textPattern = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them.
const asciiPattern = /^[\x00-\x7f]*$/;

function checkedTexts(input: CreateSecurityGroupRequest): { readonly name: string; readonly description: string } {
  const { GroupName, Description: description } = input;
  // What ends in spaces is stored without them.
  const name = GroupName.trimEnd();
  if (!name) throw missingParameter('GroupName');
  if (!description) throw missingParameter('GroupDescription');
  if (!asciiPattern.test(name)) throw notAscii('GroupName', name);
  if (!asciiPattern.test(description)) throw notAscii('GroupDescription', description);
  if (/^sg-/i.test(name)) throw groupNameLikeId(name);
  if (name.toLowerCase() === defaultGroupName) throw reservedGroupName(name);
  if (!textPattern.test(name)) throw invalidGroupText('name');
  if (!textPattern.test(description)) throw invalidGroupText('description');
  return { name, description };
}

/** By a network interface, or by a rule of another group. */
function isInUse(ctx: OperationContext, groupId: string): boolean {
  for (const _ of ctx.table(networkInterfaces).by('bySecurityGroup', groupId)) return true;
  for (const { spec } of ctx.table(securityGroupRules).by('byReferencedGroup', groupId)) {
    if (spec.groupId !== groupId) return true;
  }
  return false;
}
