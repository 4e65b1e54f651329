// How security groups and their rules look in answers, and what they can be found by.

import { formatArn } from '../../aws/arn.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type {
  RevokedSecurityGroupRule,
  SecurityGroup,
  SecurityGroupForVpc,
  SecurityGroupRule,
} from '../../generated/ec2.types.ts';
import { describePermissions } from './ip-permissions.ts';
import { type SecurityGroupRuleSpec, securityGroups } from './security-groups.table.ts';
import { rulesOf, type SecurityGroupRow, type SecurityGroupRuleRow } from './security-groups.ts';
import { describeTags, describeTagsIfAny, tagsOf } from './tags.table.ts';

export function describeSecurityGroup(ctx: OperationContext, row: SecurityGroupRow): SecurityGroup {
  const permissions = (isEgress: boolean) =>
    describePermissions(rulesOf(ctx, row.id, isEgress).map(({ spec }) => spec));
  return {
    GroupId: row.id,
    GroupName: row.spec.name,
    Description: row.spec.description,
    OwnerId: row.account,
    VpcId: row.spec.vpcId,
    SecurityGroupArn: securityGroupArn(row),
    IpPermissions: permissions(false),
    IpPermissionsEgress: permissions(true),
    Tags: describeTagsIfAny(tagsOf(ctx, row.id)),
  };
}

export function describeSecurityGroupForVpc(ctx: OperationContext, row: SecurityGroupRow): SecurityGroupForVpc {
  return {
    GroupId: row.id,
    GroupName: row.spec.name,
    Description: row.spec.description,
    OwnerId: row.account,
    PrimaryVpcId: row.spec.vpcId,
    Tags: describeTags(tagsOf(ctx, row.id)),
  };
}

export function securityGroupArn({ account, region, id }: SecurityGroupRow): string {
  return formatArn({ service: 'ec2', region, account, resource: `security-group/${id}` });
}

export function describeRule(ctx: OperationContext, row: SecurityGroupRuleRow): SecurityGroupRule {
  const { id, account, region, spec } = row;
  const { peer } = spec;
  return {
    SecurityGroupRuleId: id,
    SecurityGroupRuleArn: formatArn({ service: 'ec2', region, account, resource: `security-group-rule/${id}` }),
    GroupId: spec.groupId,
    GroupOwnerId: account,
    IsEgress: spec.isEgress,
    ...describeTraffic(spec),
    ...describeRange(spec),
    ...('securityGroupId' in peer && { ReferencedGroupInfo: { GroupId: peer.securityGroupId, UserId: peer.userId } }),
    Description: spec.description,
    Tags: describeTags(tagsOf(ctx, id)),
  };
}

export function describeRevokedRule({ id, spec }: SecurityGroupRuleRow): RevokedSecurityGroupRule {
  return {
    SecurityGroupRuleId: id,
    GroupId: spec.groupId,
    IsEgress: spec.isEgress,
    ...describeTraffic(spec),
    ...describeRange(spec),
    ...('securityGroupId' in spec.peer && { ReferencedGroupId: spec.peer.securityGroupId }),
    Description: spec.description,
  };
}

// As a rule by itself shows "all": a permission shows no ports at all instead.
const allPorts = -1;

function describeTraffic({ ipProtocol, fromPort, toPort }: SecurityGroupRuleSpec) {
  return { IpProtocol: ipProtocol, FromPort: fromPort ?? allPorts, ToPort: toPort ?? allPorts };
}

function describeRange({ peer }: SecurityGroupRuleSpec) {
  if ('cidrIpv4' in peer) return { CidrIpv4: peer.cidrIpv4 };
  if ('cidrIpv6' in peer) return { CidrIpv6: peer.cidrIpv6 };
  return 'prefixListId' in peer ? { PrefixListId: peer.prefixListId } : {};
}

export const securityGroupForVpcFilters: FilterFields<SecurityGroupRow> = {
  description: ({ spec }) => spec.description,
  'group-id': ({ id }) => id,
  'group-name': ({ spec }) => spec.name,
  'owner-id': ({ account }) => account,
  'primary-vpc-id': ({ spec }) => spec.vpcId,
};

export function securityGroupFilters(ctx: OperationContext): FilterFields<SecurityGroupRow> {
  return {
    ...securityGroupForVpcFilters,
    'vpc-id': ({ spec }) => spec.vpcId,
    ...permissionFilters(ctx, 'ip-permission', false),
    ...permissionFilters(ctx, 'egress.ip-permission', true),
  };
}

/** Several filters on rules may be met by different rules of a group, as on AWS. */
function permissionFilters(ctx: OperationContext, prefix: string, isEgress: boolean): FilterFields<SecurityGroupRow> {
  const ofRules = (value: (rule: SecurityGroupRuleSpec) => string | number | undefined) => (row: SecurityGroupRow) =>
    rulesOf(ctx, row.id, isEgress).flatMap(({ spec }) => {
      const found = value(spec);
      return found === undefined ? [] : String(found);
    });
  const peerId = ({ peer }: SecurityGroupRuleSpec) => ('securityGroupId' in peer ? peer.securityGroupId : undefined);
  const fields: FilterFields<SecurityGroupRow> = {
    cidr: ofRules(({ peer }) => ('cidrIpv4' in peer ? peer.cidrIpv4 : undefined)),
    'from-port': ofRules(({ fromPort }) => fromPort),
    'group-id': ofRules(peerId),
    'group-name': ofRules((rule) => ctx.table(securityGroups).get(peerId(rule) ?? '')?.spec.name),
    'ipv6-cidr': ofRules(({ peer }) => ('cidrIpv6' in peer ? peer.cidrIpv6 : undefined)),
    'prefix-list-id': ofRules(({ peer }) => ('prefixListId' in peer ? peer.prefixListId : undefined)),
    protocol: ofRules(({ ipProtocol }) => ipProtocol),
    'to-port': ofRules(({ toPort }) => toPort),
    'user-id': ofRules(({ peer }) => ('userId' in peer ? peer.userId : undefined)),
  };
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [`${prefix}.${name}`, field]));
}
