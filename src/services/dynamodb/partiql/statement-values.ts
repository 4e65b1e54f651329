// Values and document paths in statements: literals, parameters, names.

import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { acceptNumber, acceptValue, newItem, typeOf, type Value } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Path } from '../expressions/paths.ts';
import { malformed, type StatementCursor } from './statement-tokens.ts';

const deepestLiteral = 32;

/** The parameters of a statement, handed out in order. */
export interface Parameters {
  next(): Value;
  requireAllUsed(): void;
}

export function openParameters(given: readonly AttributeValue[] | undefined): Parameters {
  const values = (given ?? []).map((value) => acceptValue(value));
  let at = 0;
  const mismatch = () => validationError("Number of parameters in request and statement don't match.");
  return {
    next() {
      const value = values[at];
      if (!value) throw mismatch();
      at += 1;
      return value;
    },
    requireAllUsed() {
      if (at < values.length) throw mismatch();
    },
  };
}

export interface Reading {
  readonly cursor: StatementCursor;
  readonly parameters: Parameters;
}

export function isValueAhead({ cursor }: Reading): boolean {
  const { kind, text } = cursor.peek();
  if (kind === 'string' || kind === 'number') return true;
  if (kind === 'symbol') return ['?', '{', '[', '<<', '-'].includes(text);
  return cursor.isWord('TRUE', 'FALSE', 'NULL');
}

export function readValue(reading: Reading, depth = 0): Value {
  const { cursor, parameters } = reading;
  if (depth > deepestLiteral) throw malformed('The value is nested too deeply');
  const token = cursor.take();
  if (token.kind === 'string') return { S: token.text };
  if (token.kind === 'number') return { N: acceptNumber(token.text) };
  if (token.kind === 'word') {
    const word = token.text.toUpperCase();
    if (word === 'NULL') return { NULL: true };
    if (word === 'TRUE' || word === 'FALSE') return { BOOL: word === 'TRUE' };
  }
  if (token.kind === 'symbol') {
    switch (token.text) {
      case '?':
        return parameters.next();
      case '-':
        return { N: acceptNumber(`-${cursor.take().text}`) };
      case '[':
        return { L: readList(reading, ']', depth) };
      case '<<':
        return toSet(readList(reading, '>>', depth));
      case '{':
        return { M: readMap(reading, depth) };
    }
  }
  throw malformed(`Unexpected token: ${token.text}`);
}

function readList(reading: Reading, close: string, depth: number): readonly Value[] {
  const { cursor } = reading;
  const values: Value[] = [];
  if (cursor.takeSymbol(close)) return values;
  do values.push(readValue(reading, depth + 1));
  while (cursor.takeSymbol(','));
  cursor.requireSymbol(close);
  return values;
}

function readMap(reading: Reading, depth: number): Record<string, Value> {
  const { cursor } = reading;
  const map = newItem();
  if (cursor.takeSymbol('}')) return map;
  do {
    const { kind, text } = cursor.take();
    if (kind !== 'string' && kind !== 'name') throw malformed(`Unexpected token: ${text}`);
    cursor.requireSymbol(':');
    map[text] = readValue(reading, depth + 1);
  } while (cursor.takeSymbol(','));
  cursor.requireSymbol('}');
  return map;
}

function toSet(members: readonly Value[]): Value {
  const [first] = members;
  const type = first && typeOf(first);
  if (!type || !['S', 'N', 'B'].includes(type) || members.some((member) => typeOf(member) !== type))
    throw validationError('A set must have members, all of them strings, numbers or binaries of one type');
  const content = members.map((member) => (member as unknown as Readonly<Record<string, string>>)[type] as string);
  if (new Set(content).size < content.length) throw validationError('Input collection contains duplicates');
  return { [`${type}S`]: content } as unknown as Value;
}

/** `a.b[0]."c"`; a quoted or bare name first. */
export function readPath({ cursor }: Reading): Path {
  const path: (string | number)[] = [readName(cursor)];
  for (;;) {
    if (cursor.takeSymbol('.')) path.push(readName(cursor));
    else if (cursor.takeSymbol('[')) {
      const { kind, text } = cursor.take();
      if (kind === 'number' && /^\d+$/.test(text)) path.push(Number(text));
      else if (kind === 'string') path.push(text);
      else throw malformed(`Unexpected token: ${text}`);
      cursor.requireSymbol(']');
    } else return path;
  }
}

export function readName(cursor: StatementCursor): string {
  const { kind, text } = cursor.peek();
  if (kind !== 'word' && kind !== 'name') throw cursor.unexpected();
  cursor.take();
  return text;
}
