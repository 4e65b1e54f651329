// AWS's models carry Java regular expressions, which must match a whole value. This turns them into JavaScript's.

const posixClasses: Readonly<Record<string, string>> = {
  Alnum: 'A-Za-z0-9',
  Alpha: 'A-Za-z',
  ASCII: '\\x00-\\x7F',
  Digit: '0-9',
  Graph: '\\x21-\\x7E',
  Lower: 'a-z',
  Print: '\\x20-\\x7E',
  Punct: '!-\\/:-@\\[-`{-~',
  Space: '\\s',
  Upper: 'A-Z',
};

/** Patterns that take exponential (or quartic) time on a value made for it, and what means the same in linear time. */
const linearEquivalents: Readonly<Record<string, string>> = {
  '(.*[\\n\\r\\t\\f\\ ]?)*': '[^\\x85\\u2028\\u2029]*',
  'arn:aws.*:.+:.*:.*:.+': 'arn:aws[^:]*:.[^:]*:[^:]*:[^:]*:.+',
  '^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$': '[a-z0-9*](?:[._\\-/]?[a-z0-9*])*',
  '^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$': '[\\t\\x20-\\x7E]*[\\x20-\\x7E]\\t*',
};

export function javaPattern(pattern: string): RegExp {
  const flags = `u${pattern.includes('(?i)') ? 'i' : ''}${pattern.includes('(?s)') ? 's' : ''}`;
  const linear = linearEquivalents[pattern] ?? pattern;
  return new RegExp(`^(?:${translate(linear.replaceAll(/\(\?[is]\)/g, ''))})$`, flags);
}

/** Java allows any punctuation to be escaped, and a hyphen beside a class to stand for itself; JavaScript's `u` does not. */
function translate(pattern: string): string {
  let result = '';
  let inClass = false;
  let lastWasClassEscape = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === '\\') {
      const { text, length, isClass } = escapeAt(pattern, at, inClass);
      result += text;
      at += length - 1;
      lastWasClassEscape = isClass;
      continue;
    }
    if (inClass && char === '-' && (lastWasClassEscape || startsClassEscape(pattern, at + 1))) result += '\\-';
    else if (inClass && char === '[') result += '\\[';
    else if (!inClass && (char === ']' || char === '}') && !closesQuantifier(result, char)) result += `\\${char}`;
    else result += char;
    if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    lastWasClassEscape = false;
  }
  return result;
}

function startsClassEscape(pattern: string, at: number): boolean {
  return /^\\[wWdDsSpP]/.test(pattern.slice(at, at + 2));
}

function closesQuantifier(before: string, char: string): boolean {
  return char === ']' || /\{\d*,?\d*$/.test(before) || /\\[pPu]\{[^}]*$/.test(before);
}

function escapeAt(pattern: string, at: number, inClass: boolean): { text: string; length: number; isClass: boolean } {
  const next = pattern[at + 1] ?? '';
  const property = /^\\([pP])\{(?:Is)?(\w+)\}/.exec(pattern.slice(at, at + 24));
  if (property) {
    const posix = posixClasses[property[2] as string];
    const text = posix === undefined ? `\\${property[1]}{${property[2]}}` : inClass ? posix : `[${posix}]`;
    return { text, length: property[0].length, isClass: true };
  }
  if (next === 'Z' || next === 'z') return { text: '$', length: 2, isClass: false };
  if (next === 'A') return { text: '^', length: 2, isClass: false };
  // `\17` is group 1 and a 7 where there is no group 17.
  if (/[A-Za-z0-9]/.test(next)) return { text: `\\${next}`, length: 2, isClass: /[wWdDsS]/.test(next) };
  const keepsEscape = /[\^$\\.*+?()[\]{}|/]/.test(next) || (inClass && next === '-');
  return { text: keepsEscape ? `\\${next}` : next, length: 2, isClass: false };
}
