// The one way every Describe operation works: ids or filters choose rows, pages cut them, a function describes each.
//
//   describeRows(ctx, { operation, kind, input, ids, fields, paging, describe }) → { described, nextToken }
//
// Rows are read as far as the page needs, so a page of ten thousand rows costs no more than a page of ten.

import { compileFilters, type Filter, type FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { PagingDialect } from './describe-paging.ts';
import { type Identified, type ResourceKind, requireRows } from './resource-kind.ts';
import { tagsOf } from './tags.table.ts';

export interface DescribeRequest<Row extends Identified, Described> {
  /** `DescribeVpcs`: a page token of one operation is no good for another. */
  readonly operation: string;
  /** From resources.ts: where the rows are, how their ids look, and the errors for ids that are wrong. */
  readonly kind: ResourceKind<Row>;
  readonly input: {
    readonly Filters?: readonly Filter[] | undefined;
    readonly MaxResults?: number | undefined;
    readonly NextToken?: string | undefined;
  };
  /** The ids asked for; none, or an empty list, means all rows. */
  readonly ids?: readonly string[] | undefined;
  /** The operation's filters but those for tags, which all have. */
  readonly fields: FilterFields<Row>;
  readonly paging: PagingDialect;
  /** Which rows there are when no ids are asked for; all of the kind, in the order of ids, unless said otherwise. */
  readonly rows?: (afterId: string | undefined) => Iterable<Row>;
  /** Which rows the operation shows at all, whatever is asked for. */
  readonly where?: (row: Row) => boolean;
  readonly describe: (row: Row) => Described;
}

export interface DescribeResult<Described> {
  readonly described: readonly Described[];
  /** undefined on the last page. */
  readonly nextToken: string | undefined;
}

export function describeRows<Row extends Identified, Described>(
  ctx: OperationContext,
  request: DescribeRequest<Row, Described>,
): DescribeResult<Described> {
  const { input, kind, paging } = request;
  const ids = request.ids ?? [];
  checkMaxResults(paging, input.MaxResults, ids);
  const matches = compileFilters(input.Filters, request.fields, (row) => tagsOf(ctx, row.id));
  const shown = request.where;
  const where = shown ? (row: Row) => shown(row) && matches(row) : matches;
  if (ids.length > 0) {
    const chosen = requireRows(ctx, kind, ids).filter(where);
    return { described: chosen.map(request.describe), nextToken: undefined };
  }
  const page = paginate<Row>({
    rows: request.rows ?? ((afterId) => kind.rows(ctx).list(afterId)),
    where,
    maxResults: input.MaxResults,
    nextToken: input.NextToken || undefined,
    scope: `ec2:${request.operation}/${ctx.account}/${ctx.region}`,
    bounds: paging.bounds,
    errors: paging,
  });
  return { described: page.rows.map(request.describe), nextToken: page.nextToken };
}

function checkMaxResults(paging: PagingDialect, maxResults: number | undefined, ids: readonly string[]): void {
  if (maxResults === undefined) return;
  if (ids.length > 0 && paging.withIds) throw paging.withIds();
  if (maxResults < paging.bounds.min) throw paging.invalidMaxResults(maxResults, paging.bounds.min);
  if (maxResults > paging.bounds.max && paging.tooLarge) throw paging.tooLarge(maxResults, paging.bounds.max);
}
