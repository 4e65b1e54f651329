// GetItem, PutItem, UpdateItem and DeleteItem. A table's layout is read and the change is handed to the engine in the same
// turn of the event loop: whoever adds an index counts on that.

import { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { ConsumedCapacity, DynamodbApi, ReturnValue, UpdateItemInput } from '../../generated/dynamodb.types.ts';
import { answer, rawItem, rawStored, type rawText } from './answer.ts';
import { acceptItem, type Item } from './attribute-value.ts';
import { describeUsage, newUsage, readUnits } from './capacity.ts';
import { validationError } from './dynamodb.errors.ts';
import { checkDistinctNames, checkExpressionParameters } from './expression-parameters.ts';
import { openPlaceholders, type PlaceholderInput } from './expressions/placeholders.ts';
import { bindProjection, type Projection, project } from './expressions/projection.ts';
import { decideItem, type ItemOutcome } from './item-change.ts';
import { acceptKey } from './item-checks.ts';
import { describeCollection } from './item-collections.ts';
import {
  checkCommandKey,
  deleteCommand,
  type ItemCommand,
  putCommand,
  refuseNested,
  updateCommand,
  updatedParts,
} from './item-commands.ts';
import { tableKey } from './item-keys.ts';
import { itemOfStored, sizeOfStored } from './stored-item.ts';
import type { TableLayout } from './table-layout.ts';
import { requireLayout } from './table-names.ts';
import { throttleOf } from './throttling.ts';

export interface ProjectionInput extends PlaceholderInput {
  readonly ProjectionExpression?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
}

/** Undefined for whole items. */
export function projectionOf(input: ProjectionInput): Projection | undefined {
  checkExpressionParameters(input, ['ProjectionExpression'], ['AttributesToGet']);
  checkDistinctNames(input.AttributesToGet);
  const placeholders = openPlaceholders(input);
  const projection =
    input.ProjectionExpression === undefined
      ? input.AttributesToGet?.map((name) => [name])
      : bindProjection(input.ProjectionExpression, placeholders);
  placeholders.requireAllUsed();
  return projection;
}

export function refuseNestedKeys(layout: TableLayout, projection: Projection | undefined): void {
  if (projection)
    refuseNested(layout, new Set(projection.filter((path) => path.length > 1).map(([name]) => name as string)));
}

// They hand on the promise that they get: an async function would wait for it three times.
export const itemOperations = {
  GetItem(ctx, input) {
    const key = acceptItem(input.Key);
    const projection = projectionOf(input);
    const layout = requireLayout(ctx, input.TableName);
    acceptKey(layout, key);
    refuseNestedKeys(layout, projection);
    const throttle = throttleOf(ctx.drivers.items);
    throttle?.admit(layout, 'read', ctx.nowMs);
    return ctx.drivers.items.get(tableKey(layout, key), (stored) => {
      const usage = newUsage();
      usage.table = readUnits(stored ? sizeOfStored(stored) : 0, input.ConsistentRead ? 'strong' : 'eventual');
      throttle?.take(layout, 'read', ctx.nowMs, usage);
      return answer({
        Item: stored && (projection ? rawItem(project(itemOfStored(stored), projection)) : rawStored(stored)),
        ConsumedCapacity: describeUsage(input.ReturnConsumedCapacity, layout, usage),
      });
    });
  },

  PutItem(ctx, input) {
    const command = counted('PutItem', () => putCommand(input));
    return changeAndAnswer(ctx, input, command, ({ before }) => {
      return input.ReturnValues === 'ALL_OLD' && before ? rawStored(before.stored) : undefined;
    });
  },

  DeleteItem(ctx, input) {
    const command = counted('DeleteItem', () => deleteCommand(input));
    return changeAndAnswer(ctx, input, command, ({ before }) => {
      return input.ReturnValues === 'ALL_OLD' && before ? rawStored(before.stored) : undefined;
    });
  },

  UpdateItem(ctx, input) {
    const command = counted('UpdateItem', () => updateCommand(input, 'current'));
    return changeAndAnswer(ctx, input, command, (outcome) => {
      const shown = returnedItem(input.ReturnValues, command, outcome);
      return shown && rawItem(shown);
    });
  },
} satisfies AsyncOperations<DynamodbApi>;

const valueComplaints =
  'The parameter cannot be|Number (?:over|under)flow|Attempting to store|One or more parameter values were invalid: (?:An |Input)';

/** Complaints that the fronts of these operations counted in May 2026, when they told others plainly. */
const countedComplaints = {
  PutItem: /^Value provided in/,
  DeleteItem: /^Value provided in/,
  UpdateItem: new RegExp(
    `^(?:${valueComplaints}|ExpressionAttributeValues must not|Invalid UpdateExpression: (?:The "\\w+" section can only|Two document paths))`,
  ),
} as const;

function counted<T>(operation: keyof typeof countedComplaints, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isCounted = error instanceof AwsError && countedComplaints[operation].test(error.message);
    throw isCounted ? validationError(`1 validation error detected: ${error.message}`) : error;
  }
}

type WriteInput = Pick<
  UpdateItemInput,
  'TableName' | 'ReturnConsumedCapacity' | 'ReturnItemCollectionMetrics' | 'ReturnValuesOnConditionCheckFailure'
>;

async function changeAndAnswer(
  ctx: AsyncOperationContext,
  input: WriteInput,
  command: ItemCommand,
  attributes: (outcome: ItemOutcome) => ReturnType<typeof rawText> | undefined,
): Promise<{ ConsumedCapacity?: ConsumedCapacity }> {
  const layout = requireLayout(ctx, input.TableName);
  checkCommandKey(layout, command);
  const key = tableKey(layout, command.given);
  const onFailure = input.ReturnValuesOnConditionCheckFailure;
  const throttle = throttleOf(ctx.drivers.items);
  throttle?.admit(layout, 'write', ctx.nowMs);
  const outcome = await ctx.drivers.items.change({
    reads: [key],
    decide: ([stored], at) => decideItem({ layout, key, command, nowMs: ctx.nowMs, onFailure }, stored, at),
  });
  throttle?.take(layout, 'write', ctx.nowMs, outcome.usage);
  return answer({
    Attributes: attributes(outcome),
    ConsumedCapacity: describeUsage(input.ReturnConsumedCapacity, layout, outcome.usage),
    ItemCollectionMetrics: describeCollection(
      input.ReturnItemCollectionMetrics,
      layout,
      command.given,
      outcome.collectionBytes,
    ),
  });
}

export function returnedItem(
  wanted: ReturnValue | undefined,
  command: ItemCommand,
  { before, after }: ItemOutcome,
): Item | undefined {
  const parts = (item: Item | undefined) => {
    const found = item && command.kind === 'update' ? updatedParts(command.update, item) : undefined;
    return found && Object.keys(found).length > 0 ? found : undefined;
  };
  switch (wanted) {
    case 'ALL_OLD':
      return before?.item;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return parts(before?.item);
    case 'UPDATED_NEW':
      return parts(after);
    default:
      return undefined;
  }
}
