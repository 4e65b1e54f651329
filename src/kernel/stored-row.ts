// Rows as they are on disk, and as they are read from there: an older one is brought up to what its table holds now.

import type { TimestampMs } from './clock.ts';
import type { Row, Scope, Table } from './table.ts';

/** Short member names, because there is one of these for every row. */
export interface StoredRow {
  readonly v: number;
  readonly c: TimestampMs;
  readonly s: unknown;
  readonly t: unknown;
}

export function decodeRow<Spec, Status>(
  table: Table<Spec, Status>,
  { account, region }: Scope,
  id: string,
  stored: StoredRow,
): Row<Spec, Status> {
  const row = { account, region, id, createdAtMs: stored.c, spec: stored.s, status: stored.t };
  if (stored.v === table.version) return row as Row<Spec, Status>;
  if (!table.upgrade) throw new Error(`${table.name}: a row of version ${stored.v} and no upgrade to ${table.version}`);
  return table.upgrade(row, stored.v);
}

export function encodeRow(version: number, row: Row<unknown, unknown>): StoredRow {
  return { v: version, c: row.createdAtMs, s: row.spec, t: row.status };
}
