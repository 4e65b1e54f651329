// TransactWriteItems and TransactGetItems: all or nothing, in one change of the engine or from one snapshot of it. Changes
// are made one after the other, so transactions never conflict; they only wait for each other.

import { createHash } from 'node:crypto';
import { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { DynamodbApi, TransactWriteItem, TransactWriteItemsInput } from '../../generated/dynamodb.types.ts';
import { answer, rawItem, rawList, rawStored, rawStructure } from './answer.ts';
import { acceptItem } from './attribute-value.ts';
import { describeCollections, describeUsages } from './batches.operations.ts';
import { newUsage, readUnits, type Usage } from './capacity.ts';
import { type CancellationReason, transactionCanceled, validationError } from './dynamodb.errors.ts';
import { project } from './expressions/projection.ts';
import { decideItem, type ItemOutcome, type ItemTask } from './item-change.ts';
import { acceptKey, refuseEmptyKeys } from './item-checks.ts';
import {
  checkCommand,
  checkCommandKey,
  deleteCommand,
  type ItemCommand,
  putCommand,
  updateCommand,
} from './item-commands.ts';
import { tableKey } from './item-keys.ts';
import { itemSizeBytes } from './item-size.ts';
import { projectionOf, refuseNestedKeys } from './items.operations.ts';
import { itemOfStored, sizeOfStored } from './stored-item.ts';
import type { TableLayout } from './table-layout.ts';
import { requireLayout } from './table-names.ts';
import { throttleOf } from './throttling.ts';
import { checkToken, rememberToken, tokenKey } from './transaction-tokens.ts';

const largestTransactionBytes = 4 * 1024 * 1024;

interface Action {
  readonly tableName: string;
  readonly command: ItemCommand;
  readonly onFailure: ItemTask['onFailure'];
}

export const transactionOperations = {
  async TransactWriteItems(ctx, input) {
    const actions = input.TransactItems.map(actionOf);
    const layouts = layoutsOf(ctx);
    const layoutsOfActions = actions.map(({ tableName }) => layouts(tableName));
    const tasks = prepare(ctx, actions, layoutsOfActions);
    const request = { ClientRequestToken: input.ClientRequestToken, parameters: input.TransactItems };
    const outcomes = await changeAll(ctx, request, tasks);
    if (!outcomes) return answerRepeated(tasks, input);
    return answer({
      ConsumedCapacity: describeUsages(
        outcomes.map(({ usage }, index) => [(tasks[index] as ItemTask).layout, usage]),
        input.ReturnConsumedCapacity,
        'write',
      ),
      ItemCollectionMetrics: describeCollections(tasks, outcomes, input.ReturnItemCollectionMetrics),
    });
  },

  async TransactGetItems(ctx, input) {
    const gets = input.TransactItems.map(({ Get }) => ({
      Get,
      key: acceptItem(Get.Key, 'older'),
      projection: projectionOf(Get),
    }));
    const layouts = layoutsOf(ctx);
    const located = gets.map(({ Get, ...rest }) => ({ ...rest, layout: layouts(Get.TableName) }));
    const keys = eachUntilFault(located, ({ layout, key, projection }) => {
      refuseNestedKeys(layout, projection);
      return tableKey(layout, acceptKey(layout, key));
    });
    refuseRepeated(keys);
    const take = admitReads(ctx, located);
    return ctx.drivers.items.getMany(keys, (found) => {
      const bytes = found.reduce((sum, stored) => sum + (stored ? sizeOfStored(stored) : 0), 0);
      if (bytes > largestTransactionBytes) throw tooLarge();
      const usages = take(found);
      return answer({
        Responses: rawList(
          found.map((stored, index) => {
            const projection = located[index]?.projection;
            const item =
              stored && (projection ? rawItem(project(itemOfStored(stored), projection)) : rawStored(stored));
            return rawStructure({ Item: item });
          }),
        ),
        ConsumedCapacity: describeUsages(usages, input.ReturnConsumedCapacity, 'read'),
      });
    });
  },
} satisfies AsyncOperations<DynamodbApi>;

export function refuseRepeated(keys: readonly Buffer[]): void {
  if (new Set(keys.map((key) => key.toString('latin1'))).size < keys.length)
    throw validationError('Transaction request cannot include multiple operations on one item');
}

function tooLarge(): Error {
  return validationError('Transaction size cannot exceed 4 MB');
}

/** One layout a table, however often it is named. */
export function layoutsOf(ctx: AsyncOperationContext): (tableName: string) => TableLayout {
  const known = new Map<string, TableLayout>();
  return (tableName) => {
    let layout = known.get(tableName);
    if (!layout) {
      layout = requireLayout(ctx, tableName);
      known.set(tableName, layout);
    }
    return layout;
  };
}

function actionOf(item: TransactWriteItem): Action {
  const { ConditionCheck, Put, Update, Delete } = item;
  const given = [ConditionCheck, Put, Update, Delete].filter((action) => action !== undefined);
  const [only] = given;
  if (given.length !== 1 || !only)
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  const { TableName, ReturnValuesOnConditionCheckFailure } = only;
  const command = Put
    ? putCommand(Put)
    : Update
      ? updateCommand(Update)
      : Delete
        ? deleteCommand(Delete, 'condition')
        : checkCommand(only as NonNullable<typeof ConditionCheck>);
  return { tableName: TableName, command, onFailure: ReturnValuesOnConditionCheckFailure };
}

/** What is wrong with a request by itself: the first action's is told, and the others are not looked at. */
function eachUntilFault<T, R>(actions: readonly T[], run: (action: T, index: number) => R): readonly R[] {
  const results: R[] = [];
  try {
    for (const [index, action] of actions.entries()) results.push(run(action, index));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw transactionCanceled(
      actions.map((_, index) => (index === results.length ? reasonOf(error) : { Code: 'None' })),
    );
  }
  return results;
}

/** What the items have against single actions is told for all of them at once. */
export function eachOrCancel<T, R>(actions: readonly T[], run: (action: T, index: number) => R): readonly R[] {
  const reasons: CancellationReason[] = [];
  let isCanceled = false;
  const results = actions.map((action, index) => {
    try {
      const result = run(action, index);
      reasons.push({ Code: 'None' });
      return result;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      isCanceled = true;
      reasons.push(reasonOf(error));
      return undefined;
    }
  });
  if (isCanceled) throw transactionCanceled(reasons);
  return results as readonly R[];
}

const reasonCodes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  ValidationException: 'ValidationError',
  DuplicateItemException: 'DuplicateItem',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ThrottlingException: 'ThrottlingError',
};

function reasonOf({ code, message, fields }: AwsError): CancellationReason {
  const item = fields?.['Item'];
  return { Code: reasonCodes[code] ?? code, Message: message, ...(item !== undefined && { Item: item }) };
}

function prepare(
  ctx: AsyncOperationContext,
  actions: readonly Action[],
  layouts: readonly TableLayout[],
): readonly ItemTask[] {
  actions.forEach(({ command }, index) => {
    refuseEmptyKeys(layouts[index] as TableLayout, command.given);
  });
  const tasks = eachUntilFault(actions, ({ command, onFailure }, index): ItemTask => {
    const layout = layouts[index] as TableLayout;
    checkCommandKey(layout, command);
    const key = tableKey(layout, command.given);
    return { layout, command, key, onFailure, nowMs: ctx.nowMs, isTransactional: true };
  });
  refuseRepeated(tasks.map(({ key }) => key));
  const bytes = tasks.reduce((sum, { command }) => sum + itemSizeBytes(command.given), 0);
  if (bytes > largestTransactionBytes) throw tooLarge();
  return tasks;
}

/** Undefined when the token says that it was done before. */
export async function changeAll(
  ctx: AsyncOperationContext,
  request: { readonly ClientRequestToken: string | undefined; readonly parameters: unknown },
  tasks: readonly ItemTask[],
): Promise<readonly ItemOutcome[] | undefined> {
  const token = request.ClientRequestToken;
  const asked = token === undefined ? undefined : { key: tokenKey(ctx, token), digest: digestOf(request.parameters) };
  const throttle = throttleOf(ctx.drivers.items);
  if (throttle) eachOrCancel(tasks, ({ layout }) => throttle.admit(layout, 'write', ctx.nowMs));
  const outcomes = await ctx.drivers.items.change({
    reads: [...tasks.map(({ key }) => key), ...(asked ? [asked.key] : [])],
    decide(found, at) {
      if (asked && checkToken(found[tasks.length], asked.digest, ctx.nowMs)) return { writes: [], result: undefined };
      const decisions = eachOrCancel(tasks, (task, index) => decideItem(task, found[index], at));
      return {
        writes: [
          ...decisions.flatMap(({ writes }) => writes),
          ...(asked ? [rememberToken(asked.key, asked.digest, ctx.nowMs)] : []),
        ],
        counts: decisions.flatMap(({ counts = [] }) => counts),
        result: decisions.map(({ result }) => result),
      };
    },
  });
  if (throttle)
    outcomes?.forEach(({ usage }, index) => {
      throttle.take((tasks[index] as ItemTask).layout, 'write', ctx.nowMs, usage);
    });
  return outcomes;
}

/** For reads of a transaction: what takes their units once they were found, and tells how many. */
export function admitReads(ctx: AsyncOperationContext, located: readonly { readonly layout: TableLayout }[]) {
  const throttle = throttleOf(ctx.drivers.items);
  if (throttle) eachOrCancel(located, ({ layout }) => throttle.admit(layout, 'read', ctx.nowMs));
  return (found: readonly (string | undefined)[]): readonly (readonly [TableLayout, Usage])[] =>
    located.map(({ layout }, index) => {
      const usage = newUsage();
      const stored = found[index];
      usage.table = readUnits(stored ? sizeOfStored(stored) : 0, 'transactional');
      throttle?.take(layout, 'read', ctx.nowMs, usage);
      return [layout, usage];
    });
}

export function digestOf(items: unknown): string {
  const text = JSON.stringify(items, (_name, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(text).digest('hex');
}

/** The second time, what the items would cost to read. */
function answerRepeated<Output extends object>(tasks: readonly ItemTask[], input: TransactWriteItemsInput): Output {
  const usages = tasks.map(({ layout, command }): readonly [TableLayout, Usage] => {
    const usage = newUsage();
    usage.table = readUnits(itemSizeBytes(command.given), 'transactional');
    return [layout, usage];
  });
  return answer({ ConsumedCapacity: describeUsages(usages, input.ReturnConsumedCapacity, 'read') });
}
