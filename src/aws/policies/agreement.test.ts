import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { compilePolicies, decideCompiled, outcomeOf } from './decide-case.testing.ts';
import { generatePolicies, generateRequest } from './generate.testing.ts';
import { decideNaively, type Outcome } from './naive.testing.ts';

const sets = 10_000;
const requestsPerSet = 10;

describe('the compiled and the naive evaluator', () => {
  it(`agree on ${sets * requestsPerSet} questions to generated policies`, { timeout: 600_000 }, () => {
    const random = seededRandom(4);
    const seen: Record<Outcome, number> = { allow: 0, explicitDeny: 0, implicitDeny: 0 };
    for (let set = 0; set < sets; set++) {
      const policies = generatePolicies(random);
      const compiled = compilePolicies(policies);
      for (let left = requestsPerSet; left > 0; left--) {
        const request = generateRequest(random);
        const wanted = decideNaively(request, policies);
        const found = outcomeOf(decideCompiled(request, compiled));
        if (found !== wanted) expect.fail(`${found}, not ${wanted}: ${JSON.stringify({ request, policies })}`);
        seen[wanted] += 1;
      }
    }
    // Were nearly all of one kind, agreeing would mean little.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan((sets * requestsPerSet) / 20);
  });
});
