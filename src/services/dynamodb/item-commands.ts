// One item's put, update, delete or check, read from a request into what to do and on which condition; carried out the
// same way alone, in a transaction and by a statement.

import type { DeleteItemInput, PutItemInput, UpdateItemInput } from '../../generated/dynamodb.types.ts';
import { acceptItem, attributeOf, type Checking, copyItem, type Item, newItem, type Value } from './attribute-value.ts';
import { invalidParameter, validationError } from './dynamodb.errors.ts';
import { checkExpressionParameters } from './expression-parameters.ts';
import { bindCondition, type Condition, namesIn } from './expressions/condition.ts';
import { expectedCondition } from './expressions/legacy-conditions.ts';
import { attributeUpdates } from './expressions/legacy-updates.ts';
import { comparePaths } from './expressions/paths.ts';
import { openPlaceholders, type Placeholders } from './expressions/placeholders.ts';
import { applyUpdate, bindUpdate, type Update } from './expressions/update.ts';
import { acceptKey, acceptSize, checkItem, checkUpdatedItem } from './item-checks.ts';
import type { TableLayout } from './table-layout.ts';

/** What is to be done to one item, before the table is known. */
export type ItemCommand = {
  /** The item itself, or its key. */
  readonly given: Item;
  /** Of `given`, where it was counted already. */
  readonly givenBytes?: number;
  readonly condition: Condition | undefined;
  /** What a condition that does not hold means, where it is not ConditionalCheckFailed. */
  readonly onFailure?: () => Error;
} & (
  | { readonly kind: 'put' | 'delete' | 'check' }
  | { readonly kind: 'update'; readonly update: Update; readonly isLegacy: boolean }
);

type ConditionInput = Pick<
  PutItemInput,
  'ConditionExpression' | 'Expected' | 'ConditionalOperator' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

export function putCommand(input: PutItemInput): ItemCommand {
  checkExpressionParameters(input, ['ConditionExpression'], ['Expected']);
  const given = acceptItem(input.Item, 'older');
  const givenBytes = acceptSize(given);
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE')
    throw validationError('ReturnValues can only be ALL_OLD or NONE');
  return { kind: 'put', given, givenBytes, condition: conditionOf(input) };
}

/** A transaction looks at the condition before it looks at the key. */
export function deleteCommand(input: DeleteItemInput, first: 'key' | 'condition' = 'key'): ItemCommand {
  checkExpressionParameters(input, ['ConditionExpression'], ['Expected']);
  const early = first === 'condition' ? conditionOf(input) : undefined;
  const given = acceptItem(input.Key, 'older');
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE')
    throw validationError('ReturnValues can only be ALL_OLD or NONE');
  return { kind: 'delete', given, condition: early ?? conditionOf(input) };
}

export function updateCommand(input: UpdateItemInput, checking: Checking = 'older'): ItemCommand {
  checkExpressionParameters(input, ['UpdateExpression', 'ConditionExpression'], ['AttributeUpdates', 'Expected']);
  const given = acceptItem(input.Key, checking);
  const legacy = input.AttributeUpdates && attributeUpdates(input.AttributeUpdates, checking);
  const placeholders = openPlaceholders(input, checking);
  const update =
    input.UpdateExpression === undefined ? (legacy ?? []) : bindUpdate(input.UpdateExpression, placeholders);
  const condition = boundCondition(input, placeholders);
  placeholders.requireAllUsed();
  return { kind: 'update', given, condition, update, isLegacy: input.UpdateExpression === undefined };
}

/** Only transactions check. */
export function checkCommand(input: Pick<UpdateItemInput, 'Key'> & ConditionInput): ItemCommand {
  return { kind: 'check', given: acceptItem(input.Key, 'older'), condition: conditionOf(input) };
}

function conditionOf(input: ConditionInput): Condition | undefined {
  const placeholders = openPlaceholders(input, 'older');
  const condition = boundCondition(input, placeholders);
  placeholders.requireAllUsed();
  return condition;
}

function boundCondition(input: ConditionInput, placeholders: Placeholders): Condition | undefined {
  const { ConditionExpression, Expected, ConditionalOperator } = input;
  if (ConditionExpression !== undefined) return bindCondition('ConditionExpression', ConditionExpression, placeholders);
  if (Expected) {
    if (ConditionalOperator !== undefined && Object.keys(Expected).length < 2)
      throw validationError('ConditionalOperator can only be used for Filter or Expected for two or more conditions');
    return expectedCondition(Expected, ConditionalOperator);
  }
  if (ConditionalOperator !== undefined)
    throw validationError('ConditionalOperator cannot be used without Filter or Expected');
  return undefined;
}

/** The command once the table is known: its key is checked, and so is what it would change. */
export function checkCommandKey(layout: TableLayout, command: ItemCommand): void {
  if (command.kind === 'put') checkItem(layout, command.given);
  else acceptKey(layout, command.given);
  if (command.condition) refuseNested(layout, namesIn(command.condition).nested);
  if (command.kind === 'update') checkUpdate(layout, command.update);
}

function checkUpdate(layout: TableLayout, update: Update): void {
  for (const { name } of layout.parts) {
    if (update.some(({ path }) => path[0] === name))
      throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
  refuseNested(layout, new Set(update.filter(({ path }) => path.length > 1).map(({ path }) => path[0] as string)));
}

/** Keys are scalars: there is nothing inside of them. */
export function refuseNested(layout: TableLayout, nested: ReadonlySet<string>): void {
  if (nested.size === 0) return;
  const fault = (what: string) =>
    validationError(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${what}`,
    );
  for (const { name } of layout.parts) if (nested.has(name)) throw fault(`Key: ${name}`);
  for (const index of layout.indexes)
    for (const { name } of index.parts) if (nested.has(name)) throw fault(`IndexKey: ${name}`);
}

/** What the command makes of the item that was there; undefined when there is none afterwards. */
export function carryOut(
  layout: TableLayout,
  command: ItemCommand,
  before: { readonly item: Item } | undefined,
): Item | undefined {
  switch (command.kind) {
    case 'put':
      return command.given;
    case 'delete':
      return undefined;
    case 'check':
      return before?.item;
    case 'update': {
      if (!before && isOnlyRemoval(command.update)) return undefined;
      const after = applyUpdate(before?.item ?? command.given, command.update, command.isLegacy);
      checkUpdatedItem(layout, before?.item, after);
      return after;
    }
  }
}

/** What only takes away makes no item where none was, and then nothing is wrong with its paths. */
function isOnlyRemoval(update: Update): boolean {
  return update.length > 0 && update.every(({ kind }) => kind === 'REMOVE' || kind === 'DELETE');
}

/** The attributes that an update names, as they are in `item`: for UPDATED_OLD and UPDATED_NEW. */
export function updatedParts(update: Update, item: Item): Item {
  const parts = newItem();
  // Elements of one list are shown in their order, whatever the order of the actions.
  for (const path of update.map((action) => action.path).sort(comparePaths)) {
    const [name, ...rest] = path as readonly [string, ...(string | number)[]];
    const value = attributeOf(item, name);
    const picked = value && pick(value, rest);
    if (picked) parts[name] = parts[name] ? merge(parts[name], picked) : picked;
  }
  return parts;
}

function pick(value: Value, path: readonly (string | number)[]): Value | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const element = 'L' in value ? value.L[step] : undefined;
    const picked = element && pick(element, rest);
    return picked && { L: [picked] };
  }
  const part = 'M' in value ? attributeOf(value.M, step) : undefined;
  const picked = part && pick(part, rest);
  if (!picked) return undefined;
  const map = newItem();
  map[step] = picked;
  return { M: map };
}

function merge(one: Value, two: Value): Value {
  if ('L' in one && 'L' in two) return { L: [...one.L, ...two.L] };
  if (!('M' in one && 'M' in two)) return two;
  const map = copyItem(one.M);
  for (const [name, value] of Object.entries(two.M)) {
    const present = attributeOf(map, name);
    map[name] = present ? merge(present, value) : value;
  }
  return { M: map };
}
