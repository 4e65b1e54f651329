// The words of an expression, each with its place: AWS tells line and column of what it does not understand.

import { type AwsError, awsError } from '../../../aws/errors.ts';

export type TokenKind = 'keyword' | 'identifier' | 'quoted' | 'number' | 'string' | 'timestamp' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in capitals, strings without their quotes. */
  readonly text: string;
  readonly at: number;
}

const keywords: ReadonlySet<string> = new Set(
  `SELECT FROM WHERE LIMIT AS AND OR NOT IN IS NULL MISSING LIKE ESCAPE BETWEEN CASE WHEN THEN ELSE END CAST TRUE FALSE
   GROUP ORDER HAVING JOIN UNION DISTINCT`.split(/\s+/),
);

const spaces = /[\s\uFEFF]+|--[^\n]*/y;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const symbol = /<>|<=|>=|!=|\|\||[-+*/%=<>(),.[\]]/y;
/** With the quote doubled where it is meant. */
const quoted = { "'": /'((?:[^']|'')*)'/y, '"': /"((?:[^"]|"")*)"/y, '`': /`([^`]*)`/y } as const;
const kindOfQuoted = { "'": 'string', '"': 'quoted', '`': 'timestamp' } as const;

export function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    for (let blank = match(spaces); blank; blank = match(spaces)) at += blank[0].length;
    if (at >= text.length) break;
    const token = nextToken(text, at, match);
    tokens.push(token.token);
    at += token.length;
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

function nextToken(
  text: string,
  at: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): { readonly token: Token; readonly length: number } {
  const first = text[at] as string;
  if (first === "'" || first === '"' || first === '`') {
    const found = match(quoted[first]);
    if (!found) throw lexerError('LexerInvalidLiteral', 'Invalid literal', text, at);
    const content = (found[1] as string).replaceAll(first + first, first);
    return { token: { kind: kindOfQuoted[first], text: content, at }, length: found[0].length };
  }
  const name = match(word)?.[0];
  if (name !== undefined) {
    const upper = name.toUpperCase();
    const token: Token = keywords.has(upper)
      ? { kind: 'keyword', text: upper, at }
      : { kind: 'identifier', text: name, at };
    return { token, length: name.length };
  }
  const digits = match(number)?.[0];
  if (digits !== undefined) return { token: { kind: 'number', text: digits, at }, length: digits.length };
  const sign = match(symbol)?.[0];
  if (sign === undefined) throw lexerError('LexerInvalidChar', 'Invalid character', text, at);
  return { token: { kind: 'symbol', text: sign, at }, length: sign.length };
}

function lexerError(code: string, what: string, text: string, at: number): AwsError {
  return awsError(code, `${what} at ${placeOf(text, at)}.`);
}
