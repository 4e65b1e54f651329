import { describe, expect, it } from 'vitest';
import { openEc2Scope } from './default-vpc.ts';
import { internetGatewayOperations } from './internet-gateways.operations.ts';
import { createNetworkInterface } from './network-interfaces.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { subnetOperations } from './subnets.operations.ts';
import { vpcOperations } from './vpcs.operations.ts';

const open = () => createTestRegion({ openScope: openEc2Scope });

const createVpc = (region: ReturnType<typeof open>, CidrBlock = '10.0.0.0/16') =>
  region.call((ctx) => vpcOperations.CreateVpc(ctx, { CidrBlock })).Vpc?.VpcId as string;

const createSubnet = (region: ReturnType<typeof open>, VpcId: string, CidrBlock = '10.0.0.0/24') =>
  region.call((ctx) => subnetOperations.CreateSubnet(ctx, { VpcId, CidrBlock })).Subnet?.SubnetId as string;

describe('VPCs', () => {
  it('are made with tags and the canonical form of their block', () => {
    const { Vpc } = open().call((ctx) =>
      vpcOperations.CreateVpc(ctx, {
        CidrBlock: '100.68.0.18/18',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'mine' }] }],
      }),
    );
    expect(Vpc).toMatchObject({
      CidrBlock: '100.68.0.0/18',
      IsDefault: false,
      State: 'pending',
      CidrBlockAssociationSet: [{ CidrBlock: '100.68.0.0/18', CidrBlockState: { State: 'associated' } }],
      Tags: [{ Key: 'Name', Value: 'mine' }],
    });
  });

  it('refuse blocks that AWS refuses, and what is not built', () => {
    const region = open();
    const create = (input: Parameters<typeof vpcOperations.CreateVpc>[1]) =>
      errorOf(() => region.call((ctx) => vpcOperations.CreateVpc(ctx, input)));
    expect(create({})).toBe("MissingParameter: Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
    expect(create({ CidrBlock: '10.0.0' })).toBe(
      'InvalidParameterValue: Value (10.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    );
    for (const CidrBlock of ['10.0.0.0/8', '10.0.0.0/29', '169.254.0.0/16', '198.18.0.0/16']) {
      expect(create({ CidrBlock })).toBe(`InvalidVpc.Range: The CIDR '${CidrBlock}' is invalid.`);
    }
    expect(create({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true })).toBe(
      'UnsupportedOperation: cloudlet does not support AmazonProvidedIpv6CidrBlock in CreateVpc yet.',
    );
    expect(create({ CidrBlock: '10.0.0.0/16', InstanceTenancy: 'dedicated' })).toContain('UnsupportedOperation');
  });

  it('are found by every filter', () => {
    const region = open();
    const VpcId = createVpc(region);
    const find = (Name: string, ...Values: string[]) =>
      region.call((ctx) => vpcOperations.DescribeVpcs(ctx, { Filters: [{ Name, Values }] })).Vpcs?.length;
    expect(find('cidr', '10.0.0.0/16')).toBe(1);
    expect(find('cidr-block-association.cidr-block', '172.31.*', '10.*')).toBe(2);
    expect(find('is-default', 'false')).toBe(1);
    expect(find('vpc-id', VpcId)).toBe(1);
    expect(find('owner-id', '000000000000')).toBe(2);
    expect(find('state', 'pending')).toBe(0);
    expect(find('dhcp-options-id', 'dopt-*')).toBe(2);
    expect(find('ipv6-cidr-block-association.state', '*')).toBe(0);
    expect(find('tag:Name', '*')).toBe(0);
    expect(errorOf(() => find('size', 'big'))).toBe("InvalidParameterValue: The filter 'size' is invalid");
  });

  it('are not shown to other accounts', () => {
    const region = open();
    const VpcId = createVpc(region);
    const other = region.elsewhere({ account: '111111111111' });
    expect(errorOf(() => other.call((ctx) => vpcOperations.DescribeVpcs(ctx, { VpcIds: [VpcId] })))).toBe(
      `InvalidVpcID.NotFound: The vpc ID '${VpcId}' does not exist`,
    );
  });

  it('change one attribute at a time', () => {
    const region = open();
    const VpcId = createVpc(region);
    const modify = (input: Omit<Parameters<typeof vpcOperations.ModifyVpcAttribute>[1], 'VpcId'>) =>
      region.call((ctx) => vpcOperations.ModifyVpcAttribute(ctx, { VpcId, ...input }));
    const hostnames = () =>
      region.call((ctx) => vpcOperations.DescribeVpcAttribute(ctx, { VpcId, Attribute: 'enableDnsHostnames' }))
        .EnableDnsHostnames?.Value;
    expect(hostnames()).toBe(false);
    modify({ EnableDnsHostnames: { Value: true } });
    expect(hostnames()).toBe(true);
    expect(errorOf(() => modify({}))).toContain('InvalidParameterCombination');
    const both = { EnableDnsHostnames: { Value: true }, EnableDnsSupport: { Value: true } };
    expect(errorOf(() => modify(both))).toContain('Fields for multiple attribute types specified');
  });

  it('go only when they are empty', () => {
    const region = open();
    const VpcId = createVpc(region);
    const SubnetId = createSubnet(region, VpcId);
    const remove = () => region.call((ctx) => vpcOperations.DeleteVpc(ctx, { VpcId }));
    expect(errorOf(remove)).toBe(`DependencyViolation: The vpc '${VpcId}' has dependencies and cannot be deleted.`);
    region.call((ctx) => subnetOperations.DeleteSubnet(ctx, { SubnetId }));
    const InternetGatewayId = region.call((ctx) => internetGatewayOperations.CreateInternetGateway(ctx, {}))
      .InternetGateway?.InternetGatewayId as string;
    region.call((ctx) => internetGatewayOperations.AttachInternetGateway(ctx, { InternetGatewayId, VpcId }));
    expect(errorOf(remove)).toContain('DependencyViolation');
    region.call((ctx) => internetGatewayOperations.DetachInternetGateway(ctx, { InternetGatewayId, VpcId }));
    remove();
    expect(errorOf(remove)).toContain('InvalidVpcID.NotFound');
  });
});

describe('subnets', () => {
  it('count their free addresses', () => {
    const region = open();
    const SubnetId = createSubnet(region, createVpc(region), '10.0.0.0/28');
    const count = () =>
      region.call((ctx) => subnetOperations.DescribeSubnets(ctx, { SubnetIds: [SubnetId] })).Subnets?.[0]
        ?.AvailableIpAddressCount;
    expect(count()).toBe(11);
    region.call((ctx) =>
      createNetworkInterface(ctx, {
        subnetId: SubnetId,
        securityGroupIds: [],
        associatePublicAddress: false,
        description: '',
      }),
    );
    expect(count()).toBe(10);
    const byCount = { Filters: [{ Name: 'available-ip-address-count', Values: ['10'] }] };
    expect(region.call((ctx) => subnetOperations.DescribeSubnets(ctx, byCount)).Subnets).toHaveLength(1);
    expect(errorOf(() => region.call((ctx) => subnetOperations.DeleteSubnet(ctx, { SubnetId })))).toBe(
      `DependencyViolation: The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
    );
  });

  it('lie within their VPC, beside one another', () => {
    const region = open();
    const VpcId = createVpc(region);
    createSubnet(region, VpcId, '10.0.1.0/24');
    const create = (CidrBlock: string) => errorOf(() => createSubnet(region, VpcId, CidrBlock));
    expect(create('10.1.0.0/24')).toBe("InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.");
    expect(create('10.0.2.0/29')).toBe("InvalidSubnet.Range: The CIDR '10.0.2.0/29' is invalid.");
    expect(create('10.0.1.128/25')).toBe(
      "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet",
    );
    expect(create('here')).toContain('This is not a valid CIDR block.');
  });

  it('are found by the names that AWS has for their filters', () => {
    const region = open();
    const find = (Name: string, ...Values: string[]) =>
      region.call((ctx) => subnetOperations.DescribeSubnets(ctx, { Filters: [{ Name, Values }] })).Subnets?.length;
    expect(find('availability-zone', 'us-east-1a')).toBe(1);
    expect(find('availabilityZone', 'us-east-1a', 'us-east-1b')).toBe(2);
    expect(find('availability-zone-id', 'use1-az1')).toBe(1);
    expect(find('cidr', '172.31.0.0/20')).toBe(1);
    expect(find('default-for-az', 'true')).toBe(3);
    expect(find('map-public-ip-on-launch', 'false')).toBe(0);
    expect(find('subnet-arn', 'arn:aws:ec2:*')).toBe(3);
    expect(find('outpost-arn', '*')).toBe(0);
  });

  it('choose whether instances get public addresses', () => {
    const region = open();
    const SubnetId = createSubnet(region, createVpc(region));
    const modify = (input: Omit<Parameters<typeof subnetOperations.ModifySubnetAttribute>[1], 'SubnetId'>) =>
      region.call((ctx) => subnetOperations.ModifySubnetAttribute(ctx, { SubnetId, ...input }));
    modify({ MapPublicIpOnLaunch: { Value: true } });
    const { Subnets } = region.call((ctx) => subnetOperations.DescribeSubnets(ctx, { SubnetIds: [SubnetId] }));
    expect(Subnets?.[0]?.MapPublicIpOnLaunch).toBe(true);
    modify({ AssignIpv6AddressOnCreation: { Value: false } });
    expect(errorOf(() => modify({ AssignIpv6AddressOnCreation: { Value: true } }))).toContain('UnsupportedOperation');
    expect(errorOf(() => modify({}))).toContain('No attributes specified.');
  });
});
