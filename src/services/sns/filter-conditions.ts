// The conditions of filter policies: a value to be equal to, or an operator. Each is a test of one value; `absent` stands
// for a key that is not there.

import { BlockList, isIP } from 'node:net';
import type { AwsError } from '../../aws/errors.ts';
import { internalError, invalidParameter } from './sns.errors.ts';

export const absent = Symbol('absent');

export interface Condition {
  holds(value: unknown): boolean;
  /** How many values it stands for, where policies are judged by how complex they are. */
  readonly count: number;
}

const refuse = (reason: string): AwsError => invalidParameter(`FilterPolicy: ${reason}`);

export function parseCondition(rule: unknown): Condition {
  if (typeof rule === 'number') return { holds: equalsNumber(checkedNumber(rule)), count: 1 };
  if (typeof rule === 'string' || typeof rule === 'boolean' || rule === null)
    return { holds: (value) => value === rule, count: 1 };
  if (Array.isArray(rule)) throw refuse('Match value must be String, number, true, false, or null');
  const [operator, ...others] = Object.keys(rule as object);
  if (operator === undefined || others.length > 0) throw refuse('Only one key allowed in match expression');
  const parse = operators[operator];
  if (!parse || !Object.hasOwn(operators, operator)) throw refuse(`Unrecognized match type ${operator}`);
  return parse((rule as Record<string, unknown>)[operator]);
}

type OperatorParser = (operand: unknown) => Condition;

const one = (holds: Condition['holds']): Condition => ({ holds, count: 1 });

const operators: Readonly<Record<string, OperatorParser>> = {
  prefix(operand) {
    const text = requireText(operand, 'prefix');
    return one((value) => typeof value === 'string' && value.startsWith(text));
  },
  suffix(operand) {
    const text = requireText(operand, 'suffix');
    return one((value) => typeof value === 'string' && value.endsWith(text));
  },
  'equals-ignore-case'(operand) {
    const text = requireText(operand, 'equals-ignore-case').toLowerCase();
    return one((value) => typeof value === 'string' && value.toLowerCase() === text);
  },
  wildcard: (operand) => one(matchesWildcard(requireText(operand, 'wildcard'))),
  exists(operand) {
    if (typeof operand !== 'boolean') throw refuse('exists match pattern must be either true or false.');
    return one((value) => (value !== absent) === operand);
  },
  // AWS's word for it.
  cidr: (operand) => one(inCidr(requireText(operand, 'prefix'))),
  numeric: (operand) => one(numericRange(operand)),
  'anything-but': anythingBut,
};

function requireText(operand: unknown, operator: string): string {
  if (typeof operand !== 'string') throw refuse(`${operator} match pattern must be a string`);
  return operand;
}

const largestNumber = 1e9;

function checkedNumber(value: number): number {
  if (Math.abs(value) > largestNumber) throw internalError();
  return value;
}

/** SNS compares to the sixth decimal. */
function equalsNumber(wanted: number): Condition['holds'] {
  const rounded = Math.round(wanted * 1e6);
  return (value) => typeof value === 'number' && Math.round(value * 1e6) === rounded;
}

const negatable = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);

/** Of a value that is there; with a list, of one that is none of them. */
function anythingBut(operand: unknown): Condition {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [operator, ...others] = Object.keys(operand);
    if (operator === undefined || !negatable.has(operator) || others.length > 0)
      throw refuse(`Unsupported anything-but pattern: ${operator ?? ''}`);
    const texts = [(operand as Record<string, unknown>)[operator]].flat();
    const inner = texts.map((text) => (operators[operator] as OperatorParser)(text));
    return {
      holds: (value) => value !== absent && inner.every(({ holds }) => !holds(value)),
      count: inner.length,
    };
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw refuse('Anything-but list must not be empty');
  if (!values.every((value) => typeof value === 'string' || typeof value === 'number'))
    throw refuse('Anything-but list must contain only strings or numbers');
  const inner = values.map(parseCondition);
  return { holds: (value) => value !== absent && inner.every(({ holds }) => !holds(value)), count: inner.length };
}

const numericFault = (reason: string): AwsError => invalidParameter(`FilterPolicy: ${reason}\n at ...`);

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]`, `[">", 0]` or `[">", 0, "<=", 10]`: a bottom, then a top. */
function numericRange(operand: unknown): Condition['holds'] {
  if (!Array.isArray(operand) || operand.length === 0) throw numericFault('Invalid member in numeric match: ]');
  const rules = [...(operand as readonly unknown[])];
  const [first, bottom] = takeComparison(rules);
  if (rules.length === 0) return holdsAll([[first, bottom]]);
  if (first !== '>' && first !== '>=') throw numericFault('Too many elements in numeric expression');
  if (typeof rules[0] !== 'string') throw numericFault(`Bad value in numeric range: ${String(rules[0])}`);
  if (rules[0] !== '<' && rules[0] !== '<=') throw numericFault(`Bad numeric range operator: ${rules[0]}`);
  const [second, top] = takeComparison(rules);
  if (bottom >= top) throw numericFault('Bottom must be less than top');
  if (rules.length > 0) throw numericFault('Too many terms in numeric range expression');
  return holdsAll([
    [first, bottom],
    [second, top],
  ]);
}

function takeComparison(rules: unknown[]): [operator: string, bound: number] {
  const operator = rules.shift();
  if (typeof operator !== 'string') throw numericFault(`Invalid member in numeric match: ${String(operator)}`);
  if (!Object.hasOwn(comparisons, operator)) throw numericFault(`Unrecognized numeric range operator: ${operator}`);
  const bound = rules.shift();
  if (typeof bound !== 'number')
    throw numericFault(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`);
  return [operator, checkedNumber(bound)];
}

function holdsAll(rules: readonly (readonly [operator: string, bound: number])[]): Condition['holds'] {
  return (value) =>
    typeof value === 'number' && rules.every(([operator, bound]) => comparisons[operator]?.(value, bound) === true);
}

function inCidr(text: string): Condition['holds'] {
  const [address = '', bits = '', ...more] = text.split('/');
  if (more.length > 0 || !text.includes('/')) throw refuse("Malformed CIDR, one '/' required");
  if (!/^\d{1,3}$/.test(bits)) throw refuse('Malformed CIDR, mask bits must be an integer');
  const version = isIP(address);
  if (version === 0) throw refuse(`Nonstandard IP address: ${address}`);
  const mostBits = version === 6 ? 128 : 32;
  if (Number(bits) > mostBits) throw refuse(`Malformed CIDR, mask bits must be < ${mostBits}`);
  const block = new BlockList();
  block.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  return (value) => {
    if (typeof value !== 'string') return false;
    const kind = isIP(value);
    return kind === version && block.check(value, kind === 6 ? 'ipv6' : 'ipv4');
  };
}

/** `*` stands for any text, `\\*` for itself. As long as the text at most, however many there are. */
function matchesWildcard(pattern: string): Condition['holds'] {
  const parts = [''];
  for (const [token] of pattern.matchAll(/\\[*\\]|[\s\S]/g)) {
    if (token === '*' && parts.length > 1 && parts.at(-1) === '')
      throw refuse('Consecutive wildcard characters are not allowed');
    if (token === '\\') throw refuse('Invalid escape character in wildcard');
    if (token === '*') parts.push('');
    else parts[parts.length - 1] += token.length > 1 ? (token[1] as string) : token;
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (value) => value === first;
  return (value) => {
    if (typeof value !== 'string' || !value.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}
