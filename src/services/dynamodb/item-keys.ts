// Where an item lies: bytes such that the engine's order is DynamoDB's. A key is
//   space (8) · hash of the partition (4) · partition · sort keys · for an index: which item of the table
// so a partition's items stand together, in the order of their sort keys; partitions stand in the order of their hashes,
// which is the order of a scan and what a parallel scan divides.

import { createHash } from 'node:crypto';
import { afterPrefix } from '../../drivers/items/items.ts';
import { attributeOf, type Item, type Value } from './attribute-value.ts';
import { encodeNumber } from './decimal.ts';
import { hasKeysOf } from './key-limits.ts';
import type { IndexLayout, KeyLayout, KeyPart, TableLayout } from './table-layout.ts';

const spaceBytes = 8;
const hashBytes = 4;
/** Longer partitions are told apart by a digest: keys of the engine end at 4,026 bytes. */
const longestPlainPartition = 254;
const longestPlainTie = 200;
const digestMark = 0xff;

/** The bytes of a key attribute's value, as they are compared and counted. */
export function keyBytes(value: Value): Buffer {
  if ('S' in value) return Buffer.from(value.S, 'utf8');
  if ('N' in value) return encodeNumber(value.N);
  if ('B' in value) return Buffer.from(value.B, 'base64');
  throw new Error('a key that is no scalar');
}

/** The key of an item of the table. */
export function tableKey(layout: TableLayout, item: Item): Buffer {
  return shortTableKey(layout, item) ?? longTableKey(layout, item);
}

/** Where short keys are put together: a buffer for each part of them takes longer than all else. */
const scratch = Buffer.allocUnsafe(2048);
const longestShortText = 256;

/** As `longTableKey` has it, of short texts that need no escaping, as most keys are; undefined for all others. */
function shortTableKey({ hash, range, space }: TableLayout, item: Item): Buffer | undefined {
  if (hash.length > 1 || range.length > 1) return undefined;
  const from = spaceBytes + hashBytes + 1;
  let end = writeShortText(hash[0] as KeyPart, item, from);
  if (end === undefined || end - from > longestPlainPartition) return undefined;
  space.copy(scratch, 0);
  scratch.writeUInt32BE(hashOf(scratch, from, end), spaceBytes);
  scratch[from - 1] = end - from;
  if (range.length > 0) {
    const start = end;
    end = writeShortText(range[0] as KeyPart, item, start);
    if (end === undefined || hasLow(scratch, start, end)) return undefined;
    scratch[end] = endMark;
    end += 1;
  }
  const key = Buffer.allocUnsafe(end);
  scratch.copy(key, 0, 0, end);
  return key;
}

/** Where it ends. */
function writeShortText({ name, type }: KeyPart, item: Item, at: number): number | undefined {
  if (type !== 'S') return undefined;
  const { S: text } = attributeOf(item, name) as { readonly S: string };
  return text.length > longestShortText ? undefined : at + scratch.write(text, at);
}

function longTableKey(layout: TableLayout, item: Item): Buffer {
  const prefix = partitionPrefix(layout, valuesOf(layout.hash, item));
  return layout.range.length === 0 ? prefix : Buffer.concat([prefix, ...sortBytes(layout, item)]);
}

/** The key of an item's entry in an index; undefined when the item has none there. */
export function indexKey(table: TableLayout, index: IndexLayout, item: Item, itemKey: Buffer): Buffer | undefined {
  if (!hasKeysOf(index, item)) return undefined;
  const prefix = partitionPrefix(index, valuesOf(index.hash, item));
  return Buffer.concat([prefix, ...sortBytes(index, item), tieBreaker(table, index, item, itemKey)]);
}

function valuesOf(parts: KeyLayout['hash'], item: Item): readonly Value[] {
  return parts.map(({ name }) => attributeOf(item, name) as Value);
}

function sortBytes({ range }: KeyLayout, item: Item): readonly Buffer[] {
  return range.map(({ name }) => sortPart(attributeOf(item, name) as Value));
}

/** Entries with equal keys stand in the order of the table's sort keys in a local index, in that of a scan in a global one. */
function tieBreaker(table: TableLayout, index: IndexLayout, item: Item, itemKey: Buffer): Buffer {
  const tie = index.isGlobal ? itemKey.subarray(spaceBytes) : Buffer.concat(sortBytes(table, item));
  return tie.length <= longestPlainTie ? tie : Buffer.concat([Buffer.of(digestMark), sha256(tie)]);
}

/** What the keys of all items of a partition begin with. */
export function partitionPrefix({ space }: KeyLayout, values: readonly Value[]): Buffer {
  const partition = values.length === 1 ? keyBytes(values[0] as Value) : Buffer.concat(values.flatMap(withLength));
  const isLong = partition.length > longestPlainPartition;
  const shown = isLong ? sha256(partition) : partition;
  const prefix = Buffer.allocUnsafe(spaceBytes + hashBytes + 1 + shown.length);
  space.copy(prefix, 0);
  prefix.writeUInt32BE(hashOf(partition), spaceBytes);
  prefix[spaceBytes + hashBytes] = isLong ? digestMark : shown.length;
  shown.copy(prefix, spaceBytes + hashBytes + 1);
  return prefix;
}

function withLength(value: Value): readonly Buffer[] {
  const bytes = keyBytes(value);
  const length = Buffer.allocUnsafe(2);
  length.writeUInt16BE(bytes.length);
  return [length, bytes];
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** FNV-1a, stirred so that every bit counts. */
function hashOf(bytes: Buffer, from = 0, to = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Order-preserving, and no value's bytes are the beginning of another's. */
export function sortPart(value: Value): Buffer {
  if ('N' in value) return encodeNumber(value.N);
  const escaped = sortPrefix(value);
  const part = Buffer.allocUnsafe(escaped.length + 1);
  part.set(escaped);
  part[escaped.length] = endMark;
  return part;
}

/** What the sort parts of all values begin with that begin with this one. */
export function sortPrefix(value: Value): Buffer {
  return escapeLow(keyBytes(value));
}

const endMark = 0;

/** 0 and 1 become pairs, so that 0 can mark the end. */
function escapeLow(bytes: Buffer): Buffer {
  if (!hasLow(bytes)) return bytes;
  const escaped: number[] = [];
  for (const byte of bytes) {
    if (byte < 2) escaped.push(1, byte + 1);
    else escaped.push(byte);
  }
  return Buffer.from(escaped);
}

function hasLow(bytes: Buffer, from = 0, to = bytes.length): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] as number) < 2) return true;
  return false;
}

export interface Bounds {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** One of `total` equal parts of a space. */
export function segmentBounds({ space }: KeyLayout, segment: number, total: number): Bounds {
  const boundary = (index: number): Buffer => {
    if (index === total) return afterPrefix(space);
    const hash = Buffer.alloc(hashBytes);
    hash.writeUInt32BE(Math.ceil((index * 2 ** 32) / total));
    return Buffer.concat([space, hash]);
  };
  return { from: boundary(segment), to: boundary(segment + 1) };
}

export type SortOperator = '=' | '<' | '<=' | '>' | '>=' | 'BETWEEN' | 'begins_with';

export interface SortCondition {
  readonly operator: SortOperator;
  readonly values: readonly Value[];
}

/**
 * The entries of a partition that satisfy the conditions, which stand on its sort keys in order: all but the last are
 * equalities.
 */
export function queryBounds(keys: KeyLayout, hash: readonly Value[], conditions: readonly SortCondition[]): Bounds {
  let prefix = partitionPrefix(keys, hash);
  for (const { operator, values } of conditions) {
    const [low, high] = values as [Value, Value?];
    const at = Buffer.concat([prefix, operator === 'begins_with' ? sortPrefix(low) : sortPart(low)]);
    switch (operator) {
      case '=':
        prefix = at;
        continue;
      case 'begins_with':
        return { from: at, to: afterPrefix(at) };
      case '<':
        return { from: prefix, to: at };
      case '<=':
        return { from: prefix, to: afterPrefix(at) };
      case '>':
        return { from: afterPrefix(at), to: afterPrefix(prefix) };
      case '>=':
        return { from: at, to: afterPrefix(prefix) };
      case 'BETWEEN':
        return { from: at, to: afterPrefix(Buffer.concat([prefix, sortPart(high as Value)])) };
    }
  }
  return { from: prefix, to: afterPrefix(prefix) };
}
