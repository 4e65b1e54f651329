// Service control policies, through the gateway: whom they bind, at which levels, and what changes when accounts move.

import { Organizations } from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  allow,
  deny,
  documentOf,
  type People,
  type Person,
  type Statement,
  startPeople,
} from './identities.ts';

let people: People;
const clients: Organizations[] = [];

function organizationsOf({ keys }: Person): Organizations {
  const client = new Organizations({
    endpoint: people.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: keys,
  });
  clients.push(client);
  return client;
}

let management: Organizations;
let rootId: string;
let organizationId: string;
let names = 0;

async function newAccount(): Promise<string> {
  names += 1;
  const { CreateAccountStatus } = await management.createAccount({
    AccountName: `account ${names}`,
    Email: `account-${names}@example.com`,
  });
  return CreateAccountStatus?.AccountId ?? '';
}

async function newUnit(ParentId = rootId): Promise<string> {
  names += 1;
  const { OrganizationalUnit } = await management.createOrganizationalUnit({ ParentId, Name: `unit ${names}` });
  return OrganizationalUnit?.Id ?? '';
}

async function attach(TargetId: string, ...statements: readonly Statement[]): Promise<string> {
  names += 1;
  const { Policy } = await management.createPolicy({
    Name: `policy ${names}`,
    Description: '',
    Type: 'SERVICE_CONTROL_POLICY',
    Content: documentOf(...statements),
  });
  const PolicyId = Policy?.PolicySummary?.Id ?? '';
  await management.attachPolicy({ PolicyId, TargetId });
  return PolicyId;
}

const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
  management.moveAccount({ AccountId, SourceParentId, DestinationParentId });

const listQueues = (who: Person) => who.sqs.listQueues({});

const explicitly = 'with an explicit deny in a service control policy';
const implicitly = 'because no service control policy allows the sqs:listqueues action';

const denied = (arn: string) => ({
  name: 'AccessDenied',
  message: expect.stringMatching(
    new RegExp(`^User: ${arn} is not authorized to perform: sqs:ListQueues on resource: .* ${explicitly}$`),
  ),
});

beforeAll(async () => {
  people = await startPeople();
  management = organizationsOf(people.root());
  const { Organization } = await management.createOrganization({});
  organizationId = Organization?.Id ?? '';
  const { Roots = [] } = await management.listRoots({});
  rootId = Roots[0]?.Id ?? '';
  await management.enablePolicyType({ RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await people.stop();
});

describe('a service control policy', () => {
  it('denies what an administrator and the root user of a member would be allowed', async () => {
    const member = await newAccount();
    const root = people.root(member);
    const admin = await people.user('admin', [allow('*')], member);
    await listQueues(root);
    await listQueues(admin);
    await attach(member, deny('sqs:ListQueues'));
    await expect(listQueues(admin)).rejects.toMatchObject(denied(`arn:aws:iam::${member}:user/admin`));
    await expect(listQueues(root)).rejects.toMatchObject(denied(`arn:aws:iam::${member}:root`));
    await root.sns.listTopics({});
    await admin.sns.listTopics({});
  });

  it('grants nothing by itself', async () => {
    const member = await newAccount();
    const nobody = await people.user('nobody', undefined, member);
    await expect(listQueues(nobody)).rejects.toThrow('because no identity-based policy allows');
  });

  it('has to allow at every level', async () => {
    const member = await newAccount();
    const outer = await newUnit();
    const inner = await newUnit(outer);
    await move(member, rootId, inner);
    const root = people.root(member);
    await listQueues(root);
    const onlySns = await attach(outer, allow('sns:*'));
    await management.detachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId: outer });
    await root.sns.listTopics({});
    await expect(listQueues(root)).rejects.toThrow(new RegExp(implicitly, 'i'));
    // Allowed again further down is not allowed.
    await attach(inner, allow('sqs:*'));
    await expect(listQueues(root)).rejects.toThrow(new RegExp(implicitly, 'i'));
    await management.updatePolicy({ PolicyId: onlySns, Content: documentOf(allow(['sns:*', 'sqs:*'])) });
    await listQueues(root);
  });

  it('follows an account that moves, leaves or comes', async () => {
    const member = await newAccount();
    const unit = await newUnit();
    await attach(unit, deny('sqs:*'));
    const root = people.root(member);
    await listQueues(root);
    await move(member, rootId, unit);
    await expect(listQueues(root)).rejects.toThrow(explicitly);
    await move(member, unit, rootId);
    await listQueues(root);
    await move(member, rootId, unit);
    await organizationsOf(root).leaveOrganization({});
    await listQueues(root);
  });

  it('binds who was invited once they accept', async () => {
    const guest = '444455556666';
    const policy = await attach(rootId, deny('sqs:ListQueues'));
    const root = people.root(guest);
    const { Handshake } = await management.inviteAccountToOrganization({ Target: { Type: 'ACCOUNT', Id: guest } });
    await listQueues(root);
    await organizationsOf(root).acceptHandshake({ HandshakeId: Handshake?.Id });
    await expect(listQueues(root)).rejects.toThrow(explicitly);
    await management.detachPolicy({ PolicyId: policy, TargetId: rootId });
    await listQueues(root);
  });

  it('never binds the management account', async () => {
    const policy = await attach(rootId, deny('sqs:*'));
    await management.attachPolicy({ PolicyId: policy, TargetId: account });
    const admin = await people.user('management-admin', [allow('*')]);
    await listQueues(people.root());
    await listQueues(admin);
    await management.detachPolicy({ PolicyId: policy, TargetId: account });
    await management.detachPolicy({ PolicyId: policy, TargetId: rootId });
  });

  it('binds sessions of the role by which the management account gets in', async () => {
    const member = await newAccount();
    const RoleArn = `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`;
    const admin = await people.user('visitor', [allow('sts:AssumeRole', RoleArn)]);
    const { Credentials } = await admin.sts.assumeRole({ RoleArn, RoleSessionName: 'me' });
    const session = people.session(Credentials);
    await session.iam.listUsers({});
    await attach(member, deny('sqs:*'));
    await session.iam.listUsers({});
    await expect(listQueues(session)).rejects.toThrow(explicitly);
  });

  it('is asked where services decide within their operations: S3 and roles', async () => {
    const member = await newAccount();
    const root = people.root(member);
    await root.s3.createBucket({ Bucket: 'of-a-member' });
    const RoleArn = `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`;
    await attach(member, deny(['s3:PutObject', 'sts:AssumeRole']));
    await expect(root.s3.putObject({ Bucket: 'of-a-member', Key: 'a', Body: 'a' })).rejects.toThrow(explicitly);
    await expect(root.sts.assumeRole({ RoleArn, RoleSessionName: 'me' })).rejects.toThrow(explicitly);
    await root.s3.deleteBucket({ Bucket: 'of-a-member' });
  });

  it('has a say in simulations of principals', async () => {
    const member = await newAccount();
    await attach(member, deny('sqs:ListQueues'));
    const user = await people.user('simulated', [allow('sqs:*')], member);
    const { iam } = people.root(member);
    const PolicySourceArn = (await user.sts.getCallerIdentity({})).Arn ?? '';
    const simulate = async (...PolicyType: readonly 'scp'[]) => {
      const { EvaluationResults } = await iam.simulatePrincipalPolicy({
        PolicySourceArn,
        ActionNames: ['sqs:ListQueues', 'sqs:SendMessage'],
        PolicyExclusionList: PolicyType.map((type) => ({ PolicyType: type })),
      });
      return EvaluationResults?.map(({ EvalDecision, OrganizationsDecisionDetail }) => [
        EvalDecision,
        OrganizationsDecisionDetail?.AllowedByOrganizations,
      ]);
    };
    expect(await simulate()).toEqual([
      ['explicitDeny', false],
      ['allowed', true],
    ]);
    expect(await simulate('scp')).toEqual([
      ['allowed', undefined],
      ['allowed', undefined],
    ]);
  });

  it('may ask for conditions', async () => {
    const member = await newAccount();
    const root = people.root(member);
    await attach(member, {
      ...deny('sqs:*'),
      Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
    });
    await expect(listQueues(root)).rejects.toThrow(explicitly);
  });

  it('does nothing while its type is disabled, and is forgotten', async () => {
    const member = await newAccount();
    const root = people.root(member);
    await attach(member, deny('sqs:*'));
    await expect(listQueues(root)).rejects.toThrow(explicitly);
    await management.disablePolicyType({ RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' });
    await listQueues(root);
    await management.enablePolicyType({ RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' });
    await listQueues(root);
    const { Policies = [] } = await management.listPoliciesForTarget({
      TargetId: member,
      Filter: 'SERVICE_CONTROL_POLICY',
    });
    expect(Policies.map(({ Id }) => Id)).toEqual(['p-FullAWSAccess']);
  });
});

describe('a closed account', () => {
  it('lets nobody do anything', async () => {
    const member = await newAccount();
    const admin = await people.user('admin', [allow('*')], member);
    await listQueues(admin);
    await management.closeAccount({ AccountId: member });
    for (const who of [admin, people.root(member)]) {
      await expect(listQueues(who)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    }
    await expect(management.closeAccount({ AccountId: member })).rejects.toMatchObject({
      name: 'AccountAlreadyClosedException',
    });
  });
});

describe('condition keys of organizations', () => {
  it('let all of an organization into a bucket, and nobody else', async () => {
    const member = await newAccount();
    const { s3 } = people.root();
    await s3.createBucket({ Bucket: 'for-the-organization' });
    await s3.putBucketPolicy({
      Bucket: 'for-the-organization',
      Policy: documentOf({
        ...allow('s3:PutObject', 'arn:aws:s3:::for-the-organization/*'),
        Principal: '*',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      }),
    });
    const put = { Bucket: 'for-the-organization', Key: 'a', Body: 'a' };
    await people.root(member).s3.putObject(put);
    await expect(people.root('777788889999').s3.putObject(put)).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.deleteObject(put);
    await s3.deleteBucket(put);
  });

  it('tell where in the tree a principal is', async () => {
    const member = await newAccount();
    const unit = await newUnit();
    const { sqs } = people.root();
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'for-a-unit' });
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] });
    const paths = [`${organizationId}/${rootId}/${unit}/*`];
    const Policy = documentOf({
      ...allow('sqs:SendMessage', Attributes?.QueueArn),
      Principal: '*',
      Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': paths } },
    });
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    const send = () => people.root(member).sqs.sendMessage({ QueueUrl, MessageBody: 'a' });
    await expect(send()).rejects.toThrow('resource-based policy');
    await move(member, rootId, unit);
    await send();
    await sqs.deleteQueue({ QueueUrl });
  });

  it('keep a member from resources outside of its organization', async () => {
    const member = await newAccount();
    const { sqs } = people.root('777788889999');
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'outside' });
    const Policy = documentOf({ ...allow('sqs:SendMessage', '*'), Principal: '*' });
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    const send = () => people.root(member).sqs.sendMessage({ QueueUrl, MessageBody: 'a' });
    await send();
    await attach(member, {
      ...deny('sqs:SendMessage'),
      Condition: { StringNotEqualsIfExists: { 'aws:ResourceOrgID': organizationId } },
    });
    await expect(send()).rejects.toThrow(explicitly);
    await sqs.deleteQueue({ QueueUrl });
  });
});
