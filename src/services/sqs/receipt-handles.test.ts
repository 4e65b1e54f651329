import { describe, expect, test } from 'vitest';
import { formatReceiptHandle, parseReceiptHandle, parseReceiptHandles } from './receipt-handles.ts';

const queueId = '0123456789abcdef';
const receiptOf = (n: number) => ({ position: Date.UTC(2026, 0, 1) * 1024 + n, receiveCount: n });
const handles = Array.from({ length: 12 }, (_, n) =>
  formatReceiptHandle(n === 5 ? 'fedcba9876543210' : queueId, receiptOf(n)),
);

describe('handles that are read together', () => {
  test('say what each of them says', () => {
    for (const count of [0, 1, 2, 10, 12]) {
      const some = handles.slice(0, count);
      expect(parseReceiptHandles(some)).toEqual(some.map(parseReceiptHandle));
      expect(parseReceiptHandles(some).map((parsed) => parsed?.receipt)).toEqual(some.map((_, n) => receiptOf(n)));
    }
  });

  const [good = ''] = handles;
  const withOther = (at: number, character: string) => `${good.slice(0, at)}${character}${good.slice(at + 1)}`;
  test.each([
    ['made up', 'made up'],
    ['empty', ''],
    ['too long', `${good}AAAA`],
    ['of as many characters, one of which is none of base64', withOther(20, '!')],
    ['ended by padding', withOther(20, '=')],
    ['of another checksum', withOther(20, good[20] === 'A' ? 'B' : 'A')],
    ['of another layout', `B${good.slice(1)}`],
  ])('are none where one is %s, and the others are', (_, bad) => {
    for (let at = 0; at < 3; at++) {
      const some = handles.slice(0, 3).map((handle, n) => (n === at ? bad : handle));
      expect(parseReceiptHandles(some).map((parsed) => parsed?.receipt)).toEqual(
        some.map((handle, n) => (handle === bad ? undefined : receiptOf(n))),
      );
    }
  });
});
