// What it costs to decide a request by ten attached policies, alone and with the verification of its signature, against an
// evaluator that prepares nothing.

import { compilePolicies } from '../src/aws/policies/decide-case.testing.ts';
import { decide } from '../src/aws/policies/decision.ts';
import { type Document, decideNaively, type NaiveRequest } from '../src/aws/policies/naive.testing.ts';
import type { ConditionValues } from '../src/aws/policies/patterns.ts';
import type { Benchmark } from './report.ts';
import { benchmarkSigV4, medianUs } from './sigv4.ts';

const account = '000000000000';

/** Of the sizes and shapes of what people attach: many actions, wildcards, variables, conditions, a denial. */
export const tenPolicies: readonly Document[] = [
  allow(['ec2:Describe*', 'ec2:Get*', 'elasticloadbalancing:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*'], '*'),
  allow(['s3:Get*', 's3:List*'], ['arn:aws:s3:::reports', 'arn:aws:s3:::reports/*', 'arn:aws:s3:::logs-*']),
  allow(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser'], 'arn:aws:iam::*:user/${aws:username}'),
  allow(['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'], `arn:aws:sqs:*:${account}:jobs-*`),
  allow(
    Array.from({ length: 120 }, (_, at) => `service${at}:Describe*`),
    '*',
  ),
  allow(['logs:CreateLogGroup', 'logs:PutLogEvents'], `arn:aws:logs:*:${account}:log-group:/app/*`),
  {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Deny',
      NotAction: ['iam:*', 'sts:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
    },
  },
  allow('ec2:*', `arn:aws:ec2:*:${account}:instance/*`, {
    StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' },
  }),
  allow(['sns:Publish', 'sns:Subscribe'], `arn:aws:sns:*:${account}:news-?`, {
    Bool: { 'aws:SecureTransport': 'true' },
  }),
  allow(
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'],
    `arn:aws:dynamodb:*:${account}:table/orders*`,
    {
      IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8', '2001:db8::/32'] },
    },
  ),
];

function allow(Action: string | readonly string[], Resource: string | readonly string[], Condition?: object): Document {
  const statement = { Effect: 'Allow' as const, Action, Resource };
  return {
    Version: '2012-10-17',
    Statement: [Condition ? { ...statement, Condition: Condition as never } : statement],
  };
}

const request: NaiveRequest = {
  principal: { kind: 'user', arn: `arn:aws:iam::${account}:user/alice`, userId: 'AIDAALICEALICEALICE12', account },
  action: 'dynamodb:GetItem',
  resource: `arn:aws:dynamodb:us-east-1:${account}:table/orders`,
  resourceAccount: account,
  context: {
    'aws:username': ['alice'],
    'aws:sourceip': ['127.0.0.1'],
    'aws:requestedregion': ['us-east-1'],
    'aws:securetransport': ['true'],
  },
};

export const benchmark: Benchmark = {
  name: 'Authorization',
  async run() {
    const { ofPrincipal } = compilePolicies({ identity: tenPolicies });
    const context: ConditionValues = new Map(Object.entries(request.context));
    const question = { ...request, context };
    if (
      decide(question, ofPrincipal).effect !== 'allow' ||
      decideNaively(request, { identity: tenPolicies }) !== 'allow'
    ) {
      throw new Error('what is measured is not what was meant');
    }
    const decideUs = await medianUs(() => void decide(question, ofPrincipal), 20_000);
    const naiveUs = await medianUs(() => void decideNaively(request, { identity: tenPolicies }), 500);
    const { parseAndVerifyUs } = await benchmarkSigV4();
    return [
      {
        what: 'decision by ten policies',
        unit: 'µs',
        ours: decideUs,
        peers: [{ name: 'naive evaluator', figure: naiveUs }],
        target: 'ratio <= 0.1',
        isMet: decideUs <= naiveUs / 10,
      },
      {
        what: 'signature and decision',
        unit: 'µs',
        ours: parseAndVerifyUs + decideUs,
        target: '<= 15 µs',
        isMet: parseAndVerifyUs + decideUs <= 15,
      },
    ];
  },
};
