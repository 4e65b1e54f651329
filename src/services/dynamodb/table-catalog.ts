// The layouts of the tables in use, kept from one request to the next: every request needs one, and few change one. What a
// commit changes is forgotten before anything else hears of it.

import type { Items } from '../../drivers/items/items.ts';
import type { Store } from '../../kernel/store.ts';
import type { Scope } from '../../kernel/table.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';
import { type TableRow, tables } from './tables.table.ts';

export interface TableCatalog {
  get(scope: Scope, tableName: string): TableLayout | undefined;
}

const mostKnown = 10_000;

/** One for each engine: that is what operations and the background of a cloud have in common. */
const catalogs = new WeakMap<Items, TableCatalog>();

export function openCatalog(items: Items, store: Store): void {
  const known = new Map<string, TableLayout>();
  const keyOf = (scope: Scope, tableName: string) => `${scope.account}/${scope.region}/${tableName}`;
  store.subscribe((changes) => {
    if (changes.length === 0) known.clear();
    for (const { table, key } of changes) if (table === tables.name) known.delete(keyOf(key, key.id));
  });
  catalogs.set(items, {
    get(scope, tableName) {
      const key = keyOf(scope, tableName);
      const layout = known.get(key);
      if (layout) return layout;
      const row: TableRow | undefined = store.read(tables, scope).get(tableName);
      if (!row) return undefined;
      if (known.size >= mostKnown) known.clear();
      const read = layoutOf(row);
      known.set(key, read);
      return read;
    },
  });
}

export function catalogOf(items: Items): TableCatalog {
  const catalog = catalogs.get(items);
  if (!catalog) throw new Error('no catalog was opened for this engine');
  return catalog;
}
