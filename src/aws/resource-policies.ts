// The policies that resources carry themselves: found by the service, compiled once, and kept until rows change.

import type { Store } from '../kernel/store.ts';
import type { PolicyText, ResourcePolicySource, ResourceRef } from './authorization.ts';
import { type CompiledPolicy, compilePolicy } from './policies/compile.ts';
import type { NamedPolicy } from './policies/decision.ts';
import { PolicyFault } from './policies/policy-fault.ts';

export interface FoundPolicy {
  readonly named: NamedPolicy | undefined;
  readonly isDefault: boolean;
}

export interface ResourcePolicyFinder {
  of(source: ResourcePolicySource | undefined, ref: ResourceRef): FoundPolicy | undefined;
}

const mostKept = 10_000;

export function createResourcePolicies(store: Store): ResourcePolicyFinder {
  const kept = new Map<string, FoundPolicy | undefined>();
  const watched = new Set<string>();
  store.subscribe((changes) => {
    if (changes.length === 0 || changes.some(({ table }) => watched.has(table))) kept.clear();
  });
  return {
    of(source, ref) {
      if (!source) return undefined;
      if (kept.has(ref.arn)) return kept.get(ref.arn);
      for (const table of source.tables) watched.add(table);
      if (kept.size >= mostKept) kept.clear();
      const found = source.find(ref, store);
      const policy = found && compile(ref.arn, found);
      kept.set(ref.arn, policy);
      return policy;
    },
  };
}

/** Stands for a policy that cannot be understood: what it would have denied is unknown, so nobody is let in. */
const closed = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}';

function compile(arn: string, { text, isDefault = false }: PolicyText): FoundPolicy {
  if (text === undefined) return { named: undefined, isDefault };
  return { named: { arn, kind: 'resource-based', policy: compileOrClose(text) }, isDefault };
}

export function compileOrClose(text: string): CompiledPolicy {
  try {
    return compilePolicy(text);
  } catch (error) {
    if (error instanceof PolicyFault) return compilePolicy(closed);
    throw error;
  }
}
