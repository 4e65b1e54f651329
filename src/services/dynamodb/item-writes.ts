// What has to be written when an item of a table changes: the item, its entries in the indexes, the stream's record, the
// date it expires, and the counts. Pure; everything it returns belongs into one change of the engine.

import type { Count, Moment, Write } from '../../drivers/items/items.ts';
import { attributeOf, equalItems, type Item, newItem } from './attribute-value.ts';
import { addIndexUnits, newUsage, type Usage, writeUnits } from './capacity.ts';
import { historyWrites } from './history.ts';
import { collectionCounter } from './item-collections.ts';
import { indexKey } from './item-keys.ts';
import { itemSizeBytes } from './item-size.ts';
import { outboxWrites } from './replication.ts';
import { itemOfStored, sizeOfStored, storeItem } from './stored-item.ts';
import { type StreamIdentity, streamWrite } from './stream-records.ts';
import { byteCounter, type IndexLayout, itemCounter, type TableLayout } from './table-layout.ts';
import { expiryKey } from './time-to-live.ts';

/** An item of a table, read: with what is stored of it. Most changes need no more than its size. */
export class FoundItem {
  readonly stored: string;
  #item: Item | undefined;

  constructor(stored: string) {
    this.stored = stored;
  }

  get item(): Item {
    this.#item ??= itemOfStored(this.stored);
    return this.#item;
  }
}

export function readFound(stored: string | undefined): FoundItem | undefined {
  return stored === undefined ? undefined : new FoundItem(stored);
}

export interface ItemChange {
  readonly layout: TableLayout;
  readonly key: Buffer;
  readonly before: FoundItem | undefined;
  /** Absent when the item goes. */
  readonly after: Item | undefined;
  /** Of `after`, where it was counted already. */
  readonly bytesAfter?: number | undefined;
  readonly nowMs: number;
  /** Set when the service itself did it. */
  readonly identity?: StreamIdentity | undefined;
  readonly isTransactional?: boolean | undefined;
  /** Set for a change that was made in another region. */
  readonly isReplicated?: boolean;
}

export interface ItemWrites {
  readonly writes: readonly Write[];
  readonly counts: readonly Count[];
  readonly usage: Usage;
}

export function writesOf(change: ItemChange, at: Moment): ItemWrites {
  const { layout, key, before, after, isTransactional = false } = change;
  const writes: Write[] = [];
  const counts: Count[] = [];
  const usage = newUsage();
  const bytesBefore = before ? sizeOfStored(before.stored) : 0;
  const bytesAfter = after ? (change.bytesAfter ?? itemSizeBytes(after)) : 0;
  usage.table = writeUnits(Math.max(bytesBefore, bytesAfter), isTransactional);
  const stored = after && storeItem(after, bytesAfter);
  if (stored !== undefined) writes.push({ key, value: stored });
  else if (before) writes.push({ key });
  count(counts, layout, before, after, bytesAfter - bytesBefore);
  let collectionBytes = bytesAfter - bytesBefore;
  for (const index of layout.indexes) {
    const { units, bytes } = writeIndex(change, index, at, writes, counts);
    if (!index.isGlobal) collectionBytes += bytes;
    if (units > 0) addIndexUnits(usage, index, isTransactional ? units * 2 : units);
  }
  if (layout.hasLocalIndexes && collectionBytes !== 0)
    counts.push({ counter: collectionCounter(layout, (after ?? before?.item) as Item), by: collectionBytes });
  writeExpiry(change, writes);
  if (layout.histories.length > 0 && (before || after)) writes.push(...historyWrites(change, at.nextSequence()));
  if (layout.replication && (before || after) && !change.isReplicated)
    writes.push(...outboxWrites(layout.replication, key, stored, at.nextSequence()));
  if (layout.stream && (before || after)) {
    const record = streamWrite({ ...change, stream: layout.stream, bytesBefore, bytesAfter }, at.nextSequence);
    if (record) writes.push(record);
  }
  return { writes, counts, usage };
}

function count(
  counts: Count[],
  keys: { readonly spaceName: string },
  before: unknown,
  after: unknown,
  bytes: number,
): void {
  const items = (after ? 1 : 0) - (before ? 1 : 0);
  if (items !== 0) counts.push({ counter: itemCounter(keys), by: items });
  if (bytes !== 0) counts.push({ counter: byteCounter(keys), by: bytes });
}

/** What an index keeps of an item. */
export function projectedItem(index: IndexLayout, item: Item): Item {
  const { projected } = index;
  if (!projected) return item;
  const entry = newItem();
  for (const name of Object.keys(item)) if (projected.has(name)) entry[name] = attributeOf(item, name)!;
  return entry;
}

/** Returns the write units that it took, and by how much the index grew. */
function writeIndex(
  change: ItemChange,
  index: IndexLayout,
  at: Moment,
  writes: Write[],
  counts: Count[],
): { readonly units: number; readonly bytes: number } {
  const { layout, key, before, after } = change;
  const keyBefore = before && indexKey(layout, index, before.item, key);
  const keyAfter = after && indexKey(layout, index, after, key);
  if (!keyBefore && !keyAfter) return unchanged;
  const entryBefore = keyBefore && before ? projectedItem(index, before.item) : undefined;
  const entryAfter = keyAfter && after ? projectedItem(index, after) : undefined;
  const isMoved = keyBefore !== undefined && keyAfter !== undefined && !keyBefore.equals(keyAfter);
  if (!isMoved && entryBefore && entryAfter && equalItems(entryBefore, entryAfter)) return unchanged;
  const bytesBefore = entryBefore ? itemSizeBytes(entryBefore) : 0;
  const bytesAfter = entryAfter ? itemSizeBytes(entryAfter) : 0;
  // While an index is filled, it has not got all of the entries that it should have.
  const wasThere = keyBefore !== undefined && (index.isFilled || at.isThere(keyBefore));
  count(counts, index, wasThere, keyAfter, bytesAfter - (wasThere ? bytesBefore : 0));
  if (keyBefore && (isMoved || !keyAfter)) writes.push({ key: keyBefore });
  if (keyAfter && entryAfter) writes.push({ key: keyAfter, value: storeItem(entryAfter, bytesAfter) });
  const units = isMoved
    ? writeUnits(bytesBefore) + writeUnits(bytesAfter)
    : writeUnits(Math.max(bytesBefore, bytesAfter));
  return { units, bytes: bytesAfter - bytesBefore };
}

const unchanged = { units: 0, bytes: 0 };

function writeExpiry({ layout, key, before, after }: ItemChange, writes: Write[]): void {
  const { timeToLive } = layout;
  if (!timeToLive) return;
  const keyBefore = before && expiryKey(timeToLive, before.item, key);
  const keyAfter = after && expiryKey(timeToLive, after, key);
  const isSame = keyBefore !== undefined && keyAfter !== undefined && keyBefore.equals(keyAfter);
  if (keyBefore && !isSame) writes.push({ key: keyBefore });
  if (keyAfter && !isSame) writes.push({ key: keyAfter, value: key.toString('latin1') });
}
