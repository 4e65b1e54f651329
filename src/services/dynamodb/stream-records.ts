// Records of a table's stream: one for each change of an item, under the number of the change. Kept as the JSON that
// GetRecords answers with, so only what the view type shows is there.

import type { Write } from '../../drivers/items/items.ts';
import type { StreamViewType } from '../../generated/dynamodb.types.ts';
import { attributeOf, equalItems, type Item, newItem, type Value } from './attribute-value.ts';
import { itemSizeBytes } from './item-size.ts';
import type { StreamLayout, TableLayout } from './table-layout.ts';

export interface StreamIdentity {
  readonly Type: string;
  readonly PrincipalId: string;
}

/** The service deletes what expired in its own name. */
export const timeToLiveIdentity: StreamIdentity = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' };

export interface StoredRecord {
  readonly name: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly atMs: number;
  readonly sizeBytes: number;
  readonly keys: Item;
  readonly newImage?: Item;
  readonly oldImage?: Item;
  readonly identity?: StreamIdentity;
}

export interface StreamChange {
  readonly layout: TableLayout;
  readonly stream: StreamLayout;
  readonly before: { readonly item: Item } | undefined;
  readonly after: Item | undefined;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly nowMs: number;
  readonly identity?: StreamIdentity | undefined;
}

/** Nothing for a change that changed nothing. */
export function streamWrite(change: StreamChange, nextSequence: () => number): Write | undefined {
  const { layout, stream, before, after } = change;
  if (before && after && equalItems(before.item, after)) return undefined;
  const keys = keysOf(layout, (after ?? before?.item) as Item);
  const newImage = shows(stream.viewType, 'NEW') ? after : undefined;
  const oldImage = shows(stream.viewType, 'OLD') ? before?.item : undefined;
  const sizeBytes = itemSizeBytes(keys) + (newImage ? change.bytesAfter : 0) + (oldImage ? change.bytesBefore : 0);
  const record: StoredRecord = {
    name: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
    atMs: change.nowMs,
    sizeBytes,
    keys,
    ...(newImage && { newImage }),
    ...(oldImage && { oldImage }),
    ...(change.identity && { identity: change.identity }),
  };
  return { key: recordKey(stream.space, nextSequence()), value: JSON.stringify(record) };
}

function shows(viewType: StreamViewType, image: 'NEW' | 'OLD'): boolean {
  return viewType === 'NEW_AND_OLD_IMAGES' || viewType === `${image}_IMAGE`;
}

export function keysOf({ parts }: Pick<TableLayout, 'parts'>, item: Item): Item {
  const keys = newItem();
  for (const { name } of parts) keys[name] = attributeOf(item, name) as Value;
  return keys;
}

const sequenceBytes = 8;

export function recordKey(space: Buffer, sequence: number): Buffer {
  const number = Buffer.allocUnsafe(sequenceBytes);
  number.writeBigUInt64BE(BigInt(sequence));
  return Buffer.concat([space, number]);
}

export function sequenceOfKey(key: Buffer): number {
  return Number(key.readBigUInt64BE(key.length - sequenceBytes));
}
