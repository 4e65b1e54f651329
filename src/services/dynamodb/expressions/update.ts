// Updates with their names and values filled in, applied to items. Every operand is read from the item as it was before
// the update; nothing that one action writes is seen by another.

import { attributeOf, copyItem, type Item, newItem, type TypeName, typeOf, type Value } from '../attribute-value.ts';
import { addNumbers, subtractNumbers } from '../decimal.ts';
import { invalidExpression, validationError } from '../dynamodb.errors.ts';
import { memoizeByText } from './parsed-cache.ts';
import { bindPath, comparePaths, faultAmong, type Path, valueAt } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import type { OperandSyntax } from './syntax.ts';
import { parseUpdate } from './update-parser.ts';
import { addToAttribute, deleteFromAttribute, outOfRange } from './update-sets.ts';

export type UpdateOperand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | {
      readonly kind: 'call';
      readonly name: 'if_not_exists' | 'list_append' | '+' | '-';
      readonly args: readonly UpdateOperand[];
    };

export type UpdateAction =
  | { readonly kind: 'SET'; readonly path: Path; readonly value: UpdateOperand }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: Value };

export type Update = readonly UpdateAction[];

const parse = memoizeByText(parseUpdate);

export function bindUpdate(text: string, placeholders: Placeholders): Update {
  const syntax = parse(text);
  const fail = (reason: string) => invalidExpression('UpdateExpression', reason);
  const paths = syntax.map(({ path }) => bindPath('UpdateExpression', path, placeholders));
  // Names everywhere come before values, values before what is wrong with them.
  const values = syntax.map((action) => ('value' in action ? bindOperand(action.value, placeholders) : undefined));
  const fault = faultAmong(paths);
  if (fault !== undefined) throw fail(fault);
  const actions = syntax.map((action, index): UpdateAction => {
    const path = paths[index] as Path;
    const value = values[index] as UpdateOperand;
    if (action.kind === 'REMOVE') return { kind: 'REMOVE', path };
    if (action.kind === 'SET') return { kind: 'SET', path, value };
    return { kind: action.kind, path, value: (value as { readonly value: Value }).value };
  });
  const reason = actions.map(checkTypes).find((found) => found !== undefined);
  if (reason !== undefined) throw fail(reason);
  return actions;
}

function bindOperand(syntax: OperandSyntax, placeholders: Placeholders): UpdateOperand {
  switch (syntax.kind) {
    case 'path':
      return { kind: 'path', path: bindPath('UpdateExpression', syntax, placeholders) };
    case 'value':
      return { kind: 'value', value: placeholders.value('UpdateExpression', syntax.placeholder) };
    case 'function':
    case 'arithmetic': {
      const name = (syntax.kind === 'function' ? syntax.name : syntax.operator) as '+';
      return { kind: 'call', name, args: syntax.args.map((arg) => bindOperand(arg, placeholders)) };
    }
  }
}

const longTypeNames: Readonly<Partial<Record<TypeName, string>>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
  L: 'LIST',
  M: 'MAP',
};

function checkTypes(action: UpdateAction): string | undefined {
  if (action.kind === 'REMOVE') return undefined;
  if (action.kind === 'SET') return checkCall(action.value);
  const type = typeOf(action.value);
  const isAllowed = longTypeNames[type] === undefined || (action.kind === 'ADD' && type === 'N');
  return isAllowed
    ? undefined
    : `Incorrect operand type for operator or function; operator: ${action.kind}, operand type: ${longTypeNames[type]}, typeSet: ALLOWED_FOR_${action.kind}_OPERAND`;
}

function checkCall(operand: UpdateOperand): string | undefined {
  if (operand.kind !== 'call') return undefined;
  const { name, args } = operand;
  if (args.length !== 2)
    return `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`;
  if (name === 'list_append' && args.some((arg) => arg.kind === 'call' && arg.name === 'list_append'))
    return `The function is not allowed to be used this way in an expression; function: ${name}`;
  if (name === 'if_not_exists') {
    if (args[0]?.kind !== 'path') return `Operator or function requires a document path; operator or function: ${name}`;
  } else {
    const wanted = name === 'list_append' ? 'L' : 'N';
    const types = args.map((arg) => (arg.kind === 'value' ? typeOf(arg.value) : wanted));
    const wrong = types.find((type) => type !== wanted);
    if (wrong)
      return `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${wrong}`;
  }
  return args.map(checkCall).find((reason) => reason !== undefined);
}

/** A new item; `before` stays as it is. AttributeUpdates word a type that does not fit in their own way. */
export function applyUpdate(before: Item, update: Update, isLegacy = false): Item {
  const after = copyItem(before);
  const mismatch = isLegacy ? legacyMismatch : wrongOperand;
  const elements: { readonly path: Path; readonly value: Value }[] = [];
  const removals: Path[] = [];
  const put = (path: Path, value: Value) => {
    if (typeof path.at(-1) === 'number') elements.push({ path, value });
    else setAt(after, path, value);
  };
  for (const action of update) {
    switch (action.kind) {
      case 'SET':
        put(action.path, evaluate(action.value, before));
        break;
      case 'REMOVE':
        removals.push(action.path);
        break;
      case 'ADD':
        put(action.path, addToAttribute(valueAt(before, action.path), action.value, mismatch));
        break;
      case 'DELETE': {
        const value = valueAt(before, action.path);
        if (value === undefined) {
          requireParent(before, action.path);
          break;
        }
        const left = deleteFromAttribute(value, action.value, mismatch);
        if (left) setAt(after, action.path, left);
        else removals.push(action.path);
      }
    }
  }
  // What goes behind a list's end is appended in the order of the positions.
  elements.sort((a, b) => (a.path.at(-1) as number) - (b.path.at(-1) as number));
  for (const { path, value } of elements) setAt(after, path, value);
  // Positions are those of the list as it was, so the last ones go first.
  for (const path of removals.sort((a, b) => comparePaths(b, a))) removeAt(after, path);
  return after;
}

function evaluate(operand: UpdateOperand, item: Item): Value {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path': {
      const value = valueAt(item, operand.path);
      if (value) return value;
      throw validationError('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'call': {
      const [left, right] = operand.args as [UpdateOperand, UpdateOperand];
      if (operand.name === 'if_not_exists')
        return valueAt(item, (left as { readonly path: Path }).path) ?? evaluate(right, item);
      return combine(operand.name, evaluate(left, item), evaluate(right, item));
    }
  }
}

function combine(name: 'list_append' | '+' | '-', left: Value, right: Value): Value {
  if (name === 'list_append') {
    if (!('L' in left && 'L' in right)) throw wrongOperand();
    return { L: [...left.L, ...right.L] };
  }
  if (!('N' in left && 'N' in right)) throw wrongOperand();
  const result = name === '+' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N);
  if (typeof result !== 'string') throw outOfRange(result);
  return { N: result };
}

function legacyMismatch(): Error {
  return validationError('Type mismatch for attribute to update');
}

function wrongOperand(): Error {
  return validationError('An operand in the update expression has an incorrect data type');
}

function invalidPath(): Error {
  return validationError('The document path provided in the update expression is invalid for update');
}

function requireParent(item: Item, path: Path): void {
  if (path.length > 1 && !isContainer(valueAt(item, path.slice(0, -1)), path.at(-1) as string | number))
    throw invalidPath();
}

function isContainer(value: Value | undefined, step: string | number): boolean {
  return value !== undefined && (typeof step === 'number' ? 'L' in value : 'M' in value);
}

/** Replaces what is at the path, copying what lies above it. A position behind a list's end appends to it. */
function setAt(item: Record<string, Value>, path: Path, value: Value): void {
  const [head, ...rest] = path as readonly [string, ...(string | number)[]];
  item[head] = rest.length === 0 ? value : changed(attributeOf(item, head), rest, () => value);
}

function removeAt(item: Record<string, Value>, path: Path): void {
  const [head, ...rest] = path as readonly [string, ...(string | number)[]];
  if (rest.length === 0) delete item[head];
  else item[head] = changed(attributeOf(item, head), rest, () => undefined);
}

function changed(container: Value | undefined, [step, ...rest]: Path, make: () => Value | undefined): Value {
  if (!isContainer(container, step as string | number)) throw invalidPath();
  if (typeof step === 'number') {
    const list = [...(container as { readonly L: readonly Value[] }).L];
    const next = rest.length > 0 ? changed(list[step], rest, make) : make();
    if (next === undefined) list.splice(step, 1);
    else if (step < list.length) list[step] = next;
    else list.push(next);
    return { L: list };
  }
  const map = copyItem((container as { readonly M: Item }).M ?? newItem());
  const name = step as string;
  const next = rest.length > 0 ? changed(attributeOf(map, name), rest, make) : make();
  if (next === undefined) delete map[name];
  else map[name] = next;
  return { M: map };
}
