// How policies of several kinds come together: AWS's documented outcomes for principals of each kind, in their own account and
// across accounts.

import {
  acrossAccounts,
  anonymous,
  canonical,
  federatedUser,
  forbids,
  inAccount,
  type Line,
  lets,
  read,
  reads,
  resourceLets,
  roleSession,
  root,
  snsService,
  tokenBearer,
  writes,
} from './case-parts.testing.ts';
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
import type { Document, PrincipalElement } from './naive.testing.ts';

const identityOnly = inAccount(pages.logic, [
  ['a user without policies', alice, {}, 'implicitDeny'],
  ['a user whose policy allows', alice, { identity: [reads] }, 'allow'],
  ['a user whose policy allows something else', alice, { identity: [writes] }, 'implicitDeny'],
  ['one of many policies allows', alice, { identity: [writes, writes, reads] }, 'allow'],
  ['one allows, another denies', alice, { identity: [reads, policy(deny('s3:*'))] }, 'explicitDeny'],
  ['allows and denies in one policy', alice, { identity: [forbids] }, 'explicitDeny'],
  ['only a denial', alice, { identity: [policy(deny('*'))] }, 'explicitDeny'],
  ['the root user, whatever policies say', root, {}, 'allow'],
  ['a role session whose role allows', roleSession, { identity: [reads] }, 'allow'],
  ['a role session whose role does not', roleSession, { identity: [] }, 'implicitDeny'],
]);

const boundaries = inAccount(pages.boundaries, [
  ['both the policy and the boundary allow', alice, { identity: [reads], boundary: everything }, 'allow'],
  ['a boundary allows, no policy does', alice, { identity: [], boundary: everything }, 'implicitDeny'],
  ['a policy allows, the boundary does not', alice, { identity: [everything], boundary: writes }, 'implicitDeny'],
  ['the boundary denies', alice, { identity: [everything], boundary: forbids }, 'explicitDeny'],
  ['a role beyond its boundary', roleSession, { identity: [everything], boundary: writes }, 'implicitDeny'],
  ['a role within its boundary', roleSession, { identity: [everything], boundary: reads }, 'allow'],
]);

const sessions = inAccount(pages.session, [
  ['the role and the session policy allow', roleSession, { identity: [reads], session: [everything] }, 'allow'],
  ['the session policy does not allow', roleSession, { identity: [everything], session: [writes] }, 'implicitDeny'],
  [
    'the session policy allows, the role does not',
    roleSession,
    { identity: [], session: [everything] },
    'implicitDeny',
  ],
  ['the session policy denies', roleSession, { identity: [everything], session: [forbids] }, 'explicitDeny'],
  [
    'one of several session policies allows',
    roleSession,
    { identity: [everything], session: [writes, reads] },
    'allow',
  ],
  [
    'role, boundary and session policy allow',
    roleSession,
    { identity: [reads], boundary: reads, session: [reads] },
    'allow',
  ],
  [
    'the boundary of the three does not',
    roleSession,
    { identity: [reads], boundary: writes, session: [reads] },
    'implicitDeny',
  ],
  ['a federated user with a session policy', federatedUser, { identity: [reads], session: [reads] }, 'allow'],
  [
    'a federated user beyond its session policy',
    federatedUser,
    { identity: [reads], session: [writes] },
    'implicitDeny',
  ],
  ['a federated user without a session policy', federatedUser, { identity: [reads] }, 'implicitDeny'],
  ['a federated user beyond its user', federatedUser, { identity: [writes], session: [everything] }, 'implicitDeny'],
]);

const control = inAccount(pages.serviceControl, [
  [
    'the account and its organization allow',
    alice,
    { identity: [reads], serviceControl: [[everything], [everything]] },
    'allow',
  ],
  [
    'one level of the organization does not allow',
    alice,
    { identity: [reads], serviceControl: [[everything], [writes]] },
    'implicitDeny',
  ],
  ['a level without policies', alice, { identity: [reads], serviceControl: [[everything], []] }, 'implicitDeny'],
  ['one of two at a level allows', alice, { identity: [reads], serviceControl: [[writes, reads]] }, 'allow'],
  [
    'the root denies',
    alice,
    { identity: [everything], serviceControl: [[everything, policy(deny('s3:*'))], [everything]] },
    'explicitDeny',
  ],
  ['the organization allows, no policy does', alice, { serviceControl: [[everything]] }, 'implicitDeny'],
  ['limits the root user of a member account', root, { serviceControl: [[writes]] }, 'implicitDeny'],
  [
    'denies the root user of a member account',
    root,
    { serviceControl: [[everything, policy(deny(read))]] },
    'explicitDeny',
  ],
  ['lets the root user', root, { serviceControl: [[everything]] }, 'allow'],
  [
    'limits what a resource grants',
    alice,
    { resource: resourceLets(alice.arn), serviceControl: [[writes]] },
    'implicitDeny',
  ],
  [
    'does not limit services',
    snsService,
    { resource: resourceLets({ Service: 'sns.amazonaws.com' }), serviceControl: undefined },
    'allow',
  ],
]);

const resourceControl = inAccount(pages.resourceControl, [
  ["the resource's organization allows", alice, { identity: [reads], resourceControl: [[everything]] }, 'allow'],
  [
    "the resource's organization denies",
    alice,
    { identity: [reads], resourceControl: [[everything, policy(deny('s3:*'))]] },
    'explicitDeny',
  ],
  [
    'also what the resource grants',
    anonymous,
    { resource: resourceLets('*'), resourceControl: [[everything, policy(deny('s3:*'))]] },
    'explicitDeny',
  ],
  ['and its root user', root, { resourceControl: [[everything, policy(deny('s3:*'))]] }, 'explicitDeny'],
]);

const across = acrossAccounts(pages.crossAccount, [
  ['only the identity allows', alice, { identity: [reads] }, 'implicitDeny'],
  ['only the resource allows', alice, { resource: resourceLets(alice.arn) }, 'implicitDeny'],
  ['both allow', alice, { identity: [reads], resource: resourceLets(alice.arn) }, 'allow'],
  ['both allow, by the account', alice, { identity: [reads], resource: resourceLets(account) }, 'allow'],
  ["both allow, by the account's root", alice, { identity: [reads], resource: resourceLets(root.arn) }, 'allow'],
  [
    'both allow, by the canonical user',
    alice,
    { identity: [reads], resource: resourceLets({ CanonicalUser: canonical }) },
    'allow',
  ],
  [
    'the resource lets everybody in, the identity does not allow',
    alice,
    { resource: resourceLets('*') },
    'implicitDeny',
  ],
  [
    'the resource lets everybody in, and the identity allows',
    alice,
    { identity: [reads], resource: resourceLets('*') },
    'allow',
  ],
  [
    'the resource lets another account in',
    alice,
    { identity: [reads], resource: resourceLets(otherAccount) },
    'implicitDeny',
  ],
  [
    'the resource denies',
    alice,
    { identity: [reads], resource: policy(lets({ AWS: account }), { ...deny(read), Principal: { AWS: account } }) },
    'explicitDeny',
  ],
  ['the identity denies', alice, { identity: [forbids], resource: resourceLets(account) }, 'explicitDeny'],
  [
    'beyond the boundary',
    alice,
    { identity: [reads], boundary: writes, resource: resourceLets(alice.arn) },
    'implicitDeny',
  ],
  [
    'the session is named, beyond its session policy',
    roleSession,
    { identity: [reads], session: [writes], resource: resourceLets(roleSession.arn) },
    'implicitDeny',
  ],
  [
    'the session is named, its role allows nothing',
    roleSession,
    { resource: resourceLets(roleSession.arn) },
    'implicitDeny',
  ],
  [
    'the role is named, and allows',
    roleSession,
    { identity: [reads], resource: resourceLets(roleSession.session?.roleArn ?? '') },
    'allow',
  ],
  ['the root user of a named account', root, { resource: resourceLets(account) }, 'allow'],
  ['the root user of an account that is not named', root, {}, 'implicitDeny'],
  [
    "the principal's organization does not allow",
    alice,
    { identity: [reads], serviceControl: [[writes]], resource: resourceLets(alice.arn) },
    'implicitDeny',
  ],
  [
    "the resource's organization denies",
    alice,
    { identity: [reads], resource: resourceLets(alice.arn), resourceControl: [[everything, policy(deny('*'))]] },
    'explicitDeny',
  ],
]);

const role = `arn:aws:iam::${account}:role/target`;
const trusts = (Principal: PrincipalElement): Document =>
  policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
const mayAssume = policy(allow('sts:AssumeRole', role));

const trust: readonly PolicyCase[] = (
  [
    ['the trust policy names the user', alice, { resource: trusts({ AWS: alice.arn }) }, 'allow'],
    ['the trust policy names the account', alice, { resource: trusts({ AWS: account }) }, 'implicitDeny'],
    [
      'the trust policy names the account, which allows',
      alice,
      { identity: [mayAssume], resource: trusts({ AWS: account }) },
      'allow',
    ],
    [
      'the identity allows, the trust policy names another',
      alice,
      { identity: [mayAssume], resource: trusts({ AWS: otherAccount }) },
      'implicitDeny',
    ],
    ['the identity allows, and there is no trust', alice, { identity: [everything] }, 'implicitDeny'],
    ['the trust policy names a service', snsService, { resource: trusts({ Service: 'sns.amazonaws.com' }) }, 'allow'],
    [
      'the trust policy names another service',
      snsService,
      { resource: trusts({ Service: 'ec2.amazonaws.com' }) },
      'implicitDeny',
    ],
    [
      'the trust policy names the user, whose policy denies',
      alice,
      { identity: [policy(deny('sts:*'))], resource: trusts({ AWS: alice.arn }) },
      'explicitDeny',
    ],
    [
      'the trust policy names the provider',
      tokenBearer,
      { resource: trusts({ Federated: 'accounts.google.com' }) },
      'allow',
    ],
    [
      'the trust policy names another provider',
      tokenBearer,
      { resource: trusts({ Federated: 'graph.facebook.com' }) },
      'implicitDeny',
    ],
    [
      'the trust policy names an account, not the provider',
      tokenBearer,
      { resource: trusts({ AWS: account }) },
      'implicitDeny',
    ],
    ['a chain of roles', roleSession, { resource: trusts({ AWS: roleSession.session?.roleArn ?? '' }) }, 'allow'],
  ] as const satisfies readonly Line[]
).map(([name, principal, policies, expected]) => ({
  name: `assuming a role: ${name}`,
  source: pages.logic,
  policies: { ...policies, resourceMustGrant: true },
  request: ask('sts:AssumeRole', role, { principal, resourceAccount: account }),
  expected,
}));

export const decisionCases: readonly PolicyCase[] = [
  ...identityOnly,
  ...boundaries,
  ...sessions,
  ...control,
  ...resourceControl,
  ...across,
  ...trust,
];
