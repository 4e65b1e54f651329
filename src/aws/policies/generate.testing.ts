// Policies and requests by chance, from words few enough that statements are often about the request, and wicked enough that
// patterns, variables, sets and names of principals matter.

import { pick, type Random, randomInteger } from '../../kernel/random.ts';
import type { Principal } from '../principal.ts';
import type { Document, NaivePolicies, NaiveRequest, PrincipalElement, StatementDocument } from './naive.testing.ts';

const ours = '111122223333';
const theirs = '444455556666';

const chance = (random: Random, share: number): boolean => random.float() < share;
const some = <T>(random: Random, choices: readonly T[], most: number): T[] =>
  Array.from({ length: 1 + randomInteger(random, most) }, () => pick(random, choices));
const oneOrMany = <T>(random: Random, values: readonly T[]): T | readonly T[] =>
  values.length === 1 && chance(random, 0.5) ? (values[0] as T) : values;

const actions = [
  's3:GetObject',
  's3:PutObject',
  's3:ListBucket',
  'sqs:SendMessage',
  'dynamodb:GetItem',
  'sts:AssumeRole',
];
const actionPatterns = [
  ...actions,
  '*',
  's3:*',
  's3:Get*',
  'S3:getobject',
  's3:*Object',
  's3:?etObject',
  'sqs:*',
  '*:*',
  's3:G*t*',
  'dynamodb:GetItems',
];

const resources = [
  'arn:aws:s3:::photos',
  'arn:aws:s3:::photos/alice/cat.jpg',
  'arn:aws:s3:::photos/a:b/c.jpg',
  'arn:aws:s3:::Photos/alice/cat.jpg',
  `arn:aws:sqs:us-east-1:${ours}:orders`,
  `arn:aws:dynamodb:us-east-1:${ours}:table/orders`,
  `arn:aws:iam::${ours}:role/admin`,
  '*',
];
const resourcePatterns = [
  ...resources,
  'arn:aws:s3:::*',
  'arn:aws:s3:::photos/*',
  'arn:aws:s3:::photos/*/c??.jpg',
  'arn:aws:s3:::photos/${aws:username}/*',
  "arn:aws:s3:::photos/${aws:PrincipalTag/team, 'alice'}/*",
  'arn:aws:s3:::photos/${aws:userid}',
  'arn:aws:s3:::photos/${*}',
  'arn:aws:sqs',
  'arn:aws:sqs:*:*:orders',
  `arn:aws:sqs:us-*-1:${ours}:*`,
  'arn:aws:*:us-east-1:*',
  'arn:*',
  '*orders',
  '*s*:*',
  '**',
];

const principals: readonly Principal[] = [
  { kind: 'root', arn: `arn:aws:iam::${ours}:root`, userId: ours, account: ours },
  { kind: 'user', arn: `arn:aws:iam::${ours}:user/alice`, userId: 'AIDAALICEALICEALICE12', account: ours },
  { kind: 'user', arn: `arn:aws:iam::${theirs}:user/staff/bob`, userId: 'AIDABOBBOBBOBBOBBOB12', account: theirs },
  {
    kind: 'assumed-role',
    arn: `arn:aws:sts::${ours}:assumed-role/admin/night`,
    userId: 'AROAADMINADMINADMIN12:night',
    account: ours,
    session: { roleArn: `arn:aws:iam::${ours}:role/ops/admin`, sessionName: 'night', issuedAtMs: 0 },
  },
  {
    kind: 'assumed-role',
    arn: `arn:aws:sts::${theirs}:assumed-role/web/visitor`,
    userId: 'AROAWEBWEBWEBWEBWEB12:visitor',
    account: theirs,
    session: {
      roleArn: `arn:aws:iam::${theirs}:role/web`,
      sessionName: 'visitor',
      issuedAtMs: 0,
      federatedProvider: 'accounts.google.com',
    },
  },
  {
    kind: 'federated-user',
    arn: `arn:aws:sts::${ours}:federated-user/carol`,
    userId: `${ours}:carol`,
    account: ours,
    session: { issuerArn: `arn:aws:iam::${ours}:user/alice`, issuedAtMs: 0 },
  },
  { kind: 'service', arn: 'sns.amazonaws.com', userId: 'sns', account: ours },
  { kind: 'anonymous', arn: '*', userId: 'ANONYMOUS', account: ours },
];

const canonicalIds: Readonly<Record<string, string>> = { [ours]: 'a'.repeat(64), [theirs]: 'b'.repeat(64) };

const principalNames: readonly (readonly [kind: string, name: string])[] = [
  ['AWS', '*'],
  ['AWS', ours],
  ['AWS', theirs],
  ['AWS', `arn:aws:iam::${ours}:root`],
  ['AWS', `arn:aws:iam::${ours}:user/alice`],
  ['AWS', 'AIDAALICEALICEALICE12'],
  ['AWS', `arn:aws:iam::${theirs}:user/staff/bob`],
  ['AWS', `arn:aws:iam::${theirs}:user/bob`],
  ['AWS', `arn:aws:iam::${ours}:role/ops/admin`],
  ['AWS', `arn:aws:iam::${ours}:role/admin`],
  ['AWS', 'AROAADMINADMINADMIN12'],
  ['AWS', `arn:aws:sts::${ours}:assumed-role/admin/night`],
  ['AWS', `arn:aws:sts::${ours}:assumed-role/admin/day`],
  ['AWS', `arn:aws:iam::${theirs}:role/web`],
  ['AWS', `arn:aws:sts::${ours}:federated-user/carol`],
  ['Service', 'sns.amazonaws.com'],
  ['Service', 's3.amazonaws.com'],
  ['Federated', 'accounts.google.com'],
  ['CanonicalUser', 'a'.repeat(64)],
  ['CanonicalUser', 'b'.repeat(64)],
];

function generatePrincipals(random: Random): PrincipalElement {
  if (chance(random, 0.15)) return '*';
  const element: Record<string, string[]> = {};
  for (const [kind, name] of some(random, principalNames, 4)) element[kind] = [...(element[kind] ?? []), name];
  return element;
}

/** What operators of each type are given, in the request and in the policy alike. */
const values: Readonly<Record<string, readonly string[]>> = {
  String: [
    'alice',
    'Alice',
    'al*',
    'a?ice',
    '*',
    '',
    '${aws:username}',
    "${aws:missing, 'alice'}",
    '${aws:missing}',
    '${*}',
    '${team}',
    '2',
  ],
  Numeric: ['1', '1.0', '2', '-3', '1e1', '10', 'x', ''],
  Date: ['2026-01-01', '2026-01-01T00:00:00Z', '2025-06-30T12:00:00+02:00', '1767225600', 'soon'],
  Bool: ['true', 'false', 'TRUE', 'maybe', '${test:bool}'],
  Binary: ['aGk=', 'aGk', 'aGp=', 'aGl5'],
  Ip: [
    '10.0.0.1',
    '10.0.0.0/8',
    '10.0.0.0/31',
    '2001:db8::1',
    '2001:db8::/33',
    '::/0',
    '0.0.0.0/0',
    '10.0.0.0/33',
    'here',
  ],
  Arn: [
    `arn:aws:sns:us-east-1:${ours}:news`,
    'arn:aws:sns:*:*:news',
    'arn:aws:sns:*:news',
    'arn:aws:s3:::photos/a:b',
    'arn:aws:s3:::*',
    'arn:aws:*:news',
    '*',
    'arn:aws:sns:us-east-?:${aws:PrincipalAccount}:n*',
    'news',
  ],
};

const operators: readonly (readonly [type: string, operator: string])[] = [
  ...[
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ].map((name) => ['String', name] as const),
  ...['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].flatMap((name) => [
    ['Numeric', `Numeric${name}`] as const,
    ['Date', `Date${name}`] as const,
  ]),
  ['Bool', 'Bool'],
  ['Binary', 'BinaryEquals'],
  ['Ip', 'IpAddress'],
  ['Ip', 'NotIpAddress'],
  ...['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'].map((name) => ['Arn', name] as const),
];

/** One key for each type, one that may have many values, one that is never there. */
const keyOf = (random: Random, type: string): string =>
  pick(random, [`test:${type}`, `TEST:${type.toLowerCase()}`, `test:${type}s`, 'test:missing']);

function generateConditions(random: Random): StatementDocument['Condition'] {
  const block: Record<string, Record<string, unknown>> = {};
  for (let left = randomInteger(random, 3); left > 0; left--) {
    if (chance(random, 0.1)) {
      const [type] = pick(random, operators);
      block['Null'] = { [keyOf(random, type)]: pick(random, ['true', 'false', true, false]) };
      continue;
    }
    const [type, operator] = pick(random, operators);
    const set = pick(random, ['', '', '', 'ForAllValues:', 'ForAnyValue:']);
    const ifExists = chance(random, 0.2) ? 'IfExists' : '';
    const wanted = some(random, values[type] as readonly string[], 3);
    block[`${set}${operator}${ifExists}`] = { [keyOf(random, type)]: oneOrMany(random, wanted) };
  }
  return Object.keys(block).length === 0 ? undefined : block;
}

function generateStatement(random: Random, hasPrincipals: boolean): StatementDocument {
  const condition = generateConditions(random);
  const matched = oneOrMany(random, some(random, actionPatterns, 2));
  const covered = oneOrMany(random, some(random, resourcePatterns, 3));
  return {
    Effect: chance(random, 0.25) ? 'Deny' : 'Allow',
    ...(hasPrincipals && { [chance(random, 0.2) ? 'NotPrincipal' : 'Principal']: generatePrincipals(random) }),
    [chance(random, 0.1) ? 'NotAction' : 'Action']: matched,
    [chance(random, 0.15) ? 'NotResource' : 'Resource']: covered,
    ...(condition && { Condition: condition }),
  };
}

function generateDocument(random: Random, hasPrincipals = false): Document {
  const statements = Array.from({ length: 1 + randomInteger(random, 3) }, () =>
    generateStatement(random, hasPrincipals),
  );
  const version = pick(random, ['2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', '']);
  return { ...(version !== '' && { Version: version }), Statement: oneOrMany(random, statements) };
}

const allowAll: Document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** Policies that limit, which would hide everything else if they did not mostly allow. */
function generateLimits(random: Random, most: number): readonly Document[] {
  return Array.from({ length: randomInteger(random, most + 1) }, () =>
    chance(random, 0.5) ? allowAll : generateDocument(random),
  );
}

const maybe = <T>(random: Random, share: number, make: () => T): T | undefined =>
  chance(random, share) ? make() : undefined;

export function generatePolicies(random: Random): NaivePolicies {
  const limits = () => generateLimits(random, 2);
  return {
    identity: Array.from({ length: randomInteger(random, 4) }, () => generateDocument(random)),
    boundary: maybe(random, 0.3, () => generateLimits(random, 1)[0] ?? allowAll),
    session: maybe(random, 0.3, limits),
    serviceControl: maybe(random, 0.3, () => [limits(), [allowAll]]),
    resourceControl: maybe(random, 0.2, () => [[allowAll, ...limits()]]),
    resource: maybe(random, 0.6, () => generateDocument(random, true)),
    resourceMustGrant: chance(random, 0.1),
  };
}

export function generateRequest(random: Random): NaiveRequest {
  const principal = pick(random, principals);
  return {
    principal,
    canonicalUserId: canonicalIds[principal.account],
    action: pick(random, actions),
    resource: pick(random, resources),
    resourceAccount: chance(random, 0.75) ? principal.account : pick(random, [ours, theirs]),
    context: generateContext(random, principal),
  };
}

function generateContext(random: Random, principal: Principal): NaiveRequest['context'] {
  const context: Record<string, readonly string[]> = {};
  for (const [type, choices] of Object.entries(values)) {
    if (chance(random, 0.7)) context[`test:${type.toLowerCase()}`] = [pick(random, choices)];
    if (chance(random, 0.5)) context[`test:${type.toLowerCase()}s`] = some(random, choices, 3);
    if (chance(random, 0.1)) context[`test:${type.toLowerCase()}s`] = [];
  }
  if (principal.kind === 'user') context['aws:username'] = ['alice'];
  if (chance(random, 0.5)) context['aws:principalaccount'] = [principal.account];
  if (chance(random, 0.3)) context['aws:principaltag/team'] = pick(random, [['alice'], ['red', 'blue'], ['*']]);
  return context;
}
