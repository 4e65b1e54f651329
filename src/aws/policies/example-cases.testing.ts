// Whole policies like the examples of AWS's documentation, and what it says they do.

import type { Principal } from '../principal.ts';
import {
  account,
  alice,
  allow,
  ask,
  deny,
  everything,
  otherAccount,
  type PolicyCase,
  pages,
  policy,
} from './cases.testing.ts';
import { inBucket, of } from './document-cases.testing.ts';
import type { Document, StatementDocument } from './naive.testing.ts';

const carlos = policy(
  allow(['s3:GetBucketLocation', 's3:ListAllMyBuckets'], 'arn:aws:s3:::*'),
  allow('s3:*', ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar']),
  deny('s3:*', 'arn:aws:s3:::*log*'),
);

const onlySelf: StatementDocument = {
  Effect: 'Deny',
  NotAction: ['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'iam:GetUser', 'sts:GetSessionToken'],
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
};
const withMfa = (present: string) => ({ context: { 'aws:multifactorauthpresent': [present] } });
const at = (currentTime: string) => ({ context: { 'aws:currenttime': [currentTime] } });
const from = (address: string, viaService = 'false') => ({
  context: { 'aws:sourceip': [address], 'aws:viaawsservice': [viaService] },
});
const tagged = (resource: string, principal: string) => ({
  context: { 'aws:resourcetag/owner': [resource], 'aws:username': [principal] },
});
const instance = `arn:aws:ec2:us-east-1:${account}:instance/i-0123456789abcdef0`;
const table = `arn:aws:dynamodb:us-east-1:${account}:table/Thread`;
const attributes = (...names: readonly string[]) => ({ context: { 'dynamodb:attributes': names } });
const inRegion = (region: string) => ({ context: { 'aws:requestedregion': [region] } });
const newTags = (tags: Readonly<Record<string, string>>) => ({
  context: {
    'aws:tagkeys': Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]])),
  },
});

const examples: readonly PolicyCase[] = [
  ...of(
    'Carlos and his bucket',
    pages.logic,
    [carlos],
    [
      [ask('s3:PutObject', 'arn:aws:s3:::carlossalazar-logs/x'), 'explicitDeny'],
      [ask('s3:PutObject', 'arn:aws:s3:::carlossalazar/x'), 'allow'],
      [ask('s3:PutObject', 'arn:aws:s3:::carlossalazar/login.html'), 'explicitDeny'],
      [ask('s3:ListAllMyBuckets', 'arn:aws:s3:::*'), 'allow'],
      [ask('s3:PutObject', 'arn:aws:s3:::other/x'), 'implicitDeny'],
    ],
  ),
  ...of(
    'reads but no reports',
    pages.interplay,
    [policy(allow(['iam:Get*', 'iam:List*']), deny('iam:*Report'))],
    [
      [ask('iam:GetUser', `arn:aws:iam::${account}:user/x`), 'allow'],
      [ask('iam:CreatePolicy', '*'), 'implicitDeny'],
      [ask('iam:GetOrganizationsAccessReport', '*'), 'explicitDeny'],
      [ask('iam:GenerateCredentialReport', '*'), 'explicitDeny'],
    ],
  ),
  ...of(
    'nothing but MFA without MFA',
    pages.examples,
    [everything, policy(onlySelf)],
    [
      [ask('s3:GetObject', inBucket('x'), withMfa('true')), 'allow'],
      [ask('s3:GetObject', inBucket('x'), withMfa('false')), 'explicitDeny'],
      [ask('s3:GetObject', inBucket('x')), 'explicitDeny'],
      [ask('iam:EnableMFADevice', `arn:aws:iam::${account}:user/alice`, withMfa('false')), 'allow'],
      [ask('sts:GetSessionToken', '*'), 'allow'],
    ],
  ),
  ...of(
    'only with MFA',
    pages.examples,
    [policy({ ...allow('ec2:*'), Condition: { Bool: { 'aws:MultiFactorAuthPresent': true } } })],
    [
      [ask('ec2:StopInstances', instance, withMfa('true')), 'allow'],
      [ask('ec2:StopInstances', instance, withMfa('false')), 'implicitDeny'],
      [ask('ec2:StopInstances', instance), 'implicitDeny'],
    ],
  ),
  ...of(
    'between two dates',
    pages.examples,
    [
      policy({
        ...allow('service-prefix:action-name'),
        Condition: {
          DateGreaterThan: { 'aws:CurrentTime': '2020-04-01T00:00:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2020-06-30T23:59:59Z' },
        },
      }),
    ],
    [
      [ask('service-prefix:action-name', '*', at('2020-05-01T00:00:00Z')), 'allow'],
      [ask('service-prefix:action-name', '*', at('2020-04-01T00:00:00Z')), 'implicitDeny'],
      [ask('service-prefix:action-name', '*', at('2020-07-01T00:00:00Z')), 'implicitDeny'],
    ],
  ),
  ...of(
    'deny by source address',
    pages.examples,
    [
      everything,
      policy({
        ...deny('*'),
        Condition: {
          NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] },
          Bool: { 'aws:ViaAWSService': 'false' },
        },
      }),
    ],
    [
      [ask('s3:GetObject', inBucket('x'), from('192.0.2.7')), 'allow'],
      [ask('s3:GetObject', inBucket('x'), from('203.0.113.7')), 'allow'],
      [ask('s3:GetObject', inBucket('x'), from('198.51.100.7')), 'explicitDeny'],
      [ask('s3:GetObject', inBucket('x'), from('198.51.100.7', 'true')), 'allow'],
    ],
  ),
  ...of(
    'owners of instances',
    pages.examples,
    [
      policy(
        {
          ...allow(['ec2:StartInstances', 'ec2:StopInstances'], 'arn:aws:ec2:*:*:instance/*'),
          Condition: { StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' } },
        },
        allow('ec2:DescribeInstances'),
      ),
    ],
    [
      [ask('ec2:StopInstances', instance, tagged('richard-roe', 'richard-roe')), 'allow'],
      [ask('ec2:StopInstances', instance, tagged('Richard-Roe', 'richard-roe')), 'implicitDeny'],
      [ask('ec2:StopInstances', instance, tagged('someone', 'richard-roe')), 'implicitDeny'],
      [ask('ec2:TerminateInstances', instance, tagged('richard-roe', 'richard-roe')), 'implicitDeny'],
      [ask('ec2:DescribeInstances', '*'), 'allow'],
    ],
  ),
  ...of(
    'only some attributes',
    pages.sets,
    [
      policy({
        ...allow('dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/Thread'),
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['ID', 'Message', 'Tags'] } },
      }),
    ],
    [
      [ask('dynamodb:GetItem', table, attributes('ID', 'Message', 'Tags')), 'allow'],
      [ask('dynamodb:GetItem', table, attributes('ID', 'UserName')), 'implicitDeny'],
    ],
  ),
  ...of(
    'none of some attributes',
    pages.sets,
    [
      everything,
      policy({
        ...deny('dynamodb:PutItem', 'arn:aws:dynamodb:*:*:table/Thread'),
        Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['ID', 'PostDateTime'] } },
      }),
    ],
    [
      [ask('dynamodb:PutItem', table, attributes('UserName', 'Message', 'PostDateTime')), 'explicitDeny'],
      [ask('dynamodb:PutItem', table, attributes('UserName')), 'allow'],
      [ask('dynamodb:GetItem', table, attributes('ID')), 'allow'],
    ],
  ),
  ...of(
    'everything but IAM',
    pages.notAction,
    [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
    [
      [ask('s3:GetObject', inBucket('x')), 'allow'],
      [ask('iam:CreateUser', '*'), 'implicitDeny'],
    ],
  ),
  ...of(
    'all of S3 but deleting buckets',
    pages.notAction,
    [policy({ Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' })],
    [
      [ask('s3:GetObject', inBucket('x')), 'allow'],
      [ask('s3:DeleteBucket', 'arn:aws:s3:::amzn-s3-demo-bucket'), 'implicitDeny'],
      [ask('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:q`), 'implicitDeny'],
    ],
  ),
  ...of(
    'nothing but the payroll',
    pages.notResource,
    [
      everything,
      policy({
        Effect: 'Deny',
        Action: 's3:*',
        NotResource: ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'],
      }),
    ],
    [
      [ask('s3:GetObject', 'arn:aws:s3:::HRBucket/Payroll/2026'), 'allow'],
      [ask('s3:GetObject', 'arn:aws:s3:::HRBucket/Payroll'), 'allow'],
      [ask('s3:GetObject', 'arn:aws:s3:::HRBucket/Other'), 'explicitDeny'],
      [ask('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:q`), 'allow'],
    ],
  ),
  ...of(
    'not outside of some regions',
    pages.examples,
    [
      everything,
      policy({
        Effect: 'Deny',
        NotAction: ['iam:*', 'support:*', 'sts:*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
      }),
    ],
    [
      [ask('ec2:RunInstances', '*', inRegion('eu-west-1')), 'allow'],
      [ask('ec2:RunInstances', '*', inRegion('us-east-1')), 'explicitDeny'],
      [ask('iam:CreateUser', '*', inRegion('us-east-1')), 'allow'],
    ],
  ),
  ...of(
    'tags that must be given',
    pages.examples,
    [
      policy({
        ...allow('iam:TagUser'),
        Condition: {
          StringEquals: { 'aws:RequestTag/CostCenter': ['A-123', 'B-456'] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': 'CostCenter' },
        },
      }),
    ],
    [
      [ask('iam:TagUser', alice.arn, newTags({ CostCenter: 'A-123' })), 'allow'],
      [ask('iam:TagUser', alice.arn, newTags({ CostCenter: 'C-789' })), 'implicitDeny'],
      [ask('iam:TagUser', alice.arn, newTags({ CostCenter: 'A-123', Other: 'x' })), 'implicitDeny'],
      [ask('iam:TagUser', alice.arn, newTags({})), 'implicitDeny'],
    ],
  ),
  ...of(
    'no temporary keys',
    pages.operators,
    [policy({ ...allow('ec2:*'), Condition: { Null: { 'aws:TokenIssueTime': 'true' } } })],
    [
      [ask('ec2:DescribeInstances', '*'), 'allow'],
      [
        ask('ec2:DescribeInstances', '*', { context: { 'aws:tokenissuetime': ['2026-01-01T00:00:00Z'] } }),
        'implicitDeny',
      ],
    ],
  ),
  ...of(
    'all conditions of a statement',
    pages.condition,
    [
      policy({
        ...allow('iam:*'),
        Condition: {
          StringEqualsIgnoreCase: {
            'aws:PrincipalTag/department': ['finance', 'hr', 'legal'],
            'aws:PrincipalTag/role': ['audit', 'security'],
          },
          StringEquals: { 'aws:PrincipalAccount': account },
        },
      }),
    ],
    [
      [
        ask('iam:GetUser', '*', {
          context: {
            'aws:principaltag/department': ['HR'],
            'aws:principaltag/role': ['audit'],
            'aws:principalaccount': [account],
          },
        }),
        'allow',
      ],
      [
        ask('iam:GetUser', '*', {
          context: { 'aws:principaltag/department': ['HR'], 'aws:principalaccount': [account] },
        }),
        'implicitDeny',
      ],
      [
        ask('iam:GetUser', '*', {
          context: {
            'aws:principaltag/department': ['HR'],
            'aws:principaltag/role': ['audit'],
            'aws:principalaccount': [otherAccount],
          },
        }),
        'implicitDeny',
      ],
      [
        ask('iam:GetUser', '*', {
          context: {
            'aws:principaltag/department': ['sales'],
            'aws:principaltag/role': ['audit'],
            'aws:principalaccount': [account],
          },
        }),
        'implicitDeny',
      ],
    ],
  ),
];

const topicToQueue = (source: string): Document =>
  policy({
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: { ArnEquals: { 'aws:SourceArn': source } },
  });

const sns: Principal = { kind: 'service', arn: 'sns.amazonaws.com', userId: 'sns', account };
const ofTopic = (topic: string) =>
  ask('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:q`, {
    principal: sns,
    context: { 'aws:sourcearn': [topic] },
  });

/** A service is a deputy: whose request it carries out must be asked. */
const deputies: readonly PolicyCase[] = [
  { name: 'a topic that may send', expected: 'allow' as const, request: ofTopic(`arn:aws:sns:us-east-1:${account}:t`) },
  {
    name: "another's topic",
    expected: 'implicitDeny' as const,
    request: ofTopic(`arn:aws:sns:us-east-1:${otherAccount}:t`),
  },
  {
    name: 'a user instead of the service',
    expected: 'implicitDeny' as const,
    request: { ...ofTopic(`arn:aws:sns:us-east-1:${account}:t`), principal: alice },
  },
].map((line) => ({
  ...line,
  source: pages.operators,
  policies: { resource: topicToQueue(`arn:aws:sns:*:${account}:*`) },
}));

export const exampleCases: readonly PolicyCase[] = [...examples, ...deputies];
