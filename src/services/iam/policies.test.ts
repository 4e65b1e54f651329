// Policies, roles and boundaries through the official client, and AWS's managed policies.

import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  type IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compilePolicy } from '../../aws/policies/compile.ts';
import { awsManagedPolicies, getAwsManagedPolicy } from './aws-managed-policies.ts';
import { allow, type IamCloud, startIamCloud, trust } from './iam-cloud.testing.ts';
import { serviceLinkedRoles } from './service-linked-roles.facts.ts';

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

const makePolicy = async (PolicyName = 'p', PolicyDocument = allow('s3:*')) =>
  (await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))).Policy!;

const makeRole = async (RoleName = 'r', AssumeRolePolicyDocument = trust()) =>
  (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role!;

describe('a managed policy', () => {
  test('has five versions at most, of which one counts', async () => {
    const { Arn: PolicyArn } = await makePolicy();
    const add = (SetAsDefault = false) =>
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('sqs:*'), SetAsDefault }));
    expect((await add(true)).PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
    for (let i = 0; i < 3; i++) await add();
    await expect(add()).rejects.toMatchObject({
      name: 'LimitExceededException',
      message:
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    });
    await expect(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))).rejects.toThrow(
      'Cannot delete the default version of a policy.',
    );
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    expect((await add()).PolicyVersion?.VersionId).toBe('v6');
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(['v6', 'v5', 'v4', 'v3', 'v1']);
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(decodeURIComponent(PolicyVersion!.Document!)).toBe(allow('s3:*'));
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toThrow('more than one version');
  });

  test('is not deleted while somebody has it, and tells who', async () => {
    const { Arn: PolicyArn } = await makePolicy();
    await makeRole();
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toThrow(
      'Cannot delete a policy attached to entities.',
    );
    const { PolicyRoles, PolicyUsers } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(PolicyRoles?.map(({ RoleName }) => RoleName)).toEqual(['r']);
    expect(PolicyUsers ?? []).toEqual([]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    await expect(iam.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: `Policy ${PolicyArn} was not found.`,
    });
  });

  test('must be well-formed, and not longer than 6144 characters without white space', async () => {
    await expect(makePolicy('p', '{')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'Syntax errors in policy.',
    });
    const long = allow(Array.from({ length: 500 }, (_, i) => `s3:Action${i}`));
    await expect(makePolicy('p', long)).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PolicySize: 6144',
    });
    const spacious = allow('s3:*').replace('{', `{${' '.repeat(10_000)}`);
    await makePolicy('p', spacious);
    await expect(makePolicy('P')).rejects.toMatchObject({
      message: 'A policy called P already exists. Duplicate names are not allowed.',
    });
  });
});

describe("AWS's own policies", () => {
  test('all compile', () => {
    expect(awsManagedPolicies().size).toBeGreaterThan(1_000);
    for (const { document } of awsManagedPolicies().values()) compilePolicy(document);
  });

  test('are there, and nobody changes them', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ Path: '/service-role/', PolicyName: 'AWSLambdaBasicExecutionRole' });
    const { Policies, IsTruncated } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1000 }));
    expect(Policies).toHaveLength(1000);
    expect(IsTruncated).toBe(true);
    await expect(
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('*') })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('include those of the roles that services make for themselves', () => {
    for (const { policy } of Object.values(serviceLinkedRoles))
      expect(getAwsManagedPolicy(`arn:aws:iam::aws:policy/aws-service-role/${policy}`), policy).toBeDefined();
  });
});

describe('a role', () => {
  test('is made, shown, changed and deleted', async () => {
    const role = await makeRole();
    expect(role).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:role/r',
      RoleId: expect.stringMatching(/^AROA/),
    });
    // CreateRole does not tell it.
    expect(role?.MaxSessionDuration).toBeUndefined();
    expect((await iam.send(new GetRoleCommand({ RoleName: 'r' }))).Role?.MaxSessionDuration).toBe(3600);
    await iam.send(new UpdateRoleCommand({ RoleName: 'r', Description: 'd', MaxSessionDuration: 7200 }));
    const other = trust({ AWS: 'arn:aws:iam::000000000000:root' });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'r', PolicyDocument: other }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'R' }));
    expect(Role).toMatchObject({ Description: 'd', MaxSessionDuration: 7200 });
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(other);
    await expect(makeRole('other', allow('s3:*'))).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    const nobody = 'arn:aws:iam::000000000000:user/nobody';
    await expect(makeRole('other', trust({ AWS: nobody }))).rejects.toMatchObject({
      message: `Invalid principal in policy: "AWS":"${nobody}"`,
    });
    await iam.send(new DeleteRoleCommand({ RoleName: 'r' }));
    await expect(iam.send(new GetRoleCommand({ RoleName: 'r' }))).rejects.toMatchObject({
      message: 'The role with name r cannot be found.',
    });
  });

  test('trusts whoever its policy names, under a new name too, and not another of that name', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    await makeRole('r', trust({ AWS: User!.Arn! }));
    const trusted = async () => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'r' }));
      return JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement[0].Principal.AWS;
    };
    await iam.send(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'eve' }));
    expect(await trusted()).toBe('arn:aws:iam::000000000000:user/eve');
    await iam.send(new DeleteUserCommand({ UserName: 'eve' }));
    expect(await trusted()).toBe(User?.UserId);
  });

  test('has inline policies of 10,240 characters together', async () => {
    await makeRole();
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName, PolicyDocument }));
    const half = allow(Array.from({ length: 420 }, (_, i) => `s3:A${i}`));
    await put('one', half);
    const PolicyDocument = allow(Array.from({ length: 800 }, (_, i) => `s3:A${i}`));
    await expect(put('two', PolicyDocument)).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Maximum policy size of 10240 bytes exceeded for role r',
    });
    const found = await iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'one' }));
    expect(decodeURIComponent(found.PolicyDocument!)).toBe(half);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'r' }))).rejects.toThrow('must delete policies first');
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'r', PolicyName: 'one' }));
    await expect(iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'one' }))).rejects.toMatchObject({
      message: 'The role policy with name one cannot be found.',
    });
  });

  test('goes into one instance profile', async () => {
    await makeRole();
    await makeRole('r2');
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }));
    const add = (RoleName: string) =>
      iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName }));
    await add('r');
    await expect(add('r2')).rejects.toMatchObject({
      message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    });
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'web' }));
    expect(InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['r']);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'r' }))).rejects.toMatchObject({
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    });
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'r' }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'r' }));
  });

  test("of a service is the service's to change", async () => {
    const AWSServiceName = 'ecs.amazonaws.com';
    const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
    expect(Role).toMatchObject({
      RoleName: 'AWSServiceRoleForECS',
      Arn: 'arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    });
    expect(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement).toEqual([
      { Effect: 'Allow', Principal: { Service: AWSServiceName }, Action: 'sts:AssumeRole' },
    ]);
    await expect(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
    await expect(iam.send(new DeleteRoleCommand({ RoleName: Role?.RoleName }))).rejects.toMatchObject({
      name: 'UnmodifiableEntityException',
    });
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: Role?.RoleName }));
    const status = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    expect(status.Status).toBe('SUCCEEDED');
  });
});

describe('a permissions boundary', () => {
  test('limits what its user may do', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'all', PolicyDocument: allow('*') }));
    const make = () => cloud.sqs(AccessKey).send(new CreateQueueCommand({ QueueName: 'q' }));
    const { Arn: PermissionsBoundary } = await makePolicy('boundary', allow('s3:*'));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary }));
    const { User } = await iam.send(new GetUserCommand({ UserName: 'alice' }));
    expect(User?.PermissionsBoundary).toEqual({
      PermissionsBoundaryArn: PermissionsBoundary,
      PermissionsBoundaryType: 'Policy',
    });
    await expect(make()).rejects.toThrow(/because no permissions boundary allows/);
    await iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: PermissionsBoundary,
        PolicyDocument: allow('sqs:*'),
        SetAsDefault: true,
      }),
    );
    await make();
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn: PermissionsBoundary }))).rejects.toThrow();
  });
});

test('an account can be seen whole, page by page', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'alice' }));
  await makeRole();
  await makePolicy();
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 1, ...(Marker && { Marker }) }));
    for (const { UserName } of page.UserDetailList ?? []) seen.push(UserName!);
    for (const { RoleName } of page.RoleDetailList ?? []) seen.push(RoleName!);
    for (const { PolicyName } of page.Policies ?? []) seen.push(PolicyName!);
    Marker = page.Marker;
  } while (Marker !== undefined);
  expect(seen.sort()).toEqual(['ReadOnlyAccess', 'alice', 'p', 'r']);
});
