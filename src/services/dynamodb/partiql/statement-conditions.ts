// The condition behind WHERE, as the same conditions that expressions become.

import type { TypeName, Value } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import {
  type Condition,
  checkOrdered,
  checkPredicate,
  type Operand,
  type Predicate,
} from '../expressions/condition.ts';
import type { Comparator } from '../expressions/condition-parser.ts';
import { malformed } from './statement-tokens.ts';
import { isValueAhead, type Reading, readPath, readValue } from './statement-values.ts';

const comparators: Readonly<Record<string, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const predicates = new Set(['attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains']);

/** Types by the names that PartiQL has for them. */
const typesByName: Readonly<Record<string, TypeName>> = {
  BOOL: 'BOOL',
  BOOLEAN: 'BOOL',
  LIST: 'L',
  NULL: 'NULL',
  STRING: 'S',
  STRUCT: 'M',
};
const deepestCondition = 64;

export function readCondition(reading: Reading, depth = 0): Condition {
  if (depth > deepestCondition) throw malformed('The condition is nested too deeply');
  const { cursor } = reading;
  const parts = [readAnd(reading, depth)];
  while (cursor.takeWord('OR')) parts.push(readAnd(reading, depth));
  return parts.length === 1 ? (parts[0] as Condition) : { kind: 'or', args: parts };
}

function readAnd(reading: Reading, depth: number): Condition {
  const parts = [readNot(reading, depth)];
  while (reading.cursor.takeWord('AND')) parts.push(readNot(reading, depth));
  return parts.length === 1 ? (parts[0] as Condition) : { kind: 'and', args: parts };
}

function readNot(reading: Reading, depth: number): Condition {
  const { cursor } = reading;
  if (cursor.takeWord('NOT')) return { kind: 'not', args: [readNot(reading, depth + 1)] };
  if (cursor.takeSymbol('(')) {
    const inner = readCondition(reading, depth + 1);
    cursor.requireSymbol(')');
    return inner;
  }
  return readComparison(reading);
}

function readComparison(reading: Reading): Condition {
  const { cursor } = reading;
  const { kind, text } = cursor.peek();
  if (kind === 'word' && cursor.isFollowedBy('(') && predicates.has(text.toLowerCase())) return readTruth(reading);
  const left = readOperand(reading);
  const comparator = cursor.peek().kind === 'symbol' ? comparators[cursor.peek().text] : undefined;
  if (comparator) {
    const { text: written } = cursor.take();
    const args = [left, readOperand(reading)] as const;
    if (comparator !== '=' && comparator !== '<>') refuse(checkOrdered(written, args));
    return { kind: 'compare', operator: comparator, args };
  }
  if (cursor.takeWord('IS')) return readIs(reading, left);
  const isNegated = cursor.takeWord('NOT') !== undefined;
  const condition = readRange(reading, left);
  return isNegated ? { kind: 'not', args: [condition] } : condition;
}

function readRange(reading: Reading, left: Operand): Condition {
  const { cursor } = reading;
  if (cursor.takeWord('BETWEEN')) {
    const low = readOperand(reading);
    cursor.requireWord('AND');
    const args = [left, low, readOperand(reading)] as const;
    refuse(checkOrdered('BETWEEN', args));
    return { kind: 'between', args };
  }
  if (!cursor.takeWord('IN')) throw cursor.unexpected();
  const close = cursor.takeSymbol('[') ? ']' : ')';
  if (close === ')') cursor.requireSymbol('(');
  const choices: Operand[] = [];
  do choices.push(readOperand(reading));
  while (cursor.takeSymbol(','));
  cursor.requireSymbol(close);
  return { kind: 'in', args: [left, ...choices] };
}

/** IS [NOT] MISSING, and IS [NOT] a type. */
function readIs({ cursor }: Reading, left: Operand): Condition {
  const isNegated = cursor.takeWord('NOT') !== undefined;
  const what = cursor.takeWord('MISSING', ...Object.keys(typesByName));
  if (!what) throw cursor.unexpected();
  const condition: Condition =
    what === 'MISSING'
      ? { kind: 'predicate', name: 'attribute_not_exists', args: [left] }
      : {
          kind: 'predicate',
          name: 'attribute_type',
          args: [left, { kind: 'value', value: { S: typesByName[what] as string } }],
        };
  return isNegated ? { kind: 'not', args: [condition] } : condition;
}

/** A predicate, which may be compared with TRUE or FALSE. */
function readTruth(reading: Reading): Condition {
  const { cursor } = reading;
  const condition = readPredicate(reading);
  const comparator = cursor.peek().kind === 'symbol' ? comparators[cursor.peek().text] : undefined;
  if (comparator !== '=' && comparator !== '<>') return condition;
  cursor.take();
  const wanted = cursor.takeWord('TRUE', 'FALSE');
  if (!wanted) throw cursor.unexpected();
  return (wanted === 'TRUE') === (comparator === '=') ? condition : { kind: 'not', args: [condition] };
}

function readPredicate(reading: Reading): Condition {
  const { cursor } = reading;
  const name = cursor.take().text.toLowerCase() as Predicate;
  cursor.requireSymbol('(');
  const args: Operand[] = [];
  if (!cursor.takeSymbol(')')) {
    do args.push(readOperand(reading));
    while (cursor.takeSymbol(','));
    cursor.requireSymbol(')');
  }
  refuse(checkPredicate(name, args));
  reading.onPredicate?.(name);
  return { kind: 'predicate', name, args };
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw validationError(reason);
}

function readOperand(reading: Reading): Operand {
  const { cursor } = reading;
  if (isValueAhead(reading)) return { kind: 'value', value: readValue(reading) };
  const token = cursor.peek();
  if (token.kind === 'word' && cursor.isFollowedBy('(')) {
    const name = token.text.toLowerCase();
    if (name !== 'size') throw cursor.faultAt(token, `Unrecognized function: ${name}`);
    cursor.take();
    cursor.requireSymbol('(');
    const of: Operand = { kind: 'path', path: readPath(reading) };
    cursor.requireSymbol(')');
    return { kind: 'size', of };
  }
  return { kind: 'path', path: readPath(reading) };
}

/** What a condition demands of an attribute, whatever else it demands: values it must be equal to. */
export function requiredValues(condition: Condition | undefined, name: string): readonly Value[] | undefined {
  if (!condition) return undefined;
  if (condition.kind === 'and') {
    for (const part of condition.args) {
      const values = requiredValues(part, name);
      if (values) return values;
    }
    return undefined;
  }
  if (condition.kind === 'compare' && condition.operator === '=') {
    const [left, right] = condition.args;
    if (isName(left, name) && right.kind === 'value') return [right.value];
    if (isName(right, name) && left.kind === 'value') return [left.value];
  }
  if (condition.kind === 'in' && isName(condition.args[0], name)) {
    const choices = condition.args.slice(1);
    const values = choices.flatMap((choice) => (choice.kind === 'value' ? [choice.value] : []));
    return values.length === choices.length ? values : undefined;
  }
  return undefined;
}

export function isName(operand: Operand | undefined, name: string): boolean {
  return operand?.kind === 'path' && operand.path.length === 1 && operand.path[0] === name;
}

/** The parts of a condition that all have to hold. */
export function conjuncts(condition: Condition | undefined): readonly Condition[] {
  if (!condition) return [];
  return condition.kind === 'and' ? condition.args.flatMap(conjuncts) : [condition];
}
