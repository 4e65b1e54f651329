// Lists come in pages of a hundred, or of up to a thousand when one asks; a marker leads to the next one.

import type { OperationContext } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
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

const bounds = { min: 1, max: 1000, default: 100 };

/** `scope`: the operation, and whatever else must be the same on the next page. */
export function pageOf<Row extends { readonly id: string }>(
  ctx: OperationContext,
  scope: string,
  { Marker, MaxItems }: PageInput,
  rows: (afterId: string | undefined) => Iterable<Row>,
  where?: (row: Row) => boolean,
): { readonly rows: readonly Row[]; readonly page: PageOutput } {
  const found = paginate({
    rows,
    ...(where && { where }),
    maxResults: MaxItems,
    nextToken: Marker,
    scope: `${ctx.account} ${scope}`,
    bounds,
    errors: {
      invalidToken: () => validationError('Invalid Marker.'),
      invalidMaxResults: () => validationError('Invalid MaxItems.'),
    },
  });
  const { nextToken } = found;
  return {
    rows: found.rows,
    page: nextToken === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: nextToken },
  };
}

/** Of what is not kept in the order of its ids. */
export function inOrder<Row extends { readonly id: string }>(
  rows: Iterable<Row>,
): (afterId: string | undefined) => readonly Row[] {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  return (afterId) => (afterId === undefined ? sorted : sorted.filter(({ id }) => id > afterId));
}

/** The oldest first: what has ids by chance. */
export function byAge<Row extends { readonly id: string; readonly createdAtMs: TimestampMs }>(
  rows: Iterable<Row>,
): (afterId: string | undefined) => readonly { readonly id: string; readonly row: Row }[] {
  return inOrder([...rows].map((row) => ({ id: `${String(row.createdAtMs).padStart(16, '0')} ${row.id}`, row })));
}

/** Things that a row holds, each under an id of its own. */
export function listed<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
): (afterId: string | undefined) => readonly { readonly id: string; readonly item: Item }[] {
  return inOrder(items.map((item) => ({ id: idOf(item), item })));
}
