// Known answers, and wholes from parts.

import { beforeAll, describe, expect, test } from 'vitest';
import {
  checksumAlgorithms,
  combineChecksums,
  createChecksum,
  expectationOf,
  isCrc,
  prepareChecksums,
} from './checksums.ts';

const digest = (algorithm: (typeof checksumAlgorithms)[number], ...pieces: readonly Uint8Array[]): Buffer => {
  const running = createChecksum(algorithm);
  for (const piece of pieces) running.update(piece);
  return running.digest();
};

const check = Buffer.from('123456789');
const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));

beforeAll(() => prepareChecksums(checksumAlgorithms));

describe('checks of bodies', () => {
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('%s', (algorithm, expected) => {
    expect(digest(algorithm, check).toString('hex')).toBe(expected);
  });

  test.each([
    ['XXHASH64', 'ef46db3751d8e999'],
    ['XXHASH3', '2d06800538d394c2'],
    ['XXHASH128', '99aa06d3014798d86001c324468d497f'],
  ] as const)('%s of nothing', (algorithm, expected) => {
    expect(digest(algorithm).toString('hex')).toBe(expected);
  });

  test('two that come by turns do not disturb each other', () => {
    const [one, other] = [createChecksum('XXHASH3'), createChecksum('XXHASH3')];
    for (const running of [one, other, one, other]) running.update(noise);
    expect(one.digest()).toEqual(digest('XXHASH3', noise, noise));
    expect(other.digest()).toEqual(one.digest());
  });

  test.each(checksumAlgorithms)('%s is the same however the bytes come', (algorithm) => {
    const whole = digest(algorithm, noise);
    for (const cut of [0, 1, 7, 8, 9, 4999])
      expect(digest(algorithm, noise.subarray(0, cut), noise.subarray(cut))).toEqual(whole);
  });

  test.each(checksumAlgorithms.filter(isCrc))('%s of a whole follows from those of its parts', (algorithm) => {
    for (const cuts of [[2500], [1, 2, 4000], [0, 4999], [1024, 2048, 3072, 4096]]) {
      const bounds = [0, ...cuts, noise.length];
      const parts = bounds.slice(1).map((end, i) => noise.subarray(bounds[i], end));
      const checksums = parts.map((part) => ({
        bytes: part.length,
        value: digest(algorithm, part).toString('base64'),
      }));
      expect(combineChecksums(algorithm, 'FULL_OBJECT', checksums)).toBe(digest(algorithm, noise).toString('base64'));
    }
  });

  test('a composite one is the check of the checks', () => {
    const values = ['one', 'two'].map((text) => digest('SHA256', Buffer.from(text)));
    const expected = digest('SHA256', ...values).toString('base64');
    const parts = values.map((value) => ({ bytes: 3, value: value.toString('base64') }));
    expect(combineChecksums('SHA256', 'COMPOSITE', parts)).toBe(`${expected}-2`);
  });

  test('what is expected is one check, well-formed', () => {
    expect(expectationOf({ ChecksumCRC32: 'y/Q5Jg==' }, undefined)).toEqual({ algorithm: 'CRC32', value: 'y/Q5Jg==' });
    expect(expectationOf({}, 'x-amz-checksum-crc32c')).toEqual({ algorithm: 'CRC32C', value: undefined });
    expect(expectationOf({}, undefined)).toBeUndefined();
    expect(() => expectationOf({ ChecksumCRC32: 'bad' }, undefined)).toThrow('header is invalid');
    expect(() => expectationOf({ ChecksumCRC32: 'y/Q5Jg==', ChecksumSHA1: 'x' }, undefined)).toThrow('single');
    expect(() => expectationOf({ ChecksumAlgorithm: 'CRC32' }, undefined)).toThrow('no corresponding');
  });
});
