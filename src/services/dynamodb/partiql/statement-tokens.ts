// A PartiQL statement cut into tokens. 'Text' in single quotes is a string, in double quotes a name.

import type { AwsError } from '../../../aws/errors.ts';
import { canonicalNumber } from '../decimal.ts';
import { validationError } from '../dynamodb.errors.ts';

export interface StatementToken {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Without quotes. */
  readonly text: string;
  /** Where it stands in the statement, with its quotes. */
  readonly start: number;
  readonly end: number;
}

export function malformed(reason: string): Error {
  return validationError(`Statement wasn't well formed, can't be processed: ${reason}`);
}

/** Space and comments. */
const skipped = /(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)*/uy;

const pattern =
  /(?<word>[A-Za-z_$][A-Za-z0-9_$]*)|"(?<name>(?:[^"]|"")*)"|'(?<string>(?:[^']|'')*)'|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<symbol><<|>>|<>|!=|<=|>=|[=<>{}[\](),:.*?+\-;|])/uy;

const kinds = ['word', 'name', 'string', 'number', 'symbol'] as const;

function tokenize(text: string): readonly StatementToken[] {
  const tokens: StatementToken[] = [];
  let at = endOf(skipped, text, 0);
  for (;;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) break;
    const groups = match.groups as Readonly<Record<string, string | undefined>>;
    const kind = kinds.find((name) => groups[name] !== undefined) as (typeof kinds)[number];
    const quote = kind === 'name' ? '"' : "'";
    const content = groups[kind] as string;
    if (kind === 'number') refuseUnreadable(content);
    tokens.push({ kind, text: content.replaceAll(quote + quote, quote), start: at, end: pattern.lastIndex });
    at = endOf(skipped, text, pattern.lastIndex);
  }
  // Of what it cannot read as tokens it says nothing.
  if (at < text.length) throw malformed('');
  if (tokens.at(-1)?.text === ';' && tokens.at(-1)?.kind === 'symbol') tokens.pop();
  tokens.push({ kind: 'end', text: '<EOF>', start: at, end: at });
  return tokens;
}

function endOf(what: RegExp, text: string, from: number): number {
  what.lastIndex = from;
  what.exec(text);
  return what.lastIndex;
}

/** A literal that BigDecimal cannot hold is no number to the parser; one that is only out of range is told of later. */
function refuseUnreadable(literal: string): void {
  const number = canonicalNumber(literal, 'older');
  if (typeof number !== 'string' && number.kind === 'not-a-number') throw malformed('');
}

export interface StatementCursor {
  peek(): StatementToken;
  take(): StatementToken;
  isWord(...words: string[]): boolean;
  /** Takes the next token if it is one of these words, in any case. */
  takeWord(...words: string[]): string | undefined;
  requireWord(word: string): void;
  takeSymbol(symbol: string): boolean;
  requireSymbol(symbol: string): void;
  /** A statement's last token was taken. */
  requireEnd(): void;
  unexpected(): Error;
  /** Whether the token behind the next one is this symbol. */
  isFollowedBy(symbol: string): boolean;
  /** An error that ends in where the token stands: `… at 1:8:16`, its line, its column and how long it is. */
  faultAt(token: StatementToken, reason: string): AwsError;
}

export function openStatement(text: string): StatementCursor {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at] as StatementToken;
  const isSymbol = (token: StatementToken | undefined, symbol: string) =>
    token?.kind === 'symbol' && token.text === symbol;
  const unexpected = () => malformed(peek().kind === 'end' ? 'Unexpected term' : `Unexpected token: ${peek().text}`);
  const isWord = (...words: string[]) => peek().kind === 'word' && words.includes(peek().text.toUpperCase());
  const takeWord = (...words: string[]) => {
    if (!isWord(...words)) return undefined;
    at += 1;
    return (tokens[at - 1] as StatementToken).text.toUpperCase();
  };
  const takeSymbol = (symbol: string) => {
    if (!isSymbol(peek(), symbol)) return false;
    at += 1;
    return true;
  };
  return {
    peek,
    isWord,
    takeWord,
    takeSymbol,
    unexpected,
    take() {
      const token = peek();
      if (token.kind !== 'end') at += 1;
      return token;
    },
    requireWord(word) {
      if (!takeWord(word)) throw unexpected();
    },
    requireSymbol(symbol) {
      if (!takeSymbol(symbol)) throw unexpected();
    },
    requireEnd() {
      if (peek().kind !== 'end') throw malformed('Unexpected token after expression');
    },
    isFollowedBy: (symbol) => isSymbol(tokens[at + 1], symbol),
    faultAt({ start, end }, reason) {
      const lines = text.slice(0, start).split('\n');
      return validationError(`${reason} at ${lines.length}:${(lines.at(-1) as string).length + 1}:${end - start}`);
    },
  };
}
