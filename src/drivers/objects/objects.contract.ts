// What every engine of objects must do with bodies; run by the tests of each. Its index is held to the contract of items.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bodies, BodyMissing, type Objects, type WrittenBody } from './objects.ts';

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* failing(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  yield* pieces(...texts);
  throw new Error('the client hung up');
}

export async function write(bodies: Bodies, source: AsyncIterable<Uint8Array>): Promise<WrittenBody> {
  const writer = await bodies.create();
  try {
    for await (const piece of source) await writer.push(piece);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return writer.end();
}

export async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const piece of source) read.push(piece);
  return Buffer.concat(read).toString();
}

export function describeObjects(name: string, open: () => Objects): void {
  describe(name, () => {
    let objects: Objects;
    beforeEach(() => {
      objects = open();
    });
    afterEach(() => objects.close());

    it('keeps a body that comes in pieces, and gives any part of it', async () => {
      const { id, bytes } = await write(objects.bodies, pieces('hello', ' ', 'world'));
      expect(bytes).toBe(11);
      expect(await textOf(objects.bodies.read(id, 0, 11))).toBe('hello world');
      expect(await textOf(objects.bodies.read(id, 3, 8))).toBe('lo wo');
      expect(await textOf(objects.bodies.read(id, 3, 3))).toBe('');
    });

    it('keeps a body of many megabytes whole', async () => {
      const piece = Buffer.alloc(300_000, 'abc');
      async function* long(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 12; i++) yield piece;
      }
      const { id, bytes } = await write(objects.bodies, long());
      expect(bytes).toBe(3_600_000);
      expect(await textOf(objects.bodies.read(id, 0, bytes))).toBe(piece.toString().repeat(12));
      expect(await textOf(objects.bodies.read(id, 2_999_999, 3_000_002))).toBe('cab');
    });

    it('lends pieces that are whole until the next one is asked for', async () => {
      const text = Array.from({ length: 300_000 }, (_, n) => `${n};`).join('');
      const { id, bytes } = await write(objects.bodies, pieces(text));
      for (const start of [0, 1_000_001]) {
        let seen = '';
        for await (const piece of objects.bodies.read(id, start, bytes, 'lent')) {
          await new Promise((resolve) => setImmediate(resolve)); // meanwhile the next one may be read
          seen += Buffer.from(piece).toString();
        }
        expect(seen === text.slice(start)).toBe(true);
      }
    });

    it('keeps an empty one', async () => {
      const { id, bytes } = await write(objects.bodies, pieces());
      expect(bytes).toBe(0);
      expect(await textOf(objects.bodies.read(id, 0, 0))).toBe('');
    });

    it('hands on the failure of a body, and keeps nothing of it', async () => {
      await expect(write(objects.bodies, failing('half'))).rejects.toThrow('the client hung up');
      expect(await objects.bodies.sweep(async (ids) => ids.map(() => true))).toBe(0);
    });

    it('copies, so that either may go', async () => {
      const { id } = await write(objects.bodies, pieces('same'));
      const copied = await objects.bodies.copy(id);
      expect(copied).not.toBe(id);
      await objects.bodies.remove(id);
      await objects.bodies.remove(id);
      await expect(textOf(objects.bodies.read(id, 0, 4))).rejects.toBeInstanceOf(BodyMissing);
      expect(await textOf(objects.bodies.read(copied, 0, 4))).toBe('same');
      await expect(objects.bodies.copy(id)).rejects.toBeInstanceOf(BodyMissing);
    });

    it('lets a body go only when nobody holds it', async () => {
      const { id } = await write(objects.bodies, pieces('held'));
      const first = objects.bodies.hold([id]);
      const second = objects.bodies.hold([id]);
      await objects.bodies.remove(id);
      first();
      first();
      expect(await textOf(objects.bodies.read(id, 0, 4))).toBe('held');
      second();
      await expect
        .poll(() => textOf(objects.bodies.read(id, 0, 4)).catch((error) => error))
        .toBeInstanceOf(BodyMissing);
    });

    it('reads to the end what was begun', async () => {
      const { id } = await write(objects.bodies, pieces('begun'));
      const reading = objects.bodies.read(id, 0, 5)[Symbol.asyncIterator]();
      const piece = await reading.next();
      await objects.bodies.remove(id);
      expect(Buffer.from(piece.value as Uint8Array).toString()).toBe('begun');
      expect((await reading.next()).done).toBe(true);
    });

    it('knows no body but its own', async () => {
      for (const id of ['../../etc/passwd', '', 'x'.repeat(32), '0'.repeat(31), `${'0'.repeat(31)}/`]) {
        await expect(textOf(objects.bodies.read(id, 0, 1))).rejects.toBeInstanceOf(BodyMissing);
      }
    });

    it('forgets all of them', async () => {
      const { id } = await write(objects.bodies, pieces('x'));
      await objects.bodies.clear();
      await expect(textOf(objects.bodies.read(id, 0, 1))).rejects.toBeInstanceOf(BodyMissing);
    });
  });
}
