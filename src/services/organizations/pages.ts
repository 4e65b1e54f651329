// Lists come in pages of twenty at most.

import type { OperationContext } from '../../aws/operation.ts';
import { createPager, type RowsAfter } from '../../aws/paginate.ts';
import { invalidInput } from './organizations.errors.ts';

export interface PageInput {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface PageOutput<Row> {
  readonly rows: readonly Row[];
  readonly page: { readonly NextToken?: string };
}

const page = createPager(
  { min: 1, max: 20, default: 20 },
  {
    invalidToken: () => invalidInput('INVALID_NEXT_TOKEN'),
    invalidMaxResults: () => invalidInput('INVALID_NEXT_TOKEN'),
  },
);

export function pageOf<Row extends { readonly id: string }>(
  ctx: OperationContext,
  list: string,
  { NextToken, MaxResults }: PageInput,
  rows: RowsAfter<Row>,
  where?: (row: Row) => boolean,
): PageOutput<Row> {
  const { rows: shown, nextToken } = page(ctx, list, { nextToken: NextToken, maxResults: MaxResults }, rows, where);
  return { rows: shown, page: nextToken === undefined ? {} : { NextToken: nextToken } };
}

export function isEmpty(rows: Iterable<unknown>): boolean {
  for (const _ of rows) return false;
  return true;
}
