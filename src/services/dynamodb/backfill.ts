// Fills a new index, or the list of what expires, with what the table holds already. Goes through the table in steps, and
// in each takes up the items as they are when the step is made, so writers may go on meanwhile: they keep the index
// themselves from the moment that its row is there.

import type { Count, Items, Moment, Write } from '../../drivers/items/items.ts';
import { indexKey, segmentBounds } from './item-keys.ts';
import { itemSizeBytes } from './item-size.ts';
import { projectedItem } from './item-writes.ts';
import { itemOfStored, storeItem } from './stored-item.ts';
import { byteCounter, type IndexLayout, itemCounter, type TableLayout } from './table-layout.ts';
import { expiryKey } from './time-to-live.ts';

const itemsAtOnce = 200;

interface Step {
  readonly writes: readonly Write[];
  readonly counts: readonly Count[];
}

/** What is to be written for one item of the table. */
export type Fill = (key: Buffer, stored: string, at: Moment) => Step;

export interface Backfill {
  readonly items: Items;
  readonly table: TableLayout;
  readonly fill: Fill;
  /** Asked between steps; the work ends when it is no longer wanted. */
  readonly isWanted: () => boolean;
}

/** Resolves to whether everything was filled. */
export async function backfill({ items, table, fill, isWanted }: Backfill): Promise<boolean> {
  // Changes that were decided on before the row was there have to be through.
  await items.settled();
  const bounds = segmentBounds(table, 0, 1);
  let after: Buffer | undefined;
  for (;;) {
    if (!isWanted()) return false;
    const keys: Buffer[] = [];
    await items.visit({ ...bounds, after }, (key) => {
      keys.push(Buffer.from(key));
      return keys.length < itemsAtOnce;
    });
    if (keys.length === 0) return true;
    after = keys.at(-1);
    await items.change({
      reads: keys,
      decide(found, at) {
        const steps = keys.flatMap((key, index) => {
          const stored = found[index];
          return stored === undefined ? [] : [fill(key, stored, at)];
        });
        return {
          writes: steps.flatMap(({ writes }) => writes),
          counts: steps.flatMap(({ counts }) => counts),
          result: undefined,
        };
      },
    });
  }
}

/** Entries that are there already are a writer's, who has counted them. */
export function fillIndex(table: TableLayout, index: IndexLayout): Fill {
  return (itemKey, stored, at) => {
    const item = itemOfStored(stored);
    const key = indexKey(table, index, item, itemKey);
    if (!key || at.isThere(key)) return nothing;
    const entry = projectedItem(index, item);
    const bytes = itemSizeBytes(entry);
    return {
      writes: [{ key, value: storeItem(entry, bytes) }],
      counts: [
        { counter: itemCounter(index), by: 1 },
        { counter: byteCounter(index), by: bytes },
      ],
    };
  };
}

export function fillExpiry(table: TableLayout): Fill {
  return (itemKey, stored) => {
    const key = table.timeToLive && expiryKey(table.timeToLive, itemOfStored(stored), itemKey);
    return key ? { writes: [{ key, value: itemKey.toString('latin1') }], counts: [] } : nothing;
  };
}

const nothing: Step = { writes: [], counts: [] };
