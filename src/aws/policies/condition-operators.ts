// What each condition operator makes of one wanted value: a test of one value of the request. Malformed values on either
// side are like nothing, so that a positive operator does not hold and its `Not` form does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { compileArnPattern } from './arn-patterns.ts';
import { compileIpRange } from './ip-ranges.ts';
import { parseMoment } from './moments.ts';
import { compilePattern, type PatternOptions, type TextTest } from './patterns.ts';

/** Variables mean something to the operators on strings, ARNs and truths only. */
export type OperatorCompiler = (wanted: string, hasVariables: boolean) => TextTest;

export interface Operator {
  readonly type: 'string' | 'numeric' | 'date' | 'bool' | 'binary' | 'ip' | 'arn';
  readonly isNegated: boolean;
  readonly compile: OperatorCompiler;
}

const text = (options: Omit<PatternOptions, 'hasVariables'>): OperatorCompiler => {
  return (wanted, hasVariables) => compilePattern(wanted, { ...options, hasVariables });
};

const equals = text({ hasWildcards: false });
const equalsIgnoringCase = text({ hasWildcards: false, ignoresCase: true });
const like = text({ hasWildcards: true });
const arnLike: OperatorCompiler = (wanted, hasVariables) =>
  compileArnPattern(wanted, { hasWildcards: true, hasVariables });

type Comparison = (actual: number, wanted: number) => boolean;

const compare = (parse: (text: string) => number | undefined, comparison: Comparison): OperatorCompiler => {
  return (wantedText) => {
    const wanted = parse(wantedText);
    if (wanted === undefined) return () => false;
    return (actualText) => {
      const actual = parse(actualText);
      return actual !== undefined && comparison(actual, wanted);
    };
  };
};

export function parseNumber(value: string): number | undefined {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : undefined;
}

const number = (comparison: Comparison): OperatorCompiler => compare(parseNumber, comparison);
const date = (comparison: Comparison): OperatorCompiler => compare(parseMoment, comparison);

const same: Comparison = (actual, wanted) => actual === wanted;
const less: Comparison = (actual, wanted) => actual < wanted;
const atMost: Comparison = (actual, wanted) => actual <= wanted;
const more: Comparison = (actual, wanted) => actual > wanted;
const atLeast: Comparison = (actual, wanted) => actual >= wanted;

const bool: OperatorCompiler = (wanted, hasVariables) => {
  const isWanted = equalsIgnoringCase(wanted, hasVariables);
  return (actual, context) => /^(?:true|false)$/i.test(actual) && isWanted(actual, context);
};

/** Base64 on both sides, byte by byte. */
const binary: OperatorCompiler = (wantedText) => {
  const wanted = decodeBinary(wantedText);
  return wanted === undefined ? () => false : (actual) => decodeBinary(actual) === wanted;
};

function decodeBinary(value: string): string | undefined {
  const isBase64 = value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  return isBase64 ? Buffer.from(value, 'base64').toString('latin1') : undefined;
}

const is = (type: Operator['type'], compile: OperatorCompiler): Operator => ({ type, isNegated: false, compile });
const isNot = (type: Operator['type'], compile: OperatorCompiler): Operator => ({ type, isNegated: true, compile });

/** All but `Null`, which is about keys and not about values. */
const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: is('string', equals),
    StringNotEquals: isNot('string', equals),
    StringEqualsIgnoreCase: is('string', equalsIgnoringCase),
    StringNotEqualsIgnoreCase: isNot('string', equalsIgnoringCase),
    StringLike: is('string', like),
    StringNotLike: isNot('string', like),
    NumericEquals: is('numeric', number(same)),
    NumericNotEquals: isNot('numeric', number(same)),
    NumericLessThan: is('numeric', number(less)),
    NumericLessThanEquals: is('numeric', number(atMost)),
    NumericGreaterThan: is('numeric', number(more)),
    NumericGreaterThanEquals: is('numeric', number(atLeast)),
    DateEquals: is('date', date(same)),
    DateNotEquals: isNot('date', date(same)),
    DateLessThan: is('date', date(less)),
    DateLessThanEquals: is('date', date(atMost)),
    DateGreaterThan: is('date', date(more)),
    DateGreaterThanEquals: is('date', date(atLeast)),
    Bool: is('bool', bool),
    BinaryEquals: is('binary', binary),
    IpAddress: is('ip', compileIpRange),
    NotIpAddress: isNot('ip', compileIpRange),
    ArnEquals: is('arn', arnLike),
    ArnNotEquals: isNot('arn', arnLike),
    ArnLike: is('arn', arnLike),
    ArnNotLike: isNot('arn', arnLike),
  }),
);

export function getOperator(name: string): Operator | undefined {
  return operators.get(name);
}
