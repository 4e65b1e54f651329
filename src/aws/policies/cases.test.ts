import { describe, expect, it } from 'vitest';
import { conditionCases, type PolicyCase } from './cases.testing.ts';
import { compilePolicies, decideCompiled, outcomeOf } from './decide-case.testing.ts';
import { decisionCases } from './decision-cases.testing.ts';
import { documentCases } from './document-cases.testing.ts';
import { exampleCases } from './example-cases.testing.ts';
import { decideNaively } from './naive.testing.ts';
import { principalCases } from './principal-cases.testing.ts';

const tables: Readonly<Record<string, readonly PolicyCase[]>> = {
  'conditions of every operator': conditionCases,
  'policies of several kinds': decisionCases,
  'whom policies of resources name': principalCases,
  'actions, resources and variables': documentCases,
  'whole examples': exampleCases,
};

describe.each(Object.entries(tables))('decides as AWS documents: %s', (_, cases) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_name, { request, policies, expected }) => {
    expect(outcomeOf(decideCompiled(request, compilePolicies(policies)))).toBe(expected);
    expect(decideNaively(request, policies)).toBe(expected);
  });
});
