// Makes tables ready, fills their new indexes, and takes away what nobody owns any more. Spaces of the engine that no row
// claims are strays: left behind by a crash or by a table that is gone.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Change, Scope } from '../../kernel/table.ts';
import { backfill, type Fill, fillExpiry, fillIndex } from './backfill.ts';
import { type BackupRow, backups } from './backups.table.ts';
import { type ExportRow, exportsTable, spacesOfExport } from './exports.table.ts';
import { bringItems } from './first-items.ts';
import { streams } from './streams.table.ts';
import { type IndexLayout, layoutOf } from './table-layout.ts';
import { type IndexSpec, spacesOf, type TableRow, tables } from './tables.table.ts';
import { tokenSpace } from './transaction-tokens.ts';

const spaceKey = 'space:';
const spaceBytes = 8;

const keyOfTable = ({ account, region, id }: Scope & { readonly id: string }): string => `${account}/${region}/${id}`;

export function createTableReconciler(world: World): Reconciler {
  return {
    name: 'dynamodb.tables',
    keys: () => listKeys(world),
    wakes: keysConcernedBy,
    async reconcile(key) {
      if (key.startsWith(spaceKey)) await sweep(world, key.slice(spaceKey.length));
      else await reconcileTable(world, key);
      return undefined;
    },
  };
}

async function listKeys(world: World): Promise<readonly string[]> {
  const owned = claimedSpaces(world);
  const found = (await world.drivers.items.prefixes(spaceBytes)).map((prefix) => prefix.toString('hex'));
  const strays = found.filter((space) => !owned.has(space)).map((space) => spaceKey + space);
  return [...[...world.store.listAll(tables)].map(keyOfTable), ...strays];
}

function keysConcernedBy({ table, key, before, after }: Change): readonly string[] {
  if (table === backups.name) return before && !after ? [spaceKey + (before as BackupRow).spec.space] : [];
  if (table === exportsTable.name) {
    const isOver = (after as ExportRow | undefined)?.status.state !== 'IN_PROGRESS';
    return before && isOver ? spacesOfExport(before as ExportRow).map((space) => spaceKey + space) : [];
  }
  if (table !== tables.name) return [];
  const kept = after ? neededBy(after as TableRow) : [];
  const freed = before ? neededBy(before as TableRow).filter((space) => !kept.includes(space)) : [];
  return [keyOfTable(key), ...freed.map((space) => spaceKey + space)];
}

function findTable({ store }: World, key: string): TableRow | undefined {
  const [account = '', region = '', id = ''] = key.split('/');
  return store.read(tables, { account, region }).get(id);
}

async function reconcileTable(world: World, key: string): Promise<void> {
  const row = findTable(world, key);
  if (!row) return;
  if (row.spec.isDeleting) {
    await remove(world, row);
    return;
  }
  // A new table is empty, and so are its indexes. This happens before CreateTable's answer has left.
  if (row.status.revision === 0) {
    if (row.spec.importId === undefined && (await bringItems(world, row))) settle(world, row, spacesOf(row.spec));
    return;
  }
  await forgetDeletedIndexes(world, row);
  for (const unfilled of listUnfilled(row)) await fillSpace(world, key, unfilled);
  const now = findTable(world, key);
  if (now && now.status.revision < now.spec.revision && listUnfilled(now).length === 0) settle(world, now);
}

/** Removes the row first: from then on the table is gone, and its spaces are strays. */
async function remove(world: World, { account, region, id, spec }: TableRow): Promise<void> {
  world.store.changeStatuses((transaction) => transaction.table(tables, { account, region }).remove(id));
  for (const space of spacesOf(spec)) await sweep(world, space);
}

async function sweep(world: World, space: string): Promise<void> {
  if (!claimedSpaces(world).has(space)) await world.drivers.items.clear(Buffer.from(space, 'hex'), `${space}/`);
}

function claimedSpaces({ store }: World): ReadonlySet<string> {
  const spaces = new Set([tokenSpace]);
  for (const row of store.listAll(tables)) for (const space of neededBy(row)) spaces.add(space);
  for (const { spec } of store.listAll(backups)) spaces.add(spec.space);
  for (const { spec } of store.listAll(streams)) spaces.add(spec.space);
  for (const row of store.listAll(exportsTable)) for (const space of spacesOfExport(row)) spaces.add(space);
  return spaces;
}

/** A table's own spaces, and those that it is still being restored from. */
function neededBy({ spec, status }: TableRow): readonly string[] {
  const { restore, seedSpace } = spec;
  if (status.revision === 0 && seedSpace !== undefined) return [...spacesOf(spec), seedSpace];
  if (!restore || status.revision > 0) return spacesOf(spec);
  return [...spacesOf(spec), restore.fromSpace, ...(restore.historySpace === undefined ? [] : [restore.historySpace])];
}

function settle({ store }: World, { account, region, id, spec }: TableRow, filled?: readonly string[]): void {
  store.changeStatuses((transaction) =>
    transaction.table(tables, { account, region }).update(id, (status) => ({
      filled: filled ?? status.filled.filter((space) => spacesOf(spec).includes(space)),
      revision: spec.revision,
    })),
  );
}

/** Deleted indexes are only forgotten: clearing them is the strays' business. */
async function forgetDeletedIndexes(world: World, row: TableRow): Promise<void> {
  const gone = row.spec.globalIndexes.filter(({ isDeleting }) => isDeleting);
  if (gone.length === 0) return;
  const { account, region, id } = row;
  world.store.changeSpecs((transaction) =>
    transaction.table(tables, { account, region }).update(id, (spec) => ({
      ...spec,
      globalIndexes: spec.globalIndexes.filter(({ space }) => !gone.some((index) => index.space === space)),
    })),
  );
  for (const { space } of gone) await sweep(world, space);
}

interface Unfilled {
  readonly space: string;
  readonly fill: Fill;
}

function listUnfilled(row: TableRow): readonly Unfilled[] {
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

async function fillSpace(world: World, key: string, { space, fill }: Unfilled): Promise<void> {
  const { items } = world.drivers;
  // What a run before a crash filled and counted would be counted twice.
  await items.clear(Buffer.from(space, 'hex'), `${space}/`);
  const table = findTable(world, key);
  if (!table) return;
  const isWanted = () => {
    const row = findTable(world, key);
    return row !== undefined && !row.spec.isDeleting && spacesOf(row.spec).includes(space);
  };
  if (!(await backfill({ items, table: layoutOf(table), fill, isWanted }))) return;
  const { account, region, id } = table;
  world.store.changeStatuses((transaction) =>
    transaction
      .table(tables, { account, region })
      .update(id, (status) => ({ ...status, filled: [...status.filled, space] })),
  );
}
