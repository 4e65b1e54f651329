// Parses expressions by how strongly their operators bind: OR, AND, NOT, comparisons, ||, + -, * / %, a sign.

import type { Cursor } from './cursor.ts';
import { parseCall, parseList } from './parse-call.ts';
import type { Branch, Comparator, Expression, PathStep } from './syntax.ts';

const strengths: Readonly<Record<string, number>> = {
  OR: 1,
  AND: 2,
  '=': 4,
  '<>': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  IS: 4,
  IN: 4,
  LIKE: 4,
  BETWEEN: 4,
  NOT: 4,
  '||': 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
};
const strengthOfNot = 3;
const strengthOfComparison = 4;
const strengthOfSign = 8;
/** As many side by side; each nests what is to the left of it. */
const mostOperators = 2000;

export function parseExpression(cursor: Cursor, weakest = 0): Expression {
  return cursor.deeper(() => {
    let left = parsePrefix(cursor);
    for (let count = 0; ; count += 1) {
      const { kind, text } = cursor.peek();
      const strength = kind === 'symbol' || kind === 'keyword' ? strengths[text] : undefined;
      if (strength === undefined || strength <= weakest) return left;
      if (count > mostOperators) throw cursor.fail('ParseUnsupportedSyntax', 'The expression has too many operators');
      left = parseInfix(cursor, left, strength);
    }
  });
}

function parsePrefix(cursor: Cursor): Expression {
  if (cursor.accept('NOT')) return { kind: 'not', arg: parseExpression(cursor, strengthOfNot) };
  if (cursor.accept('-')) return negated(parseExpression(cursor, strengthOfSign));
  if (cursor.accept('+')) return parseExpression(cursor, strengthOfSign);
  return parsePrimary(cursor);
}

function negated(arg: Expression): Expression {
  if (arg.kind === 'literal' && (typeof arg.value === 'number' || typeof arg.value === 'bigint')) {
    return { kind: 'literal', value: -arg.value };
  }
  return { kind: 'negate', arg };
}

function parseInfix(cursor: Cursor, left: Expression, strength: number): Expression {
  const operator = cursor.take().text;
  switch (operator) {
    case 'AND':
    case 'OR':
      return { kind: operator === 'AND' ? 'and' : 'or', args: [left, parseExpression(cursor, strength)] };
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '||':
      return { kind: 'binary', operator, args: [left, parseExpression(cursor, strength)] };
    case 'IS':
      return parseIs(cursor, left);
    case 'NOT': {
      if (!['IN', 'LIKE', 'BETWEEN'].some((word) => cursor.isNext(word))) throw cursor.unexpected();
      return { kind: 'not', arg: parsePredicate(cursor, cursor.take().text, left) };
    }
    case 'IN':
    case 'LIKE':
    case 'BETWEEN':
      return parsePredicate(cursor, operator, left);
    default: {
      const comparator = (operator === '!=' ? '<>' : operator) as Comparator;
      return { kind: 'compare', operator: comparator, args: [left, parseExpression(cursor, strength)] };
    }
  }
}

function parseIs(cursor: Cursor, arg: Expression): Expression {
  const isNegated = cursor.accept('NOT');
  if (!cursor.isNext('NULL') && !cursor.isNext('MISSING')) throw cursor.unexpected();
  const test: Expression = { kind: 'is', what: cursor.take().text === 'NULL' ? 'null' : 'missing', arg };
  return isNegated ? { kind: 'not', arg: test } : test;
}

function parsePredicate(cursor: Cursor, operator: string, arg: Expression): Expression {
  if (operator === 'IN') {
    const isBracket = cursor.isNext('[');
    if (!isBracket) cursor.require('(', 'ParseExpectedTokenType');
    else cursor.take();
    const list = parseList(cursor, parseExpression);
    cursor.require(isBracket ? ']' : ')', 'ParseExpectedTokenType');
    return { kind: 'in', arg, list };
  }
  const operand = () => parseExpression(cursor, strengthOfComparison);
  if (operator === 'BETWEEN') {
    const low = operand();
    cursor.require('AND');
    return { kind: 'between', arg, low, high: operand() };
  }
  const pattern = operand();
  return cursor.accept('ESCAPE') ? { kind: 'like', arg, pattern, escape: operand() } : { kind: 'like', arg, pattern };
}

const constants: Readonly<Record<string, boolean | null | undefined>> = {
  TRUE: true,
  FALSE: false,
  NULL: null,
  MISSING: undefined,
};

function parsePrimary(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek();
  if (cursor.accept('(')) {
    const inner = parseExpression(cursor);
    cursor.require(')', 'ParseExpectedTokenType');
    return inner;
  }
  if (kind === 'number') {
    cursor.take();
    return { kind: 'literal', value: /^\d+$/.test(text) ? BigInt(text) : Number(text) };
  }
  if (kind === 'string') return { kind: 'literal', value: cursor.take().text };
  if (kind === 'timestamp') return { kind: 'timestamp', text: cursor.take().text };
  if (kind === 'keyword') {
    if (Object.hasOwn(constants, text)) {
      cursor.take();
      return { kind: 'literal', value: constants[text] };
    }
    if (cursor.accept('CASE')) return parseCase(cursor);
    if (text === 'CAST') return parseCall(cursor, parseExpression);
  }
  if (kind === 'identifier' && cursor.peek(1).kind === 'symbol' && cursor.peek(1).text === '(') {
    return parseCall(cursor, parseExpression);
  }
  if (kind === 'identifier' || kind === 'quoted') return parsePath(cursor);
  if (kind === 'end') throw cursor.fail('ParseUnexpectedTerm', 'Unexpected term found');
  throw cursor.unexpected();
}

function parsePath(cursor: Cursor): Expression {
  const steps: PathStep[] = [nameStep(cursor)];
  while (cursor.isNext('.') || cursor.isNext('[')) {
    if (cursor.peek(1).text === '*' && cursor.peek(1).kind === 'symbol') {
      throw cursor.fail(
        'ParseInvalidContextForWildcardInSelectList',
        'Invalid use of * in SELECT list in the SQL expression',
      );
    }
    steps.push(parseStep(cursor));
  }
  return { kind: 'path', steps };
}

function nameStep(cursor: Cursor): PathStep {
  const { kind, text } = cursor.take();
  return { kind: 'name', name: text, isQuoted: kind === 'quoted' };
}

/** `.name`, `."name"`, `[3]`, `['name']` */
export function parseStep(cursor: Cursor): PathStep {
  if (cursor.accept('.')) {
    const { kind } = cursor.peek();
    if (kind === 'identifier' || kind === 'quoted' || kind === 'keyword') return nameStep(cursor);
    throw cursor.fail('ParseInvalidPathComponent', 'Invalid Path component');
  }
  cursor.take();
  const { kind, text } = cursor.take();
  if (kind === 'string') {
    cursor.require(']', 'ParseExpectedTokenType');
    return { kind: 'name', name: text, isQuoted: true };
  }
  if (kind !== 'number' || !/^\d{1,9}$/.test(text)) {
    throw cursor.fail('ParseInvalidPathComponent', 'Invalid Path component');
  }
  cursor.require(']', 'ParseExpectedTokenType');
  return { kind: 'index', index: Number(text) };
}

/** `CASE value WHEN …` compares; `CASE WHEN …` asks. */
function parseCase(cursor: Cursor): Expression {
  const subject = cursor.isNext('WHEN') ? undefined : parseExpression(cursor);
  const branches: Branch[] = [];
  while (cursor.accept('WHEN')) {
    const tested = parseExpression(cursor);
    cursor.require('THEN');
    const when: Expression = subject ? { kind: 'compare', operator: '=', args: [subject, tested] } : tested;
    branches.push({ when, result: parseExpression(cursor) });
  }
  if (branches.length === 0) throw cursor.fail('ParseExpectedWhenClause', 'Expected WHEN clause in CASE');
  const otherwise = cursor.accept('ELSE') ? parseExpression(cursor) : undefined;
  cursor.require('END');
  return otherwise ? { kind: 'case', branches, otherwise } : { kind: 'case', branches };
}
