// Values and document paths in statements: literals, parameters, names.

import { AwsError } from '../../../aws/errors.ts';
import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { acceptNumber, acceptValue, duplicates, newItem, typeOf, type Value } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Path } from '../expressions/paths.ts';
import { isKeyword } from './statement-keywords.ts';
import { malformed, type StatementCursor } from './statement-tokens.ts';

const deepestLiteral = 32;

/** The parameters of a statement, handed out in order. */
export interface Parameters {
  next(): Value;
  requireAllUsed(): void;
}

export function openParameters(given: readonly AttributeValue[] | undefined): Parameters {
  const values = (given ?? []).map((value) => acceptValue(value, 'older'));
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
  /** Told the predicates that are called by their names. */
  readonly onPredicate?: (name: string) => void;
}

export function isValueAhead({ cursor }: Reading): boolean {
  const { kind, text } = cursor.peek();
  if (kind === 'string' || kind === 'number') return true;
  if (kind === 'symbol') return ['?', '{', '[', '<<', '-'].includes(text);
  return cursor.isWord('TRUE', 'FALSE', 'NULL');
}

/** Where in a literal a value stands: `root.a[0]`. */
interface Place {
  readonly depth: number;
  readonly path: string;
  /** Of the list or map around it. */
  readonly around: string;
}

const root: Place = { depth: 0, path: 'root', around: 'root' };

/** An item's attributes are roots by themselves. */
const wholeItem: Place = { ...root };
const within = ({ depth, path }: Place, step: string): Place => ({ depth: depth + 1, path: path + step, around: path });

export const readItem = (reading: Reading): Value => readValue(reading, wholeItem);

export function readValue(reading: Reading, place = root): Value {
  const { cursor, parameters } = reading;
  if (place.depth > deepestLiteral) throw malformed('The value is nested too deeply');
  const isCall = cursor.peek().kind === 'word' && cursor.isFollowedBy('(');
  const token = cursor.take();
  if (isCall)
    throw cursor.faultAt(token, `Unsupported data type: ${token.text.toLowerCase()} under key ${place.around}`);
  if (token.kind === 'string') return { S: token.text };
  if (token.kind === 'number') return { N: readNumber(token.text, place) };
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
        return { N: readNumber(`-${cursor.take().text}`, place) };
      case '[':
        return { L: readList(reading, ']', place) };
      case '<<':
        return toSet(readList(reading, '>>', place));
      case '{':
        return { M: readMap(reading, place) };
    }
  }
  throw malformed(token.kind === 'end' ? 'Unexpected term' : `Unexpected token: ${token.text}`);
}

function readNumber(text: string, { path }: Place): string {
  try {
    return acceptNumber(text, 'older');
  } catch (error) {
    throw error instanceof AwsError ? validationError(`${error.message} under ${path}`) : error;
  }
}

function readList(reading: Reading, close: string, place: Place): readonly Value[] {
  const { cursor } = reading;
  const values: Value[] = [];
  if (cursor.takeSymbol(close)) return values;
  do values.push(readValue(reading, within(place, `[${values.length}]`)));
  while (cursor.takeSymbol(','));
  cursor.requireSymbol(close);
  return values;
}

function readMap(reading: Reading, place: Place): Record<string, Value> {
  const { cursor } = reading;
  const map = newItem();
  if (cursor.takeSymbol('}')) return map;
  do {
    const { kind, text } = cursor.take();
    if (kind !== 'string' && kind !== 'name') throw malformed(`Unexpected token: ${text}`);
    cursor.requireSymbol(':');
    map[text] = readValue(reading, within(place, place === wholeItem ? '' : `.${text}`));
  } while (cursor.takeSymbol(','));
  cursor.requireSymbol('}');
  return map;
}

function toSet(members: readonly Value[]): Value {
  const [first] = members;
  if (!first) throw validationError('Empty bags are not supported');
  const type = typeOf(first);
  if (!['S', 'N', 'B'].includes(type) || members.some((member) => typeOf(member) !== type))
    throw validationError('A set must have members, all of them strings, numbers or binaries of one type');
  const content = members.map((member) => (member as unknown as Readonly<Record<string, string>>)[type] as string);
  if (new Set(content).size < content.length) throw duplicates(`[${content.join(', ')}]`);
  return { [`${type}S`]: content } as unknown as Value;
}

/** `a.b[0]."c"`; a quoted or bare name first. */
export function readPath({ cursor }: Reading): Path {
  const path: (string | number)[] = [readName(cursor)];
  for (;;) {
    if (cursor.takeSymbol('.')) {
      const { kind, text } = cursor.peek();
      if (kind === 'word' && isKeyword(text)) throw malformed('Invalid path dot component');
      path.push(readName(cursor));
    } else if (cursor.takeSymbol('[')) {
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
