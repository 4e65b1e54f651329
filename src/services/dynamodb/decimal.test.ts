import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  encodeNumber,
  numberSizeBytes,
  subtractNumbers,
} from './decimal.ts';

/** Any number that DynamoDB takes, as text. */
const numbers = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^[1-9][0-9]{0,37}$/), fc.integer({ min: -130, max: 88 }))
  .map(([sign, digits, exponent]) => `${sign}${digits}E${exponent}`)
  .map((text) => canonicalNumber(text))
  .filter((number) => typeof number === 'string');

describe('numbers', () => {
  it.each([
    ['00042', '42'],
    ['-0', '0'],
    ['0.000', '0'],
    ['1.0', '1'],
    ['3.1400', '3.14'],
    ['1.5E2', '150'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-12.5e-3', '-0.0125'],
    ['1E125', `1${'0'.repeat(125)}`],
    ['1E-130', `0.${'0'.repeat(129)}1`],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
  ])('%s is %s', (text, canonical) => expect(canonicalNumber(text)).toBe(canonical));

  it.each([
    ['', 'not-a-number'],
    ['abc', 'not-a-number'],
    ['.', 'not-a-number'],
    ['1e', 'not-a-number'],
    ['NaN', 'not-a-number'],
    ['0x10', 'not-a-number'],
    ['1E126', 'overflow'],
    ['-1E126', 'overflow'],
    ['1E-131', 'underflow'],
    ['123456789012345678901234567890123456789', 'too-precise'],
  ])('%s is refused', (text, kind) => expect(canonicalNumber(text)).toEqual({ kind }));

  it.each([
    ['0.1', '0.2', '0.3'],
    ['99999999999999999999999999999999999999', '1', `1${'0'.repeat(38)}`],
    ['5', '-5', '0'],
    ['1.5', '-0.25', '1.25'],
    ['-10', '3', '-7'],
  ])('%s + %s = %s', (a, b, sum) => {
    expect(addNumbers(a, b)).toBe(sum);
    expect(subtractNumbers(sum, b)).toBe(a);
  });

  it('tells a sum that has too many digits', () => {
    expect(addNumbers('1E37'.replace('E37', '0'.repeat(37)), '0.1')).toEqual({ kind: 'too-precise' });
  });

  it.each([
    ['0', 1],
    ['1', 2],
    ['12', 2],
    ['123', 3],
    ['-1', 3],
    ['100', 2],
    ['0.5', 2],
  ])('%s counts %d bytes', (number, bytes) => expect(numberSizeBytes(number)).toBe(bytes));

  it('count as many bytes with zeros behind them', () => {
    fc.assert(
      fc.property(
        fc.integer().filter((n) => n !== 0),
        (n) => {
          expect(numberSizeBytes(String(n))).toBe(numberSizeBytes(`${n}${'0'.repeat(20)}`));
        },
      ),
    );
  });

  it('are encoded in their order, and none is the beginning of another', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 2, maxLength: 20 }), (list) => {
        const distinct = [...new Set(['0', ...list])];
        const byValue = [...distinct].sort(compareNumbers);
        const byBytes = [...distinct].sort((a, b) => Buffer.compare(encodeNumber(a), encodeNumber(b)));
        expect(byBytes).toEqual(byValue);
        for (const one of distinct)
          for (const other of distinct)
            if (one !== other)
              expect(encodeNumber(other).subarray(0, encodeNumber(one).length).equals(encodeNumber(one))).toBe(false);
      }),
    );
  });

  it('compare as JavaScript compares small ones', () => {
    const small = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(small, small, (a, b) => {
        const padded = (n: number) => canonicalNumber(`${n}.00000000000000001`) as string;
        expect(Math.sign(compareNumbers(String(a), String(b)))).toBe(Math.sign(a - b));
        expect(Math.sign(compareNumbers(padded(a), padded(b)))).toBe(Math.sign(a - b));
      }),
    );
  });
});
