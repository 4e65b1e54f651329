// Simulations, context keys and access reports through the official client.

import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetContextKeysForCustomPolicyCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  type IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, type IamCloud, startIamCloud } from './iam-cloud.testing.ts';

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

const bucket = 'arn:aws:s3:::docs';
const PolicySourceArn = 'arn:aws:iam::000000000000:user/alice';

const conditional = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucket,
      Condition: { StringEquals: { 's3:prefix': 'public/' } },
    },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a policy variable
    { Effect: 'Deny', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::docs/${aws:username}/*' },
  ],
});

describe('policies that are given', () => {
  test('are decided for each action and resource, and say what matched', async () => {
    const { EvaluationResults } = await iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [allow('s3:Get*', `${bucket}/*`)],
        ActionNames: ['s3:GetObject', 's3:PutObject'],
        ResourceArns: [`${bucket}/a`, 'arn:aws:s3:::other/a'],
      }),
    );
    expect(EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual([
      'allowed',
      'implicitDeny',
      'implicitDeny',
      'implicitDeny',
    ]);
    expect(EvaluationResults?.[0]?.MatchedStatements).toEqual([
      {
        SourcePolicyId: 'PolicyInputList.1',
        SourcePolicyType: 'IAM Policy',
        StartPosition: { Line: 1, Column: 39 },
        EndPosition: { Line: 1, Column: expect.any(Number) },
      },
    ]);
    expect(EvaluationResults?.[0]).toMatchObject({
      EvalDecisionDetails: {},
      ResourceSpecificResults: [
        {
          EvalResourceName: `${bucket}/a`,
          EvalResourceDecision: 'allowed',
          MatchedStatements: EvaluationResults?.[0]?.MatchedStatements,
        },
      ],
    });
  });

  test('tell which keys they miss', async () => {
    const ask = async (ContextEntries: { name: string; value: string }[] = []) => {
      const { EvaluationResults } = await iam.send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [conditional],
          ActionNames: ['s3:ListBucket'],
          ResourceArns: [bucket],
          ContextEntries: ContextEntries.map(({ name, value }) => ({
            ContextKeyName: name,
            ContextKeyValues: [value],
            ContextKeyType: 'string',
          })),
        }),
      );
      return EvaluationResults?.[0];
    };
    expect(await ask()).toMatchObject({ EvalDecision: 'implicitDeny', MissingContextValues: ['s3:prefix'] });
    const given = await ask([{ name: 's3:prefix', value: 'public/' }]);
    expect(given).toMatchObject({ EvalDecision: 'allowed' });
    expect(given?.MissingContextValues ?? []).toEqual([]);
    const { ContextKeyNames } = await iam.send(
      new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [conditional] }),
    );
    expect(ContextKeyNames).toEqual(['aws:username', 's3:prefix']);
  });

  test('join boundaries, resource policies of other accounts, and service control policies', async () => {
    const ask = async (more: object) => {
      const { EvaluationResults } = await iam.send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [allow('s3:*')],
          ActionNames: ['s3:GetObject'],
          ResourceArns: [`${bucket}/a`],
          CallerArn: PolicySourceArn,
          ...more,
        }),
      );
      return EvaluationResults?.[0];
    };
    expect(await ask({ PermissionsBoundaryPolicyInputList: [allow('sqs:*')] })).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    expect(await ask({ ResourceOwner: 'arn:aws:iam::111111111111:root' })).toMatchObject({
      EvalDecision: 'implicitDeny',
      EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'implicitDeny' },
    });
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: PolicySourceArn }, Action: 's3:*', Resource: `${bucket}/*` },
    });
    expect(await ask({ ResourceOwner: 'arn:aws:iam::111111111111:root', ResourcePolicy })).toMatchObject({
      EvalDecision: 'allowed',
    });
    expect(
      await ask({ OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [allow('sqs:*')] }] }),
    ).toMatchObject({
      EvalDecision: 'implicitDeny',
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    });
  });

  test('must be policies', async () => {
    const ask = (PolicyInputList: string[], ActionNames = ['s3:GetObject']) =>
      iam.send(new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames }));
    await expect(ask(['{}'])).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(ask([allow('*')], ['GetObject'])).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});

describe("a user's policies", () => {
  beforeEach(async () => {
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'own', PolicyDocument: allow('s3:GetObject') }),
    );
    await iam.send(
      new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }),
    );
  });

  test('are simulated with the boundary that the user has', async () => {
    const ask = async () => {
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn,
          ActionNames: ['s3:GetObject', 'sqs:SendMessage', 'ec2:RunInstances'],
        }),
      );
      return EvaluationResults?.map(({ EvalDecision, MatchedStatements = [] }) => [
        EvalDecision,
        ...MatchedStatements.map(({ SourcePolicyId }) => SourcePolicyId),
      ]);
    };
    expect(await ask()).toEqual([['allowed', 'user_alice_own'], ['allowed', 'AmazonSQSFullAccess'], ['implicitDeny']]);
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'b', PolicyDocument: allow('s3:*') }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary: Policy?.Arn }));
    expect(await ask()).toEqual([
      ['allowed', 'user_alice_own', 'b'],
      ['implicitDeny', 'AmazonSQSFullAccess'],
      ['implicitDeny'],
    ]);
    await expect(
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: 'arn:aws:iam::000000000000:user/nobody',
          ActionNames: ['s3:GetObject'],
        }),
      ),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  test('are told by the services that they grant', async () => {
    const { PoliciesGrantingServiceAccess } = await iam.send(
      new ListPoliciesGrantingServiceAccessCommand({ Arn: PolicySourceArn, ServiceNamespaces: ['s3', 'sqs', 'ec2'] }),
    );
    expect(
      PoliciesGrantingServiceAccess?.map(({ Policies = [] }) => Policies.map(({ PolicyName }) => PolicyName)),
    ).toEqual([['own'], ['AmazonSQSFullAccess'], []]);
  });

  test('are told with who used them last', async () => {
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    await cloud.sqs(AccessKey).send(new CreateQueueCommand({ QueueName: 'q' }));
    const { JobId } = await iam.send(
      new GenerateServiceLastAccessedDetailsCommand({ Arn: PolicySourceArn, Granularity: 'ACTION_LEVEL' }),
    );
    const details = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
    expect(details.JobStatus).toBe('COMPLETED');
    const services = details.ServicesLastAccessed ?? [];
    expect(services.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual(expect.arrayContaining(['s3', 'sqs']));
    expect(services.find(({ ServiceNamespace }) => ServiceNamespace === 'sqs')).toMatchObject({
      ServiceName: 'Amazon SQS',
      LastAuthenticatedEntity: PolicySourceArn,
      TotalAuthenticatedEntities: 1,
      TrackedActionsLastAccessed: [{ ActionName: 'CreateQueue', LastAccessedRegion: 'us-east-1' }],
    });
    expect(services.find(({ ServiceNamespace }) => ServiceNamespace === 's3')?.LastAuthenticated).toBeUndefined();
    const entities = await iam.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'sqs' }),
    );
    expect(entities.EntityDetailsList?.map(({ EntityInfo }) => EntityInfo?.Name)).toEqual(['alice']);
  });
});
