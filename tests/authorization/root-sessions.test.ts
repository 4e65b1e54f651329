// AssumeRoot: the management account mends what locked a member out, and can do nothing else there.

import { Organizations } from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, allow, deny, documentOf, type People, type Person, startPeople } from './identities.ts';

let people: People;
let organizations: Organizations;
let member: string;
let operator: Person;

const taskArn = (name: string) => `arn:aws:iam::aws:policy/root-task/${name}`;

const assume = (who: Person, task: string, TargetPrincipal = member) =>
  who.sts.assumeRoot({ TargetPrincipal, TaskPolicyArn: { arn: taskArn(task) } });

const refused = { name: 'AccessDenied', message: expect.stringContaining('sts:AssumeRoot') };

beforeAll(async () => {
  people = await startPeople();
  const root = people.root();
  organizations = new Organizations({
    endpoint: people.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: root.keys,
  });
  await organizations.createOrganization({});
  const { CreateAccountStatus } = await organizations.createAccount({ AccountName: 'm', Email: 'm@example.com' });
  member = CreateAccountStatus?.AccountId ?? '';
  operator = await people.user('operator', [allow('sts:AssumeRoot')]);
});
afterAll(async () => {
  organizations.destroy();
  await people.stop();
});

it('is for the management account, once IAM may and the feature is on', async () => {
  const { iam } = people.root();
  await expect(iam.enableOrganizationsRootSessions({})).rejects.toMatchObject({
    name: 'ServiceAccessNotEnabledException',
  });
  await organizations.enableAWSServiceAccess({ ServicePrincipal: 'iam.amazonaws.com' });
  const { EnabledServicePrincipals } = await organizations.listAWSServiceAccessForOrganization({});
  expect(EnabledServicePrincipals?.map(({ ServicePrincipal }) => ServicePrincipal)).toEqual(['iam.amazonaws.com']);
  await expect(assume(operator, 'S3UnlockBucketPolicy')).rejects.toMatchObject(refused);
  expect(await iam.enableOrganizationsRootSessions({})).toMatchObject({ EnabledFeatures: ['RootSessions'] });
  await expect(people.root(member).iam.listOrganizationsFeatures({})).rejects.toMatchObject({
    name: 'CallerIsNotManagementAccountException',
  });
  await expect(assume(operator, 'IAMAuditRootUserCredentials')).rejects.toMatchObject(refused);
  await iam.enableOrganizationsRootCredentialsManagement({});
  await expect(assume(operator, 'S3UnlockBucketPolicy', account)).rejects.toMatchObject(refused);
  await expect(assume(operator, 'S3UnlockBucketPolicy', '999999999999')).rejects.toMatchObject(refused);
  const nobody = await people.user('nobody', [allow('sts:AssumeRole')]);
  await expect(assume(nobody, 'S3UnlockBucketPolicy')).rejects.toMatchObject(refused);
  await expect(assume(operator, 'Everything')).rejects.toMatchObject({ name: 'ValidationError' });
});

it('takes away a bucket policy that locked everybody out, and does nothing else', async () => {
  const { s3 } = people.root(member);
  await s3.createBucket({ Bucket: 'locked' });
  await s3.putObject({ Bucket: 'locked', Key: 'a', Body: 'x' });
  const locked = { ...deny('s3:*', ['arn:aws:s3:::locked', 'arn:aws:s3:::locked/*']), Principal: '*' };
  await s3.putBucketPolicy({ Bucket: 'locked', Policy: documentOf(locked) });
  const { Credentials } = await assume(operator, 'S3UnlockBucketPolicy');
  const session = people.session(Credentials);
  expect((await session.sts.getCallerIdentity({})).Arn).toBe(`arn:aws:iam::${member}:root`);
  await session.s3.deleteBucketPolicy({ Bucket: 'locked' });
  await s3.getObject({ Bucket: 'locked', Key: 'a' });
  await expect(session.s3.getObject({ Bucket: 'locked', Key: 'a' })).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(session.s3.createBucket({ Bucket: 'another-one' })).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(session.iam.listUsers({})).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('finds and deletes keys of the root user', async () => {
  const { AccessKey } = await people.root(member).iam.createAccessKey({});
  const audit = people.session(
    (await assume(operator, 'IAMAuditRootUserCredentials', `arn:aws:iam::${member}:root`)).Credentials,
  );
  const { AccessKeyMetadata } = await audit.iam.listAccessKeys({});
  expect(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId)).toEqual([AccessKey?.AccessKeyId]);
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  await expect(audit.iam.deleteAccessKey({ AccessKeyId })).rejects.toMatchObject({ name: 'AccessDenied' });
  const cleaning = people.session((await assume(operator, 'IAMDeleteRootUserCredentials')).Credentials);
  await cleaning.iam.deleteAccessKey({ AccessKeyId });
});
