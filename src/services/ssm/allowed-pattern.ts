// Whether a parameter's value matches the pattern that its owner asked for. The pattern is anybody's, so it gets a moment
// and no more: some patterns take years.

import { runInNewContext } from 'node:vm';
import { awsError } from '../../aws/errors.ts';
import { javaPattern } from '../../aws/validation/java-pattern.ts';

const longestMatchMs = 100;

/** Throws AWS's errors for a pattern that is none and for a value that does not match. */
export function checkAllowedPattern(allowedPattern: string, value: string): void {
  const pattern = compile(allowedPattern);
  let isMatch: unknown;
  try {
    isMatch = runInNewContext('pattern.test(value)', { pattern, value }, { timeout: longestMatchMs });
  } catch {
    throw invalidPattern('The regular expression takes too long to match.');
  }
  if (isMatch) return;
  throw awsError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
  );
}

function compile(allowedPattern: string): RegExp {
  try {
    return javaPattern(allowedPattern);
  } catch {
    throw invalidPattern('The regular expression is not valid.');
  }
}

function invalidPattern(reason: string) {
  return awsError(
    'InvalidAllowedPatternException',
    `The request does not meet the regular expression requirement. ${reason}`,
  );
}
