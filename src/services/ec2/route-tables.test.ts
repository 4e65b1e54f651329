import { describe, expect, it } from 'vitest';
import { internetGatewayOperations } from './internet-gateways.operations.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { routeTableOperations } from './route-tables.operations.ts';
import { subnetOperations } from './subnets.operations.ts';
import { vpcOperations } from './vpcs.operations.ts';

function setUp() {
  const region = createTestRegion();
  const VpcId = region.call((ctx) => vpcOperations.CreateVpc(ctx, { CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const subnet = (CidrBlock: string) =>
    region.call((ctx) => subnetOperations.CreateSubnet(ctx, { VpcId, CidrBlock })).Subnet?.SubnetId as string;
  const gateway = () =>
    region.call((ctx) => internetGatewayOperations.CreateInternetGateway(ctx, {})).InternetGateway
      ?.InternetGatewayId as string;
  const table = () =>
    region.call((ctx) => routeTableOperations.CreateRouteTable(ctx, { VpcId })).RouteTable?.RouteTableId as string;
  const attach = (InternetGatewayId: string, toVpcId = VpcId) =>
    region.call((ctx) => internetGatewayOperations.AttachInternetGateway(ctx, { InternetGatewayId, VpcId: toVpcId }));
  const detach = (InternetGatewayId: string) =>
    region.call((ctx) => internetGatewayOperations.DetachInternetGateway(ctx, { InternetGatewayId, VpcId }));
  const route = (input: Parameters<typeof routeTableOperations.CreateRoute>[1]) =>
    region.call((ctx) => routeTableOperations.CreateRoute(ctx, input));
  const describeTables = (input: Parameters<typeof routeTableOperations.DescribeRouteTables>[1] = {}) =>
    region.call((ctx) => routeTableOperations.DescribeRouteTables(ctx, input)).RouteTables ?? [];
  return { region, VpcId, subnet, gateway, table, attach, detach, route, describeTables };
}

describe('internet gateways', () => {
  it('are attached to one VPC, which has one', () => {
    const { region, VpcId, gateway, attach, detach } = setUp();
    const [first, second] = [gateway(), gateway()];
    attach(first);
    expect(errorOf(() => attach(first))).toBe(
      `Resource.AlreadyAssociated: resource ${first} is already attached to network ${VpcId}`,
    );
    expect(errorOf(() => attach(second))).toBe(
      `InvalidParameterValue: Network ${VpcId} already has an internet gateway attached`,
    );
    expect(errorOf(() => detach(second))).toBe(
      `Gateway.NotAttached: resource ${second} is not attached to network ${VpcId}`,
    );
    const remove = () =>
      region.call((ctx) => internetGatewayOperations.DeleteInternetGateway(ctx, { InternetGatewayId: first }));
    expect(errorOf(remove)).toBe(
      `DependencyViolation: The internetGateway '${first}' has dependencies and cannot be deleted.`,
    );
    detach(first);
    remove();
    expect(errorOf(remove)).toBe(`InvalidInternetGatewayID.NotFound: The internetGateway ID '${first}' does not exist`);
  });

  it('are found by what they are attached to', () => {
    const { region, VpcId, gateway, attach } = setUp();
    const InternetGatewayId = gateway();
    gateway();
    attach(InternetGatewayId);
    const find = (Name: string, value: string) =>
      region.call((ctx) =>
        internetGatewayOperations.DescribeInternetGateways(ctx, { Filters: [{ Name, Values: [value] }] }),
      ).InternetGateways;
    expect(find('attachment.vpc-id', VpcId)).toMatchObject([{ InternetGatewayId }]);
    expect(find('attachment.state', 'available')).toHaveLength(1);
    expect(find('owner-id', '000000000000')).toHaveLength(2);
  });
});

describe('routes', () => {
  it('lead out by a gateway that is attached to the VPC', () => {
    const { VpcId, gateway, table, attach, detach, route, describeTables } = setUp();
    const [RouteTableId, GatewayId] = [table(), gateway()];
    const toAnywhere = { RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' };
    expect(errorOf(() => route(toAnywhere))).toBe(
      `InvalidParameterValue: route table ${RouteTableId} and network gateway ${GatewayId} belong to different networks`,
    );
    attach(GatewayId);
    expect(route(toAnywhere)).toEqual({ Return: true });
    const found = () => describeTables({ RouteTableIds: [RouteTableId] })[0];
    expect(found()?.VpcId).toBe(VpcId);
    expect(found()?.Routes).toEqual([
      { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      { DestinationCidrBlock: '0.0.0.0/0', GatewayId, Origin: 'CreateRoute', State: 'active' },
    ]);
    detach(GatewayId);
    expect(found()?.Routes?.[1]?.State).toBe('blackhole');
    expect(describeTables({ Filters: [{ Name: 'route.state', Values: ['blackhole'] }] })).toHaveLength(1);
    const other = gateway();
    attach(other);
    expect(errorOf(() => route({ ...toAnywhere, GatewayId: other }))).toBe(
      'RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.',
    );
  });

  it('are refused where no packet would follow them', () => {
    const { gateway, table, attach, route } = setUp();
    const [RouteTableId, GatewayId] = [table(), gateway()];
    attach(GatewayId);
    const ask = (input: Omit<Parameters<typeof route>[0], 'RouteTableId'>) =>
      errorOf(() => route({ RouteTableId, ...input }));
    const DestinationCidrBlock = '0.0.0.0/0';
    expect(ask({ DestinationCidrBlock: '8.8.8.0/24', GatewayId })).toContain('UnsupportedOperation');
    expect(ask({ DestinationCidrBlock, NatGatewayId: 'nat-1' })).toContain('does not support NatGatewayId');
    expect(ask({ DestinationIpv6CidrBlock: '::/0', GatewayId })).toContain('DestinationIpv6CidrBlock');
    expect(ask({ DestinationCidrBlock })).toContain('MissingParameter: The request must contain exactly one of');
    expect(ask({ DestinationCidrBlock: '0.0.0.0', GatewayId })).toContain('This is not a valid CIDR block.');
    expect(ask({ DestinationCidrBlock, GatewayId: 'igw-00000000' })).toBe(
      "InvalidGatewayID.NotFound: The gateway ID 'igw-00000000' does not exist",
    );
  });

  it('are replaced and deleted, but not the local one', () => {
    const { region, gateway, table, attach, route, describeTables } = setUp();
    const [RouteTableId, GatewayId] = [table(), gateway()];
    attach(GatewayId);
    const replace = () =>
      region.call((ctx) =>
        routeTableOperations.ReplaceRoute(ctx, { RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' }),
      );
    const remove = (DestinationCidrBlock: string) =>
      region.call((ctx) => routeTableOperations.DeleteRoute(ctx, { RouteTableId, DestinationCidrBlock }));
    expect(errorOf(replace)).toContain("There is no route defined for '0.0.0.0/0' in the route table.");
    route({ RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' });
    replace();
    remove('0.0.0.0/0');
    expect(describeTables({ RouteTableIds: [RouteTableId] })[0]?.Routes).toHaveLength(1);
    expect(errorOf(() => remove('0.0.0.0/0'))).toBe(
      `InvalidRoute.NotFound: no route with destination-cidr-block 0.0.0.0/0 in route table ${RouteTableId}`,
    );
    expect(errorOf(() => remove('10.0.0.0/16'))).toBe(
      `InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
    );
  });
});

describe('route table associations', () => {
  it('come, move and go', () => {
    const { region, subnet, table, describeTables } = setUp();
    const [SubnetId, first, second] = [subnet('10.0.0.0/24'), table(), table()];
    const associate = (RouteTableId: string) =>
      region.call((ctx) => routeTableOperations.AssociateRouteTable(ctx, { RouteTableId, SubnetId }));
    const { AssociationId } = associate(first);
    expect(associate(first).AssociationId).toBe(AssociationId);
    expect(errorOf(() => associate(second))).toBe(
      `Resource.AlreadyAssociated: the specified association for route table ${second} conflicts with an existing association`,
    );
    const ofSubnet = () => describeTables({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] });
    expect(ofSubnet().map(({ RouteTableId }) => RouteTableId)).toEqual([first]);
    const remove = (RouteTableId: string) =>
      region.call((ctx) => routeTableOperations.DeleteRouteTable(ctx, { RouteTableId }));
    expect(errorOf(() => remove(first))).toBe(
      `DependencyViolation: The routeTable '${first}' has dependencies and cannot be deleted.`,
    );
    const { NewAssociationId } = region.call((ctx) =>
      routeTableOperations.ReplaceRouteTableAssociation(ctx, {
        AssociationId: AssociationId as string,
        RouteTableId: second,
      }),
    );
    expect(ofSubnet().map(({ RouteTableId }) => RouteTableId)).toEqual([second]);
    remove(first);
    const disassociate = (id: string) =>
      region.call((ctx) => routeTableOperations.DisassociateRouteTable(ctx, { AssociationId: id }));
    disassociate(NewAssociationId as string);
    expect(ofSubnet()).toEqual([]);
    expect(errorOf(() => disassociate('rtbassoc-1'))).toBe(
      "InvalidAssociationID.NotFound: The association ID 'rtbassoc-1' does not exist",
    );
  });

  it('make another table the main one, but never none', () => {
    const { region, VpcId, table, describeTables } = setUp();
    const RouteTableId = table();
    const main = () => describeTables({ Filters: [{ Name: 'association.main', Values: ['true'] }] });
    const AssociationId = main()[0]?.Associations?.[0]?.RouteTableAssociationId as string;
    expect(
      errorOf(() => region.call((ctx) => routeTableOperations.DisassociateRouteTable(ctx, { AssociationId }))),
    ).toBe(`InvalidParameterValue: cannot disassociate the main route table association ${AssociationId}`);
    region.call((ctx) => routeTableOperations.ReplaceRouteTableAssociation(ctx, { AssociationId, RouteTableId }));
    expect(main().map((each) => [each.RouteTableId, each.VpcId])).toEqual([[RouteTableId, VpcId]]);
  });

  it('keep a client token', () => {
    const { region, VpcId, describeTables } = setUp();
    const create = (ClientToken: string) =>
      region.call((ctx) => routeTableOperations.CreateRouteTable(ctx, { VpcId, ClientToken })).RouteTable?.RouteTableId;
    expect(create('a')).toBe(create('a'));
    expect(create('b')).not.toBe(create('a'));
    expect(describeTables()).toHaveLength(3);
  });
});
