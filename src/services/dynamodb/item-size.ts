// How large DynamoDB counts items and values.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

import type { Item, TypeName, Value } from './attribute-value.ts';
import { numberSizeBytes } from './decimal.ts';

export const largestItemBytes = 400 * 1024;

export function itemSizeBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) bytes += utf8Bytes(name) + valueSizeBytes(item[name] as Value);
  return bytes;
}

/** By the name of its type: asked for one after the other, they cost more than what is counted. */
export function valueSizeBytes(value: Value): number {
  for (const type in value) return contentSizeBytes(type as TypeName, value as AttributeValues);
  return 0;
}

type AttributeValues = { readonly [Type in TypeName]: Extract<Value, { readonly [Key in Type]: unknown }>[Type] };

function contentSizeBytes(type: TypeName, value: AttributeValues): number {
  switch (type) {
    case 'S':
      return utf8Bytes(value.S);
    case 'N':
      return numberSizeBytes(value.N);
    case 'B':
      return base64Bytes(value.B);
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'SS':
      return sum(value.SS, utf8Bytes);
    case 'NS':
      return sum(value.NS, numberSizeBytes);
    case 'BS':
      return sum(value.BS, base64Bytes);
    // Lists and maps cost three bytes, and one for each element.
    case 'L':
      return 3 + value.L.length + sum(value.L, valueSizeBytes);
    case 'M':
      return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  }
}

function sum<T>(members: readonly T[], sizeOf: (member: T) => number): number {
  let bytes = 0;
  for (const member of members) bytes += sizeOf(member);
  return bytes;
}

/** To ask Node takes longer than to look at a few letters. */
const longestLookedAt = 16;

export function utf8Bytes(text: string): number {
  const { length } = text;
  if (length > longestLookedAt) return Buffer.byteLength(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return length;
}

export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
