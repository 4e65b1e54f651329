// Which services a policy grants something of.

import { compilePolicy } from '../../aws/policies/compile.ts';
import { compilePattern } from '../../aws/policies/patterns.ts';

const noValues: ReadonlyMap<string, readonly string[]> = new Map();

/** Whether some Allow statement is about actions of the service: `s3`. Resources and conditions do not count. */
export function grantsService(document: string, namespace: string): boolean {
  return compilePolicy(document).policy.statements.some(({ effect, actions: { isNegated, patterns } }) => {
    if (effect !== 'Allow') return false;
    // Of a service that NotAction leaves out only in part, something is left.
    return isNegated
      ? !patterns.some((pattern) => pattern === '*' || (pattern.endsWith(':*') && isAbout(pattern, namespace)))
      : patterns.some((pattern) => isAbout(pattern, namespace));
  });
}

function isAbout(pattern: string, namespace: string): boolean {
  if (pattern === '*') return true;
  const [service = ''] = pattern.split(':');
  return compilePattern(service, { hasWildcards: true, hasVariables: false })(namespace, noValues);
}
