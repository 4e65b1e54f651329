// Users, their keys, groups and passwords through the official client.

import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, type IamCloud, startIamCloud } from './iam-cloud.testing.ts';
import { serviceUses } from './uses.table.ts';

let cloud: IamCloud;
let iam: IAMClient;

beforeAll(async () => {
  cloud = await startIamCloud();
});

beforeEach(async () => {
  await cloud.cloud.reset();
  iam = cloud.iam();
});

afterAll(() => cloud.stop());

const makeUser = async (UserName = 'alice') => (await iam.send(new CreateUserCommand({ UserName }))).User!;
const makeKey = async (UserName = 'alice') => (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey!;

describe('a user', () => {
  test('leaves nothing behind of what it used', async () => {
    await makeUser();
    const key = await makeKey();
    await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'own', PolicyDocument: allow('sqs:*') }));
    await cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'used' }));
    expect([...cloud.store.listAll(serviceUses)]).toHaveLength(1);
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: key.AccessKeyId }));
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'alice', PolicyName: 'own' }));
    await iam.send(new DeleteUserCommand({ UserName: 'alice' }));
    expect([...cloud.store.listAll(serviceUses)]).toEqual([]);
  });

  test('is made, shown, listed by path, renamed and deleted', async () => {
    const { User } = await iam.send(
      new CreateUserCommand({ UserName: 'Alice', Path: '/team/', Tags: [{ Key: 'a', Value: '1' }] }),
    );
    expect(User).toMatchObject({
      UserName: 'Alice',
      Path: '/team/',
      Arn: 'arn:aws:iam::000000000000:user/team/Alice',
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Tags: [{ Key: 'a', Value: '1' }],
    });
    await makeUser('bob');
    const { Users } = await iam.send(new ListUsersCommand({ PathPrefix: '/team' }));
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['Alice']);
    await iam.send(new UpdateUserCommand({ UserName: 'Alice', NewUserName: 'Eve', NewPath: '/' }));
    const found = await iam.send(new GetUserCommand({ UserName: 'Eve' }));
    expect(found.User).toMatchObject({ UserId: User?.UserId, Arn: 'arn:aws:iam::000000000000:user/Eve' });
    await iam.send(new DeleteUserCommand({ UserName: 'Eve' }));
    await expect(iam.send(new GetUserCommand({ UserName: 'Eve' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name Eve cannot be found.',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('has a name that no other differs from by case only', async () => {
    await makeUser('alice');
    await expect(makeUser('ALICE')).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'User with name ALICE already exists.',
      $metadata: { httpStatusCode: 409 },
    });
    await expect(makeUser('a b')).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    });
  });

  test('is listed page by page', async () => {
    for (const name of ['a', 'b', 'c']) await makeUser(name);
    const first = await iam.send(new ListUsersCommand({ MaxItems: 2 }));
    expect(first.Users).toHaveLength(2);
    expect(first.IsTruncated).toBe(true);
    const second = await iam.send(new ListUsersCommand({ Marker: first.Marker }));
    expect(second.Users?.map(({ UserName }) => UserName)).toEqual(['c']);
    expect(second.IsTruncated).toBe(false);
    await expect(iam.send(new ListUsersCommand({ Marker: 'nonsense' }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Invalid Marker.',
    });
  });

  test('is not deleted while it has anything', async () => {
    await makeUser();
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
    await iam.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
    const remove = () => iam.send(new DeleteUserCommand({ UserName: 'alice' }));
    await expect(remove()).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await iam.send(new DetachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
    const key = await makeKey();
    await expect(remove()).rejects.toThrow('must delete access keys first');
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: key.AccessKeyId }));
    await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
    await iam.send(new AddUserToGroupCommand({ UserName: 'alice', GroupName: 'g' }));
    await expect(remove()).rejects.toThrow('must remove users from group first');
    await iam.send(new RemoveUserFromGroupCommand({ UserName: 'alice', GroupName: 'g' }));
    await remove();
  });

  test('has tags, told apart without regard to case, and 50 of them at most', async () => {
    await makeUser();
    const tag = (...keys: string[]) =>
      iam.send(new TagUserCommand({ UserName: 'alice', Tags: keys.map((Key) => ({ Key, Value: 'v' })) }));
    await tag('b', 'a');
    await tag('B');
    const keysOf = async () =>
      (await iam.send(new ListUserTagsCommand({ UserName: 'alice' }))).Tags?.map(({ Key }) => Key);
    expect(await keysOf()).toEqual(['B', 'a']);
    await expect(tag('x', 'X')).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(tag(...Array.from({ length: 49 }, (_, i) => `k${i}`))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    await iam.send(new UntagUserCommand({ UserName: 'alice', TagKeys: ['b'] }));
    expect(await keysOf()).toEqual(['a']);
  });
});

describe('an access key', () => {
  test('signs as its user, who may do what policies say', async () => {
    await makeUser();
    const key = await makeKey();
    expect(key).toMatchObject({ Status: 'Active', UserName: 'alice' });
    expect(key.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    const make = () => cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'q' }));
    await expect(make()).rejects.toThrow(/no identity-based policy allows the sqs:CreateQueue action/i);
    const put = (PolicyDocument: string) =>
      iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument }));
    await put(allow('sqs:*', 'arn:aws:sqs:us-east-1:000000000000:other'));
    await expect(make()).rejects.toThrow(/not authorized/);
    await put(allow('sqs:CreateQueue', 'arn:aws:sqs:us-east-1:000000000000:q'));
    expect(await make()).toMatchObject({ QueueUrl: expect.stringContaining('/q') });
  });

  test('is good until it is inactive or deleted, and two are enough for anybody', async () => {
    await makeUser();
    await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: allow('iam:*') }));
    const key = await makeKey();
    const alice = cloud.iam(key);
    expect((await alice.send(new GetUserCommand({}))).User?.UserName).toBe('alice');
    const second = (await alice.send(new CreateAccessKeyCommand({}))).AccessKey!;
    await expect(makeKey()).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: key.AccessKeyId, Status: 'Inactive' }));
    await expect(alice.send(new GetUserCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    const { AccessKeyMetadata } = await cloud.iam(second).send(new ListAccessKeysCommand({}));
    expect(AccessKeyMetadata?.map(({ Status }) => Status).sort()).toEqual(['Active', 'Inactive']);
    await iam.send(new DeleteAccessKeyCommand({ AccessKeyId: second.AccessKeyId }));
    await expect(cloud.iam(second).send(new GetUserCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  test('remembers when it was used last', async () => {
    await makeUser();
    const key = await makeKey();
    const lastUsed = async () =>
      (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: key.AccessKeyId }))).AccessKeyLastUsed;
    expect(await lastUsed()).toEqual({ ServiceName: 'N/A', Region: 'N/A' });
    await expect(cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'q' }))).rejects.toThrow();
    expect(await lastUsed()).toMatchObject({ ServiceName: 'sqs', Region: 'us-east-1', LastUsedDate: expect.any(Date) });
  });

  test('follows its user to a new name', async () => {
    await makeUser();
    await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: allow('iam:*') }));
    const key = await makeKey();
    await iam.send(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'eve' }));
    expect((await cloud.iam(key).send(new GetUserCommand({}))).User?.UserName).toBe('eve');
  });
});

describe('a group', () => {
  test('gives its policies to its members, and keeps them under a new name', async () => {
    await makeUser();
    const key = await makeKey();
    await iam.send(new CreateGroupCommand({ GroupName: 'admins' }));
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'admins', PolicyArn }));
    await iam.send(new AddUserToGroupCommand({ GroupName: 'admins', UserName: 'alice' }));
    await cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'q' }));
    await iam.send(new UpdateGroupCommand({ GroupName: 'admins', NewGroupName: 'rulers' }));
    const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'rulers' }));
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['alice']);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'alice' }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['rulers']);
    await cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'q2' }));
    await expect(iam.send(new DeleteGroupCommand({ GroupName: 'rulers' }))).rejects.toMatchObject({
      message: 'Cannot delete entity, must remove users from group first.',
    });
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'rulers', UserName: 'alice' }));
    await expect(cloud.sqs(key).send(new CreateQueueCommand({ QueueName: 'q3' }))).rejects.toThrow(/not authorized/);
  });
});

describe('a password', () => {
  const login = (Password: string) => iam.send(new CreateLoginProfileCommand({ UserName: 'alice', Password }));

  test('must be as the account demands', async () => {
    await makeUser();
    await expect(login('short')).rejects.toMatchObject({ name: 'PasswordPolicyViolationException' });
    await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 6, RequireNumbers: true }));
    await expect(login('nodigits')).rejects.toMatchObject({ name: 'PasswordPolicyViolationException' });
    await login('digit1');
    const { LoginProfile } = await iam.send(new GetLoginProfileCommand({ UserName: 'alice' }));
    expect(LoginProfile).toMatchObject({ UserName: 'alice', PasswordResetRequired: false });
    await iam.send(new DeleteLoginProfileCommand({ UserName: 'alice' }));
    await expect(iam.send(new GetLoginProfileCommand({ UserName: 'alice' }))).rejects.toMatchObject({
      message: 'Login Profile for User alice cannot be found.',
    });
  });

  test('is changed by who knows it, and not to one that was used before', async () => {
    await makeUser();
    await login('First-Passw0rd');
    await iam.send(new UpdateAccountPasswordPolicyCommand({ PasswordReusePrevention: 2 }));
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: allow('iam:ChangePassword') }),
    );
    const alice = cloud.iam(await makeKey());
    const change = (OldPassword: string, NewPassword: string) =>
      alice.send(new ChangePasswordCommand({ OldPassword, NewPassword }));
    await expect(change('wrong', 'Second-Passw0rd')).rejects.toMatchObject({ name: 'AccessDenied' });
    await change('First-Passw0rd', 'Second-Passw0rd');
    await expect(change('Second-Passw0rd', 'First-Passw0rd')).rejects.toMatchObject({
      name: 'PasswordPolicyViolationException',
    });
    await change('Second-Passw0rd', 'Third-Passw0rd');
  });

  test("is everybody's own to change when the account says so", async () => {
    await makeUser();
    await login('First-Passw0rd');
    const alice = cloud.iam(await makeKey());
    const change = () =>
      alice.send(new ChangePasswordCommand({ OldPassword: 'First-Passw0rd', NewPassword: 'Second-Passw0rd' }));
    await expect(change()).rejects.toThrow(/not authorized to perform: iam:ChangePassword/);
    await iam.send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }));
    await change();
  });
});
