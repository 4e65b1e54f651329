// How large DynamoDB counts items and values.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

import type { Item, Value } from './attribute-value.ts';
import { numberSizeBytes } from './decimal.ts';

export const largestItemBytes = 400 * 1024;

export function itemSizeBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) bytes += utf8Bytes(name) + valueSizeBytes(item[name] as Value);
  return bytes;
}

export function valueSizeBytes(value: Value): number {
  if ('S' in value) return utf8Bytes(value.S);
  if ('N' in value) return numberSizeBytes(value.N);
  if ('B' in value) return base64Bytes(value.B);
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('SS' in value) return sum(value.SS, utf8Bytes);
  if ('NS' in value) return sum(value.NS, numberSizeBytes);
  if ('BS' in value) return sum(value.BS, base64Bytes);
  // Lists and maps cost three bytes, and one for each element.
  if ('L' in value) return 3 + value.L.length + sum(value.L, valueSizeBytes);
  return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
}

function sum<T>(members: readonly T[], sizeOf: (member: T) => number): number {
  let bytes = 0;
  for (const member of members) bytes += sizeOf(member);
  return bytes;
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
