// The framing of event streams: both ways, cut anywhere, and what is damaged is refused.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeEventMessage,
  decodeEventMessages,
  type EventHeaderValue,
  EventStreamError,
  encodeEventMessage,
} from './event-stream.ts';

const headerValue: fc.Arbitrary<EventHeaderValue> = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.integer({ min: 2 ** 33, max: 2 ** 50 }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 2 ** 45 }).map((timestampMs) => ({ timestampMs })),
);
const message = fc.record({
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), headerValue, { maxKeys: 5 }),
  payload: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
});

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decodeAll(bytes: Uint8Array, size: number) {
  const found: unknown[] = [];
  for await (const one of decodeEventMessages(cut(bytes, size)))
    found.push({ headers: { ...one.headers }, payload: one.payload });
  return found;
}

test('an empty message is the one that every implementation is tested with', () => {
  expect(encodeEventMessage({ headers: {}, payload: new Uint8Array(0) }).toString('hex')).toBe(
    '000000100000000005c248eb7d98c8ff',
  );
});

test('messages come back, however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), async (messages, size) => {
      const bytes = Buffer.concat(messages.map(encodeEventMessage));
      expect(await decodeAll(bytes, size)).toEqual(
        messages.map(({ headers, payload }) => ({ headers: { ...headers }, payload })),
      );
    }),
  );
});

test('a changed byte is noticed', () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (whole, at, change) => {
      const bytes = encodeEventMessage(whole);
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change;
      expect(() => decodeEventMessage(bytes)).toThrow(EventStreamError);
    }),
  );
});

test('a stream that ends within a message is refused', async () => {
  const bytes = encodeEventMessage({ headers: { a: 'b' }, payload: Buffer.from('c') });
  await expect(decodeAll(bytes.subarray(0, -1), 4)).rejects.toThrow(EventStreamError);
});
