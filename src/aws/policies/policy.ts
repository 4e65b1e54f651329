// Policies of resources, for the services that keep them: taken apart and judged when they are written. What they and the
// policies of identities decide together is in `decision.ts`.

import type { Statement } from './policy-document.ts';

export { parsePolicy, type Statement } from './policy-document.ts';
export { PolicyFault } from './policy-fault.ts';

/** Whether everybody may do something by this statement, as S3 and others judge policies to be public. */
export function isForEverybody({ principals }: Statement): boolean {
  if (!principals) return false;
  return principals.isNegated || principals.all || (principals.byKind.AWS?.includes('*') ?? false);
}
