// CBOR against the specification's examples, against another implementation, and against malformed input.

import { Decoder, Encoder } from 'cbor-x';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CborDouble, CborSyntaxError, decodeCbor, encodeCbor } from './cbor.ts';
import { TaggedValue } from './document-decode.ts';

const fromHex = (hex: string) => decodeCbor(Buffer.from(hex, 'hex'));

test.each<[string, unknown]>([
  ['00', 0],
  ['1903e8', 1000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['3903e7', -1000],
  ['c249010000000000000000', 2 ** 64],
  ['c349010000000000000000', -(2 ** 64)],
  ['f90000', 0],
  ['f93c00', 1],
  ['f97bff', 65504],
  ['f90001', 2 ** -24],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['fa47c35000', 100000],
  ['fb3ff199999999999a', 1.1],
  ['f4', false],
  ['f6', null],
  ['f7', undefined],
  ['c11a514b67b0', new TaggedValue(1, 1363896240)],
  ['4401020304', Uint8Array.from([1, 2, 3, 4])],
  ['62c3bc', 'ü'],
  ['83010203', [1, 2, 3]],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['5f42010243030405ff', Uint8Array.from([1, 2, 3, 4, 5])],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
])('%s (RFC 8949, appendix A)', (hex, value) => {
  expect(fromHex(hex)).toEqual(value);
});

test.each([
  '',
  '18',
  '5b7fffffffffffffff',
  '9b7fffffffffffffff',
  'ff',
  '9f',
  'bf6161',
  'a1ff00',
  '81ff',
  '1c',
  'df',
  'c1',
  'f8',
  '0000',
  '5f6161ff',
  'a10101',
])('%s is refused', (hex) => {
  expect(() => fromHex(hex)).toThrow(CborSyntaxError);
});

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
    ),
  ),
}));

test('what is encoded is decoded, here and elsewhere', () => {
  const elsewhere = new Decoder({ mapsAsObjects: true, useRecords: false });
  const encoder = new Encoder({
    mapsAsObjects: true,
    useRecords: false,

    variableMapSize: true,
  });
  fc.assert(
    fc.property(value, (original) => {
      expect(plain(decodeCbor(encodeCbor(original)))).toEqual(plain(original));
      expect(plain(elsewhere.decode(encodeCbor(original)))).toEqual(plain(original));
      expect(plain(decodeCbor(encoder.encode(original)))).toEqual(plain(original));
    }),
  );
});

test('a double stays one though it is whole', () => {
  expect(encodeCbor(new CborDouble(3)).toString('hex')).toBe('fb4008000000000000');
  expect(encodeCbor(3).toString('hex')).toBe('03');
});

/** Maps have no prototype here, and big numbers are bigints elsewhere. */
function plain(original: unknown): unknown {
  return JSON.parse(JSON.stringify(original, (_key, part) => (typeof part === 'bigint' ? Number(part) : part)));
}
