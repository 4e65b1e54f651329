// Where a launched instance's primary network interface goes: subnet, security groups, addresses.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { InstanceNetworkInterfaceSpecification, RunInstancesRequest } from '../../generated/ec2.types.ts';
import { quotas, quotaValue } from '../service-quotas/index.ts';
import { invalidParameterCombination, invalidParameterValue, unsupportedOperation } from './ec2.errors.ts';
import { zonesOffering } from './instance-types.ts';
import { findZone } from './regions.facts.ts';
import { requireRow, requireRows } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';
import { defaultGroupName, findGroup, requireGroupsNamed, type SecurityGroupRow } from './security-groups.ts';
import { refuseMembers } from './vpcs.errors.ts';
import { subnets } from './vpcs.table.ts';
import { getDefaultVpc, type SubnetRow, type VpcRow } from './vpcs.ts';

export interface NetworkPlan {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly securityGroupIds: readonly string[];
  readonly associatePublicAddress: boolean;
  readonly privateAddress?: string;
  readonly description: string;
  readonly deleteOnTermination: boolean;
}

export function planNetworkInterface(
  ctx: OperationContext,
  input: RunInstancesRequest,
  instanceType: string,
): NetworkPlan {
  const primary = primaryInterface(input);
  const subnetId = primary?.SubnetId ?? input.SubnetId;
  if (subnetId !== undefined && input.SecurityGroups?.length) {
    throw invalidParameterCombination('The parameter groupName cannot be used with the parameter subnet');
  }
  const subnet = chooseSubnet(ctx, subnetId, askedZone(ctx, input), instanceType);
  const privateAddress = primary
    ? (primary.PrivateIpAddress ?? primary.PrivateIpAddresses?.[0]?.PrivateIpAddress)
    : input.PrivateIpAddress;
  return {
    vpcId: subnet.spec.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.spec.availabilityZone,
    securityGroupIds: launchGroups(ctx, input, primary, subnet),
    associatePublicAddress: primary?.AssociatePublicIpAddress ?? subnet.spec.mapPublicIpOnLaunch,
    ...(privateAddress !== undefined && { privateAddress }),
    description: primary?.Description ?? '',
    deleteOnTermination: primary?.DeleteOnTermination ?? true,
  };
}

const unbuiltInterfaceMembers = [
  'AssociateCarrierIpAddress',
  'ConnectionTrackingSpecification',
  'EnaQueueCount',
  'EnaSrdSpecification',
  'Ipv4PrefixCount',
  'Ipv4Prefixes',
  'Ipv6PrefixCount',
  'Ipv6Prefixes',
  'PrimaryIpv6',
] as const satisfies readonly (keyof InstanceNetworkInterfaceSpecification)[];

function primaryInterface(input: RunInstancesRequest): InstanceNetworkInterfaceSpecification | undefined {
  const interfaces = input.NetworkInterfaces ?? [];
  if (interfaces.length === 0) return undefined;
  const named = {
    'security groups': [...(input.SecurityGroupIds ?? []), ...(input.SecurityGroups ?? [])].length > 0,
    'subnet ID': input.SubnetId !== undefined,
    'private address': input.PrivateIpAddress !== undefined,
  };
  for (const [what, isNamed] of Object.entries(named)) {
    if (isNamed)
      throw invalidParameterCombination(
        `Network interfaces and an instance-level ${what} may not be specified on the same request`,
      );
  }
  const primary = interfaces.find(({ DeviceIndex }) => DeviceIndex === 0);
  if (!primary) throw invalidParameterCombination('Network interfaces must be specified with a device index of 0');
  if (interfaces.length > 1)
    throw unsupportedOperation('cloudlet does not support more than one network interface in RunInstances yet.');
  if (primary.NetworkInterfaceId)
    throw unsupportedOperation('cloudlet does not support launching with an existing network interface yet.');
  refuseMembers('RunInstances', primary, unbuiltInterfaceMembers);
  if ((primary.InterfaceType ?? 'interface') !== 'interface')
    throw unsupportedOperation(`cloudlet does not support interfaces of the type ${primary.InterfaceType} yet.`);
  if (
    primary.SecondaryPrivateIpAddressCount ||
    (primary.PrivateIpAddresses?.length ?? 0) > 1 ||
    primary.Ipv6AddressCount ||
    primary.Ipv6Addresses?.length
  ) {
    throw unsupportedOperation('cloudlet does not support secondary or IPv6 addresses in RunInstances yet.');
  }
  return primary;
}

/** By name or by id, whichever is given. */
function askedZone(ctx: OperationContext, { Placement }: RunInstancesRequest): string | undefined {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = Placement ?? {};
  if (id === undefined) return name;
  const zone = findZone(ctx.region, id);
  if (zone?.id !== id) throw invalidParameterValue(`Invalid availability zone-id: [${id}]`);
  if (name !== undefined && name !== zone.name) {
    throw invalidParameterCombination('The parameters availabilityZone and availabilityZoneId name different zones');
  }
  return zone.name;
}

function chooseSubnet(
  ctx: OperationContext,
  subnetId: string | undefined,
  zone: string | undefined,
  instanceType: string,
): SubnetRow {
  const zones = zonesOffering(instanceType, ctx.region).map(({ name }) => name);
  if (zones.length === 0) throw notOffered();
  const isOffering = ({ spec }: SubnetRow) => zones.includes(spec.availabilityZone);
  if (subnetId !== undefined) {
    const subnet = requireRow(ctx, resourceKinds.subnet, subnetId);
    if (zone !== undefined && zone !== subnet.spec.availabilityZone) throw inOtherZone(zone, subnet);
    if (!isOffering(subnet)) throw notOfferedIn(subnet.spec.availabilityZone, instanceType, zones);
    return subnet;
  }
  const vpc = defaultVpc(ctx);
  const defaults = [...ctx.table(subnets).by('byVpc', vpc.id)].filter(({ spec }) => spec.defaultForAz).sort(byZone);
  if (zone === undefined) {
    const found = defaults.find(isOffering);
    if (found) return found;
    throw defaults.length > 0 ? notOffered() : noDefaultSubnet(vpc.id);
  }
  if (findZone(ctx.region, zone)?.name !== zone) throw invalidParameterValue(`Invalid availability zone: [${zone}]`);
  const found = defaults.find(({ spec }) => spec.availabilityZone === zone);
  if (!found) throw noDefaultSubnet(vpc.id);
  if (!isOffering(found)) throw notOfferedIn(zone, instanceType, zones);
  return found;
}

const byZone = (a: SubnetRow, b: SubnetRow): number => (a.spec.availabilityZone < b.spec.availabilityZone ? -1 : 1);

function noDefaultSubnet(vpcId: string): AwsError {
  return awsError('MissingInput', `No subnets found for the default VPC '${vpcId}'. Please specify a subnet.`);
}

function inOtherZone(zone: string, { id, spec }: SubnetRow): AwsError {
  return invalidParameterValue(
    `Value (${zone}) for parameter availabilityZone is invalid. Subnet '${id}' is in the availability zone ${spec.availabilityZone}`,
  );
}

function notOffered(): AwsError {
  return awsError(
    'Unsupported',
    'The requested configuration is currently not supported. Please check the documentation for supported configurations.',
  );
}

function notOfferedIn(zone: string, instanceType: string, zones: readonly string[]): AwsError {
  return awsError(
    'Unsupported',
    `Your requested instance type (${instanceType}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${zones.join(', ')}.`,
  );
}

function defaultVpc(ctx: OperationContext): VpcRow {
  const vpc = getDefaultVpc(ctx);
  if (vpc) return vpc;
  throw awsError(
    'VPCIdNotSpecified',
    'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
  );
}

function launchGroups(
  ctx: OperationContext,
  input: RunInstancesRequest,
  primary: InstanceNetworkInterfaceSpecification | undefined,
  subnet: SubnetRow,
): readonly string[] {
  const { vpcId } = subnet.spec;
  const named = input.SecurityGroups?.length ? requireGroupsNamed(ctx, input.SecurityGroups).map(({ id }) => id) : [];
  const ids = [...(primary?.Groups ?? input.SecurityGroupIds ?? []), ...named];
  return ids.length > 0
    ? chooseSecurityGroups(ctx, ids, vpcId, `subnet ${subnet.id}`)
    : [(findGroup(ctx, vpcId, defaultGroupName) as SecurityGroupRow).id];
}

/** Groups for an interface in the VPC; `other` is what the error calls the other party. */
export function chooseSecurityGroups(
  ctx: OperationContext,
  ids: readonly string[],
  vpcId: string,
  other: string,
): readonly string[] {
  const groups = requireRows(ctx, resourceKinds['security-group'], ids);
  const stranger = groups.find(({ spec }) => spec.vpcId !== vpcId);
  if (stranger) {
    throw awsError('InvalidParameter', `Security group ${stranger.id} and ${other} belong to different networks.`);
  }
  if (groups.length > quotaValue(ctx, quotas.groupsPerInterface)) {
    throw awsError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  }
  return groups.map(({ id }) => id);
}
