// Organizations as its users see it: the tree, accounts, invitations, policies and their limits, in AWS's errors.

import { Organizations } from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { iam } from '../iam/iam.ts';
import { startTestCloud, type TestCloud } from '../s3/cloud.testing.ts';
import { sts } from '../sts/sts.ts';
import { organizations } from './organizations.ts';

let cloud: TestCloud;
const clients: Organizations[] = [];
let accountsMade = 0;

function clientOf(account: string, systemClockOffset = 0): Organizations {
  const credentials = { accessKeyId: account, secretAccessKey: 'test' };
  const client = new Organizations({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials,
    systemClockOffset,
  });
  clients.push(client);
  return client;
}

/** Of a management account of its own for each test. */
let management: Organizations;
let managementId: string;
let rootId: string;

beforeAll(async () => {
  cloud = await startTestCloud([iam, sts, organizations]);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.stop();
});
beforeEach(async () => {
  accountsMade += 1;
  managementId = String(900_000_000_000 + accountsMade);
  management = clientOf(managementId);
  await management.createOrganization({});
  const { Roots = [] } = await management.listRoots({});
  rootId = Roots[0]?.Id ?? '';
});

const enable = () => management.enablePolicyType({ RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' });

async function newAccount(name: string): Promise<string> {
  const { CreateAccountStatus } = await management.createAccount({ AccountName: name, Email: `${name}@example.com` });
  return CreateAccountStatus?.AccountId ?? '';
}

async function newUnit(Name: string, ParentId = rootId): Promise<string> {
  const { OrganizationalUnit } = await management.createOrganizationalUnit({ ParentId, Name });
  return OrganizationalUnit?.Id ?? '';
}

const document = (Action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

async function newPolicy(Name: string, Content = document('s3:*')): Promise<string> {
  const Type = 'SERVICE_CONTROL_POLICY';
  const { Policy } = await management.createPolicy({ Name, Description: 'a policy', Type, Content });
  return Policy?.PolicySummary?.Id ?? '';
}

describe('an organization', () => {
  it('is described to all of its members, and governed by one', async () => {
    const { Organization } = await management.describeOrganization({});
    expect(Organization).toMatchObject({
      Id: expect.stringMatching(/^o-[a-z0-9]{10}$/),
      Arn: `arn:aws:organizations::${managementId}:organization/${Organization?.Id}`,
      FeatureSet: 'ALL',
      MasterAccountId: managementId,
      MasterAccountArn: `arn:aws:organizations::${managementId}:account/${Organization?.Id}/${managementId}`,
    });
    const member = clientOf(await newAccount('member'));
    expect((await member.describeOrganization({})).Organization).toEqual(Organization);
    await expect(member.listAccounts({})).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: "You don't have permissions to access this resource.",
    });
    await expect(member.createOrganization({})).rejects.toMatchObject({ name: 'AlreadyInOrganizationException' });
    const stranger = clientOf('888888888888');
    for (const call of [stranger.describeOrganization({}), stranger.listAccounts({}), stranger.leaveOrganization({})]) {
      await expect(call).rejects.toMatchObject({
        name: 'AWSOrganizationsNotInUseException',
        message: 'Your account is not a member of an organization.',
      });
    }
  });

  it('goes when its last member has left', async () => {
    const id = await newAccount('last');
    await newUnit('forgotten');
    await newPolicy('forgotten');
    await expect(management.deleteOrganization({})).rejects.toMatchObject({ name: 'OrganizationNotEmptyException' });
    await management.removeAccountFromOrganization({ AccountId: id });
    await management.deleteOrganization({});
    await expect(management.describeOrganization({})).rejects.toMatchObject({
      name: 'AWSOrganizationsNotInUseException',
    });
    await management.createOrganization({});
    const { Policies = [] } = await management.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' });
    expect(Policies.map(({ Name }) => Name)).toEqual(['FullAWSAccess']);
  });

  it('for bills alone has no policies', async () => {
    const billing = clientOf('777777777777');
    await billing.createOrganization({ FeatureSet: 'CONSOLIDATED_BILLING' });
    const { Roots = [] } = await billing.listRoots({});
    await expect(
      billing.enablePolicyType({ RootId: Roots[0]?.Id, PolicyType: 'SERVICE_CONTROL_POLICY' }),
    ).rejects.toMatchObject({ name: 'PolicyTypeNotAvailableForOrganizationException' });
  });
});

describe('units', () => {
  it('make a tree of five levels', async () => {
    let parent = rootId;
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      parent = await newUnit(name, parent);
      ids.push(parent);
    }
    expect(parent).toMatch(new RegExp(`^ou-${rootId.slice(2)}-[a-z0-9]{8}$`));
    await expect(newUnit('f', parent)).rejects.toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'OU_DEPTH_LIMIT_EXCEEDED',
    });
    const { Organization } = await management.describeOrganization({});
    const { OrganizationalUnit } = await management.describeOrganizationalUnit({ OrganizationalUnitId: parent });
    expect(OrganizationalUnit?.Path).toBe(`${[Organization?.Id, rootId, ...ids].join('/')}/`);
    expect((await management.listParents({ ChildId: parent })).Parents).toEqual([
      { Id: ids.at(-2), Type: 'ORGANIZATIONAL_UNIT' },
    ]);
  });

  it('have names of their own among neighbours, and go when they are empty', async () => {
    const unit = await newUnit('one');
    await expect(newUnit('one')).rejects.toMatchObject({ name: 'DuplicateOrganizationalUnitException' });
    const inner = await newUnit('one', unit);
    await expect(management.deleteOrganizationalUnit({ OrganizationalUnitId: unit })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotEmptyException',
    });
    await management.deleteOrganizationalUnit({ OrganizationalUnitId: inner });
    await management.updateOrganizationalUnit({ OrganizationalUnitId: unit, Name: 'two' });
    const { OrganizationalUnits = [] } = await management.listOrganizationalUnitsForParent({ ParentId: rootId });
    expect(OrganizationalUnits.map(({ Name }) => Name)).toEqual(['two']);
    await management.deleteOrganizationalUnit({ OrganizationalUnitId: unit });
    await expect(management.describeOrganizationalUnit({ OrganizationalUnitId: unit })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotFoundException',
    });
  });

  it('are told from what cannot be one', async () => {
    await expect(management.describeOrganizationalUnit({ OrganizationalUnitId: 'unit' })).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: 'You provided a value that does not match the required pattern.',
      Reason: 'INVALID_PATTERN',
    });
  });
});

describe('accounts', () => {
  it('are made with a role by which the management account gets in', async () => {
    const { CreateAccountStatus } = await management.createAccount({
      AccountName: 'dev',
      Email: 'dev@example.com',
      Tags: [{ Key: 'stage', Value: 'dev' }],
    });
    expect(CreateAccountStatus).toMatchObject({
      State: 'SUCCEEDED',
      AccountId: expect.stringMatching(/^[1-9]\d{11}$/),
    });
    const { Id, AccountId: id = '' } = CreateAccountStatus ?? {};
    expect((await management.describeCreateAccountStatus({ CreateAccountRequestId: Id })).CreateAccountStatus).toEqual(
      CreateAccountStatus,
    );
    const { Account } = await management.describeAccount({ AccountId: id });
    expect(Account).toMatchObject({ Name: 'dev', Status: 'ACTIVE', JoinedMethod: 'CREATED' });
    expect(Account?.Paths?.[0]).toMatch(new RegExp(`^o-[a-z0-9]{10}/${rootId}/${id}/$`));
    expect((await management.listTagsForResource({ ResourceId: id })).Tags).toEqual([{ Key: 'stage', Value: 'dev' }]);
    const scope = { account: id, region: 'us-east-1' };
    const principal = { kind: 'root' as const, arn: `arn:aws:iam::${id}:root`, userId: id, account: id };
    const roles = await cloud.cloud.client('iam', scope, principal).ListRoles({});
    expect(roles.Roles?.map(({ RoleName }) => RoleName).sort()).toEqual([
      'AWSServiceRoleForOrganizations',
      'OrganizationAccountAccessRole',
    ]);
  });

  it('have addresses of their own', async () => {
    await newAccount('twin');
    const { CreateAccountStatus } = await management.createAccount({ AccountName: 'b', Email: 'Twin@example.com' });
    expect(CreateAccountStatus).toMatchObject({ State: 'FAILED', FailureReason: 'EMAIL_ALREADY_EXISTS' });
    const { CreateAccountStatuses } = await management.listCreateAccountStatus({ States: ['FAILED'] });
    expect(CreateAccountStatuses).toEqual([CreateAccountStatus]);
  });

  it('move between a root and units', async () => {
    const id = await newAccount('mover');
    const unit = await newUnit('there');
    const move = (SourceParentId: string, DestinationParentId: string) =>
      management.moveAccount({ AccountId: id, SourceParentId, DestinationParentId });
    await expect(move(unit, rootId)).rejects.toMatchObject({ name: 'SourceParentNotFoundException' });
    await expect(move(rootId, rootId)).rejects.toMatchObject({ name: 'DuplicateAccountException' });
    await expect(move(rootId, 'ou-none-12345678')).rejects.toMatchObject({
      name: 'DestinationParentNotFoundException',
    });
    await move(rootId, unit);
    const { Children } = await management.listChildren({ ParentId: unit, ChildType: 'ACCOUNT' });
    expect(Children).toEqual([{ Id: id, Type: 'ACCOUNT' }]);
    await expect(management.deleteOrganizationalUnit({ OrganizationalUnitId: unit })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotEmptyException',
    });
  });

  it('stay where they govern', async () => {
    for (const call of [
      management.leaveOrganization({}),
      management.removeAccountFromOrganization({ AccountId: managementId }),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'MasterCannotLeaveOrganizationException' });
    }
    await expect(management.closeAccount({ AccountId: managementId })).rejects.toMatchObject({
      Reason: 'CANNOT_CLOSE_MANAGEMENT_ACCOUNT',
    });
  });

  it('are listed in pages', async () => {
    for (const name of ['a', 'b', 'c']) await newAccount(name);
    const first = await management.listAccounts({ MaxResults: 3 });
    const second = await management.listAccounts({ MaxResults: 3, NextToken: first.NextToken });
    const names = [...(first.Accounts ?? []), ...(second.Accounts ?? [])].map(({ Name }) => Name).sort();
    expect(names).toEqual(['a', 'b', 'c', 'master']);
    expect(second.NextToken).toBeUndefined();
    await expect(management.listAccounts({ NextToken: 'another' })).rejects.toMatchObject({
      name: 'InvalidInputException',
      Reason: 'INVALID_NEXT_TOKEN',
    });
  });
});

describe('invitations', () => {
  const invite = (Id: string) => management.inviteAccountToOrganization({ Target: { Type: 'ACCOUNT', Id } });

  it('are accepted by the account that was invited, once', async () => {
    const guestId = `5${managementId.slice(1)}`;
    const guest = clientOf(guestId);
    const { Handshake } = await invite(guestId);
    const HandshakeId = Handshake?.Id;
    expect(Handshake).toMatchObject({ State: 'OPEN', Action: 'INVITE' });
    await expect(invite(guestId)).rejects.toMatchObject({ name: 'DuplicateHandshakeException' });
    await expect(management.acceptHandshake({ HandshakeId })).rejects.toMatchObject({
      name: 'HandshakeNotFoundException',
    });
    await expect(clientOf('888888888888').describeHandshake({ HandshakeId })).rejects.toMatchObject({
      name: 'HandshakeNotFoundException',
    });
    const { Handshakes } = await guest.listHandshakesForAccount({});
    expect(Handshakes).toEqual([Handshake]);
    expect((await guest.acceptHandshake({ HandshakeId })).Handshake?.State).toBe('ACCEPTED');
    await expect(guest.acceptHandshake({ HandshakeId })).rejects.toMatchObject({
      name: 'HandshakeAlreadyInStateException',
    });
    await expect(guest.declineHandshake({ HandshakeId })).rejects.toMatchObject({
      name: 'InvalidHandshakeTransitionException',
    });
    const { Account } = await management.describeAccount({ AccountId: guestId });
    expect(Account?.JoinedMethod).toBe('INVITED');
    await expect(invite(guestId)).rejects.toMatchObject({
      name: 'HandshakeConstraintViolationException',
      Reason: 'ALREADY_IN_AN_ORGANIZATION',
    });
  });

  it('are declined, cancelled, or expire after fifteen days', async () => {
    const guestId = `6${managementId.slice(1)}`;
    const guest = clientOf(guestId);
    const declined = await invite(guestId);
    await guest.declineHandshake({ HandshakeId: declined.Handshake?.Id });
    const cancelled = await invite(guestId);
    await management.cancelHandshake({ HandshakeId: cancelled.Handshake?.Id });
    const expired = await invite(guestId);
    const lastsMs = 15 * 24 * 3600 * 1000;
    cloud.advance(lastsMs);
    const late = clientOf(guestId, lastsMs).acceptHandshake({ HandshakeId: expired.Handshake?.Id });
    await expect(late).rejects.toMatchObject({ name: 'InvalidHandshakeTransitionException' });
    const { Handshakes = [] } = await clientOf(managementId, lastsMs).listHandshakesForOrganization({});
    cloud.advance(-lastsMs);
    expect(Handshakes.map(({ State }) => State).sort()).toEqual(['CANCELED', 'DECLINED', 'EXPIRED']);
  });

  it('name accounts by number', async () => {
    await expect(
      management.inviteAccountToOrganization({ Target: { Type: 'EMAIL', Id: 'a@example.com' } }),
    ).rejects.toThrow('cloudlet does not support invitations by e-mail address');
    await expect(invite('1234')).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});

describe('policies', () => {
  it('are checked when they are written', async () => {
    for (const content of ['{}', 'no json', document('s3')]) {
      await expect(newPolicy('bad', content)).rejects.toMatchObject({
        name: 'MalformedPolicyDocumentException',
        message: 'The provided policy document does not meet the requirements of the specified policy type.',
      });
    }
    const long = document('s3:*').replace('{', `{${' '.repeat(5120)}`);
    await expect(newPolicy('long', long)).rejects.toMatchObject({ Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED' });
    await newPolicy('good');
    await expect(newPolicy('good')).rejects.toMatchObject({ name: 'DuplicatePolicyException' });
    await expect(
      management.createPolicy({ Name: 'tags', Description: '', Type: 'TAG_POLICY', Content: '{}' }),
    ).rejects.toThrow('cloudlet does not support policies of type TAG_POLICY in Organizations yet.');
  });

  it("change, but for AWS's own", async () => {
    const PolicyId = await newPolicy('before');
    const { Policy } = await management.updatePolicy({ PolicyId, Name: 'after', Content: document('sqs:*') });
    expect(Policy).toMatchObject({
      Content: document('sqs:*'),
      PolicySummary: { Name: 'after', Description: 'a policy', AwsManaged: false },
    });
    for (const call of [
      management.updatePolicy({ PolicyId: 'p-FullAWSAccess', Name: 'mine' }),
      management.deletePolicy({ PolicyId: 'p-FullAWSAccess' }),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'InvalidInputException', Reason: 'IMMUTABLE_POLICY' });
    }
    await management.deletePolicy({ PolicyId });
    await expect(management.describePolicy({ PolicyId })).rejects.toMatchObject({ name: 'PolicyNotFoundException' });
  });

  it('are attached to at least one and at most five a target, once their type is enabled', async () => {
    const unit = await newUnit('target');
    const first = await newPolicy('first');
    const attach = (PolicyId: string) => management.attachPolicy({ PolicyId, TargetId: unit });
    await expect(attach(first)).rejects.toMatchObject({
      name: 'PolicyTypeNotEnabledException',
      message: 'This operation can be performed only for enabled policy types.',
    });
    await enable();
    await expect(enable()).rejects.toMatchObject({ name: 'PolicyTypeAlreadyEnabledException' });
    await expect(management.detachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId: unit })).rejects.toMatchObject({
      message:
        'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
      Reason: 'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    });
    await attach(first);
    await expect(attach(first)).rejects.toMatchObject({ name: 'DuplicatePolicyAttachmentException' });
    await expect(management.deletePolicy({ PolicyId: first })).rejects.toMatchObject({ name: 'PolicyInUseException' });
    for (const name of ['second', 'third', 'fourth']) await attach(await newPolicy(name));
    const fifth = await newPolicy('fifth');
    await expect(attach(fifth)).rejects.toMatchObject({
      message: 'You have attached the maximum number of policies to the specified target.',
      Reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    });
    await expect(management.detachPolicy({ PolicyId: fifth, TargetId: unit })).rejects.toMatchObject({
      name: 'PolicyNotAttachedException',
    });
    const { Targets } = await management.listTargetsForPolicy({ PolicyId: first });
    expect(Targets).toMatchObject([{ TargetId: unit, Name: 'target', Type: 'ORGANIZATIONAL_UNIT' }]);
    const { Policies = [] } = await management.listPoliciesForTarget({
      TargetId: unit,
      Filter: 'SERVICE_CONTROL_POLICY',
    });
    expect(Policies).toHaveLength(5);
  });
});

describe('tags', () => {
  it('are on roots, units, accounts and policies', async () => {
    for (const ResourceId of [rootId, await newUnit('tagged'), managementId, await newPolicy('tagged')]) {
      await management.tagResource({
        ResourceId,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      });
      await management.tagResource({ ResourceId, Tags: [{ Key: 'a', Value: '3' }] });
      await management.untagResource({ ResourceId, TagKeys: ['b'] });
      const { Tags } = await management.listTagsForResource({ ResourceId });
      expect(Tags).toEqual([{ Key: 'a', Value: '3' }]);
    }
    const tag = (ResourceId: string, Key: string) => management.tagResource({ ResourceId, Tags: [{ Key, Value: '' }] });
    await expect(tag('123123123123', 'a')).rejects.toMatchObject({ name: 'TargetNotFoundException' });
    await expect(tag(rootId, 'aws:a')).rejects.toMatchObject({ Reason: 'INVALID_SYSTEM_TAGS_PARAMETER' });
  });
});
