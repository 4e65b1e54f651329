// Dates on the wire, both ways.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTimestamp, parseTimestamp } from './timestamps.ts';

test('formats', () => {
  expect(formatTimestamp(1_700_000_000_000, 'iso8601')).toBe('2023-11-14T22:13:20Z');
  expect(formatTimestamp(1_700_000_000_000, 'iso8601', 'always')).toBe('2023-11-14T22:13:20.000Z');
  expect(formatTimestamp(1_700_000_000_001, 'iso8601')).toBe('2023-11-14T22:13:20.001Z');
  expect(formatTimestamp(1_700_000_000_500, 'unixTimestamp')).toBe('1700000000.5');
  expect(formatTimestamp(1_700_000_000_000, 'rfc822')).toBe('Tue, 14 Nov 2023 22:13:20 GMT');
});

test('all that clients send is read', () => {
  const at = 1_700_000_000_000;
  for (const text of [
    '2023-11-14T22:13:20Z',
    '2023-11-14T22:13:20',
    '2023-11-14T23:13:20+01:00',
    '2023-11-14T22:13:20.000Z',
    '1700000000',
    '1.7E9',
    'Tue, 14 Nov 2023 22:13:20 GMT',
  ]) {
    expect(parseTimestamp(text), text).toBe(at);
  }
  expect(parseTimestamp('2023-11-14')).toBe(Date.UTC(2023, 10, 14));
});

test('what is no date is not one', () => {
  for (const text of ['', 'x', '2023-13-45T99:99:99Z', 'yesterday', '1e400', '99999999999999999999']) {
    expect(parseTimestamp(text), text).toBeUndefined();
  }
});

test('every millisecond survives each format that has them', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (atMs) => {
      expect(parseTimestamp(formatTimestamp(atMs, 'iso8601'))).toBe(atMs);
      expect(parseTimestamp(formatTimestamp(atMs, 'unixTimestamp'))).toBe(atMs);
    }),
  );
});
