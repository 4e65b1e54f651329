// Conditions of policy statements: operators over the keys of a request, compiled into one test.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html

import { getOperator } from './condition-operators.ts';
import { type ConditionValues, type TextTest, variablesOf } from './patterns.ts';
import { PolicyFault } from './policy-fault.ts';

export interface Condition {
  readonly operator: string;
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  /** In lower case: keys are the same however they are written. */
  readonly key: string;
  readonly writtenKey: string;
  readonly values: readonly string[];
}

export type ConditionTest = (context: ConditionValues) => boolean;

export interface OperatorName {
  readonly operator: string;
  readonly quantifier: Condition['quantifier'];
  readonly ifExists: boolean;
}

/** Takes `ForAnyValue:StringLikeIfExists` apart; undefined for what is no operator. `Null` knows no `IfExists`. */
export function parseOperator(name: string): OperatorName | undefined {
  const [, quantifier, operator = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const isKnown = operator === 'Null' ? ifExists === undefined : getOperator(operator) !== undefined;
  if (!isKnown) return undefined;
  return { operator, quantifier: quantifier as Condition['quantifier'], ifExists: ifExists !== undefined };
}

export function parseConditions(block: unknown): readonly Condition[] {
  if (block === undefined) return [];
  return entriesOf(block).flatMap(([name, keys]) => {
    const listed = entriesOf(keys);
    const operator = parseOperator(name);
    if (operator)
      return listed.map(([key, values]) => ({
        ...operator,
        key: key.toLowerCase(),
        writtenKey: key,
        values: textsOf(values),
      }));
    // IAM takes an operator that does not exist as long as nothing is asked of it.
    if (listed.length > 0) throw new PolicyFault(`Invalid Condition type : ${name}`);
    return [];
  });
}

const textsOf = (values: unknown): readonly string[] => (Array.isArray(values) ? values : [values]).map(String);

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyFault('Invalid Condition');
  return Object.entries(value);
}

/** All of them must hold. */
export function compileConditions(conditions: readonly Condition[], hasVariables: boolean): ConditionTest {
  const tests = conditions.map((condition) => compileCondition(condition, hasVariables));
  const [only] = tests;
  if (!only) return () => true;
  return tests.length === 1 ? only : (context) => tests.every((test) => test(context));
}

export function compileCondition(condition: Condition, hasVariables: boolean): ConditionTest {
  const { operator: name, quantifier, ifExists, key, values } = condition;
  if (name === 'Null') return compileNull(key, values);
  const operator = getOperator(name);
  if (!operator) throw new PolicyFault(`Invalid Condition type : ${name}`);
  const { isNegated } = operator;
  const isOneOf = anyOf(values.map((value) => operator.compile(value, hasVariables)));
  const passes = (value: string, context: ConditionValues) => isOneOf(value, context) !== isNegated;
  // A negated test of what is not there holds; AWS says so of every `Not` operator.
  const whenMissing = ifExists || quantifier === 'ForAllValues' || (isNegated && quantifier === undefined);
  const isForAll = quantifier === 'ForAllValues' || (isNegated && quantifier === undefined);
  return (context) => {
    const actual = context.get(key);
    if (actual === undefined || actual.length === 0) return whenMissing;
    if (actual.length === 1) {
      const [value = ''] = actual;
      // To the operators on sets an empty text is an empty set.
      return quantifier !== undefined && value === '' ? whenMissing : passes(value, context);
    }
    return isForAll ? actual.every((value) => passes(value, context)) : actual.some((value) => passes(value, context));
  };
}

function anyOf(tests: readonly TextTest[]): TextTest {
  const [only] = tests;
  if (tests.length === 1 && only) return only;
  return (value, context) => tests.some((test) => test(value, context));
}

/** `true`: the key is not in the request; `false`: it is. */
function compileNull(key: string, values: readonly string[]): ConditionTest {
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  return (context) => {
    const isMissing = (context.get(key) ?? []).length === 0;
    return wanted.has(String(isMissing));
  };
}

/** The keys that a condition asks for, its variables' included, as they are written. */
export function keysOfCondition({ operator, writtenKey, values }: Condition, hasVariables: boolean): readonly string[] {
  const type = getOperator(operator)?.type;
  const canHoldVariables = hasVariables && (type === 'string' || type === 'arn' || type === 'bool');
  return canHoldVariables ? [writtenKey, ...values.flatMap(variablesOf)] : [writtenKey];
}
