// Lists come in pages of twenty at most.

import type { OperationContext } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import { invalidInput } from './organizations.errors.ts';

export interface PageInput {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface PageOutput<Row> {
  readonly rows: readonly Row[];
  readonly page: { readonly NextToken?: string };
}

const bounds = { min: 1, max: 20, default: 20 };

/** `scope`: the operation, and whatever else must be the same on the next page. */
export function pageOf<Row extends { readonly id: string }>(
  ctx: OperationContext,
  scope: string,
  { NextToken, MaxResults }: PageInput,
  rows: (afterId: string | undefined) => Iterable<Row>,
  where?: (row: Row) => boolean,
): PageOutput<Row> {
  const found = paginate({
    rows,
    ...(where && { where }),
    maxResults: MaxResults,
    nextToken: NextToken,
    scope: `${ctx.account} ${scope}`,
    bounds,
    errors: {
      invalidToken: () => invalidInput('INVALID_NEXT_TOKEN'),
      invalidMaxResults: () => invalidInput('INVALID_NEXT_TOKEN'),
    },
  });
  return { rows: found.rows, page: found.nextToken === undefined ? {} : { NextToken: found.nextToken } };
}

/** Of what an index or several tables give. */
export function inOrder<Row extends { readonly id: string }>(
  rows: Iterable<Row>,
): (afterId: string | undefined) => readonly Row[] {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  return (afterId) => (afterId === undefined ? sorted : sorted.filter(({ id }) => id > afterId));
}

export function isEmpty(rows: Iterable<unknown>): boolean {
  for (const _ of rows) return false;
  return true;
}
