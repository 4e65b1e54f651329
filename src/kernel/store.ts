// Typed tables over the key-value interface: scopes in every key, secondary indexes, row upgrades and a change feed.
//
// Keys: `R␟table␟account␟region␟id` for rows, `X␟table␟index␟account␟region␟value␟id` for index entries and
// `U␟table␟id` → scope, which finds a row by its id alone (a thing found in the world knows nothing but its name).

import { isDeepStrictEqual } from 'node:util';
import type { Clock, TimestampMs } from './clock.ts';
import type { KeyValue, KeyValueReader } from './key-value.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import type { Change, Row, RowKey, Scope, SpecTable, StatusTable, Table, TableReader } from './table.ts';

export interface SpecTransaction {
  table<Spec, Status>(table: Table<Spec, Status>, scope: Scope): SpecTable<Spec, Status>;
}

export interface StatusTransaction {
  table<Spec, Status>(table: Table<Spec, Status>, scope: Scope): StatusTable<Spec, Status>;
}

export interface Store {
  /** Reads what is committed; inside a transaction, also what it wrote so far. */
  read<Spec, Status>(table: Table<Spec, Status>, scope: Scope): TableReader<Spec, Status>;
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

const separator = '\u001f';
const beyond = '\u0020'; // the first character that may stand in a key's parts, so it ends every prefix range

/** What is on disk: short member names, because there is one of these for every row. */
interface StoredRow {
  readonly v: number;
  readonly c: TimestampMs;
  readonly s: unknown;
  readonly t: unknown;
}

const join = (...parts: readonly string[]): string => parts.join(separator);

const rowKey = (table: string, key: RowKey): string => join('R', table, key.account, key.region, checkedPart(key.id));

/** Of an id, and of an indexed value: a key of LMDB holds one of each, and what else is in it, in 4,026 bytes. */
const longestPartBytes = 1_800;

/**
 * Whether anything can have such an id or indexed value: a control character would reach into another row's key. Ids come
 * from users, so looking for one that cannot be finds nothing; writing one is a mistake of ours.
 */
function canBePart(part: string): boolean {
  for (let i = 0; i < part.length; i++) if (part.charCodeAt(i) < 0x20) return false;
  return part.length * 3 <= longestPartBytes || Buffer.byteLength(part) <= longestPartBytes;
}

/** An account and a region that a user named, in an ARN for example. No real one is nearly as long. */
const canBeScope = ({ account, region }: Scope): boolean =>
  account.length <= longestScopePart && region.length <= longestScopePart && canBePart(account) && canBePart(region);

const longestScopePart = 64;

/** Where a list goes on may be any text of a user's; one that no id can be as long as is cut. */
function withinKey(afterId: string): string {
  return Buffer.byteLength(afterId) <= longestPartBytes ? afterId : afterId.slice(0, longestPartBytes / 3);
}

function checkedPart(part: string): string {
  if (!canBePart(part)) throw new RangeError(`${JSON.stringify(part.slice(0, 100))} cannot be an id or indexed value`);
  return part;
}

interface OpenTransaction {
  readonly writer: Overlay;
  readonly changes: Change[];
  /** What it has opened so far: operations ask for the same few tables again for every row they look at. */
  readonly opened: { readonly name: string; readonly scope: Scope; readonly table: unknown }[];
}

/** Enough for what many rows refer to; the many themselves are not worth keeping, and would keep the collector busy. */
const mostKnownRows = 100;

/** Rows by id; undefined for an id that has none. */
type KnownRows<Spec, Status> = Map<string, Row<Spec, Status> | undefined>;

export function createStore(keyValue: KeyValue, clock: Pick<Clock, 'now'>): Store {
  const listeners = new Set<(changes: readonly Change[]) => void>();
  let open: OpenTransaction | undefined;

  function transact<T, Transaction>(run: (transaction: Transaction) => T, transaction: Transaction): T {
    if (open) throw new Error('a transaction within a transaction');
    const writer = createOverlay(keyValue);
    const changes: Change[] = [];
    open = { writer, changes, opened: [] };
    let result: T;
    try {
      result = run(transaction);
      if (changes.length > 0) keyValue.commit(writer.writes);
    } finally {
      open = undefined;
    }
    if (changes.length > 0) for (const listener of listeners) listener(changes);
    return result;
  }

  /** The same table for the same scope throughout a transaction. */
  function openOnce<Opened>(name: string, scope: Scope, make: () => Opened): Opened {
    const { opened } = open ?? unreachable('a transaction that is over');
    for (const known of opened) {
      const isSame =
        known.name === name && known.scope.account === scope.account && known.scope.region === scope.region;
      if (isSame) return known.table as Opened;
    }
    const table = make();
    opened.push({ name, scope: { account: scope.account, region: scope.region }, table });
    return table;
  }

  const reader = (): KeyValueReader => open?.writer ?? keyValue;

  function readTable<Spec, Status>(
    table: Table<Spec, Status>,
    { account, region }: Scope,
    known?: KnownRows<Spec, Status>,
  ): TableReader<Spec, Status> {
    const prefix = join('R', table.name, account, region, '');
    const isPossible = canBeScope({ account, region });
    const read = (id: string) => {
      if (!isPossible || !canBePart(id)) return undefined;
      const stored = reader().get(prefix + id) as StoredRow | undefined;
      return stored && decode(table, account, region, id, stored);
    };
    const transaction = open;
    const get = (id: string) => {
      if (!known || open !== transaction) return read(id);
      let row = known.get(id);
      if (row === undefined && !known.has(id)) {
        row = read(id);
        if (known.size >= mostKnownRows) known.clear();
        known.set(id, row);
      }
      return row;
    };
    return {
      get,
      has: (id) => get(id) !== undefined,
      *list(afterId) {
        if (!isPossible) return;
        const start = afterId === undefined ? prefix : prefix + withinKey(afterId) + separator;
        for (const [key, stored] of reader().range(start, prefix.slice(0, -1) + beyond)) {
          yield decode(table, account, region, key.slice(prefix.length), stored as StoredRow);
        }
      },
      *by(index, value) {
        if (!table.indexes[index]) throw new Error(`${table.name} has no index ${index}`);
        if (!isPossible || !canBePart(value)) return;
        const start = join('X', table.name, index, account, region, value, '');
        for (const key of reader().keys(start, start.slice(0, -1) + beyond)) {
          const row = get(key.slice(start.length));
          if (row) yield row;
        }
      },
    };
  }

  function write<Spec, Status>(
    table: Table<Spec, Status>,
    known: KnownRows<Spec, Status>,
    before: Row<Spec, Status> | undefined,
    after: Row<Spec, Status> | undefined,
  ) {
    const { writer, changes } = open ?? unreachable('a write outside a transaction');
    const key = (after ?? before) as RowKey;
    const entries = after ? indexEntries(table, after) : [];
    const stale = before ? indexEntries(table, before) : [];
    for (const entry of stale) if (!entries.includes(entry)) writer.remove(entry);
    for (const entry of entries) if (!stale.includes(entry)) writer.put(entry, true);
    const unique = join('U', table.name, key.id, key.account, key.region);
    if (!before) writer.put(unique, true);
    if (after) writer.put(rowKey(table.name, key), encode(table.version, after));
    else {
      writer.remove(rowKey(table.name, key));
      writer.remove(unique);
    }
    known.set(key.id, after);
    changes.push({
      table: table.name,
      key: { account: key.account, region: key.region, id: key.id },
      ...(before && { before }),
      ...(after && { after }),
    });
  }

  function specTable<Spec, Status>(table: Table<Spec, Status>, scope: Scope): SpecTable<Spec, Status> {
    const known: KnownRows<Spec, Status> = new Map();
    const rows = readTable(table, scope, known);
    return {
      ...rows,
      insert(id, spec) {
        if (rows.has(id)) throw new Error(`${table.name} already has ${id}`);
        const row = {
          account: scope.account,
          region: scope.region,
          id,
          createdAtMs: clock.now(),
          spec,
          status: table.initialStatus,
        };
        write(table, known, undefined, row);
        return row;
      },
      update(id, change) {
        const before = rows.get(id) ?? unreachable(`${table.name} has no ${id}`);
        const after = { ...before, spec: change(before.spec, before) };
        write(table, known, before, after);
        return after;
      },
      remove(id) {
        const before = rows.get(id);
        if (before) write(table, known, before, undefined);
      },
    };
  }

  function statusTable<Spec, Status>(table: Table<Spec, Status>, scope: Scope): StatusTable<Spec, Status> {
    const known: KnownRows<Spec, Status> = new Map();
    const rows = readTable(table, scope, known);
    return {
      ...rows,
      update(id, change) {
        const before = rows.get(id);
        if (!before) return;
        const status = change(before.status, before);
        if (!isDeepStrictEqual(status, before.status)) write(table, known, before, { ...before, status });
      },
      remove(id) {
        const before = rows.get(id);
        if (before) write(table, known, before, undefined);
      },
    };
  }

  const specs: SpecTransaction = {
    table: (table, scope) => openOnce(table.name, scope, () => specTable(table, scope)),
  };
  const statuses: StatusTransaction = {
    table: (table, scope) => openOnce(table.name, scope, () => statusTable(table, scope)),
  };

  return {
    read: readTable,
    *listAll(table) {
      const start = join('R', table.name, '');
      for (const [key, stored] of reader().range(start, start.slice(0, -1) + beyond)) {
        const [, , account = '', region = '', id = ''] = key.split(separator);
        yield decode(table, account, region, id, stored as StoredRow);
      }
    },
    *listIds(table) {
      const start = join('R', table.name, '');
      for (const key of reader().keys(start, start.slice(0, -1) + beyond))
        yield key.slice(key.lastIndexOf(separator) + 1);
    },
    find(table, id) {
      if (!canBePart(id)) return undefined;
      const start = join('U', table.name, id, '');
      for (const key of reader().keys(start, start.slice(0, -1) + beyond)) {
        const [, , , account = '', region = ''] = key.split(separator);
        return readTable(table, { account, region }).get(id);
      }
      return undefined;
    },
    changeSpecs: (run) => transact(run, specs),
    changeStatuses: (run) => transact(run, statuses),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    flushed: () => keyValue.flushed(),
    async clear() {
      await keyValue.clear();
      for (const listener of listeners) listener([]);
    },
    close: () => keyValue.close(),
  };
}

function decode<Spec, Status>(
  table: Table<Spec, Status>,
  account: string,
  region: string,
  id: string,
  stored: StoredRow,
): Row<Spec, Status> {
  const row = {
    account,
    region,
    id,
    createdAtMs: stored.c,
    spec: stored.s,
    status: stored.t,
  };
  if (stored.v === table.version) return row as Row<Spec, Status>;
  if (!table.upgrade) throw new Error(`${table.name}: a row of version ${stored.v} and no upgrade to ${table.version}`);
  return table.upgrade(row, stored.v);
}

function encode(version: number, row: Row<unknown, unknown>): StoredRow {
  return { v: version, c: row.createdAtMs, s: row.spec, t: row.status };
}

function indexEntries<Spec, Status>(table: Table<Spec, Status>, row: Row<Spec, Status>): readonly string[] {
  return Object.entries(table.indexes).flatMap(([index, valuesOf]) =>
    valuesOf(row).map((value) => join('X', table.name, index, row.account, row.region, checkedPart(value), row.id)),
  );
}

function unreachable(message: string): never {
  throw new Error(message);
}
