// Committed rows that request after request begins with: their queue, their topic, its subscriptions. They are kept, by
// scope and id or by an index's value, until they change.

import type { Change, Row, Scope } from './table.ts';

type AnyRow = Row<unknown, unknown>;

/** Of all tables together. */
const mostRows = 5_000;
const mostLists = 100;
/** Longer ones are read each time. */
const longestList = 200;

/** By table, account and region in turn: a key put together of them would be hashed anew each time it is looked for. */
type Scoped<Value> = Map<string, Map<string, Map<string, Map<string, Value>>>>;

export class KeptRows {
  /** Null where there is none. */
  readonly #rows: Scoped<AnyRow | null> = new Map();
  #rowCount = 0;
  readonly #lists = new Map<string, Map<string, readonly AnyRow[]>>();

  /** Null for one that is known not to be there, undefined where nothing is known. */
  get(table: string, { account, region }: Scope, id: string): AnyRow | null | undefined {
    return this.#rows.get(table)?.get(account)?.get(region)?.get(id);
  }

  keep(table: string, { account, region }: Scope, id: string, row: AnyRow | undefined): void {
    if (this.#rowCount >= mostRows) this.#forgetRows();
    const byId = mapIn(mapIn(mapIn(this.#rows, table), account), region);
    byId.set(id, row ?? null);
    this.#rowCount += 1;
  }

  getBy(table: string, { account, region }: Scope, name: string, look: () => readonly AnyRow[]): readonly AnyRow[] {
    const lists = mapIn(this.#lists, table);
    const key = `${account}\n${region}\n${name}`;
    const known = lists.get(key);
    if (known) return known;
    const rows = look();
    if (rows.length > longestList) return rows;
    if (lists.size >= mostLists) lists.clear();
    lists.set(key, rows);
    return rows;
  }

  drop(changes: readonly Change[]): void {
    for (const { table, key } of changes) {
      if (this.#rows.get(table)?.get(key.account)?.get(key.region)?.delete(key.id)) this.#rowCount -= 1;
      this.#lists.get(table)?.clear();
    }
  }

  clear(): void {
    this.#forgetRows();
    this.#lists.clear();
  }

  #forgetRows(): void {
    this.#rows.clear();
    this.#rowCount = 0;
  }
}

function mapIn<Key, Inner>(maps: Map<string, Map<Key, Inner>>, name: string): Map<Key, Inner> {
  let map = maps.get(name);
  if (!map) {
    map = new Map();
    maps.set(name, map);
  }
  return map;
}
