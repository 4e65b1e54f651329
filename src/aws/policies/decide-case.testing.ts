// Asks the compiled evaluator what the naive one is asked.

import { compilePolicy } from './compile.ts';
import {
  type Decision,
  decide,
  type NamedPolicy,
  type PolicyKind,
  type PrincipalPolicies,
  type ResourcePolicies,
} from './decision.ts';
import type { Document, NaivePolicies, NaiveRequest, Outcome } from './naive.testing.ts';
import type { ConditionValues } from './patterns.ts';

export interface CompiledPolicies {
  readonly ofPrincipal: PrincipalPolicies;
  readonly ofResource: ResourcePolicies;
}

export function compilePolicies(policies: NaivePolicies): CompiledPolicies {
  const { identity = [], boundary, session, serviceControl, resourceControl, resource, resourceMustGrant } = policies;
  return {
    ofPrincipal: {
      identity: identity.map(named('identity-based')),
      boundary: boundary && named('permissions boundary')(boundary),
      session: session?.map(named('session')),
      serviceControl: serviceControl?.map((level) => level.map(named('service control'))),
    },
    ofResource: {
      policy: resource && named('resource-based')(resource),
      resourceControl: resourceControl?.map((level) => level.map(named('resource control'))),
      mustGrant: resourceMustGrant === true,
    },
  };
}

const named =
  (kind: PolicyKind) =>
  (document: Document, at = 0): NamedPolicy => ({
    arn: `${kind} ${at}`,
    kind,
    policy: compilePolicy(JSON.stringify(document)),
  });

export function decideCompiled(
  request: NaiveRequest,
  { ofPrincipal, ofResource }: CompiledPolicies,
  context: ConditionValues = new Map(Object.entries(request.context)),
): Decision {
  return decide({ ...request, context }, ofPrincipal, ofResource);
}

export function outcomeOf({ effect, isExplicit }: Pick<Decision, 'effect' | 'isExplicit'>): Outcome {
  if (effect === 'allow') return 'allow';
  return isExplicit ? 'explicitDeny' : 'implicitDeny';
}
