// An expression's text cut into tokens, and a cursor over them that knows how DynamoDB words a syntax error: the token
// that does not fit, and its neighbours as they stand in the text.

import { invalidExpression } from '../dynamodb.errors.ts';

export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

export interface Token {
  readonly kind: 'name' | 'nameRef' | 'valueRef' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const longestExpressionBytes = 4096;

const tokenPattern =
  /\s*(?:(?<name>[A-Za-z][A-Za-z0-9_]*)|(?<nameRef>#[A-Za-z0-9_]+)|(?<valueRef>:[A-Za-z0-9_]+)|(?<number>\d+)|(?<symbol><>|<=|>=|[^\s]))/uy;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (let match = tokenPattern.exec(text); match; match = tokenPattern.exec(text)) {
    const groups = match.groups as Readonly<Record<string, string | undefined>>;
    const kind = kinds.find((name) => groups[name] !== undefined) as Token['kind'];
    const token = groups[kind] as string;
    tokens.push({ kind, text: token, start: tokenPattern.lastIndex - token.length, end: tokenPattern.lastIndex });
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}

const kinds = ['name', 'nameRef', 'valueRef', 'number', 'symbol'] as const;

export interface Cursor {
  readonly expression: ExpressionKind;
  readonly peek: () => Token;
  /** The one behind the next. */
  readonly peekSecond: () => Token;
  readonly take: () => Token;
  /** Takes the next token if it is this symbol. */
  readonly takeSymbol: (symbol: string) => boolean;
  /** Takes the next token if it is this word, in any case. */
  readonly takeWord: (word: string) => boolean;
  readonly isWord: (word: string) => boolean;
  readonly requireSymbol: (symbol: string) => void;
  readonly requireEnd: () => void;
  /** The error of the next token. */
  readonly syntaxError: () => Error;
  readonly fail: (reason: string) => Error;
}

/** Throws for an empty expression and for one that is too long. */
export function openExpression(expression: ExpressionKind, text: string): Cursor {
  const fail = (reason: string) => invalidExpression(expression, reason);
  if (text.trim() === '') throw fail('The expression can not be empty;');
  const bytes = Buffer.byteLength(text);
  if (bytes > longestExpressionBytes)
    throw fail(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at] as Token;
  const isWord = (word: string) => peek().kind === 'name' && peek().text.toUpperCase() === word;
  const syntaxError = () => {
    const token = peek();
    const from = tokens[at - 1] ?? token;
    const to = tokens[at + 1];
    const isLast = !to || to.kind === 'end';
    const near = token.kind === 'end' ? from.text : text.slice(from.start, isLast ? token.end : to.end);
    return fail(`Syntax error; token: "${token.text}", near: "${token.kind === 'end' && at === 0 ? '' : near}"`);
  };
  const take = () => {
    const token = peek();
    if (token.kind !== 'end') at += 1;
    return token;
  };
  const takeSymbol = (symbol: string) => {
    const isIt = peek().kind === 'symbol' && peek().text === symbol;
    if (isIt) at += 1;
    return isIt;
  };
  return {
    expression,
    peek,
    peekSecond: () => tokens[Math.min(at + 1, tokens.length - 1)] as Token,
    take,
    takeSymbol,
    isWord,
    takeWord(word) {
      const isIt = isWord(word);
      if (isIt) at += 1;
      return isIt;
    },
    requireSymbol(symbol) {
      if (!takeSymbol(symbol)) throw syntaxError();
    },
    requireEnd() {
      if (peek().kind !== 'end') throw syntaxError();
    },
    syntaxError,
    fail,
  };
}
