import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { compilePolicies, decideCompiled, outcomeOf } from './decide-case.testing.ts';
import { type Document, decideNaively, type NaiveRequest } from './naive.testing.ts';
import { compilePattern } from './patterns.ts';
import { PolicyFault } from './policy-fault.ts';
import { type PolicyType, validatePolicy } from './validate-policy.ts';

const words = fc.constantFrom(
  '*',
  '?',
  '',
  'a',
  'ab',
  'A',
  '/',
  ':',
  '${',
  '}',
  '${*}',
  '${aws:username}',
  "${x, 'a'}",
  '${x}',
  'arn:aws:s3:::',
  'é',
  '\n',
  '\\',
  '"',
  '__proto__',
);
const text = fc.oneof(
  fc.array(words, { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 8 }),
);
const request = (context: Readonly<Record<string, readonly string[]>>, resource: string): NaiveRequest => ({
  principal: {
    kind: 'user',
    arn: 'arn:aws:iam::111122223333:user/alice',
    userId: 'AIDAALICEALICEALICE12',
    account: '111122223333',
  },
  action: 's3:GetObject',
  resource,
  resourceAccount: '111122223333',
  context,
});

const operators = fc.constantFrom(
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'ArnLike',
  'ArnNotEquals',
  'NumericEquals',
  'NumericLessThan',
  'DateEquals',
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'Null',
  'ForAllValues:StringLike',
  'ForAnyValue:StringNotEquals',
  'ForAnyValue:ArnLike',
  'StringLikeIfExists',
);

/** Dates are left out: the naive evaluator leaves them to JavaScript, which takes more for a date than AWS does. */
const statement = fc.record({
  Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
  Action: fc.constantFrom('*', 's3:*', 's3:getobject', 'sqs:*'),
  Resource: fc.array(text, { minLength: 1, maxLength: 2 }),
  Condition: fc.option(
    fc.dictionary(
      operators.filter((name) => !name.startsWith('Date')),
      fc.dictionary(fc.constantFrom('k', 'K', 'aws:username', 'x'), fc.array(text, { maxLength: 2 }), { maxKeys: 1 }),
      { maxKeys: 2 },
    ),
    { nil: undefined },
  ),
});

describe('policies of any text', () => {
  it('let nothing through that the naive evaluator denies, nor the other way round', { timeout: 300_000 }, () => {
    const context = fc.record({
      k: fc.array(text, { maxLength: 2 }),
      'aws:username': fc.array(text, { minLength: 1, maxLength: 1 }),
    });
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 3 }),
        context,
        text,
        fc.constantFrom('2012-10-17', '2008-10-17'),
        (statements, known, resource, Version) => {
          const identity: readonly Document[] = [{ Version, Statement: statements as Document['Statement'] }];
          const asked = request(known, resource);
          expect(outcomeOf(decideCompiled(asked, compilePolicies({ identity })))).toBe(
            decideNaively(asked, { identity }),
          );
        },
      ),
      { numRuns: 3000, seed: 4 },
    );
  });

  const element = fc.oneof(
    text,
    fc.array(fc.option(text), { maxLength: 2 }),
    fc.dictionary(text, text, { maxKeys: 1 }),
    fc.jsonValue(),
  );
  const names = fc.constantFrom(
    'Sid',
    'Effect',
    'Principal',
    'NotPrincipal',
    'Action',
    'NotAction',
    'Resource',
    'NotResource',
    'Condition',
    '__proto__',
    'x',
  );
  const likelyValues = ['Allow', 'Deny', '*', 's3:Get', 'sts:AssumeRole', { AWS: '*' }, { StringEquals: { k: 'v' } }];
  const values = fc.oneof(element, fc.constantFrom<unknown>(...likelyValues));
  const anyStatement = fc.dictionary(names, values, { maxKeys: 6 });
  const types = fc.constantFrom<PolicyType>('identity', 'resource', 'trust', 'scp');
  const right: Readonly<Record<PolicyType, object>> = {
    identity: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    resource: { Effect: 'Allow', Action: 's3:*', Resource: '*', Principal: '*' },
    trust: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } },
    scp: { Effect: 'Deny', Action: 's3:*', Resource: '*' },
  };
  /** What is right for its type, but for one element. */
  const nearlyRight = fc.tuple(types, fc.dictionary(names, values, { maxKeys: 1 })).map(([type, change]) => ({
    type,
    document: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...right[type], ...change }] }),
  }));
  const wild = fc.record({
    type: types,
    document: fc.oneof(
      fc.record({ Version: values, Statement: fc.oneof(anyStatement, values) }).map((one) => JSON.stringify(one)),
      fc.json(),
      fc.string(),
    ),
  });

  it('are refused with a fault or can be compiled, and never crash', { timeout: 300_000 }, () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(nearlyRight, wild), ({ type, document }) => {
        if (!passes(() => validatePolicy(document, type))) return void passes(() => compilePolicy(document));
        taken += 1;
        compilePolicy(document);
      }),
      { numRuns: 4000, seed: 4 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

/** Anything but a PolicyFault is a crash. */
function passes(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof PolicyFault) return false;
    throw error;
  }
}

describe('hostile patterns', () => {
  it.each([
    ['many asterisks', '*a'.repeat(3000), 'a'.repeat(2000)],
    ['asterisks and question marks', '*?'.repeat(3000), 'a'.repeat(2000)],
    ['a long piece that nearly fits', `*${'?'.repeat(900)}b*`, 'a'.repeat(2000)],
  ])('are matched before a test runs out of time: %s', (_, pattern, subject) => {
    expect(compilePattern(pattern, { hasWildcards: true, hasVariables: true })(subject, new Map())).toBe(false);
  });
});
