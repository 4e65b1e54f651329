// Whom policies of resources name, and what that is worth to each kind of principal.

import {
  anonymous,
  canonical,
  federatedUser,
  forbids,
  inAccount,
  lets,
  read,
  reads,
  resourceLets,
  roleSession,
  root,
  snsService,
  webSession,
  writes,
} from './case-parts.testing.ts';
import {
  account,
  alice,
  allow,
  deny,
  everything,
  otherAccount,
  type PolicyCase,
  pages,
  policy,
} from './cases.testing.ts';
import type { Document } from './naive.testing.ts';

const byResource = inAccount(pages.logic, [
  ['the resource names the user', alice, { resource: resourceLets(alice.arn) }, 'allow'],
  ["the resource names the user's id", alice, { resource: resourceLets(alice.userId) }, 'allow'],
  [
    'the resource names another user',
    alice,
    { resource: resourceLets(`arn:aws:iam::${account}:user/bob`) },
    'implicitDeny',
  ],
  [
    'names of users are told apart by case',
    alice,
    { resource: resourceLets(`arn:aws:iam::${account}:user/Alice`) },
    'implicitDeny',
  ],
  [
    'no part of a name is a pattern',
    alice,
    { resource: resourceLets(`arn:aws:iam::${account}:user/*`) },
    'implicitDeny',
  ],
  [
    'the resource names the user, beyond its boundary',
    alice,
    { boundary: writes, resource: resourceLets(alice.arn) },
    'allow',
  ],
  [
    'the resource names the user, whose boundary denies',
    alice,
    { boundary: forbids, resource: resourceLets(alice.arn) },
    'explicitDeny',
  ],
  [
    'the resource names the user, whose policy denies',
    alice,
    { identity: [forbids], resource: resourceLets(alice.arn) },
    'explicitDeny',
  ],
  [
    'the resource denies the user, whose policy allows',
    alice,
    { identity: [reads], resource: policy({ ...deny(read), Principal: { AWS: alice.arn } }) },
    'explicitDeny',
  ],
  [
    'the resource denies everybody',
    alice,
    { identity: [reads], resource: policy({ ...deny(read), Principal: '*' }) },
    'explicitDeny',
  ],
  [
    'the resource denies its own root user',
    root,
    { resource: policy({ ...deny(read), Principal: '*' }) },
    'explicitDeny',
  ],
  [
    'the resource says nothing of the action',
    alice,
    { resource: policy(lets({ AWS: alice.arn }, 's3:PutObject')) },
    'implicitDeny',
  ],
  [
    'the identity allows, the resource says nothing',
    alice,
    { identity: [reads], resource: policy(lets({ AWS: alice.arn }, 's3:PutObject')) },
    'allow',
  ],
  ['the resource names the account', alice, { resource: resourceLets(account) }, 'implicitDeny'],
  ["the resource names the account's root", alice, { resource: resourceLets(root.arn) }, 'implicitDeny'],
  [
    'the resource names the account, and the account allows',
    alice,
    { identity: [reads], resource: resourceLets(account) },
    'allow',
  ],
  [
    "the resource names the account's canonical user",
    alice,
    { resource: resourceLets({ CanonicalUser: canonical }) },
    'implicitDeny',
  ],
  ['the resource names the role', roleSession, { resource: resourceLets(roleSession.session?.roleArn ?? '') }, 'allow'],
  ["the resource names the role's id", roleSession, { resource: resourceLets('AROAEXAMPLEROLEEXAMP') }, 'allow'],
  [
    'the resource names a role of another path',
    roleSession,
    { resource: resourceLets(`arn:aws:iam::${account}:role/examplerole`) },
    'implicitDeny',
  ],
  [
    'the resource names the role, beyond its boundary',
    roleSession,
    { boundary: writes, resource: resourceLets(roleSession.session?.roleArn ?? '') },
    'implicitDeny',
  ],
  [
    'the resource names the role, beyond the session policy',
    roleSession,
    { session: [writes], resource: resourceLets(roleSession.session?.roleArn ?? '') },
    'implicitDeny',
  ],
  [
    'the resource names the role, within boundary and session policy',
    roleSession,
    { boundary: reads, session: [reads], resource: resourceLets(roleSession.session?.roleArn ?? '') },
    'allow',
  ],
  ['the resource names the session', roleSession, { resource: resourceLets(roleSession.arn) }, 'allow'],
  [
    'the resource names the session, beyond boundary and session policy',
    roleSession,
    { boundary: writes, session: [writes], resource: resourceLets(roleSession.arn) },
    'allow',
  ],
  [
    'the resource names the session, whose session policy denies',
    roleSession,
    { session: [forbids], resource: resourceLets(roleSession.arn) },
    'explicitDeny',
  ],
  [
    'the resource names another session of the role',
    roleSession,
    { resource: resourceLets(`arn:aws:sts::${account}:assumed-role/examplerole/other`) },
    'implicitDeny',
  ],
  [
    'the resource names the federated session',
    federatedUser,
    { session: [writes], resource: resourceLets(federatedUser.arn) },
    'allow',
  ],
  [
    'the resource names the user who federated',
    federatedUser,
    { session: [writes], resource: resourceLets(alice.arn) },
    'implicitDeny',
  ],
  [
    'the resource names the user who federated, and the session policy allows',
    federatedUser,
    { session: [reads], resource: resourceLets(alice.arn) },
    'allow',
  ],
  [
    'the resource names the provider that vouches for a session',
    webSession,
    { resource: resourceLets({ Federated: 'accounts.google.com' }) },
    'allow',
  ],
  [
    'the resource names another provider',
    webSession,
    { resource: resourceLets({ Federated: 'graph.facebook.com' }) },
    'implicitDeny',
  ],
]);

const everybody = inAccount(pages.principal, [
  ['everybody: a stranger', anonymous, { resource: resourceLets('*') }, 'allow'],
  ['everybody, as an AWS principal: a stranger', anonymous, { resource: resourceLets({ AWS: '*' }) }, 'allow'],
  ['everybody: a user without policies', alice, { resource: resourceLets('*') }, 'allow'],
  ['everybody: a user beyond its boundary', alice, { boundary: writes, resource: resourceLets('*') }, 'allow'],
  [
    'everybody: a role beyond boundary and session policy',
    roleSession,
    { boundary: writes, session: [writes], resource: resourceLets('*') },
    'allow',
  ],
  ['everybody: a service', snsService, { resource: resourceLets('*') }, 'allow'],
  ['a stranger and no policy', anonymous, {}, 'implicitDeny'],
  ['a stranger and an account that is named', anonymous, { resource: resourceLets(otherAccount) }, 'implicitDeny'],
  [
    'a stranger and a denial of everybody',
    anonymous,
    { resource: policy(lets('*'), { ...deny(read), Principal: '*' }) },
    'explicitDeny',
  ],
  ['a service that is named', snsService, { resource: resourceLets({ Service: 'sns.amazonaws.com' }) }, 'allow'],
  [
    'another service',
    snsService,
    { resource: resourceLets({ Service: ['s3.amazonaws.com', 'events.amazonaws.com'] }) },
    'implicitDeny',
  ],
  ["a service's own account does not let it in", snsService, { resource: resourceLets(account) }, 'implicitDeny'],
  ['a user is no service', alice, { resource: resourceLets({ Service: 'sns.amazonaws.com' }) }, 'implicitDeny'],
  [
    'several principals of several kinds',
    alice,
    { resource: resourceLets({ AWS: [otherAccount, alice.arn], Service: 'sns.amazonaws.com' }) },
    'allow',
  ],
  ['a policy of a resource that names nobody', alice, { resource: policy(allow(read)) }, 'implicitDeny'],
]);

const spared = (...names: readonly string[]): Document => policy({ ...deny('s3:*'), NotPrincipal: { AWS: names } });

const notPrincipal = inAccount(pages.notPrincipal, [
  [
    'who is not listed',
    alice,
    {
      identity: [reads],
      resource: spared(`arn:aws:iam::${otherAccount}:user/Bob`, `arn:aws:iam::${otherAccount}:root`),
    },
    'explicitDeny',
  ],
  ['who is listed with its account', alice, { identity: [reads], resource: spared(alice.arn, root.arn) }, 'allow'],
  ['who is listed without its account', alice, { identity: [reads], resource: spared(alice.arn) }, 'explicitDeny'],
  ['whose account alone is listed', alice, { identity: [reads], resource: spared(root.arn) }, 'explicitDeny'],
  [
    'a session listed with role and account',
    roleSession,
    { identity: [reads], resource: spared(roleSession.arn, roleSession.session?.roleArn ?? '', account) },
    'allow',
  ],
  [
    'a session listed without its role',
    roleSession,
    { identity: [reads], resource: spared(roleSession.arn, account) },
    'explicitDeny',
  ],
  [
    'a session whose role and account are listed, and not itself',
    roleSession,
    { identity: [reads], resource: spared(roleSession.session?.roleArn ?? '', account) },
    'explicitDeny',
  ],
  [
    'who is listed, but has a boundary',
    alice,
    { identity: [reads], boundary: everything, resource: spared(alice.arn, root.arn) },
    'explicitDeny',
  ],
  ['the root user of the account that is listed', root, { resource: spared(root.arn) }, 'allow'],
  [
    'a stranger',
    anonymous,
    { resource: policy(lets('*'), { ...deny('s3:*'), NotPrincipal: { AWS: root.arn } }) },
    'explicitDeny',
  ],
  [
    'a service that is listed',
    snsService,
    { resource: policy(lets('*'), { ...deny('s3:*'), NotPrincipal: { Service: 'sns.amazonaws.com' } }) },
    'allow',
  ],
  ['being spared is no permission', alice, { resource: spared(alice.arn, root.arn) }, 'implicitDeny'],
]);

export const principalCases: readonly PolicyCase[] = [...byResource, ...everybody, ...notPrincipal];
