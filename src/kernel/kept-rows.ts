// Committed rows that request after request begins with: their queue, their topic, its subscriptions. They are kept, by
// scope and id or by an index's value, until they change.

import type { Change, Row, RowKey } from './table.ts';

type AnyRow = Row<unknown, unknown>;

const mostRows = 1_000;
const mostLists = 100;
/** Longer ones are read each time. */
const longestList = 200;

const nameOf = ({ account, region, id }: RowKey): string => `${account}\n${region}\n${id}`;

export class KeptRows {
  /** By table and name; undefined where there is none. */
  readonly #rows = new Map<string, Map<string, AnyRow | undefined>>();
  readonly #lists = new Map<string, Map<string, readonly AnyRow[]>>();

  get(table: string, key: RowKey, look: () => AnyRow | undefined): AnyRow | undefined {
    const rows = mapIn(this.#rows, table);
    const name = nameOf(key);
    const known = rows.get(name);
    if (known !== undefined || rows.has(name)) return known;
    const row = look();
    if (rows.size >= mostRows) rows.clear();
    rows.set(name, row);
    return row;
  }

  /** `id` is the index with its value. */
  getBy(table: string, key: RowKey, look: () => readonly AnyRow[]): readonly AnyRow[] {
    const lists = mapIn(this.#lists, table);
    const name = nameOf(key);
    const known = lists.get(name);
    if (known) return known;
    const rows = look();
    if (rows.length > longestList) return rows;
    if (lists.size >= mostLists) lists.clear();
    lists.set(name, rows);
    return rows;
  }

  drop(changes: readonly Change[]): void {
    for (const { table, key } of changes) {
      this.#rows.get(table)?.delete(nameOf(key));
      this.#lists.get(table)?.clear();
    }
  }

  clear(): void {
    this.#rows.clear();
    this.#lists.clear();
  }
}

function mapIn<Value>(maps: Map<string, Map<string, Value>>, table: string): Map<string, Value> {
  let map = maps.get(table);
  if (!map) {
    map = new Map();
    maps.set(table, map);
  }
  return map;
}
