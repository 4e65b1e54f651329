// Roles for instances: given at launch and later, replaced, taken away, found by.

import { beforeEach, expect, test } from 'vitest';
import { createTestClients, type TestClients } from '../../aws/test-client.testing.ts';
import { iam as iamService } from '../iam/iam.ts';
import { ec2 as ec2Service } from './ec2.ts';
import { type InstanceRow, type InstanceStatus, instances } from './instances.table.ts';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;
let profileIds: readonly string[];

const arnOf = (name: string) => `arn:aws:iam::000000000000:instance-profile/${name}`;

beforeEach(async () => {
  clients = createTestClients([ec2Service, iamService], { capabilities: {}, publicPool: '198.18.4.0/22' });
  ec2 = clients.client('ec2');
  const made = ['web', 'db'].map((InstanceProfileName) =>
    clients.client('iam').CreateInstanceProfile({ InstanceProfileName }),
  );
  profileIds = (await Promise.all(made)).map(({ InstanceProfile }) => InstanceProfile.InstanceProfileId);
});

async function launch(IamInstanceProfile?: { Name?: string; Arn?: string }): Promise<string> {
  const ImageId = (await ec2.DescribeImages({})).Images?.[0]?.ImageId;
  const { Instances = [] } = await ec2.RunInstances({
    ImageId,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    IamInstanceProfile,
  });
  return Instances[0]?.InstanceId ?? '';
}

function see(id: string, observed: InstanceStatus['observed']): void {
  const row = clients.store.find(instances, id) as InstanceRow;
  clients.store.changeStatuses((transaction) =>
    transaction
      .table(instances, row)
      .update(id, (status) => ({ ...status, observed, startCount: row.spec.startCount })),
  );
}

const described = async (id: string) =>
  (await ec2.DescribeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile;

const associations = async (input: Parameters<typeof ec2.DescribeIamInstanceProfileAssociations>[0] = {}) =>
  (await ec2.DescribeIamInstanceProfileAssociations(input)).IamInstanceProfileAssociations ?? [];

test('a launch names a profile by its name or its ARN', async () => {
  for (const named of [{ Name: 'web' }, { Arn: arnOf('web') }]) {
    const id = await launch(named);
    expect(await described(id)).toEqual({ Arn: arnOf('web'), Id: profileIds[0] });
  }
  expect(await described(await launch())).toBeUndefined();
  await expect(launch({ Name: 'none' })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: 'Value (none) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
  });
  await expect(launch({ Arn: `${arnOf('x')}/web` })).rejects.toMatchObject({
    message: `Value (${arnOf('x')}/web) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
  });
  await expect(launch({ Name: 'web', Arn: arnOf('web') })).rejects.toMatchObject({
    code: 'InvalidParameterCombination',
  });
});

test('instances launched together have associations of their own', async () => {
  const ImageId = (await ec2.DescribeImages({})).Images?.[0]?.ImageId;
  await ec2.RunInstances({
    ImageId,
    InstanceType: 't3.micro',
    MinCount: 2,
    MaxCount: 2,
    IamInstanceProfile: { Name: 'db' },
  });
  expect(new Set((await associations()).map(({ AssociationId }) => AssociationId)).size).toBe(2);
});

test('a profile is associated, replaced and disassociated', async () => {
  const InstanceId = await launch();
  const associate = (Name: string) => ec2.AssociateIamInstanceProfile({ InstanceId, IamInstanceProfile: { Name } });
  await expect(associate('web')).rejects.toMatchObject({ code: 'IncorrectInstanceState' });
  see(InstanceId, 'running');
  const { IamInstanceProfileAssociation: first } = await associate('web');
  expect(first).toMatchObject({
    AssociationId: expect.stringMatching(/^iip-assoc-[0-9a-f]{17}$/),
    InstanceId,
    State: 'associating',
    IamInstanceProfile: { Arn: arnOf('web'), Id: profileIds[0] },
  });
  await expect(associate('db')).rejects.toMatchObject({
    code: 'IncorrectState',
    message: `There is an existing association for instance ${InstanceId}`,
  });
  const AssociationId = first?.AssociationId ?? '';
  const { IamInstanceProfileAssociation: second } = await ec2.ReplaceIamInstanceProfileAssociation({
    AssociationId,
    IamInstanceProfile: { Arn: arnOf('db') },
  });
  expect(second?.AssociationId).not.toBe(AssociationId);
  expect(await described(InstanceId)).toEqual({ Arn: arnOf('db'), Id: profileIds[1] });
  await expect(ec2.DisassociateIamInstanceProfile({ AssociationId })).rejects.toMatchObject({
    code: 'InvalidAssociationID.NotFound',
  });
  const removed = await ec2.DisassociateIamInstanceProfile({ AssociationId: second?.AssociationId ?? '' });
  expect(removed.IamInstanceProfileAssociation).toMatchObject({ State: 'disassociating', InstanceId });
  expect(await described(InstanceId)).toBeUndefined();
  expect(await associations()).toEqual([]);
});

test('associations are found by their instance, their state and their id, and end with the instance', async () => {
  const ids = [await launch({ Name: 'web' }), await launch({ Name: 'db' })];
  const all = await associations();
  expect(all).toHaveLength(2);
  const own = await associations({ Filters: [{ Name: 'instance-id', Values: [ids[1] ?? ''] }] });
  expect(own).toEqual([expect.objectContaining({ InstanceId: ids[1], State: 'associated' })]);
  expect(await associations({ AssociationIds: [own[0]?.AssociationId ?? ''] })).toEqual(own);
  expect(await associations({ Filters: [{ Name: 'state', Values: ['disassociated'] }] })).toEqual([]);
  const byProfile = await ec2.DescribeInstances({
    Filters: [{ Name: 'iam-instance-profile.arn', Values: [arnOf('db')] }],
  });
  expect(byProfile.Reservations?.map(({ Instances }) => Instances?.[0]?.InstanceId)).toEqual([ids[1]]);
  await ec2.TerminateInstances({ InstanceIds: ids });
  for (const id of ids) see(id, 'terminated');
  expect(await associations()).toEqual([]);
});
