// Conditions of policy statements: operators over the keys of a request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { BlockList, isIP } from 'node:net';
import { parseIso } from '../../kernel/clock.ts';
import { type ConditionValues, equalsFilled, matchesPattern } from './patterns.ts';
import { PolicyFault } from './policy-fault.ts';

export interface Condition {
  readonly operator: string;
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  readonly key: string;
  readonly values: readonly string[];
}

type Test = (actual: string, wanted: string, context: ConditionValues) => boolean;

const number = (test: (actual: number, wanted: number) => boolean): Test => {
  return (actual, wanted) => test(Number(actual), Number(wanted));
};
const date = (test: (actual: number, wanted: number) => boolean): Test => {
  return (actual, wanted) => test(momentOf(actual), momentOf(wanted));
};
const like: Test = (actual, wanted, context) => matchesPattern(wanted, actual, context);
const equals: Test = (actual, wanted, context) => equalsFilled(wanted, actual, context);

/** The positive operators; each `Not` form is the same test denied. */
const tests: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: (actual, wanted, context) => equals(actual.toLowerCase(), wanted.toLowerCase(), context),
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  NumericEquals: number((actual, wanted) => actual === wanted),
  NumericLessThan: number((actual, wanted) => actual < wanted),
  NumericLessThanEquals: number((actual, wanted) => actual <= wanted),
  NumericGreaterThan: number((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: number((actual, wanted) => actual >= wanted),
  DateEquals: date((actual, wanted) => actual === wanted),
  DateLessThan: date((actual, wanted) => actual < wanted),
  DateLessThanEquals: date((actual, wanted) => actual <= wanted),
  DateGreaterThan: date((actual, wanted) => actual > wanted),
  DateGreaterThanEquals: date((actual, wanted) => actual >= wanted),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  BinaryEquals: (actual, wanted) => actual === wanted,
  IpAddress: isWithin,
};

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

export function parseConditions(block: unknown): readonly Condition[] {
  if (block === undefined) return [];
  return entriesOf(block).flatMap(([name, keys]) => {
    const parts = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name);
    const [, quantifier, operator = '', ifExists] = parts ?? [];
    if (operator !== 'Null' && !Object.hasOwn(tests, operator) && !Object.hasOwn(negations, operator)) {
      throw new PolicyFault(`Invalid Condition type : ${name}`);
    }
    return entriesOf(keys).map(([key, values]) => ({
      operator,
      quantifier: quantifier as Condition['quantifier'],
      ifExists: ifExists !== undefined,
      key: key.toLowerCase(),
      values: (Array.isArray(values) ? values : [values]).map(String),
    }));
  });
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyFault('Invalid Condition');
  return Object.entries(value);
}

export function conditionsHold(conditions: readonly Condition[], context: ConditionValues): boolean {
  return conditions.every((condition) => holds(condition, context));
}

function holds({ operator, quantifier, ifExists, key, values }: Condition, context: ConditionValues): boolean {
  const actual = context.get(key);
  if (operator === 'Null') return values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined));
  const positive = negations[operator] ?? operator;
  const isNegated = positive !== operator;
  const test = tests[positive] as Test;
  if (actual === undefined || actual.length === 0) {
    // A negated test of what is not there is true; AWS says so of every `Not` operator.
    return ifExists || quantifier === 'ForAllValues' || (isNegated && quantifier === undefined);
  }
  const passes = (value: string) => values.some((wanted) => test(value, wanted, context)) !== isNegated;
  if (quantifier === 'ForAllValues') return actual.every(passes);
  if (quantifier === 'ForAnyValue') return actual.some(passes);
  return isNegated ? actual.every(passes) : actual.some(passes);
}

function momentOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : (parseIso(text) ?? Number.NaN);
}

function isWithin(actual: string, block: string): boolean {
  const address = actual.replace(/^::ffff:(?=\d+\.)/, '');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const [network = '', bits = family === 'ipv6' ? '128' : '32'] = block.split('/');
  if (isIP(address) === 0 || isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
