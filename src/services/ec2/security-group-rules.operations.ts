// The rules of security groups: authorized and revoked by what they say, modified and described by their ids.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  AuthorizeSecurityGroupIngressRequest,
  Ec2Api,
  Filter,
  IpPermission,
  RevokeSecurityGroupIngressResult,
  SecurityGroupRuleDescription,
} from '../../generated/ec2.types.ts';
import { describeRows } from './describe.ts';
import { rulePaging } from './describe-paging.ts';
import { missingParameter } from './ec2.errors.ts';
import {
  describePermissions,
  parseDescription,
  parsePermissions,
  type RuleContent,
  ruleKey,
} from './ip-permissions.ts';
import { isIdOf, requireRows } from './resource-kind.ts';
import { applyTagSpecifications, resourceKinds, type TagSpecification } from './resources.ts';
import { authorizeRules, modifyRules } from './security-group-rules.ts';
import { describeRevokedRule, describeRule } from './security-groups.describe.ts';
import { malformedGroupId, notTogether, ruleNotFound } from './security-groups.errors.ts';
import { securityGroupRules } from './security-groups.table.ts';
import {
  groupResolver,
  isInDefaultVpc,
  removeRule,
  requireGroup,
  rulesOf,
  type SecurityGroupRow,
  type SecurityGroupRuleRow,
} from './security-groups.ts';

export const securityGroupRuleOperations = {
  AuthorizeSecurityGroupIngress(ctx, input) {
    const group = requireGroup(ctx, input);
    return authorize(ctx, group, false, ingressPermissions(input), input.TagSpecifications);
  },

  AuthorizeSecurityGroupEgress(ctx, { GroupId, IpPermissions, TagSpecifications }) {
    return authorize(ctx, requireGroup(ctx, { GroupId }), true, IpPermissions, TagSpecifications);
  },

  RevokeSecurityGroupIngress(ctx, input) {
    const group = requireGroup(ctx, input);
    return revoke(ctx, group, false, ingressPermissions(input), input.SecurityGroupRuleIds);
  },

  RevokeSecurityGroupEgress(ctx, { GroupId, IpPermissions, SecurityGroupRuleIds }) {
    return revoke(ctx, requireGroup(ctx, { GroupId }), true, IpPermissions, SecurityGroupRuleIds);
  },

  ModifySecurityGroupRules(ctx, { GroupId, SecurityGroupRules }) {
    modifyRules(ctx, requireGroup(ctx, { GroupId }), SecurityGroupRules);
    return { Return: true };
  },

  UpdateSecurityGroupRuleDescriptionsIngress(ctx, input) {
    updateDescriptions(ctx, requireGroup(ctx, input), false, input);
    return { Return: true };
  },

  UpdateSecurityGroupRuleDescriptionsEgress(ctx, input) {
    updateDescriptions(ctx, requireGroup(ctx, input), true, input);
    return { Return: true };
  },

  DescribeSecurityGroupRules(ctx, input) {
    checkGroupIds(input.Filters);
    const { described: SecurityGroupRules, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeSecurityGroupRules',
      kind: resourceKinds['security-group-rule'],
      input,
      ids: input.SecurityGroupRuleIds,
      fields: { 'group-id': ({ spec }) => spec.groupId, 'security-group-rule-id': ({ id }) => id },
      paging: rulePaging('securityGroupRuleIds'),
      describe: (row) => describeRule(ctx, row),
    });
    return { SecurityGroupRules, NextToken };
  },
} satisfies Operations<Ec2Api>;

/** Here alone, a filter's values must look like ids. */
function checkGroupIds(filters: readonly Filter[] | undefined): void {
  for (const { Name, Values = [] } of filters ?? []) {
    if (Name !== 'group-id') continue;
    const malformed = Values.find((id) => !/[*?]/.test(id) && !isIdOf(resourceKinds['security-group'], id));
    if (malformed !== undefined) throw malformedGroupId(malformed);
  }
}

type LegacyIngress = Pick<
  AuthorizeSecurityGroupIngressRequest,
  | 'IpPermissions'
  | 'IpProtocol'
  | 'FromPort'
  | 'ToPort'
  | 'CidrIp'
  | 'SourceSecurityGroupName'
  | 'SourceSecurityGroupOwnerId'
>;

/** The older parameters of ingress say one permission, or full access for a group of the default VPC. */
function ingressPermissions(input: LegacyIngress): readonly IpPermission[] | undefined {
  const { IpPermissions, IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName: GroupName } = input;
  const legacy = { ipProtocol: IpProtocol, fromPort: FromPort, toPort: ToPort, cidrIp: CidrIp };
  const [named] = Object.entries(legacy).filter(([, value]) => value !== undefined);
  if (IpPermissions?.length) {
    if (named) throw notTogether('ipPermissions', named[0]);
    if (GroupName !== undefined) throw notTogether('ipPermissions', 'sourceSecurityGroupName');
    return IpPermissions;
  }
  if (GroupName !== undefined) {
    if (named) throw notTogether('sourceSecurityGroupName', named[0]);
    const UserIdGroupPairs = [{ GroupName, UserId: input.SourceSecurityGroupOwnerId }];
    return [
      { IpProtocol: 'tcp', FromPort: 0, ToPort: 65535, UserIdGroupPairs },
      { IpProtocol: 'udp', FromPort: 0, ToPort: 65535, UserIdGroupPairs },
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, UserIdGroupPairs },
    ];
  }
  if (!named) return undefined;
  return [{ IpProtocol, FromPort, ToPort, ...(CidrIp !== undefined && { IpRanges: [{ CidrIp }] }) }];
}

function authorize(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
  permissions: readonly IpPermission[] | undefined,
  tagSpecifications: readonly TagSpecification[] | undefined,
) {
  if (!permissions?.length) throw missingParameter('ipPermissions');
  const contents = parsePermissions(permissions, groupResolver(ctx, group));
  const rules = authorizeRules(ctx, group, isEgress, contents);
  for (const { id } of rules) applyTagSpecifications(ctx, 'security-group-rule', id, tagSpecifications);
  return { Return: true, SecurityGroupRules: rules.map((rule) => describeRule(ctx, rule)) };
}

/** In a default VPC what does not match is told of; elsewhere it is an error, and nothing is revoked. */
function revoke(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
  permissions: readonly IpPermission[] | undefined,
  ruleIds: readonly string[] | undefined,
): RevokeSecurityGroupIngressResult {
  if (permissions?.length && ruleIds?.length) throw notTogether('ipPermissions', 'securityGroupRuleIds');
  if (ruleIds?.length) return revoked(ctx, requireRulesOf(ctx, group, isEgress, ruleIds), []);
  if (!permissions?.length) throw missingParameter('ipPermissions');
  const contents = parsePermissions(permissions, groupResolver(ctx, group));
  const present = rulesByKey(ctx, group, isEgress);
  const unknown = contents.filter((content) => !present.has(ruleKey(content)));
  if (unknown.length > 0 && !isInDefaultVpc(ctx, group)) throw ruleNotFound();
  const rules = contents.flatMap((content) => present.get(ruleKey(content)) ?? []);
  return revoked(ctx, rules, unknown);
}

function revoked(
  ctx: OperationContext,
  rules: readonly SecurityGroupRuleRow[],
  unknown: readonly RuleContent[],
): RevokeSecurityGroupIngressResult {
  for (const { id } of rules) removeRule(ctx, id);
  return {
    Return: true,
    UnknownIpPermissions: describePermissions(unknown),
    RevokedSecurityGroupRules: rules.map(describeRevokedRule),
  };
}

function updateDescriptions(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
  input: {
    readonly IpPermissions?: readonly IpPermission[] | undefined;
    readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
  },
): void {
  const { IpPermissions: permissions = [], SecurityGroupRuleDescriptions: byId = [] } = input;
  if (permissions.length > 0 && byId.length > 0) throw notTogether('ipPermissions', 'securityGroupRuleDescriptions');
  if (permissions.length === 0 && byId.length === 0) throw missingParameter('ipPermissions');
  const describe = (ruleId: string, text: string | undefined) =>
    ctx
      .table(securityGroupRules)
      .update(ruleId, ({ description: _, ...spec }) => ({ ...spec, ...parseDescription(text) }));
  for (const { SecurityGroupRuleId = '', Description } of byId) {
    for (const { id } of requireRulesOf(ctx, group, isEgress, [SecurityGroupRuleId])) describe(id, Description);
  }
  const present = rulesByKey(ctx, group, isEgress);
  for (const content of parsePermissions(permissions, groupResolver(ctx, group))) {
    const rule = present.get(ruleKey(content));
    if (!rule) throw ruleNotFound();
    describe(rule.id, content.description);
  }
}

/** A rule of another group, or of the other direction, is as good as none. */
function requireRulesOf(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
  ids: readonly string[],
): readonly SecurityGroupRuleRow[] {
  const kind = resourceKinds['security-group-rule'];
  const rules = requireRows(ctx, kind, ids);
  const foreign = rules.filter(({ spec }) => spec.groupId !== group.id || spec.isEgress !== isEgress);
  if (foreign.length > 0) throw kind.notFound(foreign.map(({ id }) => id));
  return rules;
}

function rulesByKey(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
): ReadonlyMap<string, SecurityGroupRuleRow> {
  return new Map(rulesOf(ctx, group.id, isEgress).map((rule) => [ruleKey(rule.spec), rule]));
}
