// An index is filled while its table goes on changing: in the end it has an entry for each item that belongs there, and
// its counters say how many they are.

import { expect, it } from 'vitest';
import { afterPrefix } from '../../drivers/items/items.ts';
import { createMemoryItems } from '../../drivers/items/memory-items.ts';
import { randomInteger, seededRandom } from '../../kernel/random.ts';
import type { Item } from './attribute-value.ts';
import { backfill, fillIndex } from './backfill.ts';
import { tableKey } from './item-keys.ts';
import { readFound, writesOf } from './item-writes.ts';
import { sizeOfStored } from './stored-item.ts';
import { byteCounter, type IndexLayout, itemCounter, layoutOf } from './table-layout.ts';
import { newTableSpec } from './table-spec.ts';

const random = seededRandom(3);
const row = {
  account: '000000000000',
  region: 'us-east-1',
  id: 'table',
  createdAtMs: 0,
  status: { revision: 1, filled: [] },
  spec: newTableSpec(
    { random, nowMs: 0 },
    {
      TableName: 'table',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'g', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        { IndexName: 'g', KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
      ],
    },
  ),
};

it('an index that is filled while items come, change and go has them all, and counts them', async () => {
  const items = createMemoryItems();
  const table = layoutOf(row as never);
  const index = table.indexes[0] as IndexLayout;
  const write = (pk: string, after: Item | undefined, layout = table) => {
    const key = tableKey(table, { pk: { S: pk } });
    return items.change({
      reads: [key],
      decide: ([found], at) => {
        const { writes, counts } = writesOf({ layout, key, before: readFound(found), after, nowMs: 0 }, at);
        return { writes, counts, result: undefined };
      },
    });
  };
  const anyItem = (pk: string): Item | undefined => {
    const kind = randomInteger(random, 4);
    if (kind === 0) return undefined;
    return { pk: { S: pk }, ...(kind > 1 && { g: { S: 'x'.repeat(1 + randomInteger(random, 9)) } }) };
  };
  const anyName = () => `item ${randomInteger(random, 1500)}`;
  for (let n = 0; n < 1000; n++) {
    const pk = anyName();
    await write(pk, anyItem(pk), { ...table, indexes: [] });
  }
  const whileFilling: Promise<void>[] = [];
  const isWanted = () => {
    for (let n = 0; n < 200; n++) {
      const pk = anyName();
      whileFilling.push(write(pk, anyItem(pk)));
    }
    return true;
  };
  expect(await backfill({ items, table, fill: fillIndex(table, index), isWanted })).toBe(true);
  await Promise.all(whileFilling);
  const shown: string[] = [];
  await items.visit({ from: index.space, to: afterPrefix(index.space) }, (_, stored) => shown.push(stored) > 0);
  let wanted = 0;
  await items.visit({ from: table.space, to: afterPrefix(table.space) }, (_, stored) => {
    if (stored.includes('"g"')) wanted += 1;
    return true;
  });
  expect(shown).toHaveLength(wanted);
  expect(await items.counter(itemCounter(index))).toBe(wanted);
  expect(await items.counter(byteCounter(index))).toBe(
    shown.reduce((bytes, stored) => bytes + sizeOfStored(stored), 0),
  );
});
