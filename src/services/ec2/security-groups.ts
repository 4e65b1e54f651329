// Finds and removes security groups for operations, with AWS's errors.

import type { OperationContext } from '../../aws/operation.ts';
import type { Row } from '../../kernel/table.ts';
import { forgetTags } from './resources.ts';
import {
  type SecurityGroupRuleSpec,
  type SecurityGroupSpec,
  securityGroupRules,
  securityGroups,
} from './security-groups.table.ts';

export type SecurityGroupRow = Row<SecurityGroupSpec, null>;
export type SecurityGroupRuleRow = Row<SecurityGroupRuleSpec, null>;

export function rulesOf(ctx: OperationContext, groupId: string): readonly SecurityGroupRuleRow[] {
  return [...ctx.table(securityGroupRules).by('byGroup', groupId)];
}

/** The group with its rules and tags. Whether something uses it is for the caller to check. */
export function removeSecurityGroup(ctx: OperationContext, groupId: string): void {
  for (const { id } of rulesOf(ctx, groupId)) {
    ctx.table(securityGroupRules).remove(id);
    forgetTags(ctx, id);
  }
  ctx.table(securityGroups).remove(groupId);
  forgetTags(ctx, groupId);
}
