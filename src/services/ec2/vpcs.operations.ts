// VPCs. One that is made here is a network of its own on the host as soon as an instance is in it.

import { awsError } from '../../aws/errors.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { CreateVpcRequest, Ec2Api, Vpc } from '../../generated/ec2.types.ts';
import { formatIpv4Block, type Ipv4Block, overlaps, parseIpv4Block } from './cidr.ts';
import { createDefaultVpc } from './default-vpc.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { invalidParameterCombination, unsupportedOperation } from './ec2.errors.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { requireRow } from './resource-kind.ts';
import { applyTagSpecifications, forgetTags, resourceKinds } from './resources.ts';
import { securityGroups } from './security-groups.table.ts';
import { removeSecurityGroup } from './security-groups.ts';
import { describeTags, describeTagsIfAny, tagsOf } from './tags.table.ts';
import { hasDependencies, noCidrBlock, notACidrBlock, refuseMembers } from './vpcs.errors.ts';
import { networkAcls, routeTables, subnets, vpcs } from './vpcs.table.ts';
import { createVpc, gatewayOf, getDefaultVpc, type VpcRow } from './vpcs.ts';

export const vpcOperations = {
  DescribeVpcs(ctx, input) {
    const { described: Vpcs, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeVpcs',
      kind: resourceKinds.vpc,
      input,
      ids: input.VpcIds,
      fields: vpcFilters,
      paging: vpcPaging('VpcIds'),
      describe: (row) => describeVpc(ctx, row),
    });
    return { Vpcs, NextToken };
  },

  CreateVpc(ctx, input) {
    refuseMembers('CreateVpc', input, unbuiltMembers);
    if (input.InstanceTenancy !== undefined && input.InstanceTenancy !== 'default') {
      throw unsupportedOperation('cloudlet does not support an InstanceTenancy other than default in CreateVpc yet.');
    }
    const vpc = createVpc(ctx, { cidrBlock: vpcCidrBlock(ctx, input), isDefault: false });
    applyTagSpecifications(ctx, 'vpc', vpc.id, input.TagSpecifications);
    return { Vpc: { ...describeNewVpc(ctx, vpc), Tags: describeTags(tagsOf(ctx, vpc.id)) } };
  },

  CreateDefaultVpc(ctx) {
    if (getDefaultVpc(ctx)) {
      throw awsError('DefaultVpcAlreadyExists', 'A Default VPC already exists for this account in this region.');
    }
    return { Vpc: describeVpc(ctx, createDefaultVpc(ctx)) };
  },

  DeleteVpc(ctx, { VpcId }) {
    const vpc = requireRow(ctx, resourceKinds.vpc, VpcId);
    if (!isEmpty(ctx, vpc.id)) throw hasDependencies('vpc', vpc.id);
    for (const { id } of [...ctx.table(routeTables).by('byVpc', vpc.id)]) {
      ctx.table(routeTables).remove(id);
      forgetTags(ctx, id);
    }
    for (const { id } of [...ctx.table(networkAcls).by('byVpc', vpc.id)]) {
      ctx.table(networkAcls).remove(id);
      forgetTags(ctx, id);
    }
    for (const { id } of [...ctx.table(securityGroups).by('byVpc', vpc.id)]) removeSecurityGroup(ctx, id);
    ctx.table(vpcs).remove(vpc.id);
    forgetTags(ctx, vpc.id);
    return {};
  },

  DescribeVpcAttribute(ctx, { VpcId, Attribute }) {
    const { spec } = requireRow(ctx, resourceKinds.vpc, VpcId);
    switch (Attribute) {
      case 'enableDnsSupport':
        return { VpcId, EnableDnsSupport: { Value: spec.enableDnsSupport } };
      case 'enableDnsHostnames':
        return { VpcId, EnableDnsHostnames: { Value: spec.enableDnsHostnames } };
      case 'enableNetworkAddressUsageMetrics':
        return { VpcId, EnableNetworkAddressUsageMetrics: { Value: false } };
    }
  },

  ModifyVpcAttribute(ctx, input) {
    const { EnableDnsSupport: support, EnableDnsHostnames: hostnames } = input;
    const vpc = requireRow(ctx, resourceKinds.vpc, input.VpcId);
    if (input.EnableNetworkAddressUsageMetrics?.Value) {
      throw unsupportedOperation('cloudlet does not support network address usage metrics yet.');
    }
    if (support && hostnames) throw invalidParameterCombination('Fields for multiple attribute types specified');
    if (!support && !hostnames && !input.EnableNetworkAddressUsageMetrics) {
      throw invalidParameterCombination('No attributes specified.');
    }
    ctx.table(vpcs).update(vpc.id, (spec) => ({
      ...spec,
      enableDnsSupport: support?.Value ?? spec.enableDnsSupport,
      enableDnsHostnames: hostnames?.Value ?? spec.enableDnsHostnames,
    }));
    return {};
  },
} satisfies Operations<Ec2Api>;

const unbuiltMembers = [
  'AmazonProvidedIpv6CidrBlock',
  'Ipv4IpamPoolId',
  'Ipv4NetmaskLength',
  'Ipv6CidrBlock',
  'Ipv6CidrBlockNetworkBorderGroup',
  'Ipv6IpamPoolId',
  'Ipv6NetmaskLength',
  'Ipv6Pool',
  'VpcEncryptionControl',
] as const satisfies readonly (keyof CreateVpcRequest)[];

const never = () => undefined;

const vpcFilters: FilterFields<VpcRow> = {
  cidr: primaryCidrBlock,
  'cidr-block': primaryCidrBlock,
  cidrBlock: primaryCidrBlock,
  'cidr-block-association.association-id': ({ spec }) => spec.cidrBlocks.map(({ associationId }) => associationId),
  'cidr-block-association.cidr-block': ({ spec }) => spec.cidrBlocks.map(({ cidrBlock }) => cidrBlock),
  'cidr-block-association.state': () => 'associated',
  'dhcp-options-id': ({ spec }) => spec.dhcpOptionsId,
  dhcpOptionsId: ({ spec }) => spec.dhcpOptionsId,
  'ipv6-cidr-block-association.association-id': never,
  'ipv6-cidr-block-association.ipv6-cidr-block': never,
  'ipv6-cidr-block-association.ipv6-pool': never,
  'ipv6-cidr-block-association.state': never,
  'is-default': ({ spec }) => String(spec.isDefault),
  isDefault: ({ spec }) => String(spec.isDefault),
  'owner-id': ({ account }) => account,
  state: () => 'available',
  'vpc-id': ({ id }) => id,
};

function primaryCidrBlock({ spec }: VpcRow): string {
  return spec.cidrBlocks[0]?.cidrBlock ?? '';
}

function describeVpc(ctx: OperationContext, row: VpcRow): Vpc {
  const { spec } = row;
  return {
    VpcId: row.id,
    OwnerId: row.account,
    State: 'available',
    CidrBlock: primaryCidrBlock(row),
    CidrBlockAssociationSet: spec.cidrBlocks.map(({ associationId, cidrBlock }) => ({
      AssociationId: associationId,
      CidrBlock: cidrBlock,
      CidrBlockState: { State: 'associated' },
    })),
    Ipv6CidrBlockAssociationSet: [],
    DhcpOptionsId: spec.dhcpOptionsId,
    InstanceTenancy: spec.instanceTenancy,
    IsDefault: spec.isDefault,
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    Tags: describeTagsIfAny(tagsOf(ctx, row.id)),
  };
}

/** As CreateVpc shows it: AWS does not yet say there whether the internet is kept out. */
function describeNewVpc(ctx: OperationContext, row: VpcRow): Vpc {
  const { BlockPublicAccessStates: _, ...vpc } = describeVpc(ctx, row);
  return { ...vpc, State: 'pending' };
}

/** Blocks that no VPC may touch, as on AWS. */
const forbiddenBlocks = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4'];

function vpcCidrBlock(ctx: OperationContext, { CidrBlock }: CreateVpcRequest): string {
  if (CidrBlock === undefined) throw noCidrBlock();
  const block = parseIpv4Block(CidrBlock);
  if (!block) throw notACidrBlock(CidrBlock);
  // The public addresses of this cloud are a part of no VPC either: both could not be reached at once.
  const forbidden = [...forbiddenBlocks, ...(ctx.host.publicPool ? [ctx.host.publicPool] : [])];
  const isForbidden = forbidden.some((other) => overlaps(parseIpv4Block(other) as Ipv4Block, block));
  if (block.prefix < 16 || block.prefix > 28 || isForbidden) {
    throw awsError('InvalidVpc.Range', `The CIDR '${CidrBlock}' is invalid.`);
  }
  return formatIpv4Block(block);
}

/** Nothing but what the VPC was made with. */
function isEmpty(ctx: OperationContext, vpcId: string): boolean {
  const has = (rows: Iterable<unknown>): boolean => !rows[Symbol.iterator]().next().done;
  return !(
    has(ctx.table(subnets).by('byVpc', vpcId)) ||
    has(ctx.table(networkInterfaces).by('byVpc', vpcId)) ||
    gatewayOf(ctx, vpcId) !== undefined ||
    [...ctx.table(routeTables).by('byVpc', vpcId)].length > 1 ||
    [...ctx.table(networkAcls).by('byVpc', vpcId)].length > 1 ||
    [...ctx.table(securityGroups).by('byVpc', vpcId)].length > 1
  );
}
