// What DynamoDB refuses of keys and items once it knows the table.

import type { AttributeValue } from '../../generated/dynamodb.types.ts';
import { acceptItem, attributeOf, type Item, typeOf, type Value } from './attribute-value.ts';
import { invalidParameter, keySchemaMismatch, validationError } from './dynamodb.errors.ts';
import { itemSizeBytes, largestItemBytes } from './item-size.ts';
import { isEmptyKey, keyPartsBytes, longestHashBytes, longestRangeBytes } from './key-limits.ts';
import type { IndexLayout, KeyLayout, KeyPart, TableLayout } from './table-layout.ts';

/** The key of a GetItem, UpdateItem or DeleteItem: exactly the table's key attributes. */
export function acceptKey(layout: TableLayout, key: Item): Item {
  if (Object.keys(key).length !== layout.parts.length) throw keySchemaMismatch();
  for (const part of layout.parts) {
    const value = attributeOf(key, part.name);
    if (!value || typeOf(value) !== part.type) throw keySchemaMismatch();
    refuseEmpty(part, value);
  }
  refuseLong(layout, key);
  return key;
}

/** Of an item to be put in a batch, which unlike PutItem words what is wrong with its key as for any other key. */
export function requireKeyOf({ parts }: TableLayout, given: Item): void {
  for (const { name, type } of parts) {
    const value = attributeOf(given, name);
    if (!value || typeOf(value) !== type) throw keySchemaMismatch();
  }
}

/** Told of a whole request, ahead of what is wrong with single actions of a transaction. */
export function refuseEmptyKeys({ parts }: TableLayout, given: Item): void {
  for (const part of parts) {
    const value = attributeOf(given, part.name);
    if (value) refuseEmpty(part, value);
  }
}

/** Of a batch: one that comes alone is read by its command. */
export function acceptNewItem(given: Readonly<Record<string, AttributeValue>>): Item {
  return acceptPutItem(acceptItem(given, 'older'));
}

export function acceptPutItem(item: Item): Item {
  acceptSize(item);
  return item;
}

/** Of an item to be put, in bytes. */
export function acceptSize(item: Item): number {
  const bytes = itemSizeBytes(item);
  if (bytes > largestItemBytes) throw itemTooLarge();
  return bytes;
}

export function itemTooLarge(): Error {
  return validationError('Item size has exceeded the maximum allowed size');
}

/** An item to be put: it has the table's keys, and what it has of the indexes' keys is of their type. */
export function checkItem(layout: TableLayout, item: Item): void {
  for (const part of layout.parts) {
    const value = attributeOf(item, part.name);
    if (!value) throw invalidParameter(`Missing the key ${part.name} in the item`);
    if (typeOf(value) !== part.type)
      throw invalidParameter(`Type mismatch for key ${part.name} expected: ${part.type} actual: ${typeOf(value)}`);
    refuseEmpty(part, value);
  }
  refuseLong(layout, item);
  for (const index of layout.indexes) checkIndexKeys(index, item);
}

function checkIndexKeys(index: IndexLayout, item: Item): void {
  for (const part of index.parts) {
    const value = attributeOf(item, part.name);
    if (!value) continue;
    if (typeOf(value) !== part.type)
      throw invalidParameter(
        `Type mismatch for Index Key ${part.name} Expected: ${part.type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    if (isEmptyKey(value))
      throw validationError(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${longName(part)} value. IndexName: ${index.name}, IndexKey: ${part.name}`,
      );
  }
  refuseLong(index, item);
}

/** What an update left of an item: no key of an index may have become what it cannot be. */
export function checkUpdatedItem(layout: TableLayout, before: Item | undefined, after: Item): void {
  if (itemSizeBytes(after) > largestItemBytes)
    throw validationError('Item size to update has exceeded the maximum allowed size');
  for (const index of layout.indexes) {
    let isChanged = false;
    for (const part of index.parts) {
      const value = attributeOf(after, part.name);
      if (!value || (before && attributeOf(before, part.name) === value)) continue;
      isChanged = true;
      if (typeOf(value) !== part.type)
        throw invalidParameter(
          `Type mismatch for Index Key ${part.name} Expected: ${part.type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
        );
      if (isEmptyKey(value))
        throw validationError(
          `One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${longName(part)} value.`,
        );
    }
    if (isChanged) refuseLong(index, after);
  }
}

function refuseEmpty(part: KeyPart, value: Value): void {
  if (isEmptyKey(value))
    throw validationError(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${longName(part)} value. Key: ${part.name}`,
    );
}

const longName = ({ type }: KeyPart): string => (type === 'S' ? 'string' : 'binary');

function refuseLong({ hash, range }: KeyLayout, item: Item): void {
  refuseLongKeys(keyPartsBytes(hash, item), keyPartsBytes(range, item));
}

/** By the bytes of all hash keys and of all range keys. */
export function refuseLongKeys(hashBytes: number, rangeBytes: number): void {
  if (hashBytes > longestHashBytes)
    throw invalidParameter(`Size of hashkey has exceeded the maximum size limit of${longestHashBytes} bytes`);
  if (rangeBytes > longestRangeBytes)
    throw invalidParameter(
      `Aggregated size of all range keys has exceeded the size limit of ${longestRangeBytes} bytes`,
    );
}
