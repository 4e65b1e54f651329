// Whether a parameter's value matches the pattern that its owner asked for. The pattern is anybody's, so it gets a moment
// and no more: some patterns take years. On a busy machine that moment may pass before a step is taken, so it gets another.

import { runInNewContext } from 'node:vm';
import { awsError } from '../../aws/errors.ts';
import { javaPattern } from '../../aws/validation/java-pattern.ts';

const momentsMs = [100, 500];

/** Throws AWS's errors for a pattern that is none and for a value that does not match. */
export function checkAllowedPattern(allowedPattern: string, value: string): void {
  const pattern = compile(allowedPattern);
  const isMatch = isMatchWithin(momentsMs, pattern, value);
  if (isMatch === undefined) throw invalidPattern('The regular expression takes too long to match.');
  if (isMatch) return;
  throw awsError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
  );
}

/** Undefined when none of the times given was enough. */
function isMatchWithin(timesMs: readonly number[], pattern: RegExp, value: string): boolean | undefined {
  for (const timeout of timesMs) {
    try {
      return runInNewContext('pattern.test(value)', { pattern, value }, { timeout }) as boolean;
    } catch {
      // It was interrupted: nothing else can be thrown there.
    }
  }
  return undefined;
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
