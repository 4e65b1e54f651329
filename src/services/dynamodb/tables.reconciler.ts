// Makes tables ready, fills their new indexes, and takes away what nobody owns any more. Spaces of the engine that no row
// claims are strays: left behind by a crash or by a table that is gone.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Scope } from '../../kernel/table.ts';
import { backfill, type Fill, fillExpiry, fillIndex } from './backfill.ts';
import { type BackupRow, backups } from './backups.table.ts';
import { type CopyTarget, copyItems } from './copy-items.ts';
import { type ExportRow, exportsTable, spacesOfExport } from './exports.table.ts';
import { readFound, writesOf } from './item-writes.ts';
import { itemOfStored } from './stored-item.ts';
import { streams } from './streams.table.ts';
import { type IndexLayout, layoutOf, type TableLayout } from './table-layout.ts';
import { type IndexSpec, spacesOf, type TableRow, tables } from './tables.table.ts';
import { tokenSpace } from './transaction-tokens.ts';

const spaceKey = 'space:';
const spaceBytes = 8;

const keyOfTable = ({ account, region, id }: Scope & { readonly id: string }): string => `${account}/${region}/${id}`;

export function createTableReconciler(world: World): Reconciler {
  const { store, clock } = world;
  const { items } = world.drivers;

  function find(key: string): TableRow | undefined {
    const [account = '', region = '', id = ''] = key.split('/');
    return store.read(tables, { account, region }).get(id);
  }

  function claimed(): ReadonlySet<string> {
    const spaces = new Set([tokenSpace]);
    for (const row of store.listAll(tables)) for (const space of neededBy(row)) spaces.add(space);
    for (const { spec } of store.listAll(backups)) spaces.add(spec.space);
    for (const { spec } of store.listAll(streams)) spaces.add(spec.space);
    for (const row of store.listAll(exportsTable)) for (const space of spacesOfExport(row)) spaces.add(space);
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

  /** Of a new replica: what the table has in another region, changes of which wait in the outbox meanwhile. */
  async function seed(key: string, row: TableRow): Promise<boolean> {
    const { spec, status } = row;
    if (spec.seedSpace === undefined) return true;
    const own = spacesOf(spec).filter((space) => space !== spec.replication?.outbox);
    for (const space of own) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
    // No records in the stream, as on AWS; its indexes count what they get from the start.
    const layout = { ...layoutOf({ ...row, status: { ...status, filled: own } }), stream: undefined };
    const target = tableTarget({ ...layout, replication: undefined }, clock.now());
    const source = { space: Buffer.from(spec.seedSpace, 'hex'), histories: [] };
    return copyItems(items, source, target, () => find(key)?.spec.isDeleting === false);
  }

  /** Of a restored table: into all its indexes, as if they were put. */
  async function bringItems(key: string, row: TableRow): Promise<boolean> {
    const { account, region, id, spec } = row;
    const { restore } = spec;
    if (!restore) return true;
    for (const space of spacesOf(spec)) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
    // From the start its indexes count what they get.
    store.changeStatuses((transaction) =>
      transaction.table(tables, { account, region }).update(id, (status) => ({ ...status, filled: spacesOf(spec) })),
    );
    const target = find(key);
    if (!target) return false;
    const source = {
      space: Buffer.from(restore.fromSpace, 'hex'),
      histories:
        restore.historySpace === undefined
          ? []
          : [{ space: Buffer.from(restore.historySpace, 'hex'), untilMs: restore.restoredToMs }],
    };
    const isWanted = () => find(key)?.spec.isDeleting === false;
    return copyItems(items, source, tableTarget(layoutOf(target), clock.now()), isWanted);
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
    wakes({ table, key, before, after }) {
      if (table === backups.name) return before && !after ? [spaceKey + (before as BackupRow).spec.space] : [];
      if (table === exportsTable.name) {
        const isOver = (after as ExportRow | undefined)?.status.state !== 'IN_PROGRESS';
        return before && isOver ? spacesOfExport(before as ExportRow).map((space) => spaceKey + space) : [];
      }
      if (table !== tables.name) return [];
      const kept = after ? neededBy(after as TableRow) : [];
      const freed = before ? neededBy(before as TableRow).filter((space) => !kept.includes(space)) : [];
      return [keyOfTable(key), ...freed.map((space) => spaceKey + space)];
    },
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
        if (row.spec.importId !== undefined) return undefined;
        if ((await seed(key, row)) && (await bringItems(key, row))) settle(row, spacesOf(row.spec));
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

/** A table's own spaces, and those that it is still being restored from. */
function neededBy({ spec, status }: TableRow): readonly string[] {
  const { restore, seedSpace } = spec;
  if (status.revision === 0 && seedSpace !== undefined) return [...spacesOf(spec), seedSpace];
  if (!restore || status.revision > 0) return spacesOf(spec);
  return [...spacesOf(spec), restore.fromSpace, ...(restore.historySpace === undefined ? [] : [restore.historySpace])];
}

function tableTarget(layout: TableLayout, nowMs: number): CopyTarget {
  return {
    keyOf: (tail) => Buffer.concat([layout.space, tail]),
    write(key, before, after, at) {
      const item = after === undefined ? undefined : itemOfStored(after);
      return writesOf({ layout, key, before: readFound(before), after: item, nowMs }, at.nextSequence);
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
