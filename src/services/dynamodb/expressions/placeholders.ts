// The names and values that a request gives for the placeholders of its expressions: checked, looked up while
// expressions are bound, and complained of when nothing used them.

import { AwsError } from '../../../aws/errors.ts';
import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { acceptValue, type Checking, type Value } from '../attribute-value.ts';
import { invalidExpression, validationError } from '../dynamodb.errors.ts';
import type { ExpressionKind } from './tokens.ts';

export interface Placeholders {
  name(expression: ExpressionKind, placeholder: string): string;
  value(expression: ExpressionKind, placeholder: string): Value;
  /** Throws for placeholders that were given and used nowhere. */
  requireAllUsed(): void;
}

export interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
}

export function openPlaceholders(input: PlaceholderInput, checking: Checking = 'current'): Placeholders {
  return input.ExpressionAttributeNames || input.ExpressionAttributeValues ? open(input, checking) : noPlaceholders;
}

function open(input: PlaceholderInput, checking: Checking): Placeholders {
  const names = input.ExpressionAttributeNames;
  if (names) checkKeys('ExpressionAttributeNames', Object.keys(names), /^#[0-9a-zA-Z_]+$/);
  const unnamed = names && Object.keys(names).find((placeholder) => names[placeholder] === '');
  if (unnamed !== undefined)
    throw validationError(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${unnamed}`);
  const values = input.ExpressionAttributeValues && acceptValues(input.ExpressionAttributeValues, checking);
  const usedNames = new Set<string>();
  const usedValues = new Set<string>();
  return {
    name(expression, placeholder) {
      if (!names || !Object.hasOwn(names, placeholder))
        throw invalidExpression(
          expression,
          `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
        );
      usedNames.add(placeholder);
      return names[placeholder] as string;
    },
    value(expression, placeholder) {
      const value = values?.get(placeholder);
      if (!value)
        throw invalidExpression(
          expression,
          `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
        );
      usedValues.add(placeholder);
      return value;
    },
    requireAllUsed() {
      requireUsed('ExpressionAttributeNames', Object.keys(names ?? {}), usedNames);
      requireUsed('ExpressionAttributeValues', [...(values?.keys() ?? [])], usedValues);
    },
  };
}

/** Of most requests: nothing was given, so nothing comes to be used. */
const noPlaceholders = open({}, 'current');

function requireUsed(parameter: string, given: readonly string[], used: ReadonlySet<string>): void {
  if (given.length === used.size) return;
  const unused = given.filter((placeholder) => !used.has(placeholder));
  throw validationError(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`);
}

function checkKeys(parameter: string, keys: readonly string[], pattern: RegExp): void {
  if (keys.length === 0) throw validationError(`${parameter} must not be empty`);
  const wrong = keys.find((key) => !pattern.test(key));
  if (wrong !== undefined) throw validationError(`${parameter} contains invalid key: Syntax error; key: "${wrong}"`);
}

function acceptValues(given: Readonly<Record<string, AttributeValue>>, checking: Checking): ReadonlyMap<string, Value> {
  const keys = Object.keys(given);
  checkKeys('ExpressionAttributeValues', keys, /^:[0-9a-zA-Z_]+$/);
  const values = new Map<string, Value>();
  for (const key of keys) {
    try {
      values.set(key, acceptValue(given[key] as AttributeValue, checking));
    } catch (error) {
      // Where values are checked in the older way, the value's own complaint becomes part of this one.
      if (checking === 'current' || !(error instanceof AwsError)) throw error;
      throw validationError(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
    }
  }
  return values;
}
