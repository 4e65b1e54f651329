// Makes VPCs and subnets with everything that AWS makes along with them, and finds what belongs to them.

import type { OperationContext } from '../../aws/operation.ts';
import { newResourceId } from '../../kernel/ids.ts';
import type { Row, TableReader } from '../../kernel/table.ts';
import { privateDomain } from './dns-names.ts';
import type { ZoneFacts } from './regions.facts.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import {
  dhcpOptions,
  internetGateways,
  type NetworkAclSpec,
  networkAcls,
  type RouteTableSpec,
  routeTables,
  type SubnetSpec,
  subnets,
  type VpcSpec,
  vpcs,
} from './vpcs.table.ts';

export type VpcRow = Row<VpcSpec, null>;
export type SubnetRow = Row<SubnetSpec, null>;
export type RouteTableRow = Row<RouteTableSpec, null>;

export const anywhere = '0.0.0.0/0';

export function getDefaultVpc(ctx: OperationContext): VpcRow | undefined {
  for (const vpc of ctx.table(vpcs).list()) if (vpc.spec.isDefault) return vpc;
  return undefined;
}

/** A VPC with its main route table, default network ACL and default security group, and no subnets. */
export function createVpc(
  ctx: OperationContext,
  options: { readonly cidrBlock: string; readonly isDefault: boolean },
): VpcRow {
  const { cidrBlock, isDefault } = options;
  const vpc = ctx.table(vpcs).insert(newResourceId(ctx.random, 'vpc'), {
    cidrBlocks: [{ associationId: newResourceId(ctx.random, 'vpc-cidr-assoc'), cidrBlock }],
    isDefault,
    instanceTenancy: 'default',
    dhcpOptionsId: ensureDefaultDhcpOptions(ctx),
    enableDnsSupport: true,
    enableDnsHostnames: isDefault,
  });
  createRouteTable(ctx, vpc, true);
  ctx.table(networkAcls).insert(newResourceId(ctx.random, 'acl'), {
    vpcId: vpc.id,
    isDefault: true,
    entries: defaultAclEntries,
    associations: [],
  });
  createDefaultSecurityGroup(ctx, vpc.id);
  return vpc;
}

/** One set per region, shared by all VPCs that were not given another. */
function ensureDefaultDhcpOptions(ctx: OperationContext): string {
  const rows = ctx.table(dhcpOptions);
  for (const { id } of rows.list()) return id;
  const id = newResourceId(ctx.random, 'dopt');
  rows.insert(id, {
    configurations: [
      { key: 'domain-name', values: [privateDomain(ctx.region)] },
      { key: 'domain-name-servers', values: ['AmazonProvidedDNS'] },
    ],
  });
  return id;
}

export function createRouteTable(ctx: OperationContext, vpc: VpcRow, isMain: boolean): RouteTableRow {
  return ctx.table(routeTables).insert(newResourceId(ctx.random, 'rtb'), {
    vpcId: vpc.id,
    routes: vpc.spec.cidrBlocks.map(({ cidrBlock }) => ({
      destinationCidrBlock: cidrBlock,
      target: 'local',
      origin: 'CreateRouteTable',
    })),
    associations: isMain ? [{ associationId: newResourceId(ctx.random, 'rtbassoc'), isMain: true }] : [],
  });
}

/** Everything is allowed; what follows the last rule, and cannot be removed, denies the rest. */
const defaultAclEntries: NetworkAclSpec['entries'] = [true, false].flatMap((egress) => [
  { ruleNumber: 100, egress, protocol: '-1', ruleAction: 'allow', cidrBlock: anywhere },
  { ruleNumber: 32767, egress, protocol: '-1', ruleAction: 'deny', cidrBlock: anywhere },
]);

/** Its members may talk to one another, and to everybody. */
function createDefaultSecurityGroup(ctx: OperationContext, vpcId: string): void {
  const groupId = newResourceId(ctx.random, 'sg');
  ctx.table(securityGroups).insert(groupId, { name: 'default', description: 'default VPC security group', vpcId });
  ctx.table(securityGroupRules).insert(newResourceId(ctx.random, 'sgr'), {
    groupId,
    isEgress: false,
    ipProtocol: '-1',
    peer: { securityGroupId: groupId, userId: ctx.account },
  });
  allowAllEgress(ctx, groupId);
}

/** What every new security group of a VPC has. */
export function allowAllEgress(ctx: OperationContext, groupId: string): void {
  ctx.table(securityGroupRules).insert(newResourceId(ctx.random, 'sgr'), {
    groupId,
    isEgress: true,
    ipProtocol: '-1',
    peer: { cidrIpv4: anywhere },
  });
}

export function createSubnet(
  ctx: OperationContext,
  vpc: VpcRow,
  options: { readonly cidrBlock: string; readonly zone: ZoneFacts; readonly isDefault: boolean },
): SubnetRow {
  const { cidrBlock, zone, isDefault } = options;
  const subnet = ctx.table(subnets).insert(newResourceId(ctx.random, 'subnet'), {
    vpcId: vpc.id,
    cidrBlock,
    availabilityZone: zone.name,
    availabilityZoneId: zone.id,
    defaultForAz: isDefault,
    mapPublicIpOnLaunch: isDefault,
  });
  const acls = ctx.table(networkAcls);
  for (const { id, spec } of acls.by('byVpc', vpc.id)) {
    if (!spec.isDefault) continue;
    const association = { associationId: newResourceId(ctx.random, 'aclassoc'), subnetId: subnet.id };
    acls.update(id, (acl) => ({ ...acl, associations: [...acl.associations, association] }));
  }
  return subnet;
}

/** The route table that a subnet's packets follow: its own, or else the VPC's main one. `tables` are those of its VPC. */
export function effectiveRouteTable(tables: readonly RouteTableRow[], subnetId: string): RouteTableRow | undefined {
  const has = (test: (association: RouteTableSpec['associations'][number]) => boolean) =>
    tables.find(({ spec }) => spec.associations.some(test));
  return has((association) => association.subnetId === subnetId) ?? has(({ isMain }) => isMain);
}

/** Does the table lead out of the VPC, by a gateway that is attached to it? */
export function leadsToInternet(
  table: RouteTableRow | undefined,
  gateways: Pick<TableReader<{ readonly attachedVpcIds: readonly string[] }, null>, 'get'>,
): boolean {
  const target = table?.spec.routes.find(({ destinationCidrBlock }) => destinationCidrBlock === anywhere)?.target;
  if (!table || target === undefined) return false;
  return gateways.get(target)?.spec.attachedVpcIds.includes(table.spec.vpcId) ?? false;
}

/** The gateway that a VPC has, if any: AWS allows one. */
export function gatewayOf(ctx: OperationContext, vpcId: string): string | undefined {
  for (const { id } of ctx.table(internetGateways).by('byVpc', vpcId)) return id;
  return undefined;
}
