// Walks along the words of an expression, and complains in AWS's words of those that do not belong there.

import { type AwsError, awsError } from '../../../aws/errors.ts';
import { placeOf, type Token, tokenize } from './tokens.ts';

export interface Cursor {
  peek(ahead?: number): Token;
  take(): Token;
  /** Takes the keyword or symbol when it is next. */
  accept(text: string): boolean;
  isNext(text: string): boolean;
  /** Takes a word that is not reserved, such as FOR, when it is next. */
  acceptWord(text: string): boolean;
  require(text: string, code?: string): void;
  fail(code: string, message: string, token?: Token): AwsError;
  unexpected(): AwsError;
  /** Runs `parse` one level deeper, to a bound. */
  deeper<T>(parse: () => T): T;
}

const deepest = 200;

export function openCursor(text: string): Cursor {
  const tokens = tokenize(text);
  let at = 0;
  let depth = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)] as Token;
  const isNext = (wanted: string) => {
    const { kind, text: found } = peek();
    return (kind === 'keyword' || kind === 'symbol') && found === wanted;
  };
  const take = () => {
    const token = peek();
    at += 1;
    return token;
  };
  const accept = (wanted: string) => isNext(wanted) && take() !== undefined;
  const fail = (code: string, message: string, token = peek()) =>
    awsError(code, `${message} at ${placeOf(text, token.at)}.`);
  const unexpected = () => fail('ParseUnexpectedToken', `Unexpected token found ${describe(peek())}`);
  return {
    peek,
    take,
    accept,
    isNext,
    acceptWord: (wanted) =>
      peek().kind === 'identifier' && peek().text.toUpperCase() === wanted && take() !== undefined,
    require(wanted, code = 'ParseExpectedKeyword') {
      if (!accept(wanted)) throw fail(code, `Expected ${wanted}, found ${describe(peek())}`);
    },
    fail,
    unexpected,
    deeper(parse) {
      if (depth >= deepest) throw fail('ParseUnsupportedSyntax', 'The expression is nested too deeply');
      depth += 1;
      const result = parse();
      depth -= 1;
      return result;
    },
  };
}

const kindNames = {
  keyword: 'KEYWORD',
  identifier: 'IDENTIFIER',
  quoted: 'QUOTED_IDENTIFIER',
  number: 'LITERAL',
  string: 'LITERAL',
  timestamp: 'ION_LITERAL',
  symbol: 'OPERATOR',
  end: 'EOF',
} as const;

const describe = ({ kind, text }: Token): string => `${kindNames[kind]}:${kind === 'end' ? 'UNKNOWN' : text}`;
