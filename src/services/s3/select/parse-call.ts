// Parses calls. Some have a grammar of their own: CAST(x AS INT), TRIM(BOTH '1' FROM x), EXTRACT(YEAR FROM x).

import type { Cursor } from './cursor.ts';
import { unsupportedFunction } from './select.errors.ts';
import type { AggregateName, Expression, SqlType } from './syntax.ts';

/** How many arguments each takes. */
const functions: Readonly<Record<string, readonly [least: number, most: number]>> = {
  COALESCE: [1, 1000],
  NULLIF: [2, 2],
  LOWER: [1, 1],
  UPPER: [1, 1],
  CHAR_LENGTH: [1, 1],
  CHARACTER_LENGTH: [1, 1],
  SUBSTRING: [2, 3],
  TRIM: [1, 3],
  UTCNOW: [0, 0],
  TO_TIMESTAMP: [1, 1],
  TO_STRING: [2, 2],
  DATE_ADD: [3, 3],
  DATE_DIFF: [3, 3],
  EXTRACT: [2, 2],
};

const types: Readonly<Record<string, SqlType>> = {
  BOOL: 'bool',
  BOOLEAN: 'bool',
  INT: 'int',
  INTEGER: 'int',
  SMALLINT: 'int',
  FLOAT: 'float',
  REAL: 'float',
  DOUBLE: 'float',
  DECIMAL: 'decimal',
  NUMERIC: 'decimal',
  STRING: 'string',
  CHAR: 'string',
  VARCHAR: 'string',
  TIMESTAMP: 'timestamp',
};

/** Parses one expression; handed in, since expressions hold calls. */
type Parse = (cursor: Cursor) => Expression;

const aggregates: readonly string[] = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'];

export const dateParts: readonly string[] = [
  'YEAR',
  'MONTH',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
  'TIMEZONE_HOUR',
  'TIMEZONE_MINUTE',
];

export function parseCall(cursor: Cursor, parse: Parse): Expression {
  const name = cursor.take().text.toUpperCase();
  cursor.require('(', 'ParseExpectedLeftParenBuiltinFunctionCall');
  if (name === 'CAST') return closed(cursor, parseCast(cursor, parse));
  if (aggregates.includes(name)) return closed(cursor, parseAggregate(cursor, name as AggregateName, parse));
  const bounds = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!bounds) throw unsupportedFunction(name);
  const args = parseArguments(cursor, name, parse);
  const call = closed(cursor, { kind: 'call', name, args });
  if (args.length < bounds[0] || args.length > bounds[1]) {
    throw cursor.fail('EvaluatorInvalidArguments', `Incorrect number of arguments for ${name}`);
  }
  return call;
}

function closed(cursor: Cursor, expression: Expression): Expression {
  cursor.require(')', 'ParseExpectedRightParenBuiltinFunctionCall');
  return expression;
}

function parseCast(cursor: Cursor, parse: Parse): Expression {
  const arg = parse(cursor);
  cursor.require('AS');
  const { text } = cursor.peek();
  const type = Object.hasOwn(types, text.toUpperCase()) ? types[text.toUpperCase()] : undefined;
  if (!type) throw cursor.fail('ParseExpectedTypeName', `Expected type name, found ${text}`);
  cursor.take();
  cursor.acceptWord('PRECISION');
  if (cursor.accept('(')) {
    parseList(cursor, parse);
    cursor.require(')', 'ParseExpectedTokenType');
  }
  return { kind: 'cast', arg, type };
}

function parseAggregate(cursor: Cursor, name: AggregateName, parse: Parse): Expression {
  if (name === 'COUNT' && cursor.accept('*')) return { kind: 'aggregate', name };
  return { kind: 'aggregate', name, arg: parse(cursor) };
}

function parseArguments(cursor: Cursor, name: string, parse: Parse): readonly Expression[] {
  if (cursor.isNext(')')) return [];
  if (name === 'TRIM') return parseTrim(cursor, parse);
  if (name === 'EXTRACT') {
    const part = datePart(cursor);
    cursor.require('FROM');
    return [part, parse(cursor)];
  }
  if (name === 'DATE_ADD' || name === 'DATE_DIFF') {
    const part = datePart(cursor);
    cursor.require(',', 'ParseExpectedArgumentDelimiter');
    return [part, ...parseList(cursor, parse)];
  }
  if (name !== 'SUBSTRING') return parseList(cursor, parse);
  const text = parse(cursor);
  if (!cursor.accept('FROM')) return cursor.accept(',') ? [text, ...parseList(cursor, parse)] : [text];
  const from = parse(cursor);
  return cursor.acceptWord('FOR') ? [text, from, parse(cursor)] : [text, from];
}

/** Always as side, characters, text. */
function parseTrim(cursor: Cursor, parse: Parse): readonly Expression[] {
  const side = ['LEADING', 'TRAILING', 'BOTH'].find((word) => cursor.acceptWord(word));
  const blank: Expression = { kind: 'literal', value: ' ' };
  const sideLiteral: Expression = { kind: 'literal', value: side ?? 'BOTH' };
  if (cursor.accept('FROM')) return [sideLiteral, blank, parse(cursor)];
  const first = parse(cursor);
  return cursor.accept('FROM') ? [sideLiteral, first, parse(cursor)] : [sideLiteral, blank, first];
}

function datePart(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek();
  const value = text.toUpperCase();
  if (kind !== 'identifier' || !dateParts.includes(value)) {
    throw cursor.fail('ParseExpectedDatePart', `Did not find the expected date part, found ${text}`);
  }
  cursor.take();
  return { kind: 'literal', value };
}

export function parseList(cursor: Cursor, parse: Parse): readonly Expression[] {
  const list = [parse(cursor)];
  while (cursor.accept(',')) list.push(parse(cursor));
  return list;
}
