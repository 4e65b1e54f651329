import { describe, expect, it } from 'vitest';
import type { OperationContext } from '../../aws/operation.ts';
import { openEc2Scope } from './default-vpc.ts';
import { insertInstance, seeInstance, wantInstance } from './instances.testing.ts';
import { networkInterfaceOperations } from './network-interfaces.operations.ts';
import { networkInterfaces, publicAddresses } from './network-interfaces.table.ts';
import {
  assignPublicAddress,
  createNetworkInterface,
  deleteNetworkInterface,
  type NewNetworkInterface,
  releasePublicAddress,
  removeNetworkInterface,
} from './network-interfaces.ts';
import { createTestRegion, errorOf, type TestRegion, type TestRegionOptions } from './region.testing.ts';
import { applyTagSpecifications } from './resources.ts';
import { securityGroups } from './security-groups.table.ts';
import { subnetOperations } from './subnets.operations.ts';
import { resourceTags } from './tags.table.ts';
import { vpcOperations } from './vpcs.operations.ts';

function setUp(options: TestRegionOptions = {}) {
  const region = createTestRegion({ openScope: openEc2Scope, ...options });
  const subnets = region.call((ctx) => subnetOperations.DescribeSubnets(ctx, {})).Subnets ?? [];
  const groupId = [...region.store.listAll(securityGroups)][0]?.id as string;
  const subnetId = subnets.find(({ CidrBlock }) => CidrBlock === '172.31.0.0/20')?.SubnetId as string;
  const add = (more: Partial<NewNetworkInterface> = {}) => region.call((ctx) => create(ctx, subnetId, more));
  const launch = (more: Partial<Parameters<typeof insertInstance>[1]> = {}) =>
    region.call((ctx) => insertInstance(ctx, { subnetId, securityGroupIds: [groupId], ...more }));
  return { region, groupId, subnetId, add, launch };
}

const create = (ctx: OperationContext, subnetId: string, more: Partial<NewNetworkInterface>) =>
  createNetworkInterface(ctx, {
    subnetId,
    securityGroupIds: [],
    associatePublicAddress: false,
    description: '',
    ...more,
  });

/** A subnet with room for eleven. */
function smallSubnet(region: TestRegion): string {
  return region.call((ctx) => {
    const { Vpc } = vpcOperations.CreateVpc(ctx, { CidrBlock: '10.0.0.0/16' });
    return subnetOperations.CreateSubnet(ctx, { VpcId: Vpc?.VpcId as string, CidrBlock: '10.0.0.16/28' }).Subnet
      ?.SubnetId as string;
  });
}

describe('private addresses', () => {
  it('are given out until none is left, and never one that AWS keeps', () => {
    const { region } = setUp();
    const subnetId = smallSubnet(region);
    const given = Array.from({ length: 11 }, () => region.call((ctx) => create(ctx, subnetId, {})).spec.privateAddress);
    expect(new Set(given).size).toBe(11);
    for (const address of given) {
      const last = Number(address.split('.')[3]);
      expect(last).toBeGreaterThanOrEqual(20);
      expect(last).toBeLessThanOrEqual(30);
    }
    expect(errorOf(() => region.call((ctx) => create(ctx, subnetId, {})))).toContain(
      `InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet '${subnetId}'`,
    );
  });

  it('may be asked for', () => {
    const { add } = setUp();
    const ask = (privateAddress: string) => add({ privateAddress });
    expect(ask('172.31.0.9').spec.privateAddress).toBe('172.31.0.9');
    expect(errorOf(() => ask('172.31.0.9'))).toBe('InvalidIPAddress.InUse: Address 172.31.0.9 is in use.');
    expect(errorOf(() => ask('172.31.0.3'))).toBe(
      "InvalidParameterValue: Address 172.31.0.3 is in subnet's reserved address range",
    );
    expect(errorOf(() => ask('172.31.15.255'))).toContain('reserved address range');
    expect(errorOf(() => ask('172.31.16.9'))).toBe(
      "InvalidParameterValue: Address 172.31.16.9 does not fall within the subnet's address range",
    );
    expect(errorOf(() => ask('172.31.0'))).toContain('InvalidParameterValue: invalid value for parameter address');
  });

  it('come with a MAC address that nobody else has made', () => {
    const { add } = setUp();
    const macs = Array.from({ length: 20 }, () => add().spec.macAddress);
    expect(new Set(macs).size).toBe(20);
    for (const mac of macs) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  });
});

describe('public addresses', () => {
  it('are one pool for all accounts, without its first two and last', () => {
    const { region, add, subnetId } = setUp({ publicPool: '198.18.4.0/29' });
    const abroad = region.elsewhere({ account: '111111111111' });
    const theirs = abroad.call((ctx) => subnetOperations.DescribeSubnets(ctx, {})).Subnets?.[0]?.SubnetId as string;
    const given = [
      ...Array.from({ length: 3 }, () => add({ associatePublicAddress: true }).spec.publicAddress),
      ...Array.from({ length: 2 }, () => {
        const row = abroad.call((ctx) => create(ctx, theirs, { associatePublicAddress: true }));
        return row.spec.publicAddress;
      }),
    ];
    expect(given.toSorted()).toEqual(['198.18.4.2', '198.18.4.3', '198.18.4.4', '198.18.4.5', '198.18.4.6']);
    expect(errorOf(() => add({ associatePublicAddress: true }))).toContain('InsufficientAddressCapacity');
    const [first] = [...region.store.listAll(networkInterfaces)].filter(({ spec }) => spec.subnetId === subnetId);
    region.call((ctx) => releasePublicAddress(ctx, first?.id as string));
    expect(add({ associatePublicAddress: true }).spec.publicAddress).toBe(first?.spec.publicAddress);
  });

  it('are assigned and released once', () => {
    const { region, add } = setUp();
    const { id } = add();
    const get = () => region.call((ctx) => ctx.table(networkInterfaces).get(id))?.spec.publicAddress;
    region.call((ctx) => assignPublicAddress(ctx, id));
    const address = get();
    expect(address).toMatch(/^198\.18\.[4-7]\.\d+$/);
    region.call((ctx) => assignPublicAddress(ctx, id));
    expect(get()).toBe(address);
    for (let i = 0; i < 2; i++) region.call((ctx) => releasePublicAddress(ctx, id));
    expect(get()).toBeUndefined();
    expect([...region.store.listAll(publicAddresses)]).toEqual([]);
    region.call((ctx) => releasePublicAddress(ctx, 'eni-00000000'));
  });

  it('are not given out on a host that has no network', () => {
    const { add } = setUp({ publicPool: null });
    expect(add({ associatePublicAddress: true }).spec.publicAddress).toBeUndefined();
  });
});

describe('removal', () => {
  it('leaves nothing behind, by an operation or by a reconciler', () => {
    const { region, add } = setUp();
    const rows = [add({ associatePublicAddress: true }), add({ associatePublicAddress: true })] as const;
    for (const { id } of rows) {
      region.call((ctx) =>
        applyTagSpecifications(ctx, 'network-interface', id, [
          { ResourceType: 'network-interface', Tags: [{ Key: 'a' }] },
        ]),
      );
    }
    region.call((ctx) => deleteNetworkInterface(ctx, rows[0].id));
    region.store.changeStatuses((transaction) => removeNetworkInterface(transaction, rows[1]));
    expect([...region.store.listAll(networkInterfaces)]).toEqual([]);
    expect([...region.store.listAll(publicAddresses)]).toEqual([]);
    expect([...region.store.listAll(resourceTags)]).toEqual([]);
  });
});

describe('DescribeNetworkInterfaces', () => {
  it('shows an attached interface with its addresses and groups', () => {
    const { region, launch, groupId } = setUp();
    const instance = launch({ associatePublicAddress: true });
    const show = () => region.call((ctx) => networkInterfaceOperations.DescribeNetworkInterfaces(ctx, {}));
    const [shown] = show().NetworkInterfaces ?? [];
    expect(shown).toMatchObject({
      Status: 'in-use',
      Groups: [{ GroupId: groupId, GroupName: 'default' }],
      Attachment: { InstanceId: instance.id, DeviceIndex: 0, DeleteOnTermination: true, Status: 'attaching' },
      Association: { IpOwnerId: 'amazon', PublicIp: expect.stringMatching(/^198\.18\./) },
      PrivateDnsName: expect.stringMatching(/^ip-172-31-\d+-\d+\.ec2\.internal$/),
      PrivateIpAddresses: [{ Primary: true }],
      SourceDestCheck: true,
    });
    expect(shown?.Association?.PublicDnsName).toMatch(/^ec2-198-18-\d+-\d+\.compute-1\.amazonaws\.com$/);
    seeInstance(region.store, instance, 'running');
    expect(show().NetworkInterfaces?.[0]?.Attachment?.Status).toBe('attached');
  });

  it('finds interfaces by every documented filter', () => {
    const { region, launch, add, groupId, subnetId } = setUp();
    const instance = launch({ associatePublicAddress: true });
    const { spec } = add({ privateAddress: '172.31.0.77', description: 'spare' });
    const find = (Name: string, ...Values: string[]) =>
      region.call((ctx) => networkInterfaceOperations.DescribeNetworkInterfaces(ctx, { Filters: [{ Name, Values }] }))
        .NetworkInterfaces?.length;
    const found: Readonly<Record<string, readonly [value: string, count: number]>> = {
      'addresses.association.owner-id': ['amazon', 1],
      'addresses.association.public-ip': ['198.18.*', 1],
      'addresses.primary': ['true', 2],
      'addresses.private-ip-address': ['172.31.0.77', 1],
      'association.allocation-id': ['*', 0],
      'association.ip-owner-id': ['amazon', 1],
      'association.public-dns-name': ['ec2-198-18-*', 1],
      'association.public-ip': ['198.18.*', 1],
      'attachment.attach-time': ['20*', 1],
      'attachment.attachment-id': ['eni-attach-*', 1],
      'attachment.delete-on-termination': ['true', 1],
      'attachment.device-index': ['0', 1],
      'attachment.instance-id': [instance.id, 1],
      'attachment.instance-owner-id': ['000000000000', 1],
      'attachment.status': ['attaching', 1],
      'availability-zone': ['us-east-1a', 2],
      'availability-zone-id': ['use1-az6', 2],
      description: ['spare', 1],
      'group-id': [groupId, 1],
      'interface-type': ['interface', 2],
      'mac-address': [spec.macAddress, 1],
      'network-interface-id': ['eni-*', 2],
      'owner-id': ['000000000000', 2],
      'private-dns-name': ['ip-172-31-0-77.ec2.internal', 1],
      'private-ip-address': ['172.31.0.77', 1],
      'requester-managed': ['true', 0],
      'source-dest-check': ['true', 2],
      status: ['available', 1],
      'subnet-id': [subnetId, 2],
      'vpc-id': ['vpc-*', 2],
    };
    for (const [name, [value, count]] of Object.entries(found))
      expect([name, find(name, value)]).toEqual([name, count]);
  });
});

describe('ModifyNetworkInterfaceAttribute', () => {
  it('changes one attribute', () => {
    const { region, launch, groupId } = setUp();
    const [NetworkInterfaceId = ''] = launch().spec.networkInterfaceIds;
    type Change = Omit<
      Parameters<typeof networkInterfaceOperations.ModifyNetworkInterfaceAttribute>[1],
      'NetworkInterfaceId'
    >;
    const modify = (input: Change) =>
      region.call((ctx) =>
        networkInterfaceOperations.ModifyNetworkInterfaceAttribute(ctx, { NetworkInterfaceId, ...input }),
      );
    const spec = () => region.call((ctx) => ctx.table(networkInterfaces).get(NetworkInterfaceId))?.spec;
    modify({ Description: { Value: 'front' } });
    modify({ SourceDestCheck: { Value: false } });
    modify({ Groups: [groupId] });
    modify({ AssociatePublicIpAddress: true });
    modify({ Attachment: { AttachmentId: spec()?.attachment?.attachmentId, DeleteOnTermination: false } });
    expect(spec()).toMatchObject({
      description: 'front',
      sourceDestCheck: false,
      securityGroupIds: [groupId],
      publicAddress: expect.any(String),
      attachment: { deleteOnTermination: false },
    });
    modify({ AssociatePublicIpAddress: false });
    expect(spec()?.publicAddress).toBeUndefined();
    expect(errorOf(() => modify({}))).toContain('No attributes specified.');
    expect(errorOf(() => modify({ Groups: [groupId], Description: { Value: '' } }))).toContain('multiple attribute');
    expect(errorOf(() => modify({ Groups: ['sg-00000000'] }))).toContain('InvalidGroup.NotFound');
    expect(errorOf(() => modify({ EnablePrimaryIpv6: true }))).toContain('UnsupportedOperation');
    expect(errorOf(() => modify({ Attachment: { AttachmentId: 'eni-attach-1' } }))).toContain(
      'InvalidAttachmentID.NotFound',
    );
  });
});

describe('DeleteNetworkInterface', () => {
  it('removes one whose instance is terminated', () => {
    const { region, launch } = setUp();
    const instance = launch({ deleteOnTermination: false });
    const [NetworkInterfaceId = ''] = instance.spec.networkInterfaceIds;
    const remove = () =>
      region.call((ctx) => networkInterfaceOperations.DeleteNetworkInterface(ctx, { NetworkInterfaceId }));
    expect(errorOf(remove)).toBe(
      `InvalidParameterValue: Network interface '${NetworkInterfaceId}' is currently in use.`,
    );
    region.call((ctx) => wantInstance(ctx, instance.id, 'terminated'));
    seeInstance(region.store, instance, 'terminated');
    const [shown] = region.call((ctx) => networkInterfaceOperations.DescribeNetworkInterfaces(ctx, {}))
      .NetworkInterfaces as readonly { Status?: string; Attachment?: unknown }[];
    expect(shown?.Status).toBe('available');
    expect(shown?.Attachment).toBeUndefined();
    remove();
    expect(errorOf(remove)).toBe(
      `InvalidNetworkInterfaceID.NotFound: The networkInterface ID '${NetworkInterfaceId}' does not exist`,
    );
  });
});
