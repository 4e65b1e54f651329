// Lists come in pages of a hundred.

import type { OperationContext } from '../../aws/operation.ts';
import { type Page, paginate } from '../../aws/paginate.ts';
import { invalidParameter } from './sns.errors.ts';

const pageSize = 100;

export function pageOf<Row extends { readonly id: string }>(
  ctx: OperationContext,
  scope: string,
  nextToken: string | undefined,
  rows: (afterId: string | undefined) => Iterable<Row>,
): Page<Row> {
  return paginate({
    rows,
    maxResults: pageSize,
    nextToken,
    scope: `${ctx.account} ${ctx.region} ${scope}`,
    bounds: { min: 1, max: pageSize },
    errors: {
      invalidToken: (token) => invalidParameter(`NextToken Reason: invalid token ${token}`),
      invalidMaxResults: () => invalidParameter('MaxItems'),
    },
  });
}

/** Of rows that are not found in the order of their ids, or not by where they begin. */
export function after<Row extends { readonly id: string }>(
  rows: Iterable<Row>,
): (afterId: string | undefined) => readonly Row[] {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  return (afterId) => (afterId === undefined ? sorted : sorted.filter(({ id }) => id > afterId));
}
