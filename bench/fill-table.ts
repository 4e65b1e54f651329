// Puts many items into a table of a cloud that is stopped, through the same engine and with the same functions as
// PutItem, but in the order of their keys: as requests, ten million of them would take hours.

import { join } from 'node:path';
import { openLmdbItems } from '../src/drivers/items/lmdb-items.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { openLmdbKeyValue } from '../src/kernel/lmdb-key-value.ts';
import { createStore } from '../src/kernel/store.ts';
import type { Item } from '../src/services/dynamodb/attribute-value.ts';
import { tableKey } from '../src/services/dynamodb/item-keys.ts';
import { writesOf } from '../src/services/dynamodb/item-writes.ts';
import { layoutOf, type TableLayout } from '../src/services/dynamodb/table-layout.ts';
import { tables } from '../src/services/dynamodb/tables.table.ts';

const itemsInChange = 4_000;

export interface Filling {
  readonly dataDirectory: string;
  readonly tableName: string;
  /** The nth item; none of them is there yet. */
  readonly item: (n: number) => Item;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export async function fillTable({ dataDirectory, tableName, item, from, to }: Filling): Promise<void> {
  const layout = await readLayout(dataDirectory, tableName);
  const items = openLmdbItems({ directory: join(dataDirectory, 'items'), durability: 'relaxed' });
  const ordered = inOrder(layout, item, from, to);
  for (let start = 0; start < ordered.length; start += itemsInChange) {
    const changes = [...ordered.subarray(start, start + itemsInChange)].map((n) => {
      const after = item(n);
      const key = tableKey(layout, after);
      return { layout, key, before: undefined, after, nowMs: systemClock.now() };
    });
    await items.change({
      reads: [],
      decide(_found, at) {
        const all = changes.map((change) => writesOf(change, at));
        return {
          writes: all.flatMap(({ writes }) => writes),
          counts: all.flatMap(({ counts }) => counts),
          result: undefined,
        };
      },
    });
  }
  await items.close();
}

async function readLayout(dataDirectory: string, tableName: string): Promise<TableLayout> {
  const store = createStore(openLmdbKeyValue(join(dataDirectory, 'store')), systemClock);
  const row = [...store.listAll(tables)].find(({ id }) => id === tableName);
  await store.close();
  if (!row) throw new Error(`there is no table ${tableName}`);
  return layoutOf(row);
}

/** The numbers of the items, by the hashes of their partitions: keys begin with the table's space, then this. */
function inOrder(layout: TableLayout, item: Filling['item'], from: number, to: number): Uint32Array {
  const spaceBytes = layout.space.length;
  const byHash = new BigUint64Array(to - from);
  for (let n = from; n < to; n++) {
    const hash = tableKey(layout, item(n)).readUInt32BE(spaceBytes);
    byHash[n - from] = (BigInt(hash) << 32n) | BigInt(n);
  }
  byHash.sort();
  return Uint32Array.from(byHash, (entry) => Number(entry & 0xffffffffn));
}
