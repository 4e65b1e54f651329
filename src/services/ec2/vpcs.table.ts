// What is remembered of a VPC and of the parts that give it its shape. All of it is what was asked: the network that
// carries packets is rendered from these rows by vpcs.reconciler.ts.

import { defineSpecTable } from '../../kernel/table.ts';

export interface CidrAssociation {
  /** `vpc-cidr-assoc-…` */
  readonly associationId: string;
  readonly cidrBlock: string;
}

export interface VpcSpec {
  /** The first one is the VPC's primary block. */
  readonly cidrBlocks: readonly CidrAssociation[];
  readonly isDefault: boolean;
  readonly instanceTenancy: 'default' | 'dedicated' | 'host';
  readonly dhcpOptionsId: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
}

export const vpcs = defineSpecTable<VpcSpec>({ name: 'ec2.vpcs' });

export interface SubnetSpec {
  readonly vpcId: string;
  readonly cidrBlock: string;
  /** `us-east-1a` */
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly defaultForAz: boolean;
  readonly mapPublicIpOnLaunch: boolean;
}

export const subnets = defineSpecTable<SubnetSpec>({
  name: 'ec2.subnets',
  indexes: { byVpc: (row) => [row.spec.vpcId] },
});

export interface InternetGatewaySpec {
  readonly attachedVpcIds: readonly string[];
}

export const internetGateways = defineSpecTable<InternetGatewaySpec>({
  name: 'ec2.internetGateways',
  indexes: { byVpc: (row) => row.spec.attachedVpcIds },
});

export interface RouteTableAssociation {
  readonly associationId: string;
  /** Absent on the main association. */
  readonly subnetId?: string;
  readonly isMain: boolean;
}

export interface RouteSpec {
  readonly destinationCidrBlock: string;
  /** `local`, or the id of a gateway, interface or instance. */
  readonly target: string;
  readonly origin: 'CreateRouteTable' | 'CreateRoute' | 'EnableVgwRoutePropagation';
}

export interface RouteTableSpec {
  readonly vpcId: string;
  readonly routes: readonly RouteSpec[];
  readonly associations: readonly RouteTableAssociation[];
}

export const routeTables = defineSpecTable<RouteTableSpec>({
  name: 'ec2.routeTables',
  indexes: { byVpc: (row) => [row.spec.vpcId] },
});

export interface NetworkAclEntrySpec {
  readonly ruleNumber: number;
  readonly egress: boolean;
  /** `-1` for all. */
  readonly protocol: string;
  readonly ruleAction: 'allow' | 'deny';
  readonly cidrBlock: string;
  readonly fromPort?: number;
  readonly toPort?: number;
}

export interface NetworkAclSpec {
  readonly vpcId: string;
  readonly isDefault: boolean;
  readonly entries: readonly NetworkAclEntrySpec[];
  readonly associations: readonly { readonly associationId: string; readonly subnetId: string }[];
}

export const networkAcls = defineSpecTable<NetworkAclSpec>({
  name: 'ec2.networkAcls',
  indexes: { byVpc: (row) => [row.spec.vpcId] },
});

export interface DhcpOptionsSpec {
  readonly configurations: readonly { readonly key: string; readonly values: readonly string[] }[];
}

export const dhcpOptions = defineSpecTable<DhcpOptionsSpec>({ name: 'ec2.dhcpOptions' });
