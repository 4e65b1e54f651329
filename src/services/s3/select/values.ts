// Values of expressions, and how they are compared, computed with and cast. `undefined` is MISSING, `null` is NULL, whole
// numbers are bigints so that they divide as such; what comes of NULL or MISSING is NULL.

import { castFailed, invalidDataType } from './select.errors.ts';
import type { Comparator, SqlType } from './syntax.ts';
import { formatTimestamp, isTimestamp, parseTimestamp, type SqlTimestamp } from './timestamps.ts';

export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | SqlTimestamp
  | readonly unknown[]
  | Readonly<Record<string, unknown>>;

export const isAbsent = (value: Value): value is null | undefined => value === null || value === undefined;

/** A value of a JSON document. */
export function ofJson(value: unknown): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as Value);
}

const numeric = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A number, or a text that is one: columns of CSV are texts. */
export function toNumber(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value !== 'string' || !numeric.test(value)) return undefined;
  return /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim().replace(/^\+/, '')) : Number(value);
}

/** Negative, zero, positive; undefined for what cannot be compared. */
export function order(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (isTimestamp(a) && isTimestamp(b)) return a.timestampMs - b.timestampMs;
  const isNumber = (value: Value) => typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber(a) && !isNumber(b)) return undefined;
  const [left, right] = [toNumber(a), toNumber(b)];
  if (left === undefined || right === undefined) return undefined;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Null when it is unknown. */
export function compare(operator: Comparator, a: Value, b: Value): boolean | null {
  if (isAbsent(a) || isAbsent(b)) return null;
  const result = order(a, b);
  if (result === undefined) return compareOthers(operator, a, b);
  switch (operator) {
    case '=':
      return result === 0;
    case '<>':
      return result !== 0;
    case '<':
      return result < 0;
    case '<=':
      return result <= 0;
    case '>':
      return result > 0;
    default:
      return result >= 0;
  }
}

/** Values of different kinds are not equal, and neither is less. */
function compareOthers(operator: Comparator, a: Value, b: Value): boolean {
  const isSame = typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
  return operator === '=' ? isSame : operator === '<>' ? !isSame : false;
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

export function compute(operator: Arithmetic, a: Value, b: Value): Value {
  if (isAbsent(a) || isAbsent(b)) return null;
  const [left, right] = [toNumber(a), toNumber(b)];
  if (left === undefined || right === undefined) throw invalidDataType();
  if (typeof left === 'bigint' && typeof right === 'bigint') return computeWhole(operator, left, right);
  return computeFraction(operator, Number(left), Number(right));
}

function computeWhole(operator: Arithmetic, left: bigint, right: bigint): Value {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      if (right === 0n) throw invalidDataType();
      return operator === '/' ? left / right : left % right;
  }
}

function computeFraction(operator: Arithmetic, left: number, right: number): Value {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      if (right === 0) throw invalidDataType();
      return operator === '/' ? left / right : left % right;
  }
}

export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (isAbsent(value)) return '';
  if (isTimestamp(value)) return formatTimestamp(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function cast(value: Value, type: SqlType): Value {
  if (isAbsent(value)) return value;
  const result = castTo(value, type);
  if (result === undefined) throw castFailed(toText(value), type.toUpperCase());
  return result;
}

/** Undefined when it cannot be. */
function castTo(value: Value, type: SqlType): Value {
  switch (type) {
    case 'string':
      return toText(value);
    case 'timestamp':
      return typeof value === 'string' ? parseTimestamp(value) : isTimestamp(value) ? value : undefined;
    case 'bool':
      return castToBoolean(value);
    case 'int': {
      if (typeof value === 'boolean') return value ? 1n : 0n;
      const number = toNumber(value);
      if (typeof number !== 'number') return number;
      return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
    }
    default: {
      if (typeof value === 'boolean') return Number(value);
      const number = toNumber(value);
      return number === undefined
        ? undefined
        : typeof number === 'bigint' && type === 'decimal'
          ? number
          : Number(number);
    }
  }
}

function castToBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) !== 0;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
