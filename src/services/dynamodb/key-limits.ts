// How long the keys of tables and indexes may be, and whether an item can have an entry in an index at all.

import { attributeOf, type Item, type Value } from './attribute-value.ts';
import { valueSizeBytes } from './item-size.ts';
import type { KeyLayout, KeyPart } from './table-layout.ts';

/** Of all attributes of the kind together, where an index has several. */
export const longestHashBytes = 2048;
export const longestRangeBytes = 1024;

export function keyPartsBytes(parts: readonly KeyPart[], item: Item): number {
  let bytes = 0;
  for (const { name } of parts) {
    const value = attributeOf(item, name);
    if (value) bytes += valueSizeBytes(value);
  }
  return bytes;
}

export function isEmptyKey(value: Value): boolean {
  return ('S' in value && value.S === '') || ('B' in value && value.B === '');
}

/** Items that were there before the index may hold anything under the names of its keys; the index leaves them out. */
export function hasKeysOf({ hash, range, parts }: KeyLayout, item: Item): boolean {
  for (const { name, type } of parts) {
    const value = attributeOf(item, name);
    if (value === undefined || !(type in value) || isEmptyKey(value)) return false;
  }
  return keyPartsBytes(hash, item) <= longestHashBytes && keyPartsBytes(range, item) <= longestRangeBytes;
}
