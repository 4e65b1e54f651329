// Typed tables over the key-value interface: synchronous transactions, reads of what is committed, and a change feed.

import type { Clock } from './clock.ts';
import { KeptRows } from './kept-rows.ts';
import type { KeyValue } from './key-value.ts';
import { createOverlay } from './overlay.ts';
import { canBePart, endOf, idOf, idPrefix, parseIdKey, parseRowKey, tablePrefix } from './store-keys.ts';
import { RowReader, SpecRows, StatusRows, StoreSession } from './store-tables.ts';
import { decodeRow, type StoredRow } from './stored-row.ts';
import type { Change, Row, Scope, SpecTable, StatusTable, Table, TableReader } from './table.ts';

export interface SpecTransaction {
  table<Spec, Status>(table: Table<Spec, Status>, scope: Scope): SpecTable<Spec, Status>;
}

export interface StatusTransaction {
  table<Spec, Status>(table: Table<Spec, Status>, scope: Scope): StatusTable<Spec, Status>;
}

export interface Store {
  /** Reads what is committed; inside a transaction, also what it wrote so far. */
  read<Spec, Status>(table: Table<Spec, Status>, scope: Scope): TableReader<Spec, Status>;
  /** The row of that id in one account and region. Rows that are asked for again and again are kept. */
  get<Spec, Status>(table: Table<Spec, Status>, scope: Scope, id: string): Row<Spec, Status> | undefined;
  /** The rows that have that value in the index, likewise. */
  getBy<Spec, Status>(
    table: Table<Spec, Status>,
    scope: Scope,
    index: string,
    value: string,
  ): readonly Row<Spec, Status>[];
  /** Every row of the table, in all accounts and regions. */
  listAll<Spec, Status>(table: Table<Spec, Status>): Iterable<Row<Spec, Status>>;
  /** The same rows' ids alone, which costs a tenth. */
  listIds(table: { readonly name: string }): Iterable<string>;
  /** The row of that id, in whichever account and region it is. */
  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined;
  /** One synchronous transaction of an operation. An exception rolls it back. */
  changeSpecs<T>(run: (transaction: SpecTransaction) => T): T;
  /** One synchronous transaction of a reconciler. An exception rolls it back. */
  changeStatuses<T>(run: (transaction: StatusTransaction) => T): T;
  /** Calls `listener` after each commit that changed something, with no changes when everything was forgotten. Returns a function that ends the subscription. */
  subscribe(listener: (changes: readonly Change[]) => void): () => void;
  /** Resolves when everything committed so far is on disk. */
  flushed(): Promise<void>;
  /** Forgets everything, in every account and region. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export function createStore(keyValue: KeyValue, clock: Pick<Clock, 'now'>): Store {
  return new KeyValueStore(keyValue, clock);
}

/** Of all tables together. */
const mostFoundRows = 1_000;

const foundName = (table: string, id: string): string => `${table} ${id}`;

class KeyValueStore implements Store {
  readonly #session: StoreSession;
  readonly #listeners = new Set<(changes: readonly Change[]) => void>();
  readonly #specs: SpecTransaction;
  readonly #statuses: StatusTransaction;
  /** Rows that were found by their ids, as they are committed: the same few are asked for by request after request. */
  readonly #found = new Map<string, unknown>();
  readonly #kept = new KeptRows();

  constructor(keyValue: KeyValue, clock: Pick<Clock, 'now'>) {
    const session = new StoreSession(keyValue);
    this.#session = session;
    this.#specs = {
      table: (table, scope) => openOnce(session, table.name, scope, () => new SpecRows(session, table, scope, clock)),
    };
    this.#statuses = {
      table: (table, scope) => openOnce(session, table.name, scope, () => new StatusRows(session, table, scope)),
    };
  }

  read<Spec, Status>(table: Table<Spec, Status>, scope: Scope): TableReader<Spec, Status> {
    return new RowReader(this.#session, table, scope);
  }

  get<Spec, Status>(table: Table<Spec, Status>, scope: Scope, id: string): Row<Spec, Status> | undefined {
    if (this.#session.open) return this.read(table, scope).get(id); // it may have written there
    const known = this.#kept.get(table.name, scope, id);
    if (known !== undefined) return (known ?? undefined) as Row<Spec, Status> | undefined;
    const row = this.read(table, scope).get(id);
    this.#kept.keep(table.name, scope, id, row);
    return row;
  }

  getBy<Spec, Status>(
    table: Table<Spec, Status>,
    scope: Scope,
    index: string,
    value: string,
  ): readonly Row<Spec, Status>[] {
    const look = () => [...this.read(table, scope).by(index, value)];
    if (this.#session.open) return look();
    return this.#kept.getBy(table.name, scope, `${index} ${value}`, look) as Row<Spec, Status>[];
  }

  *listAll<Spec, Status>(table: Table<Spec, Status>): Iterable<Row<Spec, Status>> {
    const start = tablePrefix(table.name);
    for (const [key, stored] of this.#session.reader.range(start, endOf(start))) {
      const row = parseRowKey(key);
      yield decodeRow(table, row, row.id, stored as StoredRow);
    }
  }

  *listIds(table: { readonly name: string }): Iterable<string> {
    const start = tablePrefix(table.name);
    for (const key of this.#session.reader.keys(start, endOf(start))) yield idOf(key);
  }

  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined {
    if (this.#session.open) return this.#lookUp(table, id); // it may have written there
    const name = foundName(table.name, id);
    const known = this.#found.get(name);
    if (known) return known as Row<Spec, Status>;
    const row = this.#lookUp(table, id);
    if (row && this.#found.size >= mostFoundRows) this.#found.clear();
    if (row) this.#found.set(name, row);
    return row;
  }

  changeSpecs<T>(run: (transaction: SpecTransaction) => T): T {
    return this.#transact(run, this.#specs);
  }

  changeStatuses<T>(run: (transaction: StatusTransaction) => T): T {
    return this.#transact(run, this.#statuses);
  }

  subscribe(listener: (changes: readonly Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  flushed(): Promise<void> {
    return this.#session.keyValue.flushed();
  }

  async clear(): Promise<void> {
    this.#found.clear();
    this.#kept.clear();
    await this.#session.keyValue.clear();
    this.#tell([]);
  }

  close(): Promise<void> {
    return this.#session.keyValue.close();
  }

  #transact<T, Transaction>(run: (transaction: Transaction) => T, transaction: Transaction): T {
    const session = this.#session;
    if (session.open) throw new Error('a transaction within a transaction');
    const writer = createOverlay(session.keyValue);
    const changes: Change[] = [];
    session.open = { writer, changes, opened: [] };
    let result: T;
    try {
      result = run(transaction);
      if (changes.length > 0) session.keyValue.commit(writer.writes);
    } finally {
      session.open = undefined;
    }
    if (changes.length > 0) this.#tell(changes);
    return result;
  }

  #lookUp<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined {
    if (!canBePart(id)) return undefined;
    const start = idPrefix(table.name, id);
    for (const key of this.#session.reader.keys(start, endOf(start))) return this.read(table, parseIdKey(key)).get(id);
    return undefined;
  }

  #tell(changes: readonly Change[]): void {
    for (const { table, key } of changes) this.#found.delete(foundName(table, key.id));
    this.#kept.drop(changes);
    for (const listener of this.#listeners) listener(changes);
  }
}

/** The same table for the same scope throughout a transaction. */
function openOnce<Opened>(
  { open }: StoreSession,
  name: string,
  { account, region }: Scope,
  make: () => Opened,
): Opened {
  if (!open) throw new Error('a transaction that is over');
  for (const known of open.opened) {
    const { scope } = known;
    if (known.name === name && scope.account === account && scope.region === region) return known.table as Opened;
  }
  const table = make();
  open.opened.push({ name, scope: { account, region }, table });
  return table;
}
