// Which parameters of a request may come together: expressions and what they replaced may not, and placeholders need
// expressions to stand in.

import { emptyName } from './attribute-value.ts';
import { validationError } from './dynamodb.errors.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** `expressions` and `legacy` are names of members, in the order in which DynamoDB tells them. */
export function checkExpressionParameters(
  input: object,
  expressions: readonly string[],
  legacy: readonly string[],
): void {
  const given = input as Parameters;
  const isGiven = (name: string) => given[name] !== undefined;
  const hasPlaceholders = isGiven('ExpressionAttributeNames') || isGiven('ExpressionAttributeValues');
  if (!hasPlaceholders && !expressions.some(isGiven)) return;
  const used = expressions.filter(isGiven);
  if (used.length > 0) {
    // KeyConditions may stand beside expressions other than the one that replaced it.
    const clashing = legacy.filter(
      (name) => isGiven(name) && !(name === 'KeyConditions' && !isGiven('KeyConditionExpression')),
    );
    if (clashing.length > 0)
      throw validationError(
        `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${clashing.join(', ')}} Expression parameters: {${used.join(', ')}}`,
      );
  }
  if (isGiven('ExpressionAttributeNames') && used.length === 0)
    throw validationError('ExpressionAttributeNames can only be specified when using expressions');
  const withValues = expressions.filter((name) => name !== 'ProjectionExpression');
  if (isGiven('ExpressionAttributeValues') && withValues.length > 0 && !withValues.some(isGiven))
    throw validationError(
      `ExpressionAttributeValues can only be specified when using expressions: ${withValues.join(' and ')} ${withValues.length > 1 ? 'are' : 'is'} null`,
    );
}

export function checkDistinctNames(names: readonly string[] | undefined): void {
  if (names?.includes('')) throw emptyName();
  if (!names || new Set(names).size === names.length) return;
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  throw validationError(`One or more parameter values were invalid: Duplicate value in attribute name: ${duplicate}`);
}
