// Does an item satisfy a condition? What an item lacks satisfies nothing but `<>`, NOT and attribute_not_exists.

import { compareValues, contentOf, equalValues, type Item, typeOf, type Value } from '../attribute-value.ts';
import { base64Bytes } from '../item-size.ts';
import type { Condition, Operand } from './condition.ts';
import type { Comparator } from './condition-parser.ts';
import { valueAt } from './paths.ts';

export function satisfies(item: Item, condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.args.every((part) => satisfies(item, part));
    case 'or':
      return condition.args.some((part) => satisfies(item, part));
    case 'not':
      return !satisfies(item, condition.args[0]);
    case 'compare': {
      const [left, right] = condition.args;
      return compare(condition.operator, resolve(item, left), resolve(item, right));
    }
    case 'between': {
      const [value, low, high] = condition.args.map((arg) => resolve(item, arg));
      return compare('>=', value, low) && compare('<=', value, high);
    }
    case 'in': {
      const [value, ...choices] = condition.args.map((arg) => resolve(item, arg));
      return choices.some((choice) => compare('=', value, choice));
    }
    case 'predicate': {
      const [first, second] = condition.args.map((arg) => resolve(item, arg));
      switch (condition.name) {
        case 'attribute_exists':
          return first !== undefined;
        case 'attribute_not_exists':
          return first === undefined;
        case 'attribute_type':
          return first !== undefined && typeOf(first) === (second as { readonly S: string }).S;
        case 'begins_with':
          return first !== undefined && second !== undefined && beginsWith(first, second);
        case 'contains':
          return first !== undefined && second !== undefined && contains(first, second);
      }
    }
  }
}

function resolve(item: Item, operand: Operand): Value | undefined {
  if (operand.kind === 'path') return valueAt(item, operand.path);
  if (operand.kind === 'value') return operand.value;
  const value = resolve(item, operand.of);
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** UTF-16 units of a string, bytes of a binary, elements of a set, list or map. */
function sizeOf(value: Value): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return base64Bytes(value.B);
  const content = contentOf(value);
  if (Array.isArray(content)) return content.length;
  return 'M' in value ? Object.keys(value.M).length : undefined;
}

export function compare(operator: Comparator, left: Value | undefined, right: Value | undefined): boolean {
  if (operator === '<>') return left === undefined || right === undefined || !equalValues(left, right);
  if (left === undefined || right === undefined) return false;
  if (operator === '=') return equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

export function beginsWith(value: Value, prefix: Value): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  const bytes = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, bytes.length).equals(bytes);
}

export function contains(container: Value, part: Value): boolean {
  if ('S' in container) return 'S' in part && container.S.includes(part.S);
  if ('SS' in container) return 'S' in part && container.SS.includes(part.S);
  if ('NS' in container) return 'N' in part && container.NS.includes(part.N);
  if ('BS' in container) return 'B' in part && container.BS.includes(part.B);
  if ('L' in container) return container.L.some((element) => equalValues(element, part));
  return 'B' in container && 'B' in part && Buffer.from(container.B, 'base64').includes(Buffer.from(part.B, 'base64'));
}
