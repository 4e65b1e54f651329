// What a table is. A row has two halves with one writer each: operations write `spec` (what was asked), reconcilers
// write `status` (what is true). States such as `pending` or `stopping` are derived from the two, never stored.

import type { TimestampMs } from './clock.ts';

/** Whose row it is. Part of every key. A row of a global service has the empty region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface RowKey extends Scope {
  readonly id: string;
}

export interface Row<Spec, Status> extends RowKey {
  readonly createdAtMs: TimestampMs;
  readonly spec: Spec;
  readonly status: Status;
}

/** Derives the values under which a row is found; a row with no value is not in the index. */
export type Index<Spec, Status> = (row: Row<Spec, Status>) => readonly string[];

export interface Table<Spec, Status> {
  /** Unique in the cloud, and prefixed by the service: `ec2.instances`. */
  readonly name: string;
  /** Raised when the shape of a row changes; `upgrade` then brings an older row up to it. */
  readonly version: number;
  /** Rows of a global service (IAM, Route 53) belong to an account alone: their region is empty. */
  readonly isGlobal: boolean;
  readonly upgrade?: (row: Row<unknown, unknown>, fromVersion: number) => Row<Spec, Status>;
  /** The status of a row that no reconciler has seen yet. */
  readonly initialStatus: Status;
  readonly indexes: Readonly<Record<string, Index<Spec, Status>>>;
}

export interface TableOptions<Spec, Status> {
  readonly name: string;
  readonly version?: number;
  readonly isGlobal?: boolean;
  readonly upgrade?: (row: Row<unknown, unknown>, fromVersion: number) => Row<Spec, Status>;
  readonly initialStatus: Status;
  readonly indexes?: Readonly<Record<string, Index<Spec, Status>>>;
}

export function defineTable<Spec, Status>(options: TableOptions<Spec, Status>): Table<Spec, Status> {
  return { version: 1, isGlobal: false, indexes: {}, ...options };
}

/** A table whose rows no reconciler touches: what was asked is all there is. */
export function defineSpecTable<Spec>(options: Omit<TableOptions<Spec, null>, 'initialStatus'>): Table<Spec, null> {
  return defineTable<Spec, null>({ ...options, initialStatus: null });
}

/** Reads one table within one scope. Lists are in the order of ids, and lazy: they read as far as they are consumed. */
export interface TableReader<Spec, Status> {
  get(id: string): Row<Spec, Status> | undefined;
  has(id: string): boolean;
  /** All rows of the scope, those after `afterId` when it is given. */
  list(afterId?: string): Iterable<Row<Spec, Status>>;
  /** The rows that `index` files under `value`. */
  by(index: string, value: string): Iterable<Row<Spec, Status>>;
}

/** The operations' side: spec only. */
export interface SpecTable<Spec, Status> extends TableReader<Spec, Status> {
  insert(id: string, spec: Spec): Row<Spec, Status>;
  /** Replaces the spec of an existing row by what `change` makes of it. */
  update(id: string, change: (spec: Spec, row: Row<Spec, Status>) => Spec): Row<Spec, Status>;
  remove(id: string): void;
}

/** The reconcilers' side: status only. Whoever makes the world also lets the row go, last. */
export interface StatusTable<Spec, Status> extends TableReader<Spec, Status> {
  /** Replaces the status; writes nothing (and wakes nobody) when it is the same. No-op on a missing row. */
  update(id: string, change: (status: Status, row: Row<Spec, Status>) => Status): void;
  remove(id: string): void;
}

/** A committed change of one row. `before` is absent for an insert, `after` for a removal. */
export interface Change {
  readonly table: string;
  readonly key: RowKey;
  readonly before?: Row<unknown, unknown>;
  readonly after?: Row<unknown, unknown>;
}
