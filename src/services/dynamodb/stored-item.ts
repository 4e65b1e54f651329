// An item as the engine keeps it: its size as DynamoDB counts it, in four characters, and then its JSON text, which is
// what most answers need and nothing has to be parsed for.

import type { Item } from './attribute-value.ts';
import { itemSizeBytes } from './item-size.ts';

const headerLength = 4;
const radix = 36;

export function storeItem(item: Item, sizeBytes = itemSizeBytes(item)): string {
  return sizeBytes.toString(radix).padStart(headerLength, '0') + JSON.stringify(item);
}

export function sizeOfStored(stored: string): number {
  return Number.parseInt(stored.slice(0, headerLength), radix);
}

export function textOfStored(stored: string): string {
  return stored.slice(headerLength);
}

export function itemOfStored(stored: string): Item {
  return JSON.parse(textOfStored(stored)) as Item;
}
