// What a launch decides, through validation and transactions: where, with what, and what AWS would refuse.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients } from '../../aws/test-client.testing.ts';
import type { Instance, InstanceType, RunInstancesRequest } from '../../generated/ec2.types.ts';
import { ec2 as ec2Service } from './ec2.ts';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;
let image: { readonly ImageId: string; readonly root: string; readonly snapshotId: string };

beforeEach(async () => {
  clients = createTestClients([ec2Service], { capabilities: {}, publicPool: '198.18.4.0/22' });
  ec2 = clients.client('ec2');
  const [debian] = (await ec2.DescribeImages({ Filters: [{ Name: 'name', Values: ['debian-12-*'] }] })).Images ?? [];
  image = {
    ImageId: debian?.ImageId ?? '',
    root: debian?.RootDeviceName ?? '',
    snapshotId: debian?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '',
  };
});

async function run(more: Partial<RunInstancesRequest> = {}): Promise<readonly Instance[]> {
  const request = { ImageId: image.ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more } as const;
  return (await ec2.RunInstances(request)).Instances ?? [];
}

const refusal = (more: Partial<RunInstancesRequest>): Promise<string> =>
  run(more).then(
    () => 'launched',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

async function defaultSubnet(zone: string): Promise<string> {
  const Filters = [{ Name: 'availability-zone', Values: [zone] }];
  return (await ec2.DescribeSubnets({ Filters })).Subnets?.[0]?.SubnetId ?? '';
}

describe('an instance that is launched', () => {
  test('is pending, for the reason that it is pending, and without tags', async () => {
    const [instance] = await run();
    expect(instance).toMatchObject({
      State: { Code: 0, Name: 'pending' },
      StateReason: { Code: 'pending', Message: 'pending' },
      StateTransitionReason: '',
      AmiLaunchIndex: 0,
      Placement: { AvailabilityZone: 'us-east-1a', AvailabilityZoneId: 'use1-az6', Tenancy: 'default' },
    });
    expect(instance?.Tags).toBeUndefined();
  });

  test('shows in the order of its launch', async () => {
    const ids = (await run({ MinCount: 9, MaxCount: 9 })).map(({ InstanceId }) => InstanceId);
    const { Reservations = [] } = await ec2.DescribeInstances({});
    expect(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId))).toEqual(ids);
  });

  test('gets the tags of its kind', async () => {
    const tagged = (ResourceType: 'instance' | 'volume' | 'network-interface') => ({
      ResourceType,
      Tags: [{ Key: 'kind', Value: ResourceType }],
    });
    const [instance] = await run({
      TagSpecifications: [tagged('instance'), tagged('volume'), tagged('network-interface')],
    });
    expect(instance?.Tags).toEqual([{ Key: 'kind', Value: 'instance' }]);
    const { Volumes } = await ec2.DescribeVolumes({});
    expect(Volumes?.[0]?.Tags).toEqual([{ Key: 'kind', Value: 'volume' }]);
    const { NetworkInterfaces } = await ec2.DescribeNetworkInterfaces({});
    expect(NetworkInterfaces?.[0]?.TagSet).toEqual([{ Key: 'kind', Value: 'network-interface' }]);
  });

  test('is launched once for one client token', async () => {
    const [first] = await run({ ClientToken: 'once' });
    const [again] = await run({ ClientToken: 'once' });
    expect(again?.InstanceId).toBe(first?.InstanceId);
    expect(await refusal({ ClientToken: 'once', InstanceType: 't3.small' })).toContain('IdempotentParameterMismatch');
  });
});

describe('where it goes', () => {
  test('by zone, by the id of the zone, by subnet', async () => {
    const zoneOf = async (more: Partial<RunInstancesRequest>) => (await run(more))[0]?.Placement?.AvailabilityZone;
    expect(await zoneOf({ Placement: { AvailabilityZone: 'us-east-1c' } })).toBe('us-east-1c');
    expect(await zoneOf({ Placement: { AvailabilityZoneId: 'use1-az1' } })).toBe('us-east-1b');
    expect(await zoneOf({ SubnetId: await defaultSubnet('us-east-1b') })).toBe('us-east-1b');
  });

  test('not to a zone that is not there, or not the subnet’s', async () => {
    const SubnetId = await defaultSubnet('us-east-1b');
    expect(await refusal({ SubnetId, Placement: { AvailabilityZone: 'us-east-1a' } })).toBe(
      `InvalidParameterValue: Value (us-east-1a) for parameter availabilityZone is invalid. Subnet '${SubnetId}' is in the availability zone us-east-1b`,
    );
    expect(await refusal({ Placement: { AvailabilityZone: 'us-west-1a' } })).toBe(
      'InvalidParameterValue: Invalid availability zone: [us-west-1a]',
    );
    expect(await refusal({ Placement: { AvailabilityZoneId: 'usw1-az1' } })).toBe(
      'InvalidParameterValue: Invalid availability zone-id: [usw1-az1]',
    );
    // A default VPC has a subnet in three of the six zones.
    expect(await refusal({ Placement: { AvailabilityZone: 'us-east-1f' } })).toContain(
      'MissingInput: No subnets found',
    );
  });

  test('only where its type is offered', async () => {
    const isArm = process.arch === 'arm64';
    const [without, having] = isArm ? ['us-east-1b', 'us-east-1a'] : ['us-east-1a', 'us-east-1b'];
    const offers = async (zone: string) => {
      const Filters = [
        { Name: 'location', Values: [zone] },
        { Name: 'instance-type', Values: isArm ? ['c8g*'] : ['v*'] },
      ];
      const { InstanceTypeOfferings = [] } = await ec2.DescribeInstanceTypeOfferings({
        LocationType: 'availability-zone',
        Filters,
      });
      return new Set(InstanceTypeOfferings.map(({ InstanceType: type }) => type));
    };
    const [lacking, offered] = [await offers(without), await offers(having)];
    const type = [...offered].find((one) => !lacking.has(one)) as InstanceType;
    expect(type).toBeDefined();
    expect(await refusal({ InstanceType: type, Placement: { AvailabilityZone: without } })).toMatch(
      new RegExp(
        `^Unsupported: Your requested instance type \\(${type}\\) is not supported in your requested Availability Zone \\(${without}\\)\\. Please retry your request by not specifying an Availability Zone or choosing ${having}`,
      ),
    );
    expect((await run({ InstanceType: type }))[0]?.Placement?.AvailabilityZone).toBe(having);
  });

  test('to the address that is asked for, in either of its two places', async () => {
    const SubnetId = await defaultSubnet('us-east-1a');
    const at = (address: string, more: object) =>
      run({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, ...more }] }).then(([instance]) =>
        expect(instance?.PrivateIpAddress).toBe(address),
      );
    await at('172.31.0.10', { PrivateIpAddress: '172.31.0.10' });
    await at('172.31.0.11', { PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '172.31.0.11' }] });
    expect((await run({ SubnetId, PrivateIpAddress: '172.31.0.12' }))[0]?.PrivateIpAddress).toBe('172.31.0.12');
    expect(await refusal({ SubnetId, PrivateIpAddress: '172.31.0.12' })).toContain('InvalidIPAddress.InUse');
    expect(await refusal({ SubnetId, PrivateIpAddress: '172.31.0.13', MaxCount: 2 })).toContain(
      'InvalidParameterCombination',
    );
  });

  test('with a public address as the subnet has it, or as its interface says', async () => {
    const addressOf = async (more: Partial<RunInstancesRequest>) => (await run(more))[0]?.PublicIpAddress;
    expect(await addressOf({})).toMatch(/^198\.18\./);
    const nic = { DeviceIndex: 0, AssociatePublicIpAddress: false };
    expect(await addressOf({ NetworkInterfaces: [nic] })).toBeUndefined();
    const { Vpc } = await ec2.CreateVpc({ CidrBlock: '10.0.0.0/16' });
    const { Subnet } = await ec2.CreateSubnet({ VpcId: Vpc?.VpcId ?? '', CidrBlock: '10.0.0.0/24' });
    const SubnetId = Subnet?.SubnetId;
    expect(await addressOf({ SubnetId })).toBeUndefined();
    const asked = { DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: true };
    expect(await addressOf({ NetworkInterfaces: [asked] })).toMatch(/^198\.18\./);
  });
});

describe('its security groups', () => {
  const group = async (GroupName: string, VpcId?: string) =>
    (await ec2.CreateSecurityGroup({ GroupName, Description: 'd', VpcId })).GroupId ?? '';
  const namesOf = (instances: readonly Instance[]) => instances[0]?.SecurityGroups?.map(({ GroupName }) => GroupName);

  test('are the default one, those named, or those whose ids are given', async () => {
    const web = await group('web');
    expect(namesOf(await run())).toEqual(['default']);
    expect(namesOf(await run({ SecurityGroups: ['web'] }))).toEqual(['web']);
    expect(namesOf(await run({ SecurityGroupIds: [web], SecurityGroups: ['default'] }))).toEqual(['web', 'default']);
  });

  test('must be of the network, and there', async () => {
    const { Vpc } = await ec2.CreateVpc({ CidrBlock: '10.0.0.0/16' });
    const stranger = await group('web', Vpc?.VpcId);
    const SubnetId = await defaultSubnet('us-east-1a');
    expect(await refusal({ SecurityGroupIds: [stranger] })).toBe(
      `InvalidParameter: Security group ${stranger} and subnet ${SubnetId} belong to different networks.`,
    );
    expect(await refusal({ SubnetId, SecurityGroups: ['default'] })).toBe(
      'InvalidParameterCombination: The parameter groupName cannot be used with the parameter subnet',
    );
    expect(await refusal({ SecurityGroupIds: ['default'] })).toBe(
      'InvalidGroupId.Malformed: Invalid id: "default" (expecting "sg-...")',
    );
    expect(await refusal({ SecurityGroupIds: ['sg-00000000000000000'] })).toBe(
      `InvalidGroup.NotFound: The security group 'sg-00000000000000000' does not exist`,
    );
    expect(await refusal({ SecurityGroups: ['nobody'] })).toMatch(
      /^InvalidGroup\.NotFound: The security group 'nobody' does not exist in default VPC 'vpc-/,
    );
    expect(await refusal({ SubnetId: 'subnet-00000000000000000' })).toContain('InvalidSubnetID.NotFound');
  });
});

describe('its root volume', () => {
  const volumeOf = async (Ebs: object, DeviceName = image.root) => {
    const [instance] = await run({ BlockDeviceMappings: [{ DeviceName, Ebs }] });
    const VolumeIds = [instance?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ''];
    return (await ec2.DescribeVolumes({ VolumeIds })).Volumes?.[0];
  };
  const withRoot = (Ebs: object) => refusal({ BlockDeviceMappings: [{ DeviceName: image.root, Ebs }] });

  test('is as the image has it, but for what is asked', async () => {
    expect(await volumeOf({})).toMatchObject({
      Size: 8,
      VolumeType: 'gp3',
      Iops: 3000,
      Throughput: 125,
      Encrypted: false,
      SnapshotId: image.snapshotId,
      AvailabilityZone: 'us-east-1a',
      MultiAttachEnabled: false,
    });
    expect(await volumeOf({ VolumeSize: 40, VolumeType: 'gp2', SnapshotId: image.snapshotId })).toMatchObject({
      Size: 40,
      VolumeType: 'gp2',
      Iops: 120,
    });
    expect(await volumeOf({ VolumeType: 'io2', Iops: 5000 })).toMatchObject({ VolumeType: 'io2', Iops: 5000 });
  });

  test('cannot be what no volume can be', async () => {
    expect(await withRoot({ VolumeSize: 7 })).toBe(
      `InvalidBlockDeviceMapping: Volume of size 7GB is smaller than snapshot '${image.snapshotId}', expect size >= 8GB`,
    );
    expect(await withRoot({ VolumeSize: 20_000 })).toContain('InvalidParameterValue');
    expect(await withRoot({ VolumeType: 'gp2', Iops: 300 })).toBe(
      'InvalidParameterCombination: The parameter iops is not supported for gp2 volumes.',
    );
    expect(await withRoot({ VolumeType: 'gp2', Throughput: 300 })).toContain('InvalidParameterCombination');
    expect(await withRoot({ VolumeType: 'io1' })).toBe('MissingParameter: The request must contain the parameter iops');
    expect(await withRoot({ SnapshotId: 'snap-00000000000000000' })).toContain('InvalidSnapshot.NotFound');
  });

  test('is the only device; what names none is passed over', async () => {
    const mapped = (mapping: object) => refusal({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', ...mapping }] });
    expect(await mapped({ Ebs: { VolumeSize: 8 } })).toContain('UnsupportedOperation');
    expect(await mapped({ NoDevice: '' })).toBe('launched');
    expect(await mapped({ VirtualName: 'ephemeral0' })).toBe('launched');
  });
});

describe('what is refused', () => {
  test('as AWS refuses it', async () => {
    expect(await refusal({ MinCount: 0 })).toContain('InvalidParameterValue: Value (0) for parameter minCount');
    expect(await refusal({ MinCount: 3, MaxCount: 2 })).toContain('InvalidParameterValue');
    expect(await refusal({ MinCount: 201, MaxCount: 201 })).toContain('InstanceLimitExceeded');
    expect(await refusal({ KeyName: 'nobody' })).toBe(`InvalidKeyPair.NotFound: The key pair 'nobody' does not exist`);
    expect(await refusal({ UserData: Buffer.alloc(16_385).toString('base64') })).toBe(
      'InvalidParameterValue: User data is limited to 16384 bytes',
    );
    expect(await refusal({ UserData: '#!/bin/sh' })).toContain('InvalidUserData.Malformed');
    expect(await refusal({ ImageId: 'ami-1' })).toContain('InvalidAMIID.Malformed');
    expect(await refusal({ ImageId: 'ami-00000000' })).toBe(
      `InvalidAMIID.NotFound: The image id '[ami-00000000]' does not exist`,
    );
    expect(await refusal({ InstanceType: 'm5.large', CreditSpecification: { CpuCredits: 'unlimited' } })).toBe(
      'InstanceCreditSpecification.NotSupported: The m5.large instance type does not support T2 Unlimited.',
    );
  });

  test('by name, rather than passed over', async () => {
    for (const more of [
      { Placement: { GroupName: 'together' } },
      { Placement: { Tenancy: 'dedicated' } },
      { CapacityReservationSpecification: { CapacityReservationPreference: 'none' } },
      { PrivateDnsNameOptions: { HostnameType: 'resource-name' } },
      { NetworkInterfaces: [{ DeviceIndex: 0, InterfaceType: 'efa' }] },
      { NetworkInterfaces: [{ DeviceIndex: 0, Ipv6AddressCount: 1 }] },
    ] as const) {
      expect(await refusal(more)).toContain('UnsupportedOperation: cloudlet does not support');
    }
  });
});

describe('an instance whose metadata shows its tags', () => {
  const tagged = (Key: string) => [{ ResourceType: 'instance' as const, Tags: [{ Key, Value: '' }] }];
  const shown = { InstanceMetadataTags: 'enabled' } as const;
  const isNoKey = (key: string) => `InvalidParameterValue: '${key}' is not a valid tag key.`;

  test('may only have tags whose keys can be part of a path', async () => {
    expect(await refusal({ TagSpecifications: tagged('a/b'), MetadataOptions: shown })).toContain(isNoKey('a/b'));
    expect(await refusal({ TagSpecifications: tagged('a/b') })).toBe('launched');
    expect(await refusal({ TagSpecifications: tagged('a:b'), MetadataOptions: shown })).toBe('launched');
  });

  test('does not begin to show them while there are others', async () => {
    const [instance] = await run({ TagSpecifications: tagged('a b') });
    const show = { InstanceId: instance?.InstanceId ?? '', ...shown };
    await expect(ec2.ModifyInstanceMetadataOptions(show)).rejects.toThrow("'a b' is not a valid tag key.");
    await ec2.DeleteTags({ Resources: [show.InstanceId] });
    await expect(ec2.ModifyInstanceMetadataOptions(show)).resolves.toMatchObject({
      InstanceMetadataOptions: { InstanceMetadataTags: 'enabled' },
    });
  });
});
