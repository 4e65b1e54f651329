// ARNs in conditions: each of the six components is compared with its own part of the pattern, so that `*` never spans a
// colon but in the last. ArnEquals and ArnLike are the same.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN

import { compilePattern, type PatternOptions, type TextTest, variablesOf } from './patterns.ts';

export function compileArnPattern(pattern: string, options: PatternOptions): TextTest {
  const parts = componentsOf(pattern, options.hasVariables);
  // `*` and `arn:aws:sns:*` leave out components that are as good as `*`.
  while (parts.length < 6 && parts.at(-1)?.endsWith('*')) parts.push('*');
  if (parts.length < 6) {
    // `${aws:PrincipalArn}` may be a whole ARN; what has no variable and is no ARN is like none.
    const hasVariable = options.hasVariables && variablesOf(pattern).length > 0;
    return hasVariable ? compilePattern(pattern, { ...options, hasWildcards: false }) : () => false;
  }
  const tests = parts.map((part) => compilePattern(part, options));
  return (text, context) => {
    const actual = componentsOf(text, false);
    return actual.length === 6 && tests.every((test, at) => test(actual[at] as string, context));
  };
}

/** At most six; colons inside of `${…}` do not count. */
function componentsOf(text: string, hasVariables: boolean): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (hasVariables && text.startsWith('${', at)) {
      const end = text.indexOf('}', at);
      if (end > 0) at = end;
    } else if (text[at] === ':') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
