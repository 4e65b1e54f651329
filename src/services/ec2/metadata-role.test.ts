// What a guest is told of its role, and the keys that it gets: made by STS, renewed before they end, gone with the profile.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { credentials } from '../../aws/credentials.table.ts';
import { rootPrincipal } from '../../aws/principal.ts';
import { loadLibc } from '../../drivers/network/libc.ts';
import { apiPort, metadataAddress } from '../../drivers/network/network.ts';
import { createTestVpc, firstInstanceId, hostSocketOf, scope, type TestVpc, vpcId } from './vpc-servers.testing.ts';
import { createVpcServers, type VpcServers } from './vpc-servers.ts';

let vpc: TestVpc;
let servers: VpcServers;
let profile: { readonly associationId: string; readonly arn: string; readonly profileId: string };

const iam = () => vpc.world.client('iam', scope, rootPrincipal(scope.account));

const trusting = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  });

beforeEach(async () => {
  vpc = createTestVpc(await loadLibc());
  servers = createVpcServers(vpc.world);
  await servers.ensureListening(vpcId);
  await iam().CreateRole({ RoleName: 'app', AssumeRolePolicyDocument: trusting('ec2.amazonaws.com') });
  const { InstanceProfile } = await iam().CreateInstanceProfile({ InstanceProfileName: 'web', Path: '/a/' });
  profile = {
    associationId: 'iip-assoc-00000000000000001',
    arn: InstanceProfile.Arn,
    profileId: InstanceProfile.InstanceProfileId,
  };
  vpc.updateInstance(firstInstanceId, { instanceProfile: profile });
});
afterEach(() => servers.closeAll());

async function ask(path: string): Promise<{ status: number; text: string }> {
  const { host, port } = hostSocketOf({ address: metadataAddress, port: 80 });
  const response = await fetch(`http://${host}:${port}/latest/meta-data/iam/${path}`);
  return { status: response.status, text: await response.text() };
}

const addRole = () => iam().AddRoleToInstanceProfile({ InstanceProfileName: 'web', RoleName: 'app' });
const keys = async () => JSON.parse((await ask('security-credentials/app')).text);

test('a profile without a role has no keys', async () => {
  expect(JSON.parse((await ask('info')).text)).toMatchObject({
    Code: 'Success',
    InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/a/web',
    InstanceProfileId: profile.profileId,
  });
  expect((await ask('security-credentials/')).status).toBe(404);
});

test('keys are a session of the role, named after the instance, and last six hours', async () => {
  await addRole();
  expect((await ask('security-credentials/')).text).toBe('app');
  const given = await keys();
  expect(given).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC' });
  expect(Date.parse(given.Expiration) - Date.parse(given.LastUpdated)).toBe(6 * 3600_000);
  const { spec } = vpc.store.find(credentials, given.AccessKeyId) ?? {};
  expect(spec).toMatchObject({
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.Token,
    principal: { arn: `arn:aws:sts::123456789012:assumed-role/app/${firstInstanceId}` },
  });
  expect((await ask('security-credentials/other')).status).toBe(404);
});

test('the same keys are given until an hour before their end', async () => {
  await addRole();
  const first = await keys();
  vpc.advance(4.9 * 3600_000);
  expect((await keys()).AccessKeyId).toBe(first.AccessKeyId);
  vpc.advance(0.2 * 3600_000);
  const second = await keys();
  expect(second.AccessKeyId).not.toBe(first.AccessKeyId);
  expect(Date.parse(second.Expiration)).toBeGreaterThan(Date.parse(first.Expiration));
});

test('another role in the profile means other keys', async () => {
  await addRole();
  const first = await keys();
  await iam().RemoveRoleFromInstanceProfile({ InstanceProfileName: 'web', RoleName: 'app' });
  expect((await ask('security-credentials/')).status).toBe(404);
  await iam().DeleteRole({ RoleName: 'app' });
  await iam().CreateRole({ RoleName: 'app', AssumeRolePolicyDocument: trusting('ec2.amazonaws.com') });
  await addRole();
  expect((await keys()).AccessKeyId).not.toBe(first.AccessKeyId);
});

test('a role that does not trust EC2 is said not to', async () => {
  await iam().UpdateAssumeRolePolicy({ RoleName: 'app', PolicyDocument: trusting('lambda.amazonaws.com') });
  await addRole();
  expect(await keys()).toMatchObject({
    Code: 'AssumeRoleUnauthorizedAccess',
    Message: expect.stringContaining('EC2 cannot assume the role app.'),
  });
});

test('a profile that was deleted is not found, nor is one made anew under its name', async () => {
  await iam().DeleteInstanceProfile({ InstanceProfileName: 'web' });
  expect(JSON.parse((await ask('info')).text)).toMatchObject({ Code: 'InstanceProfileNotFound' });
  await iam().CreateInstanceProfile({ InstanceProfileName: 'web', Path: '/a/' });
  expect(JSON.parse((await ask('info')).text)).toMatchObject({ Code: 'InstanceProfileNotFound' });
});

test('an instance without a profile has no such folder', async () => {
  vpc.updateInstance(firstInstanceId, { instanceProfile: undefined as never });
  expect((await ask('info')).status).toBe(404);
});

test("the cloud's API is at the metadata service's address", async () => {
  const { host, port } = hostSocketOf({ address: metadataAddress, port: apiPort });
  expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('the cloud');
});
