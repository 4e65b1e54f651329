// Against RFC 6238's vectors (their last six digits), and the reach of the search.

import { describe, expect, test } from 'vitest';
import { findStep, formatBase32, stepAt, totpCode } from './totp.ts';

const seed = formatBase32(Buffer.from('12345678901234567890'));

test('base32 is as RFC 4648 has it', () => {
  expect(seed).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
});

describe('a code', () => {
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('at %i seconds is %s', (seconds, code) => {
    expect(totpCode(seed, stepAt(seconds * 1000))).toBe(code);
  });

  test('is found within reach only', () => {
    const codes = [totpCode(seed, 103), totpCode(seed, 104)];
    expect(findStep(seed, codes, 100, 3)).toBe(103);
    expect(findStep(seed, codes, 100, 2)).toBeUndefined();
    expect(findStep(seed, codes.toReversed(), 100, 10)).toBeUndefined();
  });
});
