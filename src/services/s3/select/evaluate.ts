// Expressions become functions of a record.

import { compileLike, concatenate, functions } from './functions.ts';
import { readPath, type SelectRecord } from './records.ts';
import { invalidDataType, unsupportedStructure } from './select.errors.ts';
import type { Expression, PathStep } from './syntax.ts';
import { parseTimestamp } from './timestamps.ts';
import { cast, compare, compute, isAbsent, toNumber, type Value } from './values.ts';

export type Evaluator = (record: SelectRecord) => Value;

export interface Scope {
  /** What records are called, in small letters. */
  readonly alias: string | undefined;
  readonly nowMs: number;
  /** Makes the evaluator of an aggregate; absent where there can be none. */
  readonly aggregate?: (expression: Expression & { readonly kind: 'aggregate' }) => Evaluator;
  /** Beside aggregates, nothing of a single record can be asked for. */
  readonly hasRecords: boolean;
}

export function compile(expression: Expression, scope: Scope): Evaluator {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value;
    case 'timestamp': {
      const timestamp = parseTimestamp(expression.text);
      if (!timestamp) throw invalidDataType();
      return () => timestamp;
    }
    case 'path':
      return compilePath(expression.steps, scope);
    case 'aggregate':
      if (!scope.aggregate) throw unsupportedStructure();
      return scope.aggregate(expression);
    case 'call':
      return compileCall(expression.name, expression.args, scope);
    case 'cast': {
      const arg = compile(expression.arg, scope);
      return (record) => cast(arg(record), expression.type);
    }
    case 'negate': {
      const arg = compile(expression.arg, scope);
      return (record) => compute('-', 0n, arg(record));
    }
    case 'binary':
      return compileBinary(expression, scope);
    case 'case':
      return compileCase(expression, scope);
    default:
      return compileCondition(expression, scope);
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

function compilePath(steps: readonly PathStep[], { alias, hasRecords }: Scope): Evaluator {
  if (!hasRecords) throw unsupportedStructure();
  const first = steps[0];
  const name = first?.kind === 'name' ? first.name.toLowerCase() : undefined;
  const namesRecord = name !== undefined && (name === alias || (name === 's3object' && steps.length > 1));
  const path = namesRecord ? steps.slice(1) : steps;
  return (record) => readPath(record, path);
}

function compileCall(name: string, args: readonly Expression[], scope: Scope): Evaluator {
  const run = functions[name];
  if (!run) throw unsupportedStructure();
  const evaluators = args.map((arg) => compile(arg, scope));
  return (record) => {
    const values = evaluators.map((evaluate) => evaluate(record));
    return run(values, scope.nowMs);
  };
}

function compileBinary({ operator, args }: Of<'binary'>, scope: Scope): Evaluator {
  const [left, right] = [compile(args[0], scope), compile(args[1], scope)];
  if (operator === '||') return (record) => concatenate([left(record), right(record)], scope.nowMs);
  return (record) => compute(operator, left(record), right(record));
}

function compileCase({ branches, otherwise }: Of<'case'>, scope: Scope): Evaluator {
  const tests = branches.map(({ when, result }) => ({ when: compile(when, scope), result: compile(result, scope) }));
  const last = otherwise ? compile(otherwise, scope) : () => null;
  return (record) => (tests.find(({ when }) => when(record) === true)?.result ?? last)(record);
}

/** Yields true, false or null, which is unknown. */
function compileCondition(expression: Expression, scope: Scope): Evaluator {
  switch (expression.kind) {
    case 'compare': {
      const [left, right] = [compile(expression.args[0], scope), compile(expression.args[1], scope)];
      return (record) => compare(expression.operator, left(record), right(record));
    }
    case 'and':
    case 'or':
      return compileJunction(expression, scope);
    case 'not': {
      const arg = compile(expression.arg, scope);
      return (record) => {
        const value = truth(arg(record));
        return value === null ? null : !value;
      };
    }
    case 'is': {
      const arg = compile(expression.arg, scope);
      const isMissing = expression.what === 'missing';
      return (record) => (isMissing ? arg(record) === undefined : isAbsent(arg(record)));
    }
    case 'in':
      return compileIn(expression, scope);
    case 'between': {
      const [arg, low, high] = [expression.arg, expression.low, expression.high].map((part) =>
        compile(part, scope),
      ) as [Evaluator, Evaluator, Evaluator];
      return (record) => {
        const value = arg(record);
        return both(compare('>=', value, low(record)), compare('<=', value, high(record)));
      };
    }
    default:
      return compileLikeTest(expression as Of<'like'>, scope);
  }
}

function compileJunction({ kind, args }: Of<'and' | 'or'>, scope: Scope): Evaluator {
  const [left, right] = [compile(args[0], scope), compile(args[1], scope)];
  const decides = kind === 'or';
  return (record) => {
    const first = truth(left(record));
    if (first === decides) return decides;
    const second = truth(right(record));
    if (second === decides) return decides;
    return first === null || second === null ? null : !decides;
  };
}

const both = (a: boolean | null, b: boolean | null): boolean | null =>
  a === false || b === false ? false : a === null || b === null ? null : true;

export function truth(value: Value): boolean | null {
  if (typeof value === 'boolean') return value;
  if (isAbsent(value)) return null;
  throw invalidDataType();
}

function compileIn({ arg, list }: Of<'in'>, scope: Scope): Evaluator {
  const value = compile(arg, scope);
  const members = list.map((member) => compile(member, scope));
  return (record) => {
    const wanted = value(record);
    let isUnknown = false;
    for (const member of members) {
      const result = compare('=', wanted, member(record));
      if (result === true) return true;
      isUnknown ||= result === null;
    }
    return isUnknown ? null : false;
  };
}

function compileLikeTest({ arg, pattern, escape: escapedBy }: Of<'like'>, scope: Scope): Evaluator {
  const text = compile(arg, scope);
  const patternOf = compile(pattern, scope);
  const escapeOf = escapedBy ? compile(escapedBy, scope) : () => undefined;
  let known: { readonly pattern: Value; readonly escape: Value; readonly test: (text: Value) => boolean | null };
  return (record) => {
    const now = { pattern: patternOf(record), escape: escapeOf(record) };
    if (!known || known.pattern !== now.pattern || known.escape !== now.escape) {
      known = { ...now, test: compileLike(now.pattern, now.escape) };
    }
    return known.test(text(record));
  };
}

/** For SUM and AVG. */
export function requireNumber(value: Value): number | bigint {
  const number = toNumber(value);
  if (number === undefined) throw invalidDataType();
  return number;
}
