// An item as the engine keeps it: its size as DynamoDB counts it, in four bytes, and then its JSON text, which is what
// most answers need and nothing has to be parsed for.

import type { Item } from './attribute-value.ts';
import { itemSizeBytes } from './item-size.ts';

const headerBytes = 4;

export function storeItem(item: Item, sizeBytes = itemSizeBytes(item)): Buffer {
  const text = JSON.stringify(item);
  const stored = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(text));
  stored.writeUInt32BE(sizeBytes, 0);
  stored.write(text, headerBytes);
  return stored;
}

export function sizeOfStored(stored: Buffer): number {
  return stored.readUInt32BE(0);
}

export function textOfStored(stored: Buffer): string {
  return stored.toString('utf8', headerBytes);
}

export function itemOfStored(stored: Buffer): Item {
  return JSON.parse(textOfStored(stored)) as Item;
}
