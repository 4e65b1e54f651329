// A PartiQL statement cut into tokens. 'Text' in single quotes is a string, in double quotes a name.

import { validationError } from '../dynamodb.errors.ts';

export interface StatementToken {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Without quotes. */
  readonly text: string;
}

export function malformed(reason: string): Error {
  return validationError(`Statement wasn't well formed, can't be processed: ${reason}`);
}

const pattern =
  /\s*(?:(?<word>[A-Za-z_$][A-Za-z0-9_$]*)|"(?<name>(?:[^"]|"")*)"|'(?<string>(?:[^']|'')*)'|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<symbol><<|>>|<>|!=|<=|>=|[=<>{}[\](),:.*?+\-;|]))/uy;

const kinds = ['word', 'name', 'string', 'number', 'symbol'] as const;

function tokenize(text: string): readonly StatementToken[] {
  const tokens: StatementToken[] = [];
  pattern.lastIndex = 0;
  let end = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    end = pattern.lastIndex;
    const groups = match.groups as Readonly<Record<string, string | undefined>>;
    const kind = kinds.find((name) => groups[name] !== undefined) as (typeof kinds)[number];
    const quote = kind === 'name' ? '"' : "'";
    tokens.push({ kind, text: (groups[kind] as string).replaceAll(quote + quote, quote) });
  }
  if (text.slice(end).trim() !== '') throw malformed(`Unexpected token: ${text.slice(end).trim().charAt(0)}`);
  if (tokens.at(-1)?.text === ';' && tokens.at(-1)?.kind === 'symbol') tokens.pop();
  tokens.push({ kind: 'end', text: '<EOF>' });
  return tokens;
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
  requireEnd(): void;
  unexpected(): Error;
  /** Whether the token behind the next one is this symbol. */
  isFollowedBy(symbol: string): boolean;
}

export function openStatement(text: string): StatementCursor {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at] as StatementToken;
  const isSymbol = (token: StatementToken | undefined, symbol: string) =>
    token?.kind === 'symbol' && token.text === symbol;
  const unexpected = () => malformed(`Unexpected token: ${peek().text}`);
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
      if (peek().kind !== 'end') throw unexpected();
    },
    isFollowedBy: (symbol) => isSymbol(tokens[at + 1], symbol),
  };
}
