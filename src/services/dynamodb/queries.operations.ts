// Query and Scan: what is asked for is read from the request, a page of it from the engine.

import type { AsyncOperations } from '../../aws/operation.ts';
import type { DynamodbApi, QueryInput, ScanInput } from '../../generated/dynamodb.types.ts';
import { answer, rawList } from './answer.ts';
import { describeUsage } from './capacity.ts';
import { validationError } from './dynamodb.errors.ts';
import { checkDistinctNames, checkExpressionParameters } from './expression-parameters.ts';
import { bindCondition, type Condition, namesIn } from './expressions/condition.ts';
import { type KeyConditions, keyConditionsOf } from './expressions/key-condition.ts';
import { filterCondition, legacyKeyConditions } from './expressions/legacy-conditions.ts';
import { openPlaceholders } from './expressions/placeholders.ts';
import { bindProjection, type Projection } from './expressions/projection.ts';
import { refuseNested } from './item-commands.ts';
import { segmentBounds } from './item-keys.ts';
import { refuseNestedKeys } from './items.operations.ts';
import { checkStartKey, planQuery } from './query-plan.ts';
import type { Page } from './read-page.ts';
import {
  acceptStartKey,
  answeredOf,
  checkSelect,
  invalidStartKey,
  requireSource,
  startKeyBytes,
} from './read-source.ts';
import type { TableLayout } from './table-layout.ts';
import { requireLayout } from './table-names.ts';
import { readThrottled } from './throttling.ts';

interface Bound {
  readonly conditions: KeyConditions | undefined;
  readonly filter: Condition | undefined;
  readonly projection: Projection | undefined;
}

export const queryOperations = {
  async Query(ctx, input) {
    checkExpressionParameters(
      input,
      ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
      ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
    );
    checkConditionalOperator(input, input.QueryFilter);
    checkDistinctNames(input.AttributesToGet);
    const start = acceptStartKey(input.ExclusiveStartKey, 'current');
    if (!input.KeyConditions && input.KeyConditionExpression === undefined)
      throw validationError(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    checkSelect(input, 'Query');
    const { conditions, filter, projection } = bindQuery(input);
    const layout = requireLayout(ctx, input.TableName);
    const source = requireSource(layout, input);
    const plan = planQuery(source, conditions as KeyConditions, input.KeyConditions !== undefined);
    const after = start && startKeyBytes(source, start);
    if (start) checkStartKey(source, plan, start);
    refuseNestedKeys(layout, projection);
    if (filter) checkFilter(layout, source.keys, filter, input.QueryFilter ? 'QueryFilter' : 'Filter Expression');
    const page = await readThrottled(ctx, {
      source,
      range: { ...plan.bounds, reverse: input.ScanIndexForward === false, after },
      limit: input.Limit,
      filter,
      answered: answeredOf(source, input.Select, projection),
      consistency: input.ConsistentRead ? 'strong' : 'eventual',
    });
    return answerPage(input, layout, page);
  },

  async Scan(ctx, input) {
    checkExpressionParameters(
      input,
      ['ProjectionExpression', 'FilterExpression'],
      ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
    );
    checkConditionalOperator(input, input.ScanFilter);
    checkDistinctNames(input.AttributesToGet);
    const start = acceptStartKey(input.ExclusiveStartKey, 'older');
    const { segment, total } = segmentOf(input);
    checkSelect(input, 'Scan');
    const { filter, projection } = bindScan(input);
    const layout = requireLayout(ctx, input.TableName);
    const source = requireSource(layout, input);
    const after = start && startKeyBytes(source, start);
    const bounds = segmentBounds(source.keys, segment, total);
    if (after && (Buffer.compare(after, bounds.from) < 0 || Buffer.compare(after, bounds.to) >= 0))
      throw invalidStartKey(
        `Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${total} Segment: ${segment}`,
      );
    refuseNestedKeys(layout, projection);
    if (filter) refuseNested(layout, namesIn(filter).nested);
    const page = await readThrottled(ctx, {
      source,
      range: { ...bounds, after },
      limit: input.Limit,
      filter,
      answered: answeredOf(source, input.Select, projection),
      consistency: input.ConsistentRead ? 'strong' : 'eventual',
    });
    return answerPage(input, layout, page);
  },
} satisfies AsyncOperations<DynamodbApi>;

function bindQuery(input: QueryInput): Bound {
  const filter = input.QueryFilter && filterCondition(input.QueryFilter, input.ConditionalOperator, 'current');
  const placeholders = openPlaceholders(input);
  const conditions =
    input.KeyConditionExpression === undefined
      ? undefined
      : bindCondition('KeyConditionExpression', input.KeyConditionExpression, placeholders);
  const bound = bindFilter(input, placeholders, filter);
  placeholders.requireAllUsed();
  // What the key conditions say is looked at when all expressions are known to be sound.
  return {
    conditions: conditions ? keyConditionsOf(conditions) : legacyKeyConditions(input.KeyConditions ?? {}),
    ...bound,
  };
}

function bindScan(input: ScanInput): Bound {
  const filter = input.ScanFilter && filterCondition(input.ScanFilter, input.ConditionalOperator, 'older');
  const placeholders = openPlaceholders(input, 'older');
  const bound: Bound = { conditions: undefined, ...bindFilter(input, placeholders, filter) };
  placeholders.requireAllUsed();
  return bound;
}

function bindFilter(
  input: QueryInput | ScanInput,
  placeholders: ReturnType<typeof openPlaceholders>,
  legacy: Condition | undefined,
): Pick<Bound, 'filter' | 'projection'> {
  const { FilterExpression, ProjectionExpression, AttributesToGet } = input;
  return {
    filter: FilterExpression === undefined ? legacy : bindCondition('FilterExpression', FilterExpression, placeholders),
    projection:
      ProjectionExpression === undefined
        ? AttributesToGet?.map((name) => [name])
        : bindProjection(ProjectionExpression, placeholders),
  };
}

function checkConditionalOperator({ ConditionalOperator }: QueryInput | ScanInput, filter: object | undefined): void {
  if (ConditionalOperator === undefined) return;
  if (!filter) throw validationError('ConditionalOperator cannot be used without Filter or Expected');
  if (Object.keys(filter).length < 2)
    throw validationError('ConditionalOperator can only be used for Filter or Expected for two or more conditions');
}

function checkFilter(
  layout: TableLayout,
  { parts }: Pick<TableLayout, 'parts'>,
  filter: Condition,
  parameter: string,
): void {
  const { heads, nested } = namesIn(filter);
  const key = parts.find(({ name }) => heads.has(name));
  if (key)
    throw validationError(
      `${parameter} can only contain non-primary key attributes: Primary key attribute: ${key.name}`,
    );
  refuseNested(layout, nested);
}

function segmentOf({ Segment, TotalSegments }: ScanInput): { readonly segment: number; readonly total: number } {
  if (TotalSegments === undefined) {
    if (Segment !== undefined)
      throw validationError(
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
      );
    return { segment: 0, total: 1 };
  }
  if (Segment === undefined)
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  if (Segment >= TotalSegments)
    throw validationError(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    );
  return { segment: Segment, total: TotalSegments };
}

function answerPage<Output extends object>(input: QueryInput | ScanInput, layout: TableLayout, page: Page): Output {
  return answer({
    Items: page.items && rawList(page.items),
    Count: page.count,
    ScannedCount: page.scannedCount,
    LastEvaluatedKey: page.lastKey,
    ConsumedCapacity: describeUsage(input.ReturnConsumedCapacity, layout, page.usage),
  });
}
