// Instances and their volumes after the launch, as operations show and change them.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients } from '../../aws/test-client.testing.ts';
import type { RunInstancesRequest } from '../../generated/ec2.types.ts';
import { ec2 as ec2Service } from './ec2.ts';
import { type InstanceRow, type InstanceStatus, instances } from './instances.table.ts';
import { volumes } from './volumes.table.ts';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;
let imageId: string;
let rootDevice: string;

beforeEach(async () => {
  clients = createTestClients([ec2Service], { capabilities: {}, publicPool: '198.18.4.0/22' });
  ec2 = clients.client('ec2');
  const [image] = (await ec2.DescribeImages({})).Images ?? [];
  imageId = image?.ImageId ?? '';
  rootDevice = image?.RootDeviceName ?? '';
});

async function launch(more: Partial<RunInstancesRequest> = {}): Promise<string> {
  const request = { ImageId: imageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more } as const;
  return (await ec2.RunInstances(request)).Instances?.[0]?.InstanceId ?? '';
}

/** What the instance's reconciler would write down once it is done. */
function see(id: string, observed: InstanceStatus['observed']): void {
  const row = clients.store.find(instances, id) as InstanceRow;
  clients.store.changeStatuses((transaction) => {
    transaction.table(instances, row).update(id, (status) => ({
      ...status,
      observed,
      startCount: row.spec.startCount,
      rebootCount: row.spec.rebootCount,
    }));
    for (const volume of transaction.table(volumes, row).by('byInstance', id)) {
      transaction.table(volumes, row).update(volume.id, (status) => ({ ...status, isCreated: true }));
    }
  });
}

const described = async (id: string) =>
  (await ec2.DescribeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0];

const found = async (Name: string, ...Values: string[]) =>
  ((await ec2.DescribeInstances({ Filters: [{ Name, Values }] })).Reservations ?? []).flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId }) => InstanceId),
  );

const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

/** Its volume and its interface outlive it. */
const outlived = () => ({
  BlockDeviceMappings: [{ DeviceName: rootDevice, Ebs: { DeleteOnTermination: false } }],
  NetworkInterfaces: [{ DeviceIndex: 0, DeleteOnTermination: false, Description: 'kept' }],
});

describe('a terminated instance', () => {
  test('has neither addresses nor devices, whatever outlives it', async () => {
    const id = await launch(outlived());
    see(id, 'running');
    await ec2.TerminateInstances({ InstanceIds: [id] });
    expect(await described(id)).toMatchObject({ State: { Code: 32, Name: 'shutting-down' } });
    see(id, 'terminated');
    expect(await described(id)).toMatchObject({
      State: { Code: 48, Name: 'terminated' },
      StateReason: {
        Code: 'Client.UserInitiatedShutdown',
        Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
      },
      StateTransitionReason: 'User initiated (2026-11-21 09:00:00 GMT)',
      PrivateDnsName: '',
      PublicDnsName: '',
      NetworkInterfaces: [],
      SecurityGroups: [],
      BlockDeviceMappings: [],
    });
    for (const member of ['PrivateIpAddress', 'PublicIpAddress', 'VpcId', 'SubnetId'] as const) {
      expect((await described(id))?.[member]).toBeUndefined();
    }
    expect(await found('network-interface.description', 'kept')).toEqual([]);
    expect(await found('block-device-mapping.device-name', rootDevice)).toEqual([]);
    expect(await refusal(ec2.StartInstances({ InstanceIds: [id] }))).toBe(
      `IncorrectInstanceState: The instance '${id}' is not in a state from which it can be started.`,
    );
  });
});

describe('states', () => {
  test('asking for what is already so changes nothing', async () => {
    const id = await launch();
    see(id, 'running');
    const running = { Code: 16, Name: 'running' };
    expect((await ec2.StartInstances({ InstanceIds: [id] })).StartingInstances).toEqual([
      { InstanceId: id, PreviousState: running, CurrentState: running },
    ]);
    await ec2.StopInstances({ InstanceIds: [id], Force: true });
    expect(await described(id)).toMatchObject({ State: { Code: 64, Name: 'stopping' } });
    see(id, 'stopped');
    const stopped = { Code: 80, Name: 'stopped' };
    expect((await ec2.StopInstances({ InstanceIds: [id] })).StoppingInstances).toEqual([
      { InstanceId: id, PreviousState: stopped, CurrentState: stopped },
    ]);
    expect(await refusal(ec2.RebootInstances({ InstanceIds: [id] }))).toContain('IncorrectInstanceState');
  });

  test('a dry run of an operation that waits is dry too', async () => {
    const id = await launch();
    expect(await refusal(ec2.GetConsoleOutput({ InstanceId: id, DryRun: true }))).toContain('DryRunOperation');
    expect(await refusal(ec2.GetConsoleOutput({ InstanceId: 'i-1', DryRun: true }))).toContain('Malformed');
  });

  test('of nobody are no states', async () => {
    const none = 'InvalidParameterCombination: No instances specified';
    expect(await refusal(ec2.StopInstances({} as never))).toBe(none);
    expect(await refusal(ec2.TerminateInstances({ InstanceIds: ['i-0', 'x'] }))).toContain(
      'InvalidInstanceID.Malformed',
    );
    expect(await refusal(ec2.TerminateInstances({ InstanceIds: ['i-00000000', 'i-11111111'] }))).toBe(
      `InvalidInstanceID.NotFound: The instance IDs 'i-00000000, i-11111111' do not exist`,
    );
  });
});

test('an instance is found by what its interface is', async () => {
  const nic = { DeviceIndex: 0, Description: 'uplink', PrivateIpAddress: '172.31.0.99' };
  const id = await launch({ NetworkInterfaces: [nic] });
  await launch();
  const instance = await described(id);
  expect(await found('network-interface.description', 'uplink')).toEqual([id]);
  expect(await found('network-interface.addresses.private-ip-address', '172.31.0.99')).toEqual([id]);
  expect(await found('network-interface.attachment.instance-id', id)).toEqual([id]);
  expect(await found('network-interface.private-dns-name', instance?.PrivateDnsName ?? '')).toEqual([id]);
  expect(await found('network-interface.public-dns-name', instance?.PublicDnsName ?? '')).toEqual([id]);
  expect(await found('network-interface.addresses.association.ip-owner-id', 'amazon')).toHaveLength(2);
  expect(await found('state-reason-code', 'pending')).toHaveLength(2);
});

describe('volumes', () => {
  const volume = async () => (await ec2.DescribeVolumes({})).Volumes?.[0];

  test('come and go with their instance', async () => {
    const id = await launch({ TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect(await volume()).toMatchObject({ State: 'creating', Attachments: [{ State: 'attaching' }] });
    see(id, 'running');
    const VolumeId = (await volume())?.VolumeId ?? '';
    expect(await volume()).toMatchObject({
      State: 'in-use',
      Attachments: [{ VolumeId, InstanceId: id, Device: rootDevice, State: 'attached', DeleteOnTermination: true }],
    });
    for (const [Name, value] of [
      ['attachment.instance-id', id],
      ['attachment.device', rootDevice],
      ['attachment.status', 'attached'],
      ['status', 'in-use'],
      ['size', '8'],
      ['tag:a', 'b'],
    ]) {
      const Filters = [{ Name: Name as string, Values: [value as string] }];
      expect((await ec2.DescribeVolumes({ Filters })).Volumes).toHaveLength(1);
    }
    expect(await refusal(ec2.DeleteVolume({ VolumeId }))).toBe(
      `VolumeInUse: Volume ${VolumeId} is currently attached to ${id}`,
    );
    expect(await ec2.DescribeVolumeAttribute({ VolumeId, Attribute: 'autoEnableIO' })).toEqual({
      VolumeId,
      AutoEnableIO: { Value: false },
    });
  });

  test('are free when they outlive it, until they are deleted', async () => {
    const id = await launch(outlived());
    see(id, 'running');
    await ec2.TerminateInstances({ InstanceIds: [id] });
    see(id, 'terminated');
    const VolumeId = (await volume())?.VolumeId ?? '';
    expect(await volume()).toMatchObject({ State: 'available', Attachments: [] });
    expect(await ec2.DeleteVolume({ VolumeId })).toEqual({});
    expect(await volume()).toMatchObject({ State: 'deleting', Attachments: [] });
    expect(await refusal(ec2.DeleteVolume({ VolumeId: 'vol-00000000000000000' }))).toBe(
      `InvalidVolume.NotFound: The volume 'vol-00000000000000000' does not exist.`,
    );
  });
});

describe('CPU credits', () => {
  const creditsOf = async (...InstanceIds: string[]) =>
    (await ec2.DescribeInstanceCreditSpecifications({ InstanceIds })).InstanceCreditSpecifications;

  test('are unlimited for all burstable types but the oldest, unless asked otherwise', async () => {
    const [t2, t3, m5, asked] = [
      await launch({ InstanceType: 't2.micro' }),
      await launch(),
      await launch({ InstanceType: 'm5.large' }),
      await launch({ CreditSpecification: { CpuCredits: 'standard' } }),
    ];
    expect(await creditsOf(t2, t3, m5, asked)).toEqual([
      { InstanceId: t2, CpuCredits: 'standard' },
      { InstanceId: t3, CpuCredits: 'unlimited' },
      { InstanceId: m5, CpuCredits: 'standard' },
      { InstanceId: asked, CpuCredits: 'standard' },
    ]);
    expect(await creditsOf()).toEqual([{ InstanceId: t3, CpuCredits: 'unlimited' }]);
  });

  test('can be changed one by one', async () => {
    const [t3, m5] = [await launch(), await launch({ InstanceType: 'm5.large' })];
    see(t3, 'running');
    const { SuccessfulInstanceCreditSpecifications: done, UnsuccessfulInstanceCreditSpecifications: refused } =
      await ec2.ModifyInstanceCreditSpecification({
        InstanceCreditSpecifications: [t3, m5, 'i-00000000'].map((InstanceId) => ({
          InstanceId,
          CpuCredits: 'standard',
        })),
      });
    expect(done).toEqual([{ InstanceId: t3 }]);
    expect(refused).toMatchObject([
      { InstanceId: m5, Error: { Code: 'InstanceCreditSpecification.NotSupported' } },
      { InstanceId: 'i-00000000', Error: { Code: 'InvalidInstanceID.NotFound' } },
    ]);
    expect(await creditsOf(t3)).toEqual([{ InstanceId: t3, CpuCredits: 'standard' }]);
  });
});
