// A store's tables as they are opened for one scope: to read what is committed, and in a transaction to write one half of
// its rows. Classes, because operations open several for every request.

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from './clock.ts';
import type { KeyValue, KeyValueReader } from './key-value.ts';
import type { Overlay } from './overlay.ts';
import {
  canBePart,
  canBeScope,
  endOf,
  idKey,
  indexKey,
  indexPrefix,
  rowKey,
  rowPrefix,
  startAfter,
} from './store-keys.ts';
import { decodeRow, encodeRow, type StoredRow } from './stored-row.ts';
import type { Change, Row, RowKey, Scope, SpecTable, StatusTable, Table, TableReader } from './table.ts';

export interface OpenTransaction {
  readonly writer: Overlay;
  readonly changes: Change[];
  /** What it has opened so far: operations ask for the same few tables again for every row they look at. */
  readonly opened: { readonly name: string; readonly scope: Scope; readonly table: unknown }[];
}

/** What all tables of a store have in common. */
export class StoreSession {
  readonly keyValue: KeyValue;
  /** At most one at a time: it is synchronous. */
  open: OpenTransaction | undefined;

  constructor(keyValue: KeyValue) {
    this.keyValue = keyValue;
    this.open = undefined;
  }

  /** Inside a transaction, also what it wrote so far. */
  get reader(): KeyValueReader {
    return this.open?.writer ?? this.keyValue;
  }
}

/** Enough for what many rows refer to; the many themselves are not worth keeping, and would keep the collector busy. */
const mostKnownRows = 100;

/** Rows by id; undefined for an id that has none. */
type KnownRows<Spec, Status> = Map<string, Row<Spec, Status> | undefined>;

export class RowReader<Spec, Status> implements TableReader<Spec, Status>, Scope {
  readonly account: string;
  readonly region: string;
  readonly #session: StoreSession;
  readonly #table: Table<Spec, Status>;
  readonly #prefix: string;
  readonly #isPossible: boolean;
  /** What the transaction that it was opened in has seen of the table; absent outside of one. */
  readonly #known: KnownRows<Spec, Status> | undefined;
  readonly #transaction: OpenTransaction | undefined;

  constructor(session: StoreSession, table: Table<Spec, Status>, scope: Scope, known?: KnownRows<Spec, Status>) {
    this.#session = session;
    this.#table = table;
    this.account = scope.account;
    this.region = scope.region;
    this.#prefix = rowPrefix(table.name, scope);
    this.#isPossible = canBeScope(scope);
    this.#known = known;
    this.#transaction = session.open;
  }

  get(id: string): Row<Spec, Status> | undefined {
    const known = this.#known;
    if (!known || this.#session.open !== this.#transaction) return this.#read(id);
    let row = known.get(id);
    if (row === undefined && !known.has(id)) {
      row = this.#read(id);
      if (known.size >= mostKnownRows) known.clear();
      known.set(id, row);
    }
    return row;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *list(afterId?: string): Iterable<Row<Spec, Status>> {
    if (!this.#isPossible) return;
    const prefix = this.#prefix;
    const start = afterId === undefined ? prefix : startAfter(prefix, afterId);
    for (const [key, stored] of this.#session.reader.range(start, endOf(prefix)))
      yield decodeRow(this.#table, this, key.slice(prefix.length), stored as StoredRow);
  }

  *by(index: string, value: string): Iterable<Row<Spec, Status>> {
    const { name, indexes } = this.#table;
    if (!indexes[index]) throw new Error(`${name} has no index ${index}`);
    if (!this.#isPossible || !canBePart(value)) return;
    const start = indexPrefix(name, index, this, value);
    for (const key of this.#session.reader.keys(start, endOf(start))) {
      const row = this.get(key.slice(start.length));
      if (row) yield row;
    }
  }

  #read(id: string): Row<Spec, Status> | undefined {
    if (!this.#isPossible || !canBePart(id)) return undefined;
    const stored = this.#session.reader.get(this.#prefix + id) as StoredRow | undefined;
    return stored && decodeRow(this.#table, this, id, stored);
  }
}

/** The rows of a table in a transaction, with what it has seen and written of them. */
class TransactionRows<Spec, Status> {
  readonly reader: RowReader<Spec, Status>;
  readonly #session: StoreSession;
  readonly #table: Table<Spec, Status>;
  readonly #known: KnownRows<Spec, Status>;

  constructor(session: StoreSession, table: Table<Spec, Status>, scope: Scope) {
    this.#session = session;
    this.#table = table;
    this.#known = new Map();
    this.reader = new RowReader(session, table, scope, this.#known);
  }

  insert(after: Row<Spec, Status>): void {
    if (this.reader.has(after.id)) throw new Error(`${this.#table.name} already has ${after.id}`);
    this.#write(after, undefined, after);
  }

  replace(before: Row<Spec, Status>, after: Row<Spec, Status>): void {
    this.#write(after, before, after);
  }

  remove(id: string): void {
    const before = this.reader.get(id);
    if (before) this.#write(before, before, undefined);
  }

  #write(key: RowKey, before: Row<Spec, Status> | undefined, after: Row<Spec, Status> | undefined): void {
    const table = this.#table;
    const { writer, changes } = this.#session.open ?? unreachable('a write outside a transaction');
    const entries = after ? indexEntries(table, after) : [];
    const stale = before ? indexEntries(table, before) : [];
    for (const entry of stale) if (!entries.includes(entry)) writer.remove(entry);
    for (const entry of entries) if (!stale.includes(entry)) writer.put(entry, true);
    if (!before) writer.put(idKey(table.name, key), true);
    if (after) writer.put(rowKey(table.name, key), encodeRow(table.version, after));
    else {
      writer.remove(rowKey(table.name, key));
      writer.remove(idKey(table.name, key));
    }
    this.#known.set(key.id, after);
    changes.push({
      table: table.name,
      key: { account: key.account, region: key.region, id: key.id },
      ...(before && { before }),
      ...(after && { after }),
    });
  }
}

function indexEntries<Spec, Status>(table: Table<Spec, Status>, row: Row<Spec, Status>): readonly string[] {
  return Object.entries(table.indexes).flatMap(([index, valuesOf]) =>
    valuesOf(row).map((value) => indexKey(table.name, index, row, value)),
  );
}

export class SpecRows<Spec, Status> implements SpecTable<Spec, Status> {
  readonly #rows: TransactionRows<Spec, Status>;
  readonly #table: Table<Spec, Status>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(session: StoreSession, table: Table<Spec, Status>, scope: Scope, clock: Pick<Clock, 'now'>) {
    this.#rows = new TransactionRows(session, table, scope);
    this.#table = table;
    this.#clock = clock;
  }

  get(id: string): Row<Spec, Status> | undefined {
    return this.#rows.reader.get(id);
  }

  has(id: string): boolean {
    return this.#rows.reader.has(id);
  }

  list(afterId?: string): Iterable<Row<Spec, Status>> {
    return this.#rows.reader.list(afterId);
  }

  by(index: string, value: string): Iterable<Row<Spec, Status>> {
    return this.#rows.reader.by(index, value);
  }

  insert(id: string, spec: Spec): Row<Spec, Status> {
    const { account, region } = this.#rows.reader;
    const status = this.#table.initialStatus;
    const row = { account, region, id, createdAtMs: this.#clock.now(), spec, status };
    this.#rows.insert(row);
    return row;
  }

  update(id: string, change: (spec: Spec, row: Row<Spec, Status>) => Spec): Row<Spec, Status> {
    const before = this.get(id) ?? unreachable(`${this.#table.name} has no ${id}`);
    const after = { ...before, spec: change(before.spec, before) };
    this.#rows.replace(before, after);
    return after;
  }

  remove(id: string): void {
    this.#rows.remove(id);
  }
}

export class StatusRows<Spec, Status> implements StatusTable<Spec, Status> {
  readonly #rows: TransactionRows<Spec, Status>;

  constructor(session: StoreSession, table: Table<Spec, Status>, scope: Scope) {
    this.#rows = new TransactionRows(session, table, scope);
  }

  get(id: string): Row<Spec, Status> | undefined {
    return this.#rows.reader.get(id);
  }

  has(id: string): boolean {
    return this.#rows.reader.has(id);
  }

  list(afterId?: string): Iterable<Row<Spec, Status>> {
    return this.#rows.reader.list(afterId);
  }

  by(index: string, value: string): Iterable<Row<Spec, Status>> {
    return this.#rows.reader.by(index, value);
  }

  update(id: string, change: (status: Status, row: Row<Spec, Status>) => Status): void {
    const before = this.get(id);
    if (!before) return;
    const status = change(before.status, before);
    if (!isDeepStrictEqual(status, before.status)) this.#rows.replace(before, { ...before, status });
  }

  remove(id: string): void {
    this.#rows.remove(id);
  }
}

function unreachable(message: string): never {
  throw new Error(message);
}
