// What the cases of decisions are made of: a bucket's object that principals of each kind read, and policies that let them.

import type { Principal } from '../principal.ts';
import { account, alice, allow, ask, deny, otherAccount, type PolicyCase, policy } from './cases.testing.ts';
import type { Document, NaivePolicies, Outcome, PrincipalElement, StatementDocument } from './naive.testing.ts';

export const bucket = 'arn:aws:s3:::example-bucket';
export const object = `${bucket}/notes.txt`;
export const read = 's3:GetObject';

export const root: Principal = { kind: 'root', arn: `arn:aws:iam::${account}:root`, userId: account, account };

export const roleSession: Principal = {
  kind: 'assumed-role',
  arn: `arn:aws:sts::${account}:assumed-role/examplerole/examplesession`,
  userId: 'AROAEXAMPLEROLEEXAMP:examplesession',
  account,
  session: { roleArn: `arn:aws:iam::${account}:role/path/examplerole`, sessionName: 'examplesession', issuedAtMs: 0 },
};

export const webSession: Principal = {
  ...roleSession,
  session: { ...roleSession.session, federatedProvider: 'accounts.google.com', issuedAtMs: 0 },
};

/** With a provider's token, before a role is assumed. */
export const tokenBearer: Principal = {
  kind: 'assumed-role',
  arn: '',
  userId: 'accounts.google.com:1234',
  account: '',
  session: { federatedProvider: 'accounts.google.com', issuedAtMs: 0 },
};

export const federatedUser: Principal = {
  kind: 'federated-user',
  arn: `arn:aws:sts::${account}:federated-user/carol`,
  userId: `${account}:carol`,
  account,
  session: { issuerArn: alice.arn, issuedAtMs: 0 },
};

export const snsService: Principal = { kind: 'service', arn: 'sns.amazonaws.com', userId: 'sns', account };
export const anonymous: Principal = { kind: 'anonymous', arn: '*', userId: 'ANONYMOUS', account: otherAccount };

export const canonical = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be';

export const reads: Document = policy(allow('s3:Get*'));
export const writes: Document = policy(allow('s3:Put*'));
export const forbids: Document = policy(allow('*'), deny(read));

export const lets = (Principal: PrincipalElement, Action: string | readonly string[] = read): StatementDocument => ({
  ...allow(Action, `${bucket}/*`),
  Principal,
});

export const resourceLets = (names: string | PrincipalElement): Document =>
  policy(lets(typeof names === 'string' && names !== '*' ? { AWS: names } : (names as PrincipalElement)));

export type Line = readonly [name: string, principal: Principal, policies: NaivePolicies, expected: Outcome];

export const inAccount = (source: string, lines: readonly Line[]): readonly PolicyCase[] =>
  lines.map(([name, principal, policies, expected]) => ({
    name,
    source,
    policies,
    expected,
    request: ask(read, object, { principal, canonicalUserId: canonical }),
  }));

export const acrossAccounts = (source: string, lines: readonly Line[]): readonly PolicyCase[] =>
  lines.map(([name, principal, policies, expected]) => ({
    name: `across accounts: ${name}`,
    source,
    policies,
    expected,
    request: ask(read, object, { principal, canonicalUserId: canonical, resourceAccount: otherAccount }),
  }));
