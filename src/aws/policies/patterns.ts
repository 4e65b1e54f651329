// `*` and `?` in actions, resources and conditions, with policy variables (`${aws:username}`) put in from the request.
// Matched by hand, because a hostile pattern could keep a regular expression busy for hours.

/** By key in lower case (`aws:sourceip`); a key that is not there has no entry. */
export type ConditionValues = ReadonlyMap<string, readonly string[]>;

type Element = string | typeof anyRun | typeof anyOne;

const anyRun = Symbol('*');
const anyOne = Symbol('?');

/** A variable that has no value makes a pattern that matches nothing. */
export function matchesPattern(pattern: string, text: string, context: ConditionValues): boolean {
  if (!/[*?$]/.test(pattern)) return pattern === text;
  const elements = elementsOf(pattern, context);
  return elements !== undefined && matches(elements, text);
}

/** As `matchesPattern`, but only variables mean more than themselves. */
export function equalsFilled(wanted: string, text: string, context: ConditionValues): boolean {
  if (!wanted.includes('${')) return wanted === text;
  const elements = elementsOf(wanted, context);
  return elements?.map((element) => (element === anyRun ? '*' : element === anyOne ? '?' : element)).join('') === text;
}

function elementsOf(pattern: string, context: ConditionValues): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    const end = char === '$' && pattern[at + 1] === '{' ? pattern.indexOf('}', at) : -1;
    if (end > 0) {
      const value = variableValue(pattern.slice(at + 2, end), context);
      if (value === undefined) return undefined;
      elements.push(...value.split(''));
      at = end;
    } else if (char === '*') {
      if (elements.at(-1) !== anyRun) elements.push(anyRun);
    } else elements.push(char === '?' ? anyOne : char);
  }
  return elements;
}

/** `${*}` is an asterisk; `${aws:username, 'nobody'}` has a default. */
function variableValue(variable: string, context: ConditionValues): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable;
  const [key = '', fallback] = variable.split(',');
  return context.get(key.trim().toLowerCase())?.[0] ?? fallback?.trim().replace(/^'(.*)'$/, '$1');
}

/** Goes back only to the last run, which is enough: an earlier one could not match more. */
function matches(elements: readonly Element[], text: string): boolean {
  let at = 0;
  let element = 0;
  let runElement = -1;
  let runAt = 0;
  while (at < text.length) {
    const wanted = elements[element];
    if (wanted === anyRun) {
      runElement = element;
      runAt = at;
      element += 1;
    } else if (wanted === anyOne || wanted === text[at]) {
      at += 1;
      element += 1;
    } else if (runElement >= 0) {
      runAt += 1;
      at = runAt;
      element = runElement + 1;
    } else return false;
  }
  while (elements[element] === anyRun) element += 1;
  return element === elements.length;
}
