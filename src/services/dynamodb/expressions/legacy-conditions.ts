// The parameters that expressions replaced in 2014 (Expected, QueryFilter, ScanFilter, KeyConditions), turned into the
// same conditions that expressions become.

import type {
  AttributeValue,
  ComparisonOperator,
  ConditionalOperator,
  ExpectedAttributeValue,
  Condition as LegacyCondition,
} from '../../../generated/dynamodb.types.ts';
import { acceptValue, type Checking, compareValues, type TypeName, typeOf, type Value } from '../attribute-value.ts';
import { invalidParameter, validationError } from '../dynamodb.errors.ts';
import type { SortOperator } from '../item-keys.ts';
import type { Condition, Operand } from './condition.ts';
import type { KeyConditionPart, KeyConditions } from './key-condition.ts';

type ByName<T> = Readonly<Record<string, T>>;

/** How many values an operator takes: exactly, or at least. */
const valueCounts: Readonly<Record<ComparisonOperator, number | { readonly atLeast: number }>> = {
  EQ: 1,
  NE: 1,
  LE: 1,
  LT: 1,
  GE: 1,
  GT: 1,
  CONTAINS: 1,
  NOT_CONTAINS: 1,
  BEGINS_WITH: 1,
  NULL: 0,
  NOT_NULL: 0,
  IN: { atLeast: 1 },
  BETWEEN: 2,
};

const scalars: readonly TypeName[] = ['S', 'N', 'B'];
const allowedTypes: Readonly<Partial<Record<ComparisonOperator, readonly TypeName[]>>> = {
  LE: scalars,
  LT: scalars,
  GE: scalars,
  GT: scalars,
  CONTAINS: scalars,
  NOT_CONTAINS: scalars,
  BEGINS_WITH: ['S', 'B'],
  IN: scalars,
  BETWEEN: scalars,
};

export function filterCondition(
  filter: ByName<LegacyCondition>,
  operator: ConditionalOperator | undefined,
  checking: Checking,
): Condition | undefined {
  const parts = Object.entries(filter).map(([name, { ComparisonOperator, AttributeValueList = [] }]) =>
    toCondition(name, ComparisonOperator, acceptOperands(ComparisonOperator, AttributeValueList, checking)),
  );
  return join(parts, operator);
}

export function expectedCondition(
  expected: ByName<ExpectedAttributeValue>,
  operator: ConditionalOperator | undefined,
): Condition | undefined {
  const parts = Object.entries(expected).map(([name, expectation]) => expectedPart(name, expectation));
  return join(parts, operator);
}

function expectedPart(name: string, expectation: ExpectedAttributeValue): Condition {
  const { AttributeValueList, Value, ComparisonOperator, Exists } = expectation;
  if (AttributeValueList !== undefined && Value !== undefined)
    throw invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  if (ComparisonOperator !== undefined) {
    if (Exists !== undefined)
      throw invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    const takesValues = ComparisonOperator !== 'NULL' && ComparisonOperator !== 'NOT_NULL';
    if (takesValues && AttributeValueList === undefined && Value === undefined)
      throw invalidParameter(
        `Value or AttributeValueList must be used with ComparisonOperator: ${ComparisonOperator} for Attribute: ${name}`,
      );
    const values = AttributeValueList ?? (Value === undefined ? [] : [Value]);
    return toCondition(name, ComparisonOperator, acceptOperands(ComparisonOperator, values, 'older'));
  }
  if (AttributeValueList !== undefined)
    throw invalidParameter(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
  if (Exists === false) {
    if (Value !== undefined) throw invalidParameter(`Value cannot be used when Exists is false for Attribute: ${name}`);
    return toCondition(name, 'NULL', []);
  }
  if (Value === undefined)
    throw invalidParameter(`Value must be provided when Exists is ${Exists ?? 'null'} for Attribute: ${name}`);
  return toCondition(name, 'EQ', [acceptValue(Value, 'older')]);
}

function acceptOperands(
  operator: ComparisonOperator,
  given: readonly AttributeValue[],
  checking: Checking,
): readonly Value[] {
  const values = given.map((value) => acceptValue(value, checking));
  const count = valueCounts[operator];
  const isRight = typeof count === 'number' ? values.length === count : values.length >= count.atLeast;
  if (!isRight) throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  const [first] = values;
  if (!first) return values;
  const types = values.map(typeOf);
  if (types.some((type) => type !== types[0]))
    throw invalidParameter('AttributeValues inside AttributeValueList must be of same type');
  const wrong = types.find((type) => allowedTypes[operator]?.includes(type) === false);
  if (wrong) throw invalidParameter(`ComparisonOperator ${operator} is not valid for ${wrong} AttributeValue type`);
  if (operator === 'BETWEEN' && (compareValues(first, values[1] as Value) as number) > 0)
    throw validationError(
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
    );
  return values;
}

const comparisons = { EQ: '=', NE: '<>', LE: '<=', LT: '<', GE: '>=', GT: '>' } as const;

function toCondition(name: string, operator: ComparisonOperator, values: readonly Value[]): Condition {
  const path: Operand = { kind: 'path', path: [name] };
  const [first, second] = values.map((value): Operand => ({ kind: 'value', value })) as [Operand, Operand];
  switch (operator) {
    case 'NULL':
      return { kind: 'predicate', name: 'attribute_not_exists', args: [path] };
    case 'NOT_NULL':
      return { kind: 'predicate', name: 'attribute_exists', args: [path] };
    case 'CONTAINS':
      return { kind: 'predicate', name: 'contains', args: [path, first] };
    // An attribute that is not there neither contains it nor not.
    case 'NOT_CONTAINS':
      return {
        kind: 'and',
        args: [
          { kind: 'predicate', name: 'attribute_exists', args: [path] },
          { kind: 'not', args: [{ kind: 'predicate', name: 'contains', args: [path, first] }] },
        ],
      };
    case 'BEGINS_WITH':
      return { kind: 'predicate', name: 'begins_with', args: [path, first] };
    case 'BETWEEN':
      return { kind: 'between', args: [path, first, second] };
    case 'IN':
      return { kind: 'in', args: [path, ...values.map((value): Operand => ({ kind: 'value', value }))] };
    default:
      return { kind: 'compare', operator: comparisons[operator], args: [path, first] };
  }
}

function join(parts: readonly Condition[], operator: ConditionalOperator | undefined): Condition | undefined {
  if (parts.length < 2) return parts[0];
  return { kind: operator === 'OR' ? 'or' : 'and', args: parts };
}

const sortOperators: Readonly<Partial<Record<ComparisonOperator, SortOperator>>> = {
  EQ: '=',
  LE: '<=',
  LT: '<',
  GE: '>=',
  GT: '>',
  BETWEEN: 'BETWEEN',
  BEGINS_WITH: 'begins_with',
};

export function legacyKeyConditions(conditions: ByName<LegacyCondition>): KeyConditions {
  const parts = new Map<string, KeyConditionPart>();
  for (const [name, { ComparisonOperator, AttributeValueList = [] }] of Object.entries(conditions)) {
    const values = acceptOperands(ComparisonOperator, AttributeValueList, 'current');
    const operator = sortOperators[ComparisonOperator];
    if (!operator) throw validationError('Attempted conditional constraint is not an indexable operation');
    parts.set(name, { operator, values });
  }
  return parts;
}
