// Policies of resources, for the services that keep them: taken apart and judged when they are written. What they and the
// policies of identities decide together is in `decision.ts`.

import { parseAnyPolicy, type Statement } from './policy-document.ts';
import { PolicyFault } from './policy-fault.ts';

export { parsePolicy, type Statement } from './policy-document.ts';
export { PolicyFault } from './policy-fault.ts';

/** Whether everybody may do something by this statement, as S3 and others judge policies to be public. */
export function isForEverybody({ principals }: Statement): boolean {
  if (!principals) return false;
  return principals.isNegated || principals.all || (principals.byKind.AWS?.includes('*') ?? false);
}

/**
 * Throws a PolicyFault for what could not be enforced on a resource: a policy that was kept and then passed over would let
 * in whom it denies. A statement without a resource is about the one that has the policy.
 */
export function checkResourcePolicy(text: string): void {
  const { statements } = parseAnyPolicy(text);
  if (!statements.every(({ principals }) => principals)) throw new PolicyFault('Missing required field Principal');
}
