// Whoever gives an instance a role must be allowed to pass that role: at launch, and later.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, allow, documentOf, type People, type Person, startPeople } from './identities.ts';

let people: People;
let root: Person;
let ImageId: string;

const roleArn = `arn:aws:iam::${account}:role/service/app`;
const instances = allow(['ec2:RunInstances', 'ec2:*IamInstanceProfile*'], '*');

beforeAll(async () => {
  people = await startPeople();
  root = people.root();
  ImageId = (await root.ec2.describeImages({})).Images?.[0]?.ImageId ?? '';
  const { iam } = root;
  await iam.createRole({
    RoleName: 'app',
    Path: '/service/',
    AssumeRolePolicyDocument: documentOf({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
  });
  await iam.createInstanceProfile({ InstanceProfileName: 'other-name' });
  await iam.addRoleToInstanceProfile({ InstanceProfileName: 'other-name', RoleName: 'app' });
  await iam.createInstanceProfile({ InstanceProfileName: 'empty' });
});
afterAll(() => people.stop());

const launch = (person: Person, Name: string) =>
  person.ec2.runInstances({
    ImageId,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    IamInstanceProfile: { Name },
    DryRun: true,
  });

it('a launch with a profile passes the role that is in it', async () => {
  const passing = await people.user('passing', [instances, allow('iam:PassRole', roleArn)]);
  await expect(launch(passing, 'other-name')).rejects.toMatchObject({ name: 'DryRunOperation' });
  const bare = await people.user('bare', [instances]);
  await expect(launch(bare, 'other-name')).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringContaining(`is not authorized to perform: iam:PassRole on resource: ${roleArn}`),
  });
  const elsewhere = await people.user('elsewhere', [
    instances,
    { ...allow('iam:PassRole'), Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } },
  ]);
  await expect(launch(elsewhere, 'other-name')).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});

it('a profile without a role passes none', async () => {
  const bare = await people.user('empty-handed', [instances]);
  await expect(launch(bare, 'empty')).rejects.toMatchObject({ name: 'DryRunOperation' });
});

it('so do associations', async () => {
  const bare = await people.user('late', [instances]);
  const InstanceId = 'i-0123456789abcdef0';
  const asked = { InstanceId, IamInstanceProfile: { Name: 'other-name' } };
  await expect(bare.ec2.associateIamInstanceProfile(asked)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  const only = await people.user('only-there', [
    instances,
    {
      ...allow('iam:PassRole', roleArn),
      Condition: { ArnLike: { 'iam:AssociatedResourceArn': `arn:aws:ec2:*:*:instance/${InstanceId}` } },
    },
  ]);
  await expect(only.ec2.associateIamInstanceProfile(asked)).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
  });
  await expect(
    only.ec2.associateIamInstanceProfile({ ...asked, InstanceId: 'i-0123456789abcdef1' }),
  ).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});
