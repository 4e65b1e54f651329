// A VPC's life through the official SDK, over HTTP, down to the picture that the network driver is given.

import {
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteRouteCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
  EC2ServiceException,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedCloud, serveCloud } from '../../src/cloud.testing.ts';
import { createFakeNetwork, type FakeNetwork } from '../../src/drivers/network/fake-network.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { ec2 } from '../../src/services/ec2/ec2.ts';

let cloud: ServedCloud;
let network: FakeNetwork;
let client: EC2Client;

beforeAll(async () => {
  network = createFakeNetwork();
  cloud = await serveCloud({ services: [ec2], clock: systemClock, drivers: { network } });
  client = clientOf('test');
});
afterAll(() => cloud?.stop());

const clientOf = (account: string): EC2Client => cloud.keep(new EC2Client(cloud.clientOptions(account)));

async function errorOf(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof EC2ServiceException) return `${error.name}: ${error.message}`;
  throw new Error(`not an error of EC2: ${String(error)}`);
}

describe('the default VPC', () => {
  it('is described in full by every operation', async () => {
    const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({}));
    const VpcId = Vpcs[0]?.VpcId as string;
    expect(Vpcs).toMatchObject([{ IsDefault: true, CidrBlock: '172.31.0.0/16', State: 'available' }]);
    const ofVpc = { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] };
    const { Subnets } = await client.send(new DescribeSubnetsCommand(ofVpc));
    const { RouteTables } = await client.send(new DescribeRouteTablesCommand(ofVpc));
    const { NetworkAcls } = await client.send(new DescribeNetworkAclsCommand(ofVpc));
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand(ofVpc));
    const { InternetGateways } = await client.send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [VpcId] }] }),
    );
    expect(Subnets?.map(({ AvailableIpAddressCount }) => AvailableIpAddressCount)).toEqual([4091, 4091, 4091]);
    expect(RouteTables?.[0]?.Routes).toHaveLength(2);
    expect(NetworkAcls?.[0]?.Entries).toHaveLength(4);
    expect(SecurityGroups?.[0]?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId).toBe(SecurityGroups?.[0]?.GroupId);
    expect(InternetGateways?.[0]?.Attachments?.[0]?.State).toBe('available');
    const attribute = await client.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' }));
    expect(attribute.EnableDnsHostnames?.Value).toBe(true);
  });

  it('is another one for another account', async () => {
    const other = clientOf('111111111111');
    const { Vpcs: theirs = [] } = await other.send(new DescribeVpcsCommand({}));
    const { Vpcs: ours = [] } = await client.send(new DescribeVpcsCommand({}));
    expect(theirs[0]?.OwnerId).toBe('111111111111');
    expect(await errorOf(other.send(new DescribeVpcsCommand({ VpcIds: [ours[0]?.VpcId as string] })))).toContain(
      'InvalidVpcID.NotFound',
    );
  });
});

describe('security groups', () => {
  it('answer with errors that the SDK knows by AWS’s codes', async () => {
    const create = () =>
      client.send(new CreateSecurityGroupCommand({ GroupName: 'errors', Description: 'for errors' }));
    const { GroupId } = await create();
    expect(await errorOf(create())).toMatch(/^InvalidGroup\.Duplicate: The security group 'errors' already exists/);
    const allow = (IpProtocol: string, CidrIp: string) =>
      client.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol, FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp, Description: 'ssh' }] }],
        }),
      );
    const { SecurityGroupRules } = await allow('tcp', '10.1.2.3/8');
    expect(SecurityGroupRules?.[0]).toMatchObject({ CidrIpv4: '10.0.0.0/8', FromPort: 22, Description: 'ssh' });
    expect(await errorOf(allow('tcp', '10.0.0.0/8'))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists',
    );
    expect(await errorOf(allow('all', '10.0.0.0/8'))).toContain("Invalid value 'all' for IP protocol.");
    const dryRun = new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      DryRun: true,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    expect(await errorOf(client.send(dryRun))).toContain('DryRunOperation');
    const listed = await client.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId as string] }] }),
    );
    expect(listed.SecurityGroupRules).toHaveLength(2);
    await client.send(new DeleteSecurityGroupCommand({ GroupId }));
    expect(await errorOf(client.send(new DeleteSecurityGroupCommand({ GroupId })))).toContain('InvalidGroup.NotFound');
  });

  it('are paged through by the SDK', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `page ${i}`);
    for (const GroupName of names) await client.send(new CreateSecurityGroupCommand({ GroupName, Description: 'x' }));
    const seen: string[] = [];
    const Filters = [{ Name: 'group-name', Values: ['page *'] }];
    for await (const page of paginateDescribeSecurityGroups({ client, pageSize: 5 }, { Filters })) {
      seen.push(...(page.SecurityGroups ?? []).map(({ GroupName }) => GroupName as string));
    }
    expect(seen.toSorted()).toEqual(names.toSorted());
    expect(await errorOf(client.send(new DescribeSecurityGroupsCommand({ MaxResults: 4 })))).toContain(
      'InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid.',
    );
    expect(await errorOf(client.send(new DescribeVpcsCommand({ NextToken: 'garbage' })))).toBe(
      'InvalidParameterValue: Value ( garbage ) for parameter NextToken is invalid. The token is invalid.',
    );
  });
});

describe('an instance in a VPC of one’s own', () => {
  const toAnywhere = { DestinationCidrBlock: '0.0.0.0/0' };

  it('has the network that its rows describe, while it runs', async () => {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const VpcId = Vpc?.VpcId as string;
    const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }));
    const { InternetGateway } = await client.send(new CreateInternetGatewayCommand({}));
    const GatewayId = InternetGateway?.InternetGatewayId as string;
    await client.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId }));
    const { RouteTables } = await client.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
    );
    const RouteTableId = RouteTables?.[0]?.RouteTableId as string;
    const { GroupId } = await client.send(
      new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web', VpcId }),
    );
    const { Images } = await client.send(new DescribeImagesCommand({}));
    const { Instances } = await client.send(
      new RunInstancesCommand({
        ImageId: Images?.[0]?.ImageId as string,
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: Subnet?.SubnetId as string,
            AssociatePublicIpAddress: true,
            Groups: [GroupId as string],
          },
        ],
      }),
    );
    const instanceIds = { InstanceIds: [Instances?.[0]?.InstanceId as string] };
    const interfaceOf = () => network.pictures.get(VpcId)?.interfaces[0];
    const settled = async (isTrue: () => boolean | undefined) => {
      await expect.poll(isTrue, { interval: 20 }).toBe(true);
    };
    await settled(() => interfaceOf() !== undefined);
    expect(interfaceOf()?.publicAddress).toBeUndefined();

    await client.send(new CreateRouteCommand({ RouteTableId, GatewayId, ...toAnywhere }));
    await settled(() => interfaceOf()?.publicAddress !== undefined);
    const { Reservations } = await client.send(new DescribeInstancesCommand(instanceIds));
    expect(interfaceOf()?.publicAddress).toBe(Reservations?.[0]?.Instances?.[0]?.PublicIpAddress);

    const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const ingress = () => network.pictures.get(VpcId)?.securityGroups[0]?.ingress;
    await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [http] }));
    await settled(() => ingress()?.length === 1);
    expect(ingress()).toEqual([{ protocol: 'tcp', fromPort: 80, toPort: 80, peer: { cidr: '0.0.0.0/0' } }]);
    await client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [http] }));
    await settled(() => ingress()?.length === 0);

    await client.send(new DeleteRouteCommand({ RouteTableId, ...toAnywhere }));
    await settled(() => interfaceOf()?.publicAddress === undefined);
    expect(await errorOf(client.send(new DeleteSecurityGroupCommand({ GroupId })))).toContain('DependencyViolation');

    await client.send(new TerminateInstancesCommand(instanceIds));
    await settled(() => !network.pictures.has(VpcId));
    const { NetworkInterfaces } = await client.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
    );
    expect(NetworkInterfaces).toEqual([]);
    await client.send(new DeleteSecurityGroupCommand({ GroupId }));
    expect(network.violations).toEqual([]);
  });
});
