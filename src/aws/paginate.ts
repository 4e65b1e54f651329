// Pages over rows in the order of their ids. A token says after which id to go on, so rows may come and go between
// pages without one being shown twice or left out, and no more rows are read than the page shows, plus one.

import { hash } from 'node:crypto';
import type { Scope } from '../kernel/table.ts';
import type { AwsError } from './errors.ts';

export interface PageRequest<Row extends { readonly id: string }> {
  /** Rows in the order of their ids, from the one after `afterId` on; read lazily. */
  readonly rows: (afterId: string | undefined) => Iterable<Row>;
  /** Which rows count; the others are passed over. */
  readonly where?: (row: Row) => boolean;
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  /** What the token is good for: operation, account, region, and what else must be the same on the next page. */
  readonly scope: string;
  readonly bounds: PageBounds;
  readonly errors: PageErrors;
}

export interface PageBounds {
  readonly min: number;
  /** Asking for more gets this many. */
  readonly max: number;
  /** When the request does not say; without it, everything is one page. */
  readonly default?: number;
}

/** The service's own. */
export interface PageErrors {
  readonly invalidToken: (token: string) => AwsError;
  /** Of a number below `min`. */
  readonly invalidMaxResults: (maxResults: number, min: number) => AwsError;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

export function paginate<Row extends { readonly id: string }>(request: PageRequest<Row>): Page<Row> {
  const { where, nextToken, scope } = request;
  const size = pageSize(request);
  const afterId = nextToken === undefined ? undefined : parsePageToken(nextToken, scope);
  if (nextToken !== undefined && afterId === undefined) throw request.errors.invalidToken(nextToken);
  const rows: Row[] = [];
  for (const row of request.rows(afterId)) {
    if (where && !where(row)) continue;
    if (rows.length === size) return { rows, nextToken: formatPageToken(rows.at(-1)!.id, scope) };
    rows.push(row);
  }
  return { rows };
}

/** Rows from the one after `afterId` on. */
export type RowsAfter<Row> = (afterId: string | undefined) => Iterable<Row>;

export type Asked = Pick<PageRequest<never>, 'maxResults' | 'nextToken'>;

/** `list`: the operation, and whatever else must be the same on the next page. */
export type Pager = <Row extends { readonly id: string }>(
  scope: Scope,
  list: string,
  asked: Asked,
  rows: RowsAfter<Row>,
  where?: (row: Row) => boolean,
) => Page<Row>;

/** The lists of one service: pages of all of them are as long, and its errors are the same. */
export function createPager(bounds: PageBounds, errors: PageErrors): Pager {
  return ({ account, region }, list, asked, rows, where) =>
    paginate({ rows, ...(where && { where }), ...asked, scope: `${account} ${region} ${list}`, bounds, errors });
}

/** Of what an index, several tables or other things than rows give. */
export function inOrder<Row extends { readonly id: string }>(rows: Iterable<Row>): RowsAfter<Row> {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  return (afterId) => (afterId === undefined ? sorted : sorted.filter(({ id }) => id > afterId));
}

function pageSize({
  maxResults,
  bounds,
  errors,
}: Pick<PageRequest<never>, 'maxResults' | 'bounds' | 'errors'>): number {
  if (maxResults === undefined) return bounds.default ?? Number.POSITIVE_INFINITY;
  if (maxResults < bounds.min) throw errors.invalidMaxResults(maxResults, bounds.min);
  return Math.min(maxResults, bounds.max);
}

// Raised when the layout changes: an older token is then invalid, not misread.
const tokenVersion = 1;
const digestBytes = 9;

/** Opaque to clients: version, a digest that ties it to its scope and tells damage, and the id. */
export function formatPageToken(lastId: string, scope: string): string {
  return Buffer.concat([Buffer.of(tokenVersion), digest(lastId, scope), Buffer.from(lastId, 'utf8')]).toString(
    'base64url',
  );
}

/** The last id of the page before, or undefined when the token is not one that `formatPageToken` made for the scope. */
export function parsePageToken(token: string, scope: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes[0] !== tokenVersion || bytes.length <= 1 + digestBytes) return undefined;
  const lastId = bytes.toString('utf8', 1 + digestBytes);
  return formatPageToken(lastId, scope) === token ? lastId : undefined;
}

function digest(lastId: string, scope: string): Buffer {
  return Buffer.from(hash('sha256', `${tokenVersion}\n${scope}\n${lastId}`, 'hex'), 'hex').subarray(0, digestBytes);
}
