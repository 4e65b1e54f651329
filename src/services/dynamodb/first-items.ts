// What a new table has from the start: a replica what the table has in another region, a restored one what its backup holds.
// Each begins by clearing what a run before a crash may have left.

import type { World } from '../../aws/service.ts';
import { type CopyTarget, copyItems } from './copy-items.ts';
import { readFound, writesOf } from './item-writes.ts';
import { itemOfStored } from './stored-item.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';
import { spacesOf, type TableRow, tables } from './tables.table.ts';

/** False when the table is gone, or going. */
export async function bringItems(world: World, row: TableRow): Promise<boolean> {
  return (await seed(world, row)) && (await restore(world, row));
}

/** Of a new replica: what the table has in another region, changes of which wait in the outbox meanwhile. */
async function seed(world: World, row: TableRow): Promise<boolean> {
  const { spec, status } = row;
  const { items } = world.drivers;
  if (spec.seedSpace === undefined) return true;
  const own = spacesOf(spec).filter((space) => space !== spec.replication?.outbox);
  for (const space of own) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
  // No records in the stream, as on AWS; its indexes count what they get from the start.
  const layout = { ...layoutOf({ ...row, status: { ...status, filled: own } }), stream: undefined };
  const target = tableTarget({ ...layout, replication: undefined }, world.clock.now());
  const source = { space: Buffer.from(spec.seedSpace, 'hex'), histories: [] };
  return copyItems(items, source, target, () => isWanted(world, row));
}

/** Of a restored table: into all its indexes, as if they were put. */
async function restore(world: World, row: TableRow): Promise<boolean> {
  const { account, region, id, spec } = row;
  const { items } = world.drivers;
  if (!spec.restore) return true;
  for (const space of spacesOf(spec)) await items.clear(Buffer.from(space, 'hex'), `${space}/`);
  // From the start its indexes count what they get.
  world.store.changeStatuses((transaction) =>
    transaction.table(tables, { account, region }).update(id, (status) => ({ ...status, filled: spacesOf(spec) })),
  );
  const target = world.store.read(tables, row).get(id);
  if (!target) return false;
  const { fromSpace, historySpace, restoredToMs } = spec.restore;
  const history =
    historySpace === undefined ? [] : [{ space: Buffer.from(historySpace, 'hex'), untilMs: restoredToMs }];
  const source = { space: Buffer.from(fromSpace, 'hex'), histories: history };
  return copyItems(items, source, tableTarget(layoutOf(target), world.clock.now()), () => isWanted(world, row));
}

const isWanted = ({ store }: World, row: TableRow): boolean =>
  store.read(tables, row).get(row.id)?.spec.isDeleting === false;

function tableTarget(layout: TableLayout, nowMs: number): CopyTarget {
  return {
    keyOf: (tail) => Buffer.concat([layout.space, tail]),
    write(key, before, after, at) {
      const item = after === undefined ? undefined : itemOfStored(after);
      return writesOf({ layout, key, before: readFound(before), after: item, nowMs }, at);
    },
  };
}
