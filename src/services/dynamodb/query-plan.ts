// Which entries of a table or index a Query's key conditions ask for.

import {
  attributeOf,
  compareValues,
  describeValue,
  equalValues,
  type Item,
  typeOf,
  type Value,
} from './attribute-value.ts';
import { invalidParameter, validationError } from './dynamodb.errors.ts';
import { beginsWith } from './expressions/evaluate.ts';
import type { KeyConditionPart, KeyConditions } from './expressions/key-condition.ts';
import { refuseLongKeys } from './item-checks.ts';
import { type Bounds, queryBounds, type SortCondition } from './item-keys.ts';
import { valueSizeBytes } from './item-size.ts';
import type { Source } from './read-source.ts';
import type { KeyPart } from './table-layout.ts';

/** Of a key of one attribute, two may be named before the second is found to be no key. */
const fewestConditions = 2;

export interface QueryPlan {
  readonly bounds: Bounds;
  readonly hash: readonly Value[];
  readonly sort: readonly (KeyConditionPart & { readonly part: KeyPart })[];
}

/** `isLegacy` when the conditions came as KeyConditions, of which too many are told in other words. */
export function planQuery({ keys, index }: Source, conditions: KeyConditions, isLegacy: boolean): QueryPlan {
  if (isLegacy && conditions.size > Math.max(keys.parts.length, fewestConditions))
    throw validationError('Conditions can be of length 1 or 2 only');
  const hash = keys.hash.map((part) => {
    const condition = conditions.get(part.name);
    if (!condition) throw keys.hash.length === 1 ? missed(part) : missedEquality(part);
    checkTypes(part, condition);
    if (condition.operator !== '=') throw keys.hash.length === 1 ? unsupported() : missedEquality(part);
    return condition.values[0] as Value;
  });
  if (!isLegacy && conditions.size > keys.parts.length)
    throw validationError(
      `The number of query conditions (${conditions.size}) exceeds the number of key attributes defined in the schema (${keys.parts.length})`,
    );
  const sort = sortConditions(keys.range, conditions);
  if (hash.length + sort.length < conditions.size) {
    const [next] = keys.range.slice(sort.length);
    throw next ? missed(next) : unsupported();
  }
  for (const part of [...keys.hash, ...keys.range]) {
    for (const value of conditions.get(part.name)?.values ?? []) refuseEmpty(part, value, index?.name);
  }
  refuseLongConditions(hash, sort);
  return { bounds: queryBounds(keys, hash, sort), hash, sort };
}

/** No item has such keys, and the engine could not look for them. */
export function refuseLongConditions(hash: readonly Value[], sort: readonly SortCondition[]): void {
  for (const bound of [0, -1])
    refuseLongKeys(bytesOf(hash), bytesOf(sort.map(({ values }) => values.at(bound) as Value)));
}

function bytesOf(values: readonly Value[]): number {
  return values.reduce((bytes, value) => bytes + valueSizeBytes(value), 0);
}

/** From the first sort key on, without a gap; all but the last for equality. */
function sortConditions(range: readonly KeyPart[], conditions: KeyConditions): QueryPlan['sort'] {
  const sort: (KeyConditionPart & { readonly part: KeyPart })[] = [];
  for (const part of range) {
    const condition = conditions.get(part.name);
    if (!condition) continue;
    checkTypes(part, condition);
    const open = range.slice(0, range.indexOf(part)).find(({ name }) => conditions.get(name)?.operator !== '=');
    if (open)
      throw validationError(
        `RANGE key attributes ${open.name} must have equality conditions specified in the query because a condition is present on key attribute ${part.name}`,
      );
    sort.push({ ...condition, part });
  }
  return sort;
}

function missedEquality({ name }: KeyPart): Error {
  return validationError(`HASH key attributes ${name} must have equality conditions specified in the query`);
}

function unsupported(): Error {
  return validationError('Query key condition not supported');
}

function missed({ name }: KeyPart): Error {
  return validationError(`Query condition missed key schema element: ${name}`);
}

function checkTypes(part: KeyPart, { operator, values }: KeyConditionPart): void {
  if (values.some((value) => typeOf(value) !== part.type))
    throw invalidParameter('Condition parameter type does not match schema type');
  if (operator === 'begins_with' && part.type === 'N')
    throw invalidParameter('Condition parameter type does not match schema type');
}

function refuseEmpty(part: KeyPart, value: Value, indexName: string | undefined): void {
  const isEmpty = ('S' in value && value.S === '') || ('B' in value && value.B === '');
  if (!isEmpty) return;
  const kind = part.type === 'S' ? 'string' : 'binary';
  const where = indexName === undefined ? `Key: ${part.name}` : `IndexName: ${indexName}, IndexKey: ${part.name}`;
  throw validationError(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. ${where}`,
  );
}

/** A page can only go on where the conditions let it. */
export function checkStartKey({ keys, index }: Source, { hash, sort }: QueryPlan, start: Item): void {
  // There is nothing behind the only item of a partition.
  if (!index && keys.range.length === 0) {
    const shown = keys.hash.map(
      ({ name }) => `${name}=AttributeValue: ${describeValue(attributeOf(start, name) as Value)}`,
    );
    throw validationError(`The provided exclusive start key is invalid: ExclusiveStartKey: {${shown.join(', ')}}`);
  }
  const matches = keys.hash.every((part, index) =>
    equalValues(attributeOf(start, part.name) as Value, hash[index] as Value),
  );
  if (!matches)
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  for (const condition of sort) {
    if (!holds(condition, attributeOf(start, condition.part.name) as Value))
      throw validationError('The provided starting key does not match the range key predicate');
  }
}

function holds({ operator, values }: KeyConditionPart, value: Value): boolean {
  const [low, high] = values as [Value, Value];
  const order = (bound: Value) => compareValues(value, bound) ?? Number.NaN;
  switch (operator) {
    case '=':
      return order(low) === 0;
    case '<':
      return order(low) < 0;
    case '<=':
      return order(low) <= 0;
    case '>':
      return order(low) > 0;
    case '>=':
      return order(low) >= 0;
    case 'BETWEEN':
      return order(low) >= 0 && order(high) <= 0;
    case 'begins_with':
      return beginsWith(value, low);
  }
}
