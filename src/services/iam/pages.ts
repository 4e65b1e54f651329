// Lists come in pages of a hundred, or of up to a thousand when one asks; a marker leads to the next one.

import type { OperationContext } from '../../aws/operation.ts';
import { createPager, inOrder, type RowsAfter } from '../../aws/paginate.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { validationError } from './iam.errors.ts';

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface PageOutput {
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

const page = createPager(
  { min: 1, max: 1000, default: 100 },
  {
    invalidToken: () => validationError('Invalid Marker.'),
    invalidMaxResults: () => validationError('Invalid MaxItems.'),
  },
);

export function pageOf<Row extends { readonly id: string }>(
  ctx: OperationContext,
  list: string,
  { Marker, MaxItems }: PageInput,
  rows: RowsAfter<Row>,
  where?: (row: Row) => boolean,
): { readonly rows: readonly Row[]; readonly page: PageOutput } {
  const { rows: shown, nextToken } = page(ctx, list, { nextToken: Marker, maxResults: MaxItems }, rows, where);
  return {
    rows: shown,
    page: nextToken === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: nextToken },
  };
}

/** The oldest first: what has ids by chance. */
export function byAge<Row extends { readonly id: string; readonly createdAtMs: TimestampMs }>(
  rows: Iterable<Row>,
): RowsAfter<{ readonly id: string; readonly row: Row }> {
  return inOrder([...rows].map((row) => ({ id: `${String(row.createdAtMs).padStart(16, '0')} ${row.id}`, row })));
}

/** Things that a row holds, each under an id of its own. */
export function listed<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
): RowsAfter<{ readonly id: string; readonly item: Item }> {
  return inOrder(items.map((item) => ({ id: idOf(item), item })));
}
