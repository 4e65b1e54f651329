// What a query asks of the keys: each key attribute at most once, the hash key for equality.

import type { Value } from '../attribute-value.ts';
import { invalidExpression, validationError } from '../dynamodb.errors.ts';
import type { SortOperator } from '../item-keys.ts';
import type { Condition, Operand } from './condition.ts';

export interface KeyConditionPart {
  readonly operator: SortOperator;
  readonly values: readonly Value[];
}

export type KeyConditions = ReadonlyMap<string, KeyConditionPart>;

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

export function keyConditionsOf(condition: Condition): KeyConditions {
  const parts = new Map<string, KeyConditionPart>();
  const visit = (part: Condition): void => {
    if (part.kind === 'and') {
      for (const inner of part.args) visit(inner);
      return;
    }
    const [name, found] = readPart(part);
    if (parts.has(name))
      throw invalidExpression(
        'KeyConditionExpression',
        'KeyConditionExpressions must only contain one condition per key',
      );
    parts.set(name, found);
  };
  visit(condition);
  return parts;
}

function readPart(part: Condition): readonly [string, KeyConditionPart] {
  const operator = operatorOf(part);
  const args = part.args as readonly Operand[];
  if (args.some(({ kind }) => kind === 'size'))
    throw validationError('KeyConditionExpressions cannot contain nested operations');
  if ((operator === 'BETWEEN' || operator === 'begins_with') && args[0]?.kind !== 'path')
    throw invalidCondition(`${operator} operator must have the key attribute as its first operand`);
  const paths = args.filter((arg) => arg.kind === 'path');
  if (paths.length > 1) throw invalidCondition('Multiple attribute names used in one condition');
  const [only] = paths;
  if (!only) throw invalidCondition('No key attribute specified');
  if (only.path.length > 1)
    throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  const values = args.filter((arg) => arg.kind === 'value').map(({ value }) => value);
  const isMirrored = args[0] !== only;
  return [
    only.path[0] as string,
    { operator: isMirrored ? mirrored[operator as keyof typeof mirrored] : operator, values },
  ];
}

function operatorOf(part: Condition): SortOperator {
  switch (part.kind) {
    case 'compare':
      if (part.operator === '<>') throw invalidOperator('<>');
      return part.operator;
    case 'between':
      return 'BETWEEN';
    case 'predicate':
      if (part.name !== 'begins_with') throw invalidOperator(part.name);
      return 'begins_with';
    default:
      throw invalidOperator(part.kind.toUpperCase());
  }
}

function invalidOperator(name: string): Error {
  return validationError(`Invalid operator used in KeyConditionExpression: ${name}`);
}

function invalidCondition(reason: string): Error {
  return validationError(`Invalid condition in KeyConditionExpression: ${reason}`);
}
