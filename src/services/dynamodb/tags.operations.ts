// TagResource, UntagResource and ListTagsOfResource, of tables.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { tagsByKey } from '../../aws/tags.ts';
import { tableNameFault } from '../../aws/validation/dynamodb-wording.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { accessDenied, invalidParameter, resourceNotFound, validationError } from './dynamodb.errors.ts';
import { type TableRow, tables } from './tables.table.ts';
import { mostTags, validateTags } from './tags.ts';

export const tagOperations = {
  TagResource(ctx, { ResourceArn, Tags }) {
    const name = tableNameOfArn(ctx, ResourceArn, 'TagResource');
    if (Tags.length === 0) throw validationError('Atleast one Tag needs to be provided as Input.');
    const { id, spec } = requireNamed(ctx, name, ResourceArn);
    validateTags(Tags);
    const tags = { ...spec.tags, ...tagsByKey(Tags) };
    if (Object.keys(tags).length > mostTags)
      throw validationError(`Too many tags: The number of tags exceeds the limit of ${mostTags}`);
    ctx.table(tables).update(id, (before) => ({ ...before, tags }));
    return {};
  },

  UntagResource(ctx, { ResourceArn, TagKeys }) {
    const name = tableNameOfArn(ctx, ResourceArn, 'UntagResource');
    if (TagKeys.length === 0) throw validationError('Atleast one Tag Key needs to be provided as Input.');
    const { id, spec } = requireNamed(ctx, name, ResourceArn);
    const tags = Object.fromEntries(Object.entries(spec.tags).filter(([key]) => !TagKeys.includes(key)));
    ctx.table(tables).update(id, (before) => ({ ...before, tags }));
    return {};
  },

  /** All of them at once, though the model has pages. */
  ListTagsOfResource(ctx, { ResourceArn }) {
    const { spec } = requireTableOfArn(ctx, ResourceArn, 'ListTagsOfResource');
    return { Tags: Object.entries(spec.tags).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Operations<DynamodbApi>;

export function requireTableOfArn(
  ctx: OperationContext,
  resourceArn: string,
  operation: string,
  missing?: (tableName: string) => Error,
): TableRow {
  return requireNamed(ctx, tableNameOfArn(ctx, resourceArn, operation), resourceArn, missing);
}

function requireNamed(
  ctx: OperationContext,
  name: string,
  resourceArn: string,
  missing = (_tableName: string) =>
    resourceNotFound(`Requested resource not found: ResourcArn: ${resourceArn} not found`) as Error,
): TableRow {
  const row = ctx.table(tables).get(name);
  if (!row) throw missing(name);
  return row;
}

/** Of an ARN of the caller's own account and region; throws for all others. */
function tableNameOfArn(ctx: OperationContext, resourceArn: string, operation: string): string {
  if (!resourceArn.startsWith('arn:')) throw validationError("ARNs must start with 'arn:'");
  const arn = parseArn(resourceArn);
  const [, name, isOfIndex] = /^table\/([^/]+)(\/index\/)?/.exec(arn?.resource ?? '') ?? [];
  if (isOfIndex)
    throw invalidParameter(
      `Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${resourceArn}`,
    );
  if (arn?.service !== 'dynamodb' || name === undefined || tableNameFault(name) !== undefined)
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${resourceArn}`);
  // Whether another account's table is there is not told.
  if (arn.account !== ctx.account) throw accessDenied(ctx, operation, resourceArn);
  if (arn.region !== ctx.region)
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${resourceArn}`);
  return name;
}
