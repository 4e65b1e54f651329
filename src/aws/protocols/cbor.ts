// CBOR (RFC 8949), as much as Smithy's RPC v2 uses. Written here rather than taken from a library because input from
// strangers must not reach a library's extension tags, and nesting must be limited.

import { newRecord } from '../../kernel/record.ts';
import { TaggedValue } from './document-decode.ts';
import { asBuffer, deepestNesting } from './protocol.ts';

/** Thrown for bytes that are not exactly one well-formed item. */
export class CborSyntaxError extends Error {}

/** A number that goes out as a float even when it is whole. */
export class CborDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

const breakMark = Symbol('break');

export function decodeCbor(bytes: Uint8Array): unknown {
  const cursor: Cursor = { bytes: asBuffer(bytes), at: 0 };
  const value = readItem(cursor, 0);
  if (value === breakMark) throw new CborSyntaxError('a break stands outside of an indefinite item');
  if (cursor.at !== cursor.bytes.length) throw new CborSyntaxError('bytes follow the item');
  return value;
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new CborSyntaxError('the item is cut off');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

function readItem(cursor: Cursor, depth: number): unknown {
  if (depth > deepestNesting) throw new CborSyntaxError('the request is nested too deeply');
  const initial = take(cursor, 1).readUInt8();
  const major = initial >> 5;
  const info = initial & 31;
  if (major === 7) return readSimple(cursor, info);
  const length = readArgument(cursor, info);
  if (length === undefined && (major < 2 || major === 6))
    throw new CborSyntaxError('an item of its kind cannot be indefinite');
  switch (major) {
    case 0:
      return length;
    case 1:
      return -1 - (length as number);
    case 2:
      return length === undefined
        ? new Uint8Array(Buffer.concat(readChunks(cursor, 2)))
        : new Uint8Array(take(cursor, length));
    case 3:
      return length === undefined ? Buffer.concat(readChunks(cursor, 3)).toString() : take(cursor, length).toString();
    case 4:
      return readArray(cursor, length, depth);
    case 5:
      return readMap(cursor, length, depth);
    default:
      return readTagged(cursor, length as number, depth);
  }
}

/** Undefined for an indefinite length. */
function readArgument(cursor: Cursor, info: number): number | undefined {
  if (info < 24) return info;
  if (info === 24) return take(cursor, 1).readUInt8();
  if (info === 25) return take(cursor, 2).readUInt16BE();
  if (info === 26) return take(cursor, 4).readUInt32BE();
  if (info === 27) return Number(take(cursor, 8).readBigUInt64BE());
  if (info === 31) return undefined;
  throw new CborSyntaxError('a length is malformed');
}

function readSimple(cursor: Cursor, info: number): unknown {
  switch (info) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
      return null;
    case 23:
      return undefined;
    case 25:
      return readHalf(take(cursor, 2).readUInt16BE());
    case 26:
      return take(cursor, 4).readFloatBE();
    case 27:
      return take(cursor, 8).readDoubleBE();
    case 31:
      return breakMark;
    default:
      throw new CborSyntaxError('a simple value is unknown');
  }
}

function readHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readChunks(cursor: Cursor, major: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let initial = take(cursor, 1).readUInt8(); initial !== 0xff; initial = take(cursor, 1).readUInt8()) {
    const length = readArgument(cursor, initial & 31);
    if (initial >> 5 !== major || length === undefined)
      throw new CborSyntaxError('a string has a part of another kind');
    chunks.push(take(cursor, length));
  }
  return chunks;
}

function readArray(cursor: Cursor, length: number | undefined, depth: number): unknown[] {
  const result: unknown[] = [];
  // A claimed length is not trusted: each element takes at least a byte, so the loop ends with the input.
  for (let i = 0; length === undefined || i < length; i++) {
    const item = readItem(cursor, depth + 1);
    if (item === breakMark) {
      if (length === undefined) return result;
      throw new CborSyntaxError('a break stands inside a definite list');
    }
    result.push(item);
  }
  return result;
}

function readMap(cursor: Cursor, length: number | undefined, depth: number): Record<string, unknown> {
  const result = newRecord();
  for (let i = 0; length === undefined || i < length; i++) {
    const key = readItem(cursor, depth + 1);
    if (key === breakMark && length === undefined) return result;
    if (typeof key !== 'string') throw new CborSyntaxError('a map has a key that is not text');
    const value = readItem(cursor, depth + 1);
    if (value === breakMark) throw new CborSyntaxError('a break stands inside a map');
    result[key] = value;
  }
  return result;
}

function readTagged(cursor: Cursor, tag: number, depth: number): unknown {
  const value = readItem(cursor, depth + 1);
  if (value === breakMark) throw new CborSyntaxError('a break stands under a tag');
  if ((tag === 2 || tag === 3) && value instanceof Uint8Array) {
    if (value.byteLength > 64) throw new CborSyntaxError('a number is too large');
    const magnitude = value.byteLength === 0 ? 0 : Number(BigInt(`0x${asBuffer(value).toString('hex')}`));
    return tag === 2 ? magnitude : -1 - magnitude;
  }
  return new TaggedValue(tag, value);
}

export function encodeCbor(value: unknown): Buffer {
  const parts: Buffer[] = [];
  writeItem(parts, value);
  return Buffer.concat(parts);
}

function writeItem(parts: Buffer[], value: unknown): void {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    parts.push(head(3, bytes.length), bytes);
  } else if (typeof value === 'number') {
    parts.push(Number.isSafeInteger(value) ? (value < 0 ? head(1, -1 - value) : head(0, value)) : double(value));
  } else if (typeof value === 'boolean') {
    parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  } else if (value === null || value === undefined) {
    parts.push(Buffer.from([0xf6]));
  } else if (value instanceof CborDouble) {
    parts.push(double(value.value));
  } else if (value instanceof Uint8Array) {
    parts.push(head(2, value.byteLength), asBuffer(value));
  } else if (value instanceof TaggedValue) {
    parts.push(head(6, value.tag));
    writeItem(parts, value.value);
  } else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const item of value) writeItem(parts, item);
  } else {
    const entries = Object.entries(value as object);
    parts.push(head(5, entries.length));
    for (const [key, item] of entries) {
      writeItem(parts, key);
      writeItem(parts, item);
    }
  }
}

function head(major: number, argument: number): Buffer {
  const top = major << 5;
  if (argument < 24) return Buffer.from([top | argument]);
  if (argument < 2 ** 8) return Buffer.from([top | 24, argument]);
  const size = argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = top | (size === 2 ? 25 : size === 4 ? 26 : 27);
  if (size === 8) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, size);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}
