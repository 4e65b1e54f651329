import { account, allow, ask, deny, everything, type PolicyCase, pages, policy } from './cases.testing.ts';
import type { Document, NaiveRequest, Outcome } from './naive.testing.ts';

export type Probe = readonly [request: NaiveRequest, expected: Outcome];

export const of = (
  name: string,
  source: string,
  identity: readonly Document[],
  probes: readonly Probe[],
): readonly PolicyCase[] =>
  probes.map(([request, expected]) => ({
    name: `${name}: ${request.action} on ${request.resource} ${JSON.stringify(request.context)}`,
    source,
    policies: { identity },
    request,
    expected,
  }));

const covers = (Action: string | readonly string[], action: string, expected: Outcome): readonly PolicyCase[] =>
  of(`Action ${JSON.stringify(Action)}`, pages.action, [policy(allow(Action))], [[ask(action, '*'), expected]]);

const actions: readonly PolicyCase[] = [
  ...covers('sqs:SendMessage', 'sqs:SendMessage', 'allow'),
  ...covers('sqs:SendMessage', 'sqs:ReceiveMessage', 'implicitDeny'),
  ...covers('SQS:sendmessage', 'sqs:SendMessage', 'allow'),
  ...covers('s3:*', 's3:GetObject', 'allow'),
  ...covers('s3:*', 's3express:CreateSession', 'implicitDeny'),
  ...covers('*', 'iam:CreateUser', 'allow'),
  ...covers('iam:*AccessKey*', 'iam:CreateAccessKey', 'allow'),
  ...covers('iam:*AccessKey*', 'iam:UpdateAccessKey', 'allow'),
  ...covers('iam:*AccessKey*', 'iam:CreateUser', 'implicitDeny'),
  ...covers('s3:Get?bject', 's3:GetObject', 'allow'),
  ...covers('s3:Get?Object', 's3:GetObject', 'implicitDeny'),
  ...covers(['ec2:StartInstances', 'iam:ChangePassword', 's3:GetObject'], 'iam:ChangePassword', 'allow'),
  ...covers('s3:${aws:username}', 's3:alice', 'implicitDeny'),
  ...covers('dynamodb:GetItem', 'dynamodb:BatchGetItem', 'implicitDeny'),
];

const coversResource = (
  Resource: string | readonly string[],
  resource: string,
  expected: Outcome,
): readonly PolicyCase[] =>
  of(
    `Resource ${JSON.stringify(Resource)}`,
    pages.resource,
    [policy(allow('*', Resource))],
    [[ask('s3:GetObject', resource), expected]],
  );

export const inBucket = (key: string): string => `arn:aws:s3:::amzn-s3-demo-bucket/${key}`;

const resources: readonly PolicyCase[] = [
  ...coversResource('arn:aws:sqs:us-east-2:111122223333:queue1', 'arn:aws:sqs:us-east-2:111122223333:queue1', 'allow'),
  ...coversResource(
    'arn:aws:sqs:us-east-2:111122223333:queue1',
    'arn:aws:sqs:us-east-2:111122223333:Queue1',
    'implicitDeny',
  ),
  ...coversResource(
    'arn:aws:iam::111122223333:user/accounting/*',
    'arn:aws:iam::111122223333:user/accounting/Bob',
    'allow',
  ),
  ...coversResource(
    'arn:aws:iam::111122223333:user/accounting/*',
    'arn:aws:iam::111122223333:user/Bob',
    'implicitDeny',
  ),
  ...[
    '1/test/object.jpg',
    '1/2/test/object.jpg',
    '1/2/test/3/object.jpg',
    '1/2/3/test/4/object.jpg',
    '1///test///object.jpg',
    '1/test/.jpg',
    '/test/object.jpg',
    '1/test/',
  ].flatMap((key) => coversResource(inBucket('*/test/*'), inBucket(key), 'allow')),
  ...['1-test/object.jpg', 'test/object.jpg', '1/2/test.jpg'].flatMap((key) =>
    coversResource(inBucket('*/test/*'), inBucket(key), 'implicitDeny'),
  ),
  ...coversResource(
    ['arn:aws:dynamodb:us-east-2:111122223333:table/books', 'arn:aws:dynamodb:us-east-2:111122223333:table/magazines'],
    'arn:aws:dynamodb:us-east-2:111122223333:table/magazines',
    'allow',
  ),
  ...coversResource('*', '*', 'allow'),
  ...coversResource('arn:aws:s3:::*', '*', 'implicitDeny'),
  ...coversResource('arn:aws:sqs', 'arn:aws:sqs:us-east-2:111122223333:queue1', 'allow'),
  ...coversResource('arn:aws:sqs', 'arn:aws:sns:us-east-2:111122223333:queue1', 'implicitDeny'),
  ...coversResource('arn:aws:logs:*:*:*', 'arn:aws:logs:us-east-1:111122223333:log-group:app:log-stream:x', 'allow'),
  ...coversResource('arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a:b', 'allow'),
  ...coversResource('arn:aws:s3:::bucket/?.txt', 'arn:aws:s3:::bucket/é.txt', 'allow'),
  ...coversResource('arn:aws:s3:::bucket/[ab].txt', 'arn:aws:s3:::bucket/a.txt', 'implicitDeny'),
  ...coversResource('arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/key', 'implicitDeny'),
];

const usersOwn = policy(allow('s3:*', 'arn:aws:s3:::mybucket/${aws:username}/*'));
const teams = policy(allow('s3:*', "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}"));
const asUser = (name: string) => ({ context: { 'aws:username': [name] } });
const ofTeam = (team: string) => ({ context: { 'aws:principaltag/team': [team] } });

const variables: readonly PolicyCase[] = [
  ...of(
    "a user's own folder",
    pages.variables,
    [usersOwn],
    [
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/David/x', asUser('David')), 'allow'],
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/Adele/x', asUser('David')), 'implicitDeny'],
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket//x'), 'implicitDeny'],
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/${aws:username}/x'), 'implicitDeny'],
      // What a request brings along is no pattern.
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/Adele/x', asUser('*')), 'implicitDeny'],
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/*/x', asUser('*')), 'allow'],
    ],
  ),
  ...of(
    'in the older version',
    pages.variables,
    [{ ...usersOwn, Version: '2008-10-17' }],
    [
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/David/x', asUser('David')), 'implicitDeny'],
      [ask('s3:GetObject', 'arn:aws:s3:::mybucket/${aws:username}/x', asUser('David')), 'allow'],
    ],
  ),
  ...of(
    'a default',
    pages.variables,
    [teams],
    [
      [ask('s3:ListBucket', 'arn:aws:s3:::bucket-yellow', ofTeam('yellow')), 'allow'],
      [ask('s3:ListBucket', 'arn:aws:s3:::bucket-company-wide', ofTeam('yellow')), 'implicitDeny'],
      [ask('s3:ListBucket', 'arn:aws:s3:::bucket-company-wide'), 'allow'],
      [ask('s3:ListBucket', 'arn:aws:s3:::bucket-yellow'), 'implicitDeny'],
    ],
  ),
  ...of(
    'a variable without a value in NotResource',
    pages.variables,
    [policy({ Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::${aws:PrincipalTag/team}' })],
    [
      [ask('s3:ListBucket', 'arn:aws:s3:::yellow', ofTeam('yellow')), 'implicitDeny'],
      [ask('s3:ListBucket', 'arn:aws:s3:::yellow'), 'allow'],
    ],
  ),
  ...of(
    'a denial unless tags are the same',
    pages.variables,
    [
      everything,
      policy({
        ...deny('s3:GetObject'),
        Condition: { StringNotEquals: { 's3:ExistingObjectTag/Team': '${aws:PrincipalTag/Team}' } },
      }),
    ],
    [
      [
        ask('s3:GetObject', inBucket('x'), {
          context: { 's3:existingobjecttag/team': ['a'], 'aws:principaltag/team': ['a'] },
        }),
        'allow',
      ],
      [
        ask('s3:GetObject', inBucket('x'), {
          context: { 's3:existingobjecttag/team': ['a'], 'aws:principaltag/team': ['b'] },
        }),
        'explicitDeny',
      ],
      [ask('s3:GetObject', inBucket('x'), { context: { 's3:existingobjecttag/team': ['a'] } }), 'explicitDeny'],
      [ask('s3:GetObject', inBucket('x')), 'explicitDeny'],
    ],
  ),
  ...of(
    "a queue of one's own",
    pages.variables,
    [policy(allow('sqs:*', 'arn:aws:sqs:us-east-2:*:${aws:username}-queue'))],
    [
      [ask('sqs:SendMessage', `arn:aws:sqs:us-east-2:${account}:alice-queue`, asUser('alice')), 'allow'],
      [ask('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:alice-queue`, asUser('alice')), 'implicitDeny'],
      [ask('sqs:SendMessage', `arn:aws:sqs:us-east-2:${account}:bob-queue`, asUser('alice')), 'implicitDeny'],
    ],
  ),
];

export const documentCases: readonly PolicyCase[] = [...actions, ...resources, ...variables];
