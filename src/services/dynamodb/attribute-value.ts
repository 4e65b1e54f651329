// Attribute values inside DynamoDB: JSON values of the same form as on the wire, checked once on the way in, with
// numbers in canonical text and binaries in base64. So an item is stored, and mostly answered, as its JSON text.

import type { AttributeValue } from '../../generated/dynamodb.types.ts';
import { newRecord } from '../../kernel/record.ts';
import { canonicalNumber, compareNumbers, type DecimalFault, type NumberReading } from './decimal.ts';
import { invalidParameter, validationError } from './dynamodb.errors.ts';

export type Value =
  | { readonly S: string }
  | { readonly N: string }
  /** Canonical base64. */
  | { readonly B: string }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly Value[] }
  | { readonly M: Item };

/** Names are the user's: read with `attributeOf`, never by a bare index. */
export type Item = { readonly [name: string]: Value };

export type TypeName = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'BOOL' | 'NULL' | 'L' | 'M';

/** An attribute by its name; `constructor` and `__proto__` are names like any other. */
export function attributeOf(item: Item, name: string): Value | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** An item to fill: it has no prototype that a name could reach. */
export function newItem(): Record<string, Value> {
  return newRecord();
}

export function copyItem(item: Item): Record<string, Value> {
  const copy = newItem();
  for (const name of Object.keys(item)) copy[name] = item[name] as Value;
  return copy;
}

export function typeOf(value: Value): TypeName {
  for (const type in value) return type as TypeName;
  throw new Error('a value without a type');
}

/** A scalar's text, a set's members, a list or a map: what stands behind the type's name. */
export function contentOf(value: Value): unknown {
  for (const type in value) return (value as Record<string, unknown>)[type];
  return undefined;
}

const deepestNesting = 32;

/**
 * AWS checks values in two ways, and which one an operation has decides how it reads numbers and words what is wrong:
 * the current one for GetItem, BatchGetItem, Query and UpdateItem; the older one for other writes, transactions, Scan and
 * the parameters of statements.
 */
export type Checking = NumberReading;

/** An item as the user gave it, checked and made canonical: itself, when it is canonical already. */
export function acceptItem(given: Readonly<Record<string, AttributeValue>>, checking: Checking = 'current'): Item {
  if ('' in given) throw checking === 'older' ? validationError('Empty attribute name') : emptyName();
  return acceptMembers(given, 1, checking);
}

export function emptyName(): Error {
  return invalidParameter('Empty attribute name');
}

function acceptMembers(given: Readonly<Record<string, AttributeValue>>, depth: number, checking: Checking): Item {
  let changed: Record<string, Value> | undefined;
  for (const name of Object.keys(given)) {
    const value = given[name] as AttributeValue;
    const accepted = acceptValue(value, checking, depth);
    if (accepted === value) continue;
    changed ??= copyItem(given as Item);
    changed[name] = accepted;
  }
  return changed ?? (given as Item);
}

/** Throws what DynamoDB says of a value it does not take. What is canonical already is answered as it is. */
export function acceptValue(given: AttributeValue, checking: Checking = 'current', depth = 1): Value {
  let type: TypeName | undefined;
  for (const name in given) {
    if (type !== undefined || given[name as TypeName] === undefined) return acceptUnclear(given, checking, depth);
    type = name as TypeName;
  }
  return type === undefined ? acceptUnclear(given, checking, depth) : acceptOne(given, type, checking, depth);
}

/** A value with no type, with several, or with some that are only named. */
function acceptUnclear(given: AttributeValue, checking: Checking, depth: number): Value {
  const types = (Object.keys(given) as TypeName[]).filter((type) => given[type] !== undefined);
  const [type] = types;
  if (type === undefined)
    throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  if (types.length === 1) return acceptOne({ [type]: given[type] }, type, checking, depth);
  // What each of them is by itself comes first.
  for (const each of Object.keys(given)) acceptOne(given, each as TypeName, checking, depth);
  throw validationError(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}

function acceptOne(given: AttributeValue, type: TypeName, checking: Checking, depth: number): Value {
  switch (type) {
    case 'S':
    case 'BOOL':
      return given as Value;
    case 'N': {
      const number = acceptNumber(given.N as string, checking);
      return number === given.N ? (given as Value) : { N: number };
    }
    case 'B':
      return { B: base64Of(given.B as Uint8Array) };
    case 'NULL':
      if (given.NULL !== true) throw invalidParameter('Null attribute value types must have the value of true');
      return { NULL: true };
    case 'SS':
      acceptStringSet(given.SS as readonly string[], checking);
      return given as Value;
    case 'NS':
      return acceptNumberSet(given.NS as readonly string[], checking);
    case 'BS':
      return acceptBinarySet(given.BS as readonly Uint8Array[], checking);
    case 'L': {
      refuseDeep(depth);
      const list = given.L as readonly AttributeValue[];
      const accepted = list.map((element) => acceptValue(element, checking, depth + 1));
      return accepted.every((element, index) => element === list[index]) ? (given as Value) : { L: accepted };
    }
    case 'M': {
      refuseDeep(depth);
      const map = acceptMembers(given.M as Readonly<Record<string, AttributeValue>>, depth + 1, checking);
      return map === given.M ? (given as Value) : { M: map };
    }
  }
}

function refuseDeep(depth: number): void {
  if (depth > deepestNesting)
    throw validationError(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
}

const faultMessages: Readonly<Record<Exclude<DecimalFault['kind'], 'not-a-number'>, string>> = {
  overflow: 'Number overflow. Attempting to store a number with magnitude larger than supported range',
  underflow: 'Number underflow. Attempting to store a number with magnitude smaller than supported range',
  'too-precise': 'Attempting to store more than 38 significant digits in a Number',
};

/** Canonical text, or DynamoDB's words for why it is none. */
export function acceptNumber(text: string, checking: Checking = 'current'): string {
  const number = canonicalNumber(text, checking);
  if (typeof number === 'string') return number;
  throw validationError(numberFaultMessage(number, text, checking));
}

export function numberFaultMessage(fault: DecimalFault, text: string, checking: Checking): string {
  if (fault.kind !== 'not-a-number') return faultMessages[fault.kind];
  const shown = text === '' && checking === 'older' ? '' : `: ${text}`;
  return `The parameter cannot be converted to a numeric value${shown}`;
}

function acceptStringSet(members: readonly string[], checking: Checking): void {
  if (members.length === 0) throw invalidParameter('An string set  may not be empty');
  if (!hasDuplicates(members)) return;
  throw duplicates(checking === 'older' ? `[${members.join(', ')}]` : `[${shownSet(members).map(quoted).join(', ')}]`);
}

function acceptNumberSet(members: readonly string[], checking: Checking): Value {
  if (members.length === 0) throw invalidParameter('An number set  may not be empty');
  const numbers = members.map((member) => acceptNumber(member, checking));
  if (hasDuplicates(numbers))
    throw checking === 'older'
      ? validationError('Input collection contains duplicates')
      : invalidParameter('Input collection contains duplicates.');
  return { NS: numbers };
}

function acceptBinarySet(members: readonly Uint8Array[], checking: Checking): Value {
  if (members.length === 0) throw invalidParameter('Binary sets should not be empty');
  const texts = members.map(base64Of);
  if (hasDuplicates(texts)) {
    const inOrder = shownSet(members.map((member) => Buffer.from(member).toString('latin1')));
    const shown =
      checking === 'older'
        ? texts.join(', ')
        : inOrder.map((member) => quoted(Buffer.from(member, 'latin1').toString('base64'))).join(',');
    throw duplicates(`[${shown}]of type BS`);
  }
  return { BS: texts };
}

export function duplicates(shown: string): Error {
  return invalidParameter(`Input collection ${shown} contains duplicates.`);
}

/** What was read into a set before a member came again, in the order of its bytes; then that member, and what follows. */
function shownSet(members: readonly string[]): readonly string[] {
  const at = members.findIndex((member, index) => members.indexOf(member) < index);
  return [...members.slice(0, at).sort(compareStrings), ...members.slice(at)];
}

const quoted = (text: string): string => `"${text}"`;

function hasDuplicates(members: readonly string[]): boolean {
  return members.length > 1 && new Set(members).size < members.length;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** As the model has it: binaries as bytes. For callers inside the cloud, and for answers that are not hot. */
export function toModel(value: Value): AttributeValue {
  if ('B' in value) return { B: Buffer.from(value.B, 'base64') };
  if ('BS' in value) return { BS: value.BS.map((member) => Buffer.from(member, 'base64')) };
  if ('L' in value) return { L: value.L.map(toModel) };
  return 'M' in value ? { M: itemToModel(value.M) } : value;
}

export function itemToModel(item: Item): { [name: string]: AttributeValue } {
  const model = newRecord<AttributeValue>();
  for (const name of Object.keys(item)) model[name] = toModel(item[name] as Value);
  return model;
}

/** The same type and the same content; sets know no order. */
export function equalValues(a: Value, b: Value): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  const left = contentOf(a);
  const right = contentOf(b);
  switch (type) {
    case 'SS':
    case 'NS':
    case 'BS': {
      const members = new Set(right as readonly string[]);
      return (
        (left as readonly string[]).length === members.size &&
        (left as readonly string[]).every((member) => members.has(member))
      );
    }
    case 'L':
      return (
        (left as readonly Value[]).length === (right as readonly Value[]).length &&
        (left as readonly Value[]).every((element, index) => equalValues(element, (right as readonly Value[])[index]!))
      );
    case 'M':
      return equalItems(left as Item, right as Item);
    default:
      return left === right;
  }
}

export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = attributeOf(b, name);
    return other !== undefined && equalValues(a[name] as Value, other);
  });
}

/** Negative, zero or positive for two strings, numbers or binaries; undefined for what has no order. */
export function compareValues(a: Value, b: Value): number | undefined {
  if ('S' in a && 'S' in b) return compareStrings(a.S, b.S);
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  return undefined;
}

/** In the order of their UTF-8 bytes, which differs from JavaScript's beyond the basic plane. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const isLeftSurrogate = left >= 0xd800 && left <= 0xdfff;
    const isRightSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (isLeftSurrogate === isRightSurrogate) return left - right;
    return isLeftSurrogate ? (right >= 0xe000 ? 1 : left - right) : left >= 0xe000 ? -1 : left - right;
  }
  return a.length - b.length;
}

/** What error messages say of a value: `{S:abc}`. */
export function describeValue(value: Value): string {
  const content = contentOf(value);
  return `{${typeOf(value)}:${Array.isArray(content) ? `[${content.join(', ')}]` : typeof content === 'object' ? JSON.stringify(content) : String(content)}}`;
}
