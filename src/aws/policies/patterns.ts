// `*` and `?` in actions, resources and conditions, with policy variables (`${aws:username}`) put in from the request.
// Compiled once; matched by hand, because a hostile pattern could keep a regular expression busy for hours.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

/** By key in lower case (`aws:sourceip`). A key that is not in the request has no values: undefined. */
export interface ConditionValues {
  get(key: string): readonly string[] | undefined;
}

export type TextTest = (text: string, context: ConditionValues) => boolean;

export interface PatternOptions {
  /** Whether `*` and `?` stand for other characters. */
  readonly hasWildcards: boolean;
  /** Whether `${…}` is a variable: in documents of version 2012-10-17, in some places. */
  readonly hasVariables: boolean;
  readonly ignoresCase?: boolean;
}

interface Variable {
  /** In lower case. */
  readonly key: string;
  readonly writtenKey: string;
  readonly fallback: string | undefined;
}

type Element = string | typeof anyRun | typeof anyOne | Variable;

const anyRun = Symbol('*');
const anyOne = Symbol('?');

/** A variable that has no value makes a pattern that matches nothing. */
export function compilePattern(pattern: string, options: PatternOptions): TextTest {
  const elements = elementsOf(pattern, options);
  if (!elements.some(isVariable)) return withCase(options, matcherOf(elements, options));
  return withCase(options, (text, context) => {
    const filled: Element[] = [];
    for (const element of elements) {
      const value = isVariable(element) ? variableValue(element, context) : element;
      if (value === undefined) return false;
      filled.push(value);
    }
    return matcherOf(filled, options)(text);
  });
}

/** Keys of the variables in a pattern, as they are written. */
export function variablesOf(pattern: string): readonly string[] {
  return elementsOf(pattern, { hasWildcards: false, hasVariables: true }).flatMap((element) =>
    isVariable(element) ? element.writtenKey : [],
  );
}

const isVariable = (element: Element): element is Variable => typeof element === 'object';

function withCase({ ignoresCase }: PatternOptions, test: TextTest): TextTest {
  return ignoresCase ? (text, context) => test(text.toLowerCase(), context) : test;
}

/** Keys with several values are no variables: AWS puts only single values in. */
function variableValue({ key, fallback }: Variable, context: ConditionValues): string | undefined {
  const values = context.get(key);
  if (values === undefined || values.length === 0) return fallback;
  return values.length === 1 ? values[0] : undefined;
}

function elementsOf(pattern: string, { hasWildcards, hasVariables }: PatternOptions): readonly Element[] {
  const elements: Element[] = [];
  let plain = '';
  const add = (element: Element) => {
    if (plain !== '') elements.push(plain);
    plain = '';
    elements.push(element);
  };
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const end = hasVariables && char === '$' && pattern[at + 1] === '{' ? pattern.indexOf('}', at) : -1;
    if (end > 0) {
      const inside = pattern.slice(at + 2, end);
      if (/^[*?$]$/.test(inside)) plain += inside;
      else add(parseVariable(inside));
      at = end;
    } else if (hasWildcards && char === '*') {
      if (plain !== '' || elements.at(-1) !== anyRun) add(anyRun);
    } else if (hasWildcards && char === '?') add(anyOne);
    else plain += char;
  }
  if (plain !== '') elements.push(plain);
  return elements;
}

/** `aws:username, 'nobody'` has a default. */
function parseVariable(inside: string): Variable {
  const comma = inside.indexOf(',');
  const writtenKey = (comma < 0 ? inside : inside.slice(0, comma)).trim();
  const fallback = comma < 0 ? undefined : /^\s*'(.*)'\s*$/s.exec(inside.slice(comma + 1))?.[1];
  return { key: writtenKey.toLowerCase(), writtenKey, fallback };
}

/** What stands between two runs: plain texts, and places for any one character. */
interface Piece {
  readonly parts: readonly (string | typeof anyOne)[];
  readonly length: number;
  /** The whole of it where every character is known. */
  readonly plain: string | undefined;
}

function matcherOf(elements: readonly Element[], { ignoresCase }: PatternOptions): (text: string) => boolean {
  const pieces = piecesOf(elements, ignoresCase === true);
  const [first = makePiece([]), ...middle] = pieces;
  const last = middle.pop();
  if (last === undefined) return exactly(first);
  if (middle.length === 0 && last.length === 0 && first.plain !== undefined) {
    const start = first.plain;
    return start === '' ? () => true : (text) => text.startsWith(start);
  }
  return (text) => matchesPieces(first, middle, last, text);
}

function piecesOf(elements: readonly Element[], ignoresCase: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let parts: (string | typeof anyOne)[] = [];
  for (const element of elements) {
    if (element === anyRun) {
      pieces.push(makePiece(parts));
      parts = [];
    } else if (element === anyOne) parts.push(anyOne);
    else {
      const plain = ignoresCase ? (element as string).toLowerCase() : (element as string);
      const before = parts.at(-1);
      if (typeof before === 'string') parts[parts.length - 1] = before + plain;
      else parts.push(plain);
    }
  }
  return [...pieces, makePiece(parts)];
}

function makePiece(parts: Piece['parts']): Piece {
  const length = parts.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0);
  return { parts, length, plain: parts.includes(anyOne) ? undefined : parts.join('') };
}

function exactly(piece: Piece): (text: string) => boolean {
  const { plain, length } = piece;
  return plain === undefined ? (text) => length === text.length && standsAt(piece, text, 0) : (text) => text === plain;
}

function standsAt({ parts, plain }: Piece, text: string, start: number): boolean {
  if (plain !== undefined) return text.startsWith(plain, start);
  let at = start;
  for (const part of parts) {
    if (typeof part === 'string') {
      if (!text.startsWith(part, at)) return false;
      at += part.length;
    } else at += 1;
  }
  return at <= text.length;
}

/** Each piece is taken where it first stands, which is enough: a later place could not leave more to the rest. */
function matchesPieces(first: Piece, middle: readonly Piece[], last: Piece, text: string): boolean {
  if (!standsAt(first, text, 0)) return false;
  let at = first.length;
  for (const piece of middle) {
    const found = find(piece, text, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  const start = text.length - last.length;
  return start >= at && standsAt(last, text, start);
}

function find(piece: Piece, text: string, from: number): number {
  if (piece.plain !== undefined) return text.indexOf(piece.plain, from);
  const latest = text.length - piece.length;
  for (let at = from; at <= latest; at++) if (standsAt(piece, text, at)) return at;
  return -1;
}
