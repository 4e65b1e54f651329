// Roles and other temporary keys: who gets them, what they are good for, and when they end.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  allow,
  deny,
  documentOf,
  neighbour,
  type People,
  type Person,
  type Statement,
  startPeople,
} from './identities.ts';

let people: People;
let root: Person;

beforeAll(async () => {
  people = await startPeople();
  root = people.root();
});
afterAll(() => people.stop());

const arnOf = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`;

async function makeRole(
  name: string,
  trust: Statement | readonly Statement[],
  own: readonly Statement[] = [],
  of = account,
) {
  const { iam } = people.root(of);
  const statements = Array.isArray(trust) ? (trust as readonly Statement[]) : [trust as Statement];
  await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: documentOf(...statements) });
  if (own.length > 0)
    await iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: documentOf(...own) });
  return arnOf(name, of);
}

const trusts = (principal: string, more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: principal },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  ...more,
});

const assume = async (who: Person, RoleArn: string, more: object = {}) => {
  const { Credentials } = await who.sts.assumeRole({ RoleArn, RoleSessionName: 'session', ...more });
  return people.session(Credentials);
};

describe('AssumeRole', () => {
  it('needs both the trust of the role and the leave of the caller', async () => {
    const RoleArn = await makeRole('both', trusts(`arn:aws:iam::${account}:root`), [allow('sqs:ListQueues')]);
    const without = await people.user('without-leave');
    await expect(assume(without, RoleArn)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${account}:user/without-leave is not authorized to perform: sts:AssumeRole on resource: ${RoleArn} because no identity-based policy allows the sts:AssumeRole action`,
      $metadata: { httpStatusCode: 403 },
    });
    const withLeave = await people.user('with-leave', [allow('sts:AssumeRole', RoleArn)]);
    const session = await assume(withLeave, RoleArn);
    const caller = await session.sts.getCallerIdentity({});
    expect(caller.Arn).toBe(`arn:aws:sts::${account}:assumed-role/both/session`);
    expect(caller.UserId).toMatch(/^AROA[A-Z0-9]{16,17}:session$/);
    await session.sqs.listQueues({});
    await expect(session.sns.listTopics({})).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  });

  it('lets in whom the trust policy names, without a policy of their own, in their account alone', async () => {
    const user = await people.user('named');
    const arn = `arn:aws:iam::${account}:user/named`;
    await assume(user, await makeRole('names-the-user', trusts(arn)));
    await expect(assume(user, await makeRole('names-in-another', trusts(arn), [], neighbour))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('because no identity-based policy allows the sts:AssumeRole action'),
    });
  });

  it('across accounts takes both sides', async () => {
    const theirs = await makeRole('across', trusts(`arn:aws:iam::${account}:root`), [allow('sqs:*')], neighbour);
    const untrusting = await makeRole('not-across', trusts(`arn:aws:iam::${neighbour}:root`), [], neighbour);
    const user = await people.user('traveller', [allow('sts:AssumeRole')]);
    const session = await assume(user, theirs);
    expect((await session.sts.getCallerIdentity({})).Account).toBe(neighbour);
    await expect(assume(user, untrusting)).rejects.toMatchObject({
      message: expect.stringContaining('because no role trust policy allows the sts:AssumeRole action'),
    });
  });

  it('says the same of a role that is not there', async () => {
    const user = await people.user('guesser', [allow('sts:AssumeRole')]);
    await expect(assume(user, arnOf('nowhere'))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(user, 'arn:aws:iam::000000000000:user/x-and-more')).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  it('asks for the external id, against the confused deputy', async () => {
    const condition = { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } };
    const RoleArn = await makeRole('deputy', trusts(`arn:aws:iam::${account}:root`, condition), [], neighbour);
    const user = await people.user('deputy', [allow('sts:AssumeRole')]);
    await expect(assume(user, RoleArn)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(user, RoleArn, { ExternalId: 'guess' })).rejects.toMatchObject({ name: 'AccessDenied' });
    await assume(user, RoleArn, { ExternalId: 'secret' });
  });

  it('limits a session by the policies that are passed along', async () => {
    const RoleArn = await makeRole('wide', trusts(`arn:aws:iam::${account}:root`), [allow('*')]);
    const Policy = documentOf(allow('sqs:ListQueues'));
    const session = await assume(root, RoleArn, { Policy });
    await session.sqs.listQueues({});
    await expect(session.sns.listTopics({})).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the sns:ListTopics action'),
    });
    await expect(assume(root, RoleArn, { Policy: '{' })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
    const PolicyArns = Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
    await expect(assume(root, RoleArn, { PolicyArns })).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('hands transitive tags on through a chain, and keeps it to an hour', async () => {
    const everyone = trusts('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': account } } });
    const first = await makeRole('chain-1', everyone, [allow('sts:*')]);
    const second = await makeRole('chain-2', everyone, [
      { ...allow('sqs:ListQueues'), Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'red' } } },
      { ...allow('sns:ListTopics'), Condition: { StringEquals: { 'aws:PrincipalTag/Other': 'x' } } },
    ]);
    await root.iam.updateRole({ RoleName: 'chain-2', MaxSessionDuration: 7200 });
    const user = await people.user('chained', [allow('sts:*')]);
    const Tags = [
      { Key: 'Team', Value: 'red' },
      { Key: 'Other', Value: 'x' },
    ];
    const one = await assume(user, first, { Tags, TransitiveTagKeys: ['Team'], SourceIdentity: 'chained' });
    await expect(assume(one, second, { DurationSeconds: 3601 })).rejects.toMatchObject({
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    });
    await expect(assume(one, second, { Tags: [{ Key: 'team', Value: 'blue' }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message:
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    });
    await expect(assume(user, first, { Tags, TransitiveTagKeys: ['None'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(assume(one, second, { SourceIdentity: 'somebody-else' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const two = await assume(one, second);
    await two.sqs.listQueues({});
    await expect(two.sns.listTopics({})).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  });

  it('refuses durations beyond the role, and tags that it does not trust', async () => {
    const RoleArn = await makeRole('short', { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' });
    await expect(assume(root, RoleArn, { DurationSeconds: 3601 })).rejects.toMatchObject({
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
    const user = await people.user('tagger', [allow('sts:*')]);
    await assume(user, RoleArn);
    await expect(assume(user, RoleArn, { Tags: [{ Key: 'a', Value: 'b' }] })).rejects.toMatchObject({
      message: expect.stringContaining('because no role trust policy allows the sts:TagSession action'),
    });
  });

  it('ends with its role', async () => {
    const RoleArn = await makeRole('fleeting', trusts(`arn:aws:iam::${account}:root`));
    const session = await assume(root, RoleArn);
    await session.sts.getCallerIdentity({});
    await root.iam.deleteRole({ RoleName: 'fleeting' });
    await expect(session.sts.getCallerIdentity({})).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });
});

/** With an answer of its own, because it puts the clock forward. */
it('expire', async () => {
  const later = await startPeople();
  const user = await later.user('temporary', [allow('sqs:*')]);
  const { Credentials } = await user.sts.getSessionToken({ DurationSeconds: 900 });
  await later.session(Credentials).sqs.listQueues({});
  later.advance(901_000);
  await expect(later.session(Credentials, 901_000).sqs.listQueues({})).rejects.toMatchObject({
    name: 'ExpiredTokenException',
  });
  await later.stop();
});

describe('temporary keys', () => {
  it('verify with their token alone', async () => {
    const user = await people.user('temporary', [allow('sqs:*')]);
    const { Credentials } = await user.sts.getSessionToken({ DurationSeconds: 900 });
    const session = people.session(Credentials);
    await session.sqs.listQueues({});
    const other = await user.sts.getSessionToken({});
    const { accessKeyId, secretAccessKey, sessionToken } = session.keys;
    const token = other.Credentials?.SessionToken ?? '';
    await expect(people.person({ accessKeyId, secretAccessKey }).sqs.listQueues({})).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(
      people.person({ accessKeyId, secretAccessKey, sessionToken: token }).sqs.listQueues({}),
    ).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(
      people.person({ accessKeyId, secretAccessKey: 'forged', sessionToken: sessionToken ?? '' }).sqs.listQueues({}),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(session.sts.getSessionToken({})).rejects.toMatchObject({
      message: 'Cannot call GetSessionToken with session credentials',
    });
  });

  it('of a federated user do what the session policy and the user both allow', async () => {
    const user = await people.user('broker', [allow(['sts:GetFederationToken', 'sqs:*'])]);
    const Policy = documentOf(allow(['sqs:ListQueues', 'sns:ListTopics']));
    const { Credentials, FederatedUser, PackedPolicySize } = await user.sts.getFederationToken({
      Name: 'guest',
      Policy,
    });
    expect(FederatedUser).toEqual({
      Arn: `arn:aws:sts::${account}:federated-user/guest`,
      FederatedUserId: `${account}:guest`,
    });
    expect(PackedPolicySize).toBeGreaterThan(0);
    const guest = people.session(Credentials);
    await guest.sqs.listQueues({});
    await expect(guest.sns.listTopics({})).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
    await expect(guest.sqs.createQueue({ QueueName: 'no' })).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Credentials: bare } = await user.sts.getFederationToken({ Name: 'nobody' });
    await expect(people.session(bare).sqs.listQueues({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it("that are no role's are no good for IAM", async () => {
    const user = await people.user('no-iam', [allow('*')]);
    await user.iam.listUsers({});
    const { Credentials } = await user.sts.getSessionToken({});
    const session = people.session(Credentials);
    await expect(session.iam.listUsers({})).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(session.sts.getAccessKeyInfo({ AccessKeyId: user.keys.accessKeyId })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await session.sts.getCallerIdentity({});
    const guest = await user.sts.getFederationToken({ Name: 'guest', Policy: documentOf(allow('*')) });
    await expect(people.session(guest.Credentials).iam.listUsers({})).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  it('are nothing to a user who was made anew under the name of whoever asked for them', async () => {
    const first = await people.user('again', [allow('*')]);
    const { Credentials } = await first.sts.getFederationToken({ Name: 'guest', Policy: documentOf(allow('*')) });
    const guest = people.session(Credentials);
    await guest.sqs.listQueues({});
    const { iam } = people.root();
    await iam.deleteUserPolicy({ UserName: 'again', PolicyName: 'own' });
    await iam.deleteAccessKey({ UserName: 'again', AccessKeyId: first.keys.accessKeyId });
    await iam.deleteUser({ UserName: 'again' });
    await people.user('again', [allow('*')]);
    await expect(guest.sqs.listQueues({})).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('are refused to a user whom a deny keeps from it', async () => {
    const user = await people.user('kept', [allow('*'), deny('sts:GetFederationToken')]);
    await expect(user.sts.getFederationToken({ Name: 'guest' })).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in an identity-based policy'),
    });
  });
});
