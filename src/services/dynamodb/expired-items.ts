// Deletes a table's items whose time has come, in the service's name: the list that is kept of them has what is due in front.

import type { Items } from '../../drivers/items/items.ts';
import { readFound, writesOf } from './item-writes.ts';
import { timeToLiveIdentity } from './stream-records.ts';
import type { TableLayout } from './table-layout.ts';
import { dueSeconds, expiryBound, isExpired } from './time-to-live.ts';

const deletedAtOnce = 200;

/** How many they were. */
export async function deleteExpired(items: Items, layout: TableLayout, nowMs: number): Promise<number> {
  const { timeToLive } = layout;
  if (!timeToLive) return 0;
  const due = dueSeconds(nowMs);
  const range = { from: expiryBound(timeToLive, due.from), to: expiryBound(timeToLive, due.to + 1) };
  let deleted = 0;
  let after: Buffer | undefined;
  for (;;) {
    const keys: Buffer[] = [];
    await items.visit({ ...range, after }, (entry, itemKey) => {
      keys.push(Buffer.from(itemKey, 'latin1'));
      after = Buffer.from(entry);
      return keys.length < deletedAtOnce;
    });
    if (keys.length === 0) return deleted;
    deleted += await items.change({
      reads: keys,
      decide(found, at) {
        const steps = keys.flatMap((key, index) => {
          const before = readFound(found[index]);
          // It may have been given more time since it was listed.
          if (!before || !isExpired(before.item, timeToLive.attribute, nowMs)) return [];
          return [writesOf({ layout, key, before, after: undefined, nowMs, identity: timeToLiveIdentity }, at)];
        });
        return {
          writes: steps.flatMap(({ writes }) => writes),
          counts: steps.flatMap(({ counts }) => counts),
          result: steps.length,
        };
      },
    });
  }
}
