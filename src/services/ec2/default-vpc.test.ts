import { describe, expect, it } from 'vitest';
import { openEc2Scope } from './default-vpc.ts';
import { dhcpOptionsOperations } from './dhcp-options.operations.ts';
import { internetGatewayOperations } from './internet-gateways.operations.ts';
import { networkAclOperations } from './network-acls.operations.ts';
import { createTestRegion, errorOf, type TestRegion } from './region.testing.ts';
import { routeTableOperations } from './route-tables.operations.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import { subnetOperations } from './subnets.operations.ts';
import { vpcOperations } from './vpcs.operations.ts';

const open = (options: Parameters<typeof createTestRegion>[0] = {}) =>
  createTestRegion({ openScope: openEc2Scope, ...options });

function defaultVpcOf(region: TestRegion) {
  const { Vpcs = [] } = region.call((ctx) =>
    vpcOperations.DescribeVpcs(ctx, { Filters: [{ Name: 'isDefault', Values: ['true'] }] }),
  );
  return Vpcs;
}

describe('the default VPC', () => {
  it('is there from the start, as AWS makes it', () => {
    const region = open();
    const [vpc, ...others] = defaultVpcOf(region);
    expect(others).toEqual([]);
    expect(vpc).toMatchObject({
      VpcId: expect.stringMatching(/^vpc-0[0-9a-f]{16}$/),
      CidrBlock: '172.31.0.0/16',
      State: 'available',
      IsDefault: true,
      InstanceTenancy: 'default',
      OwnerId: '000000000000',
      Tags: undefined,
    });
    const attribute = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
      region.call((ctx) => vpcOperations.DescribeVpcAttribute(ctx, { VpcId: vpc?.VpcId as string, Attribute }));
    expect(attribute('enableDnsSupport')).toMatchObject({ EnableDnsSupport: { Value: true } });
    expect(attribute('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: true } });
  });

  it('has a public subnet in each of three zones', () => {
    const { Subnets = [] } = open().call((ctx) => subnetOperations.DescribeSubnets(ctx, {}));
    const sorted = Subnets.toSorted((a, b) => (a.CidrBlock as string).localeCompare(b.CidrBlock as string));
    expect(sorted.map(({ CidrBlock, AvailabilityZone }) => [CidrBlock, AvailabilityZone])).toEqual([
      ['172.31.0.0/20', 'us-east-1a'],
      ['172.31.16.0/20', 'us-east-1b'],
      ['172.31.32.0/20', 'us-east-1c'],
    ]);
    for (const subnet of Subnets) {
      expect(subnet).toMatchObject({
        AvailableIpAddressCount: 4091,
        DefaultForAz: true,
        MapPublicIpOnLaunch: true,
        SubnetArn: `arn:aws:ec2:us-east-1:000000000000:subnet/${subnet.SubnetId}`,
      });
    }
  });

  it('leads out by an internet gateway and its main route table', () => {
    const region = open();
    const { InternetGateways = [] } = region.call((ctx) => internetGatewayOperations.DescribeInternetGateways(ctx, {}));
    const { RouteTables = [] } = region.call((ctx) => routeTableOperations.DescribeRouteTables(ctx, {}));
    const VpcId = defaultVpcOf(region)[0]?.VpcId;
    expect(InternetGateways).toMatchObject([{ Attachments: [{ State: 'available', VpcId }] }]);
    expect(RouteTables).toMatchObject([
      {
        VpcId,
        Associations: [{ Main: true, AssociationState: { State: 'associated' } }],
        Routes: [
          { DestinationCidrBlock: '172.31.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
          {
            DestinationCidrBlock: '0.0.0.0/0',
            GatewayId: InternetGateways[0]?.InternetGatewayId,
            Origin: 'CreateRoute',
            State: 'active',
          },
        ],
      },
    ]);
  });

  it('has a network ACL that allows all, DHCP options, and a default security group', () => {
    const region = open();
    const { NetworkAcls = [] } = region.call((ctx) => networkAclOperations.DescribeNetworkAcls(ctx, {}));
    expect(NetworkAcls).toHaveLength(1);
    expect(NetworkAcls[0]).toMatchObject({ IsDefault: true });
    expect(NetworkAcls[0]?.Associations).toHaveLength(3);
    expect(
      NetworkAcls[0]?.Entries?.map(({ RuleNumber, Egress, RuleAction }) => [RuleNumber, Egress, RuleAction]),
    ).toEqual([
      [100, true, 'allow'],
      [32767, true, 'deny'],
      [100, false, 'allow'],
      [32767, false, 'deny'],
    ]);
    const { DhcpOptions = [] } = region.call((ctx) => dhcpOptionsOperations.DescribeDhcpOptions(ctx, {}));
    expect(DhcpOptions).toMatchObject([
      {
        DhcpOptionsId: defaultVpcOf(region)[0]?.DhcpOptionsId,
        DhcpConfigurations: [
          { Key: 'domain-name', Values: [{ Value: 'ec2.internal' }] },
          { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
        ],
      },
    ]);
    const [group] = [...region.store.listAll(securityGroups)];
    const rules = [...region.store.listAll(securityGroupRules)].map(({ spec }) => spec);
    expect(group?.spec).toMatchObject({ name: 'default', description: 'default VPC security group' });
    expect(rules).toHaveLength(2);
    expect(rules).toContainEqual({
      groupId: group?.id,
      isEgress: false,
      ipProtocol: '-1',
      peer: { securityGroupId: group?.id, userId: '000000000000' },
    });
    expect(rules).toContainEqual({
      groupId: group?.id,
      isEgress: true,
      ipProtocol: '-1',
      peer: { cidrIpv4: '0.0.0.0/0' },
    });
  });

  it('is another one in another account and region, and the same from the same seed', () => {
    const region = open();
    const ids = [region, region.elsewhere({ region: 'eu-west-1' }), region.elsewhere({ account: '111111111111' })].map(
      (each) => defaultVpcOf(each).map(({ VpcId }) => VpcId),
    );
    expect(ids.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(defaultVpcOf(open())).toEqual(defaultVpcOf(open()));
    expect(defaultVpcOf(open({ seed: 2 }))).not.toEqual(defaultVpcOf(open()));
  });

  it('works in regions with two zones, and in those that AWS does not have', () => {
    const zonesIn = (region: string) =>
      open({ region })
        .call((ctx) => subnetOperations.DescribeSubnets(ctx, {}))
        .Subnets?.map(({ AvailabilityZone }) => AvailabilityZone)
        .sort();
    expect(zonesIn('us-west-1')).toEqual(['us-west-1a', 'us-west-1b']);
    expect(zonesIn('moon-dark-1')).toEqual(['moon-dark-1a', 'moon-dark-1b', 'moon-dark-1c']);
  });

  it('cannot be made twice, and can be made again once it is gone', () => {
    const region = open();
    const create = () => region.call((ctx) => vpcOperations.CreateDefaultVpc(ctx));
    expect(errorOf(create)).toBe(
      'DefaultVpcAlreadyExists: A Default VPC already exists for this account in this region.',
    );
    const VpcId = defaultVpcOf(region)[0]?.VpcId as string;
    region.call((ctx) => {
      for (const { SubnetId } of subnetOperations.DescribeSubnets(ctx, {}).Subnets ?? []) {
        subnetOperations.DeleteSubnet(ctx, { SubnetId: SubnetId as string });
      }
      for (const gateway of internetGatewayOperations.DescribeInternetGateways(ctx, {}).InternetGateways ?? []) {
        const InternetGatewayId = gateway.InternetGatewayId as string;
        internetGatewayOperations.DetachInternetGateway(ctx, { InternetGatewayId, VpcId });
        internetGatewayOperations.DeleteInternetGateway(ctx, { InternetGatewayId });
      }
      vpcOperations.DeleteVpc(ctx, { VpcId });
    });
    expect([...region.store.listAll(securityGroups)]).toEqual([]);
    expect([...region.store.listAll(securityGroupRules)]).toEqual([]);
    const { Vpc } = create();
    expect(Vpc).toMatchObject({ IsDefault: true, CidrBlock: '172.31.0.0/16' });
    expect(defaultVpcOf(region)).toHaveLength(1);
  });
});

describe('CreateDefaultSubnet', () => {
  const create = (region: TestRegion, AvailabilityZone: string) =>
    region.call((ctx) => subnetOperations.CreateDefaultSubnet(ctx, { AvailabilityZone }));

  it('takes the next free block', () => {
    expect(create(open(), 'us-east-1d').Subnet).toMatchObject({
      CidrBlock: '172.31.48.0/20',
      AvailabilityZone: 'us-east-1d',
      DefaultForAz: true,
    });
  });

  it('refuses a zone that has one, and one that does not exist', () => {
    const region = open();
    expect(errorOf(() => create(region, 'us-east-1a'))).toContain('DefaultSubnetAlreadyExistsInAvailabilityZone: ');
    expect(errorOf(() => create(region, 'us-east-1z'))).toBe(
      'InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f.',
    );
    expect(errorOf(() => create(createTestRegion(), 'us-east-1a'))).toBe(
      'DefaultVpcDoesNotExist: No default VPC exists for this account in this region.',
    );
  });
});
