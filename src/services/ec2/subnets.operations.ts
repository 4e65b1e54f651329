// Subnets of VPCs. A subnet lives in one zone, and its free addresses are counted when it is described.

import { formatArn } from '../../aws/arn.ts';
import { awsError } from '../../aws/errors.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { CreateSubnetRequest, Ec2Api, ModifySubnetAttributeRequest, Subnet } from '../../generated/ec2.types.ts';
import { pick } from '../../kernel/random.ts';
import {
  containsBlock,
  formatIpv4Block,
  type Ipv4Block,
  overlaps,
  parseIpv4Block,
  usableAddressCount,
} from './cidr.ts';
import { createDefaultSubnet, defaultSubnetCount } from './default-vpc.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { invalidParameterCombination, missingParameter } from './ec2.errors.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { findZone, regionFacts, type ZoneFacts } from './regions.facts.ts';
import { requireRow } from './resource-kind.ts';
import { applyTagSpecifications, forgetTags, resourceKinds } from './resources.ts';
import { describeTags, describeTagsIfAny, tagsOf } from './tags.table.ts';
import { hasDependencies, noCidrBlock, notACidrBlock, notInZone, refuseMembers } from './vpcs.errors.ts';
import { networkAcls, routeTables, subnets } from './vpcs.table.ts';
import { createSubnet, getDefaultVpc, type SubnetRow, type VpcRow } from './vpcs.ts';

export const subnetOperations = {
  DescribeSubnets(ctx, input) {
    const { described: Subnets, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeSubnets',
      kind: resourceKinds.subnet,
      input,
      ids: input.SubnetIds,
      fields: subnetFilters(ctx),
      paging: vpcPaging('SubnetIds'),
      describe: (row) => describeSubnet(ctx, row),
    });
    return { Subnets, NextToken };
  },

  CreateSubnet(ctx, input) {
    refuseMembers('CreateSubnet', input, unbuiltAtCreation);
    const vpc = requireRow(ctx, resourceKinds.vpc, input.VpcId);
    const cidrBlock = subnetCidrBlock(ctx, vpc, input.CidrBlock);
    const zone = chooseZone(ctx, input.AvailabilityZone, input.AvailabilityZoneId) ?? anyZone(ctx);
    const subnet = createSubnet(ctx, vpc, { cidrBlock, zone, isDefault: false });
    applyTagSpecifications(ctx, 'subnet', subnet.id, input.TagSpecifications);
    return { Subnet: { ...describeSubnet(ctx, subnet), Tags: describeTags(tagsOf(ctx, subnet.id)) } };
  },

  CreateDefaultSubnet(ctx, input) {
    refuseMembers('CreateDefaultSubnet', input, ['Ipv6Native']);
    const zone = chooseZone(ctx, input.AvailabilityZone, input.AvailabilityZoneId);
    if (!zone) throw missingParameter('availabilityZone');
    const vpc = getDefaultVpc(ctx);
    if (!vpc) throw awsError('DefaultVpcDoesNotExist', 'No default VPC exists for this account in this region.');
    for (const { id, spec } of ctx.table(subnets).by('byVpc', vpc.id)) {
      if (spec.defaultForAz && spec.availabilityZone === zone.name) {
        throw awsError(
          'DefaultSubnetAlreadyExistsInAvailabilityZone',
          `'${id}' is already the default subnet in ${zone.name}.`,
        );
      }
    }
    const subnet = createDefaultSubnet(ctx, vpc, zone);
    if (!subnet) throw awsError('InsufficientVpcCapacity', `There is not enough space left in the VPC '${vpc.id}'.`);
    return { Subnet: describeSubnet(ctx, subnet) };
  },

  DeleteSubnet(ctx, { SubnetId }) {
    const subnet = requireRow(ctx, resourceKinds.subnet, SubnetId);
    if (usedAddressCount(ctx, subnet.id) > 0) throw hasDependencies('subnet', subnet.id);
    const isOther = (association: { readonly subnetId?: string }) => association.subnetId !== subnet.id;
    for (const { id, spec } of [...ctx.table(routeTables).by('byVpc', subnet.spec.vpcId)]) {
      if (spec.associations.every(isOther)) continue;
      ctx.table(routeTables).update(id, () => ({ ...spec, associations: spec.associations.filter(isOther) }));
    }
    for (const { id, spec } of [...ctx.table(networkAcls).by('byVpc', subnet.spec.vpcId)]) {
      if (spec.associations.every(isOther)) continue;
      ctx.table(networkAcls).update(id, () => ({ ...spec, associations: spec.associations.filter(isOther) }));
    }
    ctx.table(subnets).remove(subnet.id);
    forgetTags(ctx, subnet.id);
    return {};
  },

  ModifySubnetAttribute(ctx, input) {
    refuseMembers('ModifySubnetAttribute', input, unbuiltAttributes);
    const subnet = requireRow(ctx, resourceKinds.subnet, input.SubnetId);
    const { SubnetId: _, MapPublicIpOnLaunch, ...others } = input;
    const asked = [MapPublicIpOnLaunch, ...Object.values(others)].filter((attribute) => attribute !== undefined);
    if (asked.length === 0) throw invalidParameterCombination('No attributes specified.');
    if (asked.length > 1) throw invalidParameterCombination('Fields for multiple attribute types specified');
    if (!MapPublicIpOnLaunch) return {};
    ctx.table(subnets).update(subnet.id, (spec) => ({
      ...spec,
      mapPublicIpOnLaunch: MapPublicIpOnLaunch.Value ?? false,
    }));
    return {};
  },
} satisfies Operations<Ec2Api>;

const unbuiltAtCreation = [
  'Ipv4IpamPoolId',
  'Ipv4NetmaskLength',
  'Ipv6CidrBlock',
  'Ipv6IpamPoolId',
  'Ipv6Native',
  'Ipv6NetmaskLength',
  'OutpostArn',
] as const satisfies readonly (keyof CreateSubnetRequest)[];

const unbuiltAttributes = [
  'AssignIpv6AddressOnCreation',
  'CustomerOwnedIpv4Pool',
  'DisableLniAtDeviceIndex',
  'EnableDns64',
  'EnableLniAtDeviceIndex',
  'EnableResourceNameDnsAAAARecordOnLaunch',
  'EnableResourceNameDnsARecordOnLaunch',
  'MapCustomerOwnedIpOnLaunch',
  'PrivateDnsHostnameTypeOnLaunch',
] as const satisfies readonly (keyof ModifySubnetAttributeRequest)[];

const never = () => undefined;

function subnetFilters(ctx: OperationContext): FilterFields<SubnetRow> {
  const cidrBlock = ({ spec }: SubnetRow) => spec.cidrBlock;
  const zone = ({ spec }: SubnetRow) => spec.availabilityZone;
  const zoneId = ({ spec }: SubnetRow) => spec.availabilityZoneId;
  const defaultForAz = ({ spec }: SubnetRow) => String(spec.defaultForAz);
  return {
    'availability-zone': zone,
    availabilityZone: zone,
    'availability-zone-id': zoneId,
    availabilityZoneId: zoneId,
    'available-ip-address-count': (row) => String(availableAddressCount(ctx, row)),
    'cidr-block': cidrBlock,
    cidr: cidrBlock,
    cidrBlock,
    'customer-owned-ipv4-pool': never,
    'default-for-az': defaultForAz,
    defaultForAz,
    'enable-dns64': () => 'false',
    'enable-lni-at-device-index': never,
    'ipv6-cidr-block-association.association-id': never,
    'ipv6-cidr-block-association.ipv6-cidr-block': never,
    'ipv6-cidr-block-association.state': never,
    'ipv6-native': () => 'false',
    'map-customer-owned-ip-on-launch': () => 'false',
    'map-public-ip-on-launch': ({ spec }) => String(spec.mapPublicIpOnLaunch),
    'outpost-arn': never,
    'owner-id': ({ account }) => account,
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': () => 'false',
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': () => 'false',
    'private-dns-name-options-on-launch.hostname-type': () => 'ip-name',
    state: () => 'available',
    'subnet-arn': subnetArn,
    'subnet-id': ({ id }) => id,
    'vpc-id': ({ spec }) => spec.vpcId,
  };
}

function subnetArn({ account, region, id }: SubnetRow): string {
  return formatArn({ service: 'ec2', region, account, resource: `subnet/${id}` });
}

function describeSubnet(ctx: OperationContext, row: SubnetRow): Subnet {
  const { spec } = row;
  return {
    SubnetId: row.id,
    SubnetArn: subnetArn(row),
    VpcId: spec.vpcId,
    OwnerId: row.account,
    State: 'available',
    CidrBlock: spec.cidrBlock,
    Ipv6CidrBlockAssociationSet: [],
    AvailableIpAddressCount: availableAddressCount(ctx, row),
    AvailabilityZone: spec.availabilityZone,
    AvailabilityZoneId: spec.availabilityZoneId,
    DefaultForAz: spec.defaultForAz,
    MapPublicIpOnLaunch: spec.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    EnableDns64: false,
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    Tags: describeTagsIfAny(tagsOf(ctx, row.id)),
  };
}

function availableAddressCount(ctx: OperationContext, { id, spec }: SubnetRow): number {
  return usableAddressCount(parseIpv4Block(spec.cidrBlock) as Ipv4Block) - usedAddressCount(ctx, id);
}

function usedAddressCount(ctx: OperationContext, subnetId: string): number {
  let count = 0;
  for (const _ of ctx.table(networkInterfaces).by('bySubnet', subnetId)) count += 1;
  return count;
}

function subnetCidrBlock(ctx: OperationContext, vpc: VpcRow, text: string | undefined): string {
  if (text === undefined) throw noCidrBlock();
  const block = parseIpv4Block(text);
  if (!block) throw notACidrBlock(text);
  const isInside = vpc.spec.cidrBlocks.some(({ cidrBlock }) =>
    containsBlock(parseIpv4Block(cidrBlock) as Ipv4Block, block),
  );
  if (!isInside || block.prefix < 16 || block.prefix > 28) {
    throw awsError('InvalidSubnet.Range', `The CIDR '${text}' is invalid.`);
  }
  for (const { spec } of ctx.table(subnets).by('byVpc', vpc.id)) {
    if (overlaps(parseIpv4Block(spec.cidrBlock) as Ipv4Block, block)) {
      throw awsError('InvalidSubnet.Conflict', `The CIDR '${text}' conflicts with another subnet`);
    }
  }
  return formatIpv4Block(block);
}

/** undefined when the request names none. */
function chooseZone(
  { region }: OperationContext,
  name: string | undefined,
  id: string | undefined,
): ZoneFacts | undefined {
  if (name !== undefined && id !== undefined) {
    throw invalidParameterCombination('Specify either the Availability Zone or the Availability Zone ID, not both.');
  }
  const asked = name ?? id;
  if (asked === undefined) return undefined;
  const zone = findZone(region, asked);
  if (zone && (name === undefined ? zone.id : zone.name) === asked) return zone;
  throw notInZone(
    asked,
    regionFacts(region).zones.map((each) => (name === undefined ? each.id : each.name)),
  );
}

/** One of those that have a default subnet: most types are offered there, which is not so in us-east-1e. */
function anyZone(ctx: OperationContext): ZoneFacts {
  return pick(ctx.random, regionFacts(ctx.region).zones.slice(0, defaultSubnetCount));
}
