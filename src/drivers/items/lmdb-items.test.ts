import { cpSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomInteger, seededRandom } from '../../kernel/random.ts';
import { describeItems } from './items.contract.ts';
import type { Items, KeyRange, Write } from './items.ts';
import { openLmdbItems } from './lmdb-items.ts';
import { createMemoryItems } from './memory-items.ts';

const directory = mkdtempSync(join(tmpdir(), 'items-'));
let opened = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function open(durability: 'strict' | 'relaxed') {
  opened += 1;
  return openLmdbItems({ directory: join(directory, String(opened)), durability });
}

describeItems('items in LMDB', () => open('strict'));
describeItems('items in LMDB, durability relaxed', () => open('relaxed'));
describeItems('items in LMDB, brought there all the time', () => {
  opened += 1;
  return openLmdbItems({ directory: join(directory, String(opened)), durability: 'strict', journalBytes: 50 });
});

describe('items in LMDB', () => {
  it('are there again after it was closed, with counters and the sequence', async () => {
    const options = { directory: join(directory, 'again'), durability: 'strict' } as const;
    const key = Buffer.from('k');
    const count = async () => {
      const items = openLmdbItems(options);
      const sequence = await items.change({
        reads: [],
        decide: (_, at) => ({
          writes: [{ key, value: 'k' }],
          counts: [{ counter: 'c', by: 1 }],
          result: at.nextSequence(),
        }),
      });
      const counted = await items.counter('c');
      const value = await items.get(key, String);
      await items.close();
      return { sequence, counted, value };
    };
    expect(await count()).toEqual({ sequence: 1, counted: 1, value: 'k' });
    expect(await count()).toEqual({ sequence: 2, counted: 2, value: 'k' });
  });

  const newDirectory = () => mkdtempSync(join(directory, 'one-'));

  /** What is on the disk now, opened by another process. */
  function killedCopy(from: string): Items {
    const copy = newDirectory();
    cpSync(from, copy, { recursive: true });
    return openLmdbItems({ directory: copy, durability: 'strict' });
  }

  it('are what items in memory are, whatever is in the journal, in LMDB or on its way, and after a kill', async () => {
    const random = seededRandom(Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1));
    const own = newDirectory();
    const items = openLmdbItems({ directory: own, durability: 'strict', journalBytes: 2000 });
    const model = createMemoryItems();
    const anyKey = () =>
      Buffer.from([randomInteger(random, 4) * 85, randomInteger(random, 30), 0xff].slice(random.float() < 0.2 ? 1 : 0));
    const anyWrite = (): Write =>
      random.float() < 0.3 ? { key: anyKey() } : { key: anyKey(), value: 'ä'.repeat(randomInteger(random, 60)) };
    const anyRange = (): KeyRange => {
      const [from, to] = [anyKey(), anyKey()].sort(Buffer.compare) as [Buffer, Buffer];
      return { from, to, reverse: random.float() < 0.5, after: random.float() < 0.3 ? from : undefined };
    };

    async function expectEqual(other: Items) {
      for (let i = 0; i < 5; i++) {
        const range = i === 0 ? { from: Buffer.alloc(0), to: Buffer.alloc(9, 0xff) } : anyRange();
        if (range.reverse && range.after) continue;
        const most = 1 + randomInteger(random, 100);
        expect(await entriesIn(other, range, most)).toEqual(await entriesIn(model, range, most));
      }
      const key = anyKey();
      expect(await other.get(key, String)).toBe(await model.get(key, String));
      expect(await other.counter('c')).toBe(await model.counter('c'));
      expect(await other.prefixes(1)).toEqual(await model.prefixes(1));
    }

    for (let round = 0; round < 400; round++) {
      const writes = Array.from({ length: 1 + randomInteger(random, 8) }, anyWrite);
      const decide = () => ({ writes, counts: [{ counter: 'c', by: 1 }], result: undefined });
      const changed = items.change({ reads: [], decide });
      await model.change({ reads: [], decide });
      if (random.float() < 0.5)
        await changed; // or the next one joins it
      else continue;
      if (round % 97 === 96) for (const each of [items, model]) await each.clear(Buffer.of(85), 'none');
      await expectEqual(items);
      if (round % 10 > 0) continue;
      const copy = killedCopy(own);
      await expectEqual(copy);
      await copy.close();
    }
    await items.close();
  });

  it('go on when the disk was full for a while', async () => {
    let isFull = false;
    const items = openLmdbItems({
      directory: newDirectory(),
      durability: 'strict',
      write(descriptor, bytes, at, count, position) {
        if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return writeSync(descriptor, bytes, at, count, position);
      },
    });
    const increment = () =>
      items.change({
        reads: [Buffer.from('n')],
        decide: ([found]) => {
          const result = Number(found ?? 0) + 1;
          return {
            writes: [{ key: Buffer.from('n'), value: String(result) }],
            counts: [{ counter: 'c', by: 1 }],
            result,
          };
        },
      });
    expect(await increment()).toBe(1);
    isFull = true;
    const outcomes = await Promise.allSettled([increment(), increment()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isFull = false;
    expect(await increment()).toBe(2);
    expect(await items.counter('c')).toBe(2);
    await items.close();
  });

  it('go on when LMDB had no room for a while', async () => {
    const own = newDirectory();
    let isFull = true;
    const items = openLmdbItems({
      directory: own,
      durability: 'strict',
      journalBytes: 1000,
      commit: (transaction) => (isFull ? Promise.reject(new Error('no space left on device')) : transaction()),
    });
    const key = (n: number) => Buffer.from(String(n).padStart(4, '0'));
    const put = (n: number) =>
      items.change({
        reads: [],
        decide: () => ({
          writes: [{ key: key(n), value: 'x'.repeat(100) }],
          counts: [{ counter: 'c', by: 1 }],
          result: undefined,
        }),
      });
    let kept = 0;
    let refusal: unknown;
    for (; kept < 1000 && !refusal; kept += refusal ? 0 : 1) await put(kept).catch((error) => (refusal = error));
    expect(refusal).toEqual(new Error('no space left on device'));
    isFull = false;
    expect(await items.get(key(0), (value) => value?.length)).toBe(100);
    for (let n = 0; n < 100; n++) await put(kept + n);
    const copy = killedCopy(own);
    for (const each of [items, copy]) {
      expect(await entriesIn(each, { from: key(0), to: Buffer.of(255) }, 10_000)).toHaveLength(kept + 100);
      expect(await each.counter('c')).toBe(kept + 100);
      await each.close();
    }
  });
});

async function entriesIn(items: Items, range: KeyRange, most: number): Promise<readonly string[]> {
  const seen: string[] = [];
  await items.visit(range, (key, value) => {
    seen.push(`${key.toString('hex')} ${value}`);
    return seen.length < most;
  });
  return seen;
}
