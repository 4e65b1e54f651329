// Lists come in pages of a hundred.

import type { OperationContext } from '../../aws/operation.ts';
import { createPager, type Page, type RowsAfter } from '../../aws/paginate.ts';
import { invalidParameter } from './sns.errors.ts';

const page = createPager(
  { min: 1, max: 100, default: 100 },
  {
    invalidToken: (token) => invalidParameter(`NextToken Reason: invalid token ${token}`),
    invalidMaxResults: () => invalidParameter('MaxItems'),
  },
);

export const pageOf = <Row extends { readonly id: string }>(
  ctx: OperationContext,
  list: string,
  nextToken: string | undefined,
  rows: RowsAfter<Row>,
): Page<Row> => page(ctx, list, { nextToken, maxResults: undefined }, rows);
