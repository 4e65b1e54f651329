// The policies that resources carry themselves: found by the service, compiled once, and kept until rows change.

import type { Store } from '../kernel/store.ts';
import type { PolicyText, ResourcePolicySource, ResourceRef } from './authorization.ts';
import { compilePolicy } from './policies/compile.ts';
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

/** A policy that cannot be understood lets nobody in, and shuts nobody out. */
function compile(arn: string, { text, isDefault = false }: PolicyText): FoundPolicy {
  if (text === undefined) return { named: undefined, isDefault };
  try {
    return { named: { arn, kind: 'resource-based', policy: compilePolicy(text) }, isDefault };
  } catch (error) {
    if (error instanceof PolicyFault) return { named: undefined, isDefault };
    throw error;
  }
}
