import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item, Value } from './attribute-value.ts';
import {
  indexKey,
  partitionPrefix,
  queryBounds,
  type SortCondition,
  segmentBounds,
  sortPart,
  tableKey,
} from './item-keys.ts';
import type { IndexLayout, KeyPart, TableLayout } from './table-layout.ts';

const space = Buffer.from('0102030405060708', 'hex');
const hash: KeyPart = { name: 'h', type: 'S' };
const range: KeyPart = { name: 'r', type: 'S' };
const table = { hash: [hash], range: [range], parts: [hash, range], space } as unknown as TableLayout;
const index = { ...table, isGlobal: true, space: Buffer.from('1111111111111111', 'hex') } as unknown as IndexLayout;

const text = (value: string): Value => ({ S: value });
const item = (h: string, r: string): Item => ({ h: text(h), r: text(r) });
const binary = (bytes: Uint8Array): Value => ({ B: Buffer.from(bytes).toString('base64') });

describe('keys of items', () => {
  it('order sort keys by their bytes, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (a, b) => {
        const expected = Buffer.compare(a, b);
        expect(Buffer.compare(sortPart(binary(a)), sortPart(binary(b)))).toBe(expected);
      }),
    );
  });

  it('keep partitions apart, also those whose names begin alike or are long', () => {
    const long = 'x'.repeat(2048);
    const prefixes = ['a', 'aa', 'a\u0000', long, `${long.slice(1)}y`].map((name) =>
      partitionPrefix(table, [text(name)]),
    );
    for (const one of prefixes)
      for (const other of prefixes) if (one !== other) expect(other.subarray(0, one.length).equals(one)).toBe(false);
  });

  it('begin with the prefix of their partition and end with their sort part, whatever that takes', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('é'.repeat(150), 'x'.repeat(300)),
    );
    fc.assert(
      fc.property(texts, texts, (h, r) => {
        const parts = [partitionPrefix(table, [text(h)]), sortPart(text(r))];
        expect(tableKey(table, item(h, r)).equals(Buffer.concat(parts))).toBe(true);
      }),
    );
  });

  it('fit into the engine at their longest', () => {
    const longest = item('h'.repeat(2048), '\u0000'.repeat(1024));
    const key = tableKey(table, longest);
    expect(key.length).toBeLessThan(4026);
    expect(indexKey(table, index, longest, key)?.length).toBeLessThan(4026);
  });

  it('tell entries of an index with equal keys apart', () => {
    const shared = { ...index, hash: [range], range: [], parts: [range] } as unknown as IndexLayout;
    const keys = ['one', 'two', 'three'].map((h) => {
      const entry = item(h, 'same');
      return indexKey(table, shared, entry, tableKey(table, entry))?.toString('hex');
    });
    expect(new Set(keys).size).toBe(3);
  });

  it('leave out of an index what lacks its keys', () => {
    expect(indexKey(table, index, { h: text('a') }, Buffer.alloc(12))).toBeUndefined();
  });

  it.each<[SortCondition['operator'], readonly string[], (value: string) => boolean]>([
    ['=', ['m'], (value) => value === 'm'],
    ['<', ['m'], (value) => value < 'm'],
    ['<=', ['m'], (value) => value <= 'm'],
    ['>', ['m'], (value) => value > 'm'],
    ['>=', ['m'], (value) => value >= 'm'],
    ['BETWEEN', ['b', 'm'], (value) => value >= 'b' && value <= 'm'],
    ['begins_with', ['m'], (value) => value.startsWith('m')],
    ['begins_with', [''], () => true],
  ])('bound what %s %s asks for', (operator, values, holds) => {
    const bounds = queryBounds(table, [text('p')], [{ operator, values: values.map(text) }]);
    for (const sort of ['', 'a', 'b', 'l', 'm', 'm\u0000', 'm\u0001', 'mm', 'n', '\u00ff']) {
      const key = tableKey(table, item('p', sort));
      const isInside = Buffer.compare(key, bounds.from) >= 0 && Buffer.compare(key, bounds.to) < 0;
      expect([sort, isInside]).toEqual([sort, holds(sort)]);
    }
  });

  it('fall into exactly one segment of a parallel scan', () => {
    for (const total of [1, 2, 3, 7, 1_000_000]) {
      for (const name of ['a', 'b', 'user-1', 'user-2', 'user-3']) {
        const key = tableKey(table, item(name, 'r'));
        const guess = Math.floor((key.readUInt32BE(8) / 2 ** 32) * total);
        const around = [guess - 1, guess, guess + 1].filter((segment) => segment >= 0 && segment < total);
        const inside = around.filter((segment) => {
          const { from, to } = segmentBounds(table, segment, total);
          return Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;
        });
        expect(inside).toHaveLength(1);
      }
    }
  });

  it('spread partitions evenly', () => {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[(tableKey(table, item(`user-${i}`, 'r'))[8] as number) >> 6]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(850);
  });
});
