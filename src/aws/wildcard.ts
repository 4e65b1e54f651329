// EC2's patterns: `*` is any run of characters, `?` is one character or none, a backslash makes the next one plain.
// Matched by following all ways at once, not by a regular expression, which a hostile pattern could keep busy for hours.

type Element = string | typeof anyRun | typeof oneOrNone;

const anyRun = Symbol('*');
const oneOrNone = Symbol('?');

/** Compiles a pattern into a test of whole values, case-sensitive. Without wildcards it is a comparison. */
export function compileWildcard(pattern: string): (value: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (value) => value === pattern;
  const elements = parseElements(pattern);
  if (elements.every((element) => typeof element === 'string')) {
    const plain = elements.join('');
    return (value) => value === plain;
  }
  if (elements.every((element) => element === anyRun)) return () => true;
  return (value) => matches(elements, value);
}

function parseElements(pattern: string): readonly Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '*') {
      if (elements.at(-1) !== anyRun) elements.push(anyRun);
    } else if (char === '?') elements.push(oneOrNone);
    else if (char === '\\' && i + 1 < pattern.length) elements.push(pattern.charAt(++i));
    else elements.push(char);
  }
  return elements;
}

/** `reached[n]`: the value so far can be matched by the first n elements. */
function matches(elements: readonly Element[], value: string): boolean {
  const length = elements.length;
  let reached = new Uint8Array(length + 1);
  let next = new Uint8Array(length + 1);
  reached[0] = 1;
  skipEmpty(elements, reached);
  for (let i = 0; i < value.length; i++) {
    next.fill(0);
    const char = value.charAt(i);
    let isAlive = false;
    for (let n = 0; n < length; n++) {
      if (reached[n] === 0) continue;
      const element = elements[n];
      if (element === anyRun) next[n] = 1;
      else if (element === oneOrNone || element === char) next[n + 1] = 1;
      else continue;
      isAlive = true;
    }
    if (!isAlive) return false;
    skipEmpty(elements, next);
    [reached, next] = [next, reached];
  }
  return reached[length] === 1;
}

/** Both wildcards may stand for nothing. */
function skipEmpty(elements: readonly Element[], reached: Uint8Array): void {
  for (let n = 0; n < elements.length; n++) {
    if (reached[n] === 1 && typeof elements[n] !== 'string') reached[n + 1] = 1;
  }
}
