// Policies of resources, as the services that keep them use them: parsed once, then asked whether they allow or deny
// something. What identities may do by their own policies is joined to that in `decision.ts`.

import { type CompiledPolicy, type CompiledStatement, compileParsed } from './compile.ts';
import type { ConditionValues } from './patterns.ts';
import type { Policy, Statement } from './policy-document.ts';
import type { Caller } from './principals.ts';

export { parsePolicy, type ResourcePolicy as Policy, type ResourceStatement as Statement } from './policy-document.ts';
export { PolicyFault } from './policy-fault.ts';

export interface PolicyRequest extends Caller {
  readonly action: string;
  readonly resource: string;
  readonly context: ConditionValues;
}

export type Verdict = 'allow' | 'deny' | 'none';

const compiledPolicies = new WeakMap<Policy, CompiledPolicy>();

/** What one policy says. A deny wins over any allow. */
export function evaluatePolicy(policy: Policy, request: PolicyRequest): Verdict {
  const { resource, context } = request;
  const { denies, allows } = compiledOnce(policy).statementsFor(request.action.toLowerCase());
  const applies = ({ matchPrincipal, coversResource, conditionsHold }: CompiledStatement) =>
    matchPrincipal?.(request) !== undefined && coversResource(resource, context) && conditionsHold(context);
  if (denies.some(applies)) return 'deny';
  return allows.some(applies) ? 'allow' : 'none';
}

function compiledOnce(policy: Policy): CompiledPolicy {
  const known = compiledPolicies.get(policy);
  if (known) return known;
  const compiled = compileParsed(policy);
  compiledPolicies.set(policy, compiled);
  return compiled;
}

/** Whether everybody may do something by this statement, as S3 and others judge policies to be public. */
export function isForEverybody({ principals }: Pick<Statement, 'principals'>): boolean {
  if (!principals) return false;
  return principals.isNegated || principals.all || (principals.byKind.AWS?.includes('*') ?? false);
}
