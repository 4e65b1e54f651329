// Makes tables ready, fills their new indexes, and takes away what nobody owns any more. Spaces of the engine that no row
// claims are strays: left behind by a crash or by a table that is gone.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Scope } from '../../kernel/table.ts';
import { backfill, type Fill, fillExpiry, fillIndex } from './backfill.ts';
import { streams } from './streams.table.ts';
import { type IndexLayout, layoutOf } from './table-layout.ts';
import { type IndexSpec, spacesOf, type TableRow, tables } from './tables.table.ts';
import { tokenSpace } from './transaction-tokens.ts';

const spaceKey = 'space:';
const spaceBytes = 8;

const keyOfTable = ({ account, region, id }: Scope & { readonly id: string }): string => `${account}/${region}/${id}`;

export function createTableReconciler(world: World): Reconciler {
  const { store } = world;
  const { items } = world.drivers;

  function find(key: string): TableRow | undefined {
    const [account = '', region = '', id = ''] = key.split('/');
    return store.read(tables, { account, region }).get(id);
  }

  function claimed(): ReadonlySet<string> {
    const spaces = new Set([tokenSpace]);
    for (const { spec } of store.listAll(tables)) for (const space of spacesOf(spec)) spaces.add(space);
    for (const { spec } of store.listAll(streams)) spaces.add(spec.space);
    return spaces;
  }

  async function sweep(space: string): Promise<void> {
    if (!claimed().has(space)) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
  }

  /** Removes the row first: from then on the table is gone, and its spaces are strays. */
  async function remove({ account, region, id, spec }: TableRow): Promise<void> {
    store.changeStatuses((transaction) => transaction.table(tables, { account, region }).remove(id));
    for (const space of spacesOf(spec)) await sweep(space);
  }

  async function fillSpace(key: string, space: string, fill: Fill): Promise<void> {
    // What a run before a crash filled and counted would be counted twice.
    await items.clear(Buffer.from(space, 'hex'), `${space}/`);
    const table = find(key);
    if (!table) return;
    const isWanted = () => {
      const row = find(key);
      return row !== undefined && !row.spec.isDeleting && spacesOf(row.spec).includes(space);
    };
    if (!(await backfill({ items, table: layoutOf(table), fill, isWanted }))) return;
    const { account, region, id } = table;
    store.changeStatuses((transaction) =>
      transaction
        .table(tables, { account, region })
        .update(id, (status) => ({ ...status, filled: [...status.filled, space] })),
    );
  }

  function settle({ account, region, id, spec }: TableRow, filled?: readonly string[]): void {
    store.changeStatuses((transaction) =>
      transaction.table(tables, { account, region }).update(id, (status) => ({
        filled: filled ?? status.filled.filter((space) => spacesOf(spec).includes(space)),
        revision: spec.revision,
      })),
    );
  }

  /** Deleted indexes are only forgotten: clearing them is the strays' business. */
  async function forgetDeletedIndexes(row: TableRow): Promise<void> {
    const gone = row.spec.globalIndexes.filter(({ isDeleting }) => isDeleting);
    if (gone.length === 0) return;
    const { account, region, id } = row;
    store.changeSpecs((transaction) =>
      transaction.table(tables, { account, region }).update(id, (spec) => ({
        ...spec,
        globalIndexes: spec.globalIndexes.filter(({ space }) => !gone.some((index) => index.space === space)),
      })),
    );
    for (const { space } of gone) await sweep(space);
  }

  return {
    name: 'dynamodb.tables',
    async keys() {
      const owned = claimed();
      const found = (await items.prefixes(spaceBytes)).map((prefix) => prefix.toString('hex'));
      const strays = found.filter((space) => !owned.has(space)).map((space) => spaceKey + space);
      return [...[...store.listAll(tables)].map(keyOfTable), ...strays];
    },
    wakes: ({ table, key }) => (table === tables.name ? [keyOfTable(key)] : []),
    async reconcile(key) {
      if (key.startsWith(spaceKey)) {
        await sweep(key.slice(spaceKey.length));
        return undefined;
      }
      const row = find(key);
      if (!row) return undefined;
      if (row.spec.isDeleting) {
        await remove(row);
        return undefined;
      }
      // A new table is empty, and so are its indexes. This happens before CreateTable's answer has left.
      if (row.status.revision === 0) {
        settle(row, spacesOf(row.spec));
        return undefined;
      }
      await forgetDeletedIndexes(row);
      for (const { space, fill } of unfilled(row)) await fillSpace(key, space, fill);
      const now = find(key);
      if (now && now.status.revision < now.spec.revision && unfilled(now).length === 0) settle(now);
      return undefined;
    },
  };
}

interface Unfilled {
  readonly space: string;
  readonly fill: Fill;
}

function unfilled(row: TableRow): readonly Unfilled[] {
  const { spec, status } = row;
  const layout = layoutOf(row);
  const layoutOfIndex = ({ name }: IndexSpec) => layout.indexes.find((index) => index.name === name) as IndexLayout;
  const indexes = spec.globalIndexes
    .filter(({ isDeleting, space }) => !isDeleting && !status.filled.includes(space))
    .map((index) => ({ space: index.space, fill: fillIndex(layout, layoutOfIndex(index)) }));
  const { timeToLive } = spec;
  if (!timeToLive || status.filled.includes(timeToLive.space)) return indexes;
  return [...indexes, { space: timeToLive.space, fill: fillExpiry(layout) }];
}
