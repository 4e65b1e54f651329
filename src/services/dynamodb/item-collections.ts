// Item collections: all that has one hash key in a table with local indexes. Their size is told on request, and may not
// pass 10 GB.

import type { ReturnItemCollectionMetrics } from '../../generated/dynamodb.types.ts';
import { type RawMember, rawItem, rawStructure } from './answer.ts';
import { attributeOf, type Item, newItem, type Value } from './attribute-value.ts';
import { partitionPrefix } from './item-keys.ts';
import type { TableLayout } from './table-layout.ts';

const gigabyte = 1024 ** 3;
export const largestCollectionBytes = 10 * gigabyte;

/** The name of the engine's counter of a collection's bytes. */
export function collectionCounter(layout: TableLayout, item: Item): string {
  const values = layout.hash.map(({ name }) => attributeOf(item, name) as Value);
  return `${layout.spaceName}/collections/${partitionPrefix(layout, values).toString('base64', layout.space.length)}`;
}

/** Undefined unless asked for, and for tables that have no collections. */
export function describeCollection(
  wanted: ReturnItemCollectionMetrics | undefined,
  layout: TableLayout,
  item: Item,
  sizeBytes: number,
): RawMember | undefined {
  if (wanted !== 'SIZE' || !layout.hasLocalIndexes) return undefined;
  const key = newItem();
  for (const { name } of layout.hash) key[name] = attributeOf(item, name) as Value;
  const floor = Math.floor(sizeBytes / gigabyte);
  return rawStructure({ ItemCollectionKey: rawItem(key), SizeEstimateRangeGB: [floor, floor + 1] });
}
