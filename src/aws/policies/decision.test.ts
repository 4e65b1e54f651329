import { describe, expect, it } from 'vitest';
import { account, alice, allow, ask, deny, everything, otherAccount, policy } from './cases.testing.ts';
import { compilePolicy } from './compile.ts';
import { compilePolicies, decideCompiled } from './decide-case.testing.ts';
import type { Document, NaivePolicies } from './naive.testing.ts';

const read = ask('s3:GetObject', 'arn:aws:s3:::bucket/key');
const decided = (policies: NaivePolicies, request = read) => decideCompiled(request, compilePolicies(policies));
const named = (arn: string): Document => policy({ ...allow('s3:GetObject'), Principal: { AWS: arn } });

describe('decide', () => {
  it.each([
    ['identity-based', {}, read],
    ['permissions boundary', { identity: [everything], boundary: policy(allow('sqs:*')) }, read],
    ['session', { identity: [everything], session: [] }, read],
    ['service control', { identity: [everything], serviceControl: [[everything], []] }, read],
    ['resource control', { identity: [everything], resourceControl: [[]] }, read],
    ['resource-based', { identity: [everything] }, { ...read, resourceAccount: otherAccount }],
    ['identity-based', { resource: named(account) }, { ...read, resourceAccount: otherAccount }],
  ] as const)('says that for want of an Allow %s policies denied', (decidedBy, policies, request) => {
    expect(decided(policies, request)).toMatchObject({ effect: 'deny', isExplicit: false, decidedBy });
  });

  it.each([
    ['identity-based', { identity: [everything, policy(deny('*'))] }],
    ['permissions boundary', { identity: [everything], boundary: policy(deny('*')) }],
    ['session', { identity: [everything], session: [policy(deny('*'))] }],
    ['service control', { identity: [everything], serviceControl: [[everything, policy(deny('*'))]] }],
    ['resource control', { identity: [everything], resourceControl: [[everything, policy(deny('*'))]] }],
    ['resource-based', { identity: [everything], resource: policy({ ...deny('*'), Principal: '*' }) }],
  ] as const)('says that an explicit Deny of a %s policy denied', (decidedBy, policies) => {
    expect(decided(policies)).toMatchObject({ effect: 'deny', isExplicit: true, decidedBy });
  });

  it('says which kind allowed', () => {
    expect(decided({ identity: [everything] }).decidedBy).toBe('identity-based');
    expect(decided({ resource: named(alice.arn) }).decidedBy).toBe('resource-based');
    const root = { kind: 'root', arn: `arn:aws:iam::${account}:root`, userId: account, account } as const;
    expect(decided({}, { ...read, principal: root })).toMatchObject({ effect: 'allow', decidedBy: undefined });
  });

  it('tells what each kind said, and which statements apply', () => {
    const { verdicts, statements } = decided({
      identity: [
        policy({ ...allow('s3:Put*'), Sid: 'a' }, { ...allow('s3:Get*'), Sid: 'b' }),
        policy(deny('s3:GetObject')),
      ],
      boundary: policy(allow('sqs:*')),
      resource: named(alice.arn),
    });
    expect(verdicts).toEqual({
      'identity-based': 'explicitDeny',
      'permissions boundary': 'implicitDeny',
      'resource-based': 'allowed',
    });
    expect(
      statements.map(({ source, statement, principalMatch }) => [
        source.arn,
        statement.index,
        statement.statement.sid,
        principalMatch,
      ]),
    ).toEqual([
      ['resource-based 0', 0, undefined, 'self'],
      ['identity-based 0', 1, 'b', undefined],
      ['identity-based 1', 0, undefined, undefined],
    ]);
  });

  it('asks for no values that no statement about the action and resource needs', () => {
    const asked: string[] = [];
    const identity = [
      policy({ ...allow('s3:GetObject', 'arn:aws:s3:::other/*'), Condition: { Bool: { 'test:resource': 'true' } } }),
      policy({ ...allow('sqs:*'), Condition: { Bool: { 'test:action': 'true' } } }),
      policy({ ...allow('s3:*'), Condition: { Bool: { 'test:needed': 'true' } } }),
    ];
    const context = { get: (key: string) => void asked.push(key) };
    const { ofPrincipal } = compilePolicies({ identity });
    decideCompiled(read, { ofPrincipal, ofResource: {} }, context);
    expect(asked).toEqual(['test:needed']);
  });
});

describe('compilePolicy', () => {
  it('compiles a text once', () => {
    const text = JSON.stringify(everything);
    expect(compilePolicy(text)).toBe(compilePolicy(text));
  });

  it('forgets the oldest, instead of growing', () => {
    const first = compilePolicy(JSON.stringify(policy(allow('first:one'))));
    for (let at = 0; at < 2500; at++) compilePolicy(JSON.stringify(policy(allow(`service${at}:Do`))));
    expect(compilePolicy(JSON.stringify(policy(allow('first:one'))))).not.toBe(first);
  });
});
