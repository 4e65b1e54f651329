// Which items an export holds, and what of them: expressions as a Scan has them.

import { type Item, itemToModel } from './attribute-value.ts';
import type { ExportFilter } from './exports.table.ts';
import { bindCondition } from './expressions/condition.ts';
import { satisfies } from './expressions/evaluate.ts';
import { openPlaceholders } from './expressions/placeholders.ts';
import { bindProjection, project } from './expressions/projection.ts';

/** Returns what of an item is exported; undefined for nothing. Throws what is wrong with the expressions. */
export function filterOf(filter: ExportFilter | undefined): (item: Item) => Item | undefined {
  if (!filter) return (item) => item;
  const placeholders = openPlaceholders({
    ExpressionAttributeNames: filter.ExpressionAttributeNames,
    ExpressionAttributeValues: filter.values && itemToModel(filter.values),
  });
  const { KeyConditionExpression: keys, FilterExpression: wanted, ProjectionExpression: shown } = filter;
  const conditions = [
    keys === undefined ? undefined : bindCondition('KeyConditionExpression', keys, placeholders),
    wanted === undefined ? undefined : bindCondition('FilterExpression', wanted, placeholders),
  ].filter((condition) => condition !== undefined);
  const projection = shown === undefined ? undefined : bindProjection(shown, placeholders);
  placeholders.requireAllUsed();
  return (item) => {
    if (!conditions.every((condition) => satisfies(item, condition))) return undefined;
    return projection ? project(item, projection) : item;
  };
}
