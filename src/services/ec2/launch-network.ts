// Where a launched instance's primary network interface goes: subnet, security groups, addresses.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { InstanceNetworkInterfaceSpecification, RunInstancesRequest } from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import { invalidParameterCombination, notFound, unsupportedOperation } from './ec2.errors.ts';
import { securityGroups } from './security-groups.table.ts';
import { type SubnetSpec, subnets, vpcs } from './vpcs.table.ts';

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

export function planNetworkInterface(ctx: OperationContext, input: RunInstancesRequest): NetworkPlan {
  const primary = primaryInterface(input);
  const subnet = chooseSubnet(ctx, primary?.SubnetId ?? input.SubnetId, input.Placement?.AvailabilityZone);
  const privateAddress = primary?.PrivateIpAddress ?? input.PrivateIpAddress;
  return {
    vpcId: subnet.spec.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.spec.availabilityZone,
    securityGroupIds: chooseSecurityGroups(
      ctx,
      subnet.spec.vpcId,
      primary?.Groups ?? input.SecurityGroupIds ?? [],
      input.SecurityGroups ?? [],
    ),
    associatePublicAddress: primary?.AssociatePublicIpAddress ?? subnet.spec.mapPublicIpOnLaunch,
    ...(privateAddress !== undefined && { privateAddress }),
    description: primary?.Description ?? '',
    deleteOnTermination: primary?.DeleteOnTermination ?? true,
  };
}

function primaryInterface(input: RunInstancesRequest): InstanceNetworkInterfaceSpecification | undefined {
  const interfaces = input.NetworkInterfaces ?? [];
  if (interfaces.length === 0) return undefined;
  const named = {
    'security groups': [...(input.SecurityGroupIds ?? []), ...(input.SecurityGroups ?? [])].length > 0,
    'subnet ID': input.SubnetId !== undefined,
  };
  for (const [what, isNamed] of Object.entries(named)) {
    if (isNamed)
      throw invalidParameterCombination(
        `Network interfaces and an instance-level ${what} may not be specified on the same request`,
      );
  }
  const primary = interfaces.find(({ DeviceIndex }) => DeviceIndex === 0);
  if (!primary)
    throw awsError('InvalidParameterCombination', 'Network interfaces must be specified with a device index of 0');
  if (interfaces.length > 1)
    throw unsupportedOperation('cloudlet does not support more than one network interface in RunInstances yet.');
  if (primary.NetworkInterfaceId)
    throw unsupportedOperation('cloudlet does not support launching with an existing network interface yet.');
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

function chooseSubnet(
  ctx: OperationContext,
  subnetId: string | undefined,
  zone: string | undefined,
): Row<SubnetSpec, null> {
  if (subnetId !== undefined) {
    const subnet = ctx.table(subnets).get(subnetId);
    if (!subnet) throw notFound('InvalidSubnetID.NotFound', 'subnet', [subnetId]);
    if (zone !== undefined && zone !== subnet.spec.availabilityZone) {
      throw invalidParameterCombination(
        `The availability zone '${zone}' does not match the availability zone '${subnet.spec.availabilityZone}' of the subnet '${subnetId}'`,
      );
    }
    return subnet;
  }
  const vpc = defaultVpc(ctx);
  const defaults = [...ctx.table(subnets).by('byVpc', vpc.id)].filter(({ spec }) => spec.defaultForAz).sort(byZone);
  const found = zone === undefined ? defaults[0] : defaults.find(({ spec }) => spec.availabilityZone === zone);
  if (found) return found;
  if (zone !== undefined && !zone.startsWith(ctx.region))
    throw awsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  throw awsError('MissingInput', `No subnets found for the default VPC '${vpc.id}'. Please specify a subnet.`);
}

const byZone = (a: Row<SubnetSpec, null>, b: Row<SubnetSpec, null>): number =>
  a.spec.availabilityZone < b.spec.availabilityZone ? -1 : 1;

function defaultVpc(ctx: OperationContext) {
  for (const vpc of ctx.table(vpcs).list()) if (vpc.spec.isDefault) return vpc;
  throw awsError(
    'VPCIdNotSpecified',
    'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
  );
}

/** Ids win over names; none of either means the VPC's default group. */
export function chooseSecurityGroups(
  ctx: OperationContext,
  vpcId: string,
  ids: readonly string[],
  names: readonly string[],
): readonly string[] {
  const groups = ctx.table(securityGroups);
  const named = (name: string): string => {
    for (const group of groups.by('byVpcAndName', `${vpcId}/${name}`)) return group.id;
    throw awsError('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpcId}'`);
  };
  for (const id of ids) {
    const group = groups.get(id);
    if (!group) throw awsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
    if (group.spec.vpcId !== vpcId)
      throw awsError('InvalidParameter', `Security group ${id} and subnet belong to different networks.`);
  }
  const chosen = [...new Set([...ids, ...names.map(named)])];
  if (chosen.length > 5)
    throw awsError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  return chosen.length > 0 ? chosen : [named('default')];
}
