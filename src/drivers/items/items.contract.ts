// What every engine of items must do; run by the tests of each.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { afterPrefix, type Items, type KeyRange, type Write } from './items.ts';

const key = (text: string): Buffer => Buffer.from(text, 'latin1');
const put = (name: string, value = name): Write => ({ key: key(name), value });

export function describeItems(name: string, open: () => Items): void {
  describe(name, () => {
    let items: Items;
    beforeEach(() => {
      items = open();
    });
    afterEach(() => items.close());

    const write = (...writes: Write[]) => items.change({ reads: [], decide: () => ({ writes, result: undefined }) });
    const get = (name: string) => items.get(key(name), (value) => value);

    async function visit(range: Partial<KeyRange>, most = 100): Promise<readonly string[]> {
      const seen: string[] = [];
      await items.visit({ from: key('a'), to: key('z'), ...range }, (found) => {
        seen.push(found.toString('latin1'));
        return seen.length < most;
      });
      return seen;
    }

    it('keeps, replaces and removes entries', async () => {
      await write(put('a1', 'one'), put('a2', 'two'));
      expect(await get('a1')).toBe('one');
      await write(put('a1', 'other'), { key: key('a2') }, { key: key('never there') });
      expect(await items.getMany([key('a1'), key('a2')], (values) => [...values])).toEqual(['other', undefined]);
    });

    it('keeps text of any characters, and the empty text', async () => {
      const strange = 'naïve \u0000 \ud83d\ude00 \u2028 \u00ff';
      await write(put('a', strange), put('b', ''));
      expect(await get('a')).toBe(strange);
      expect(await get('b')).toBe('');
    });

    it('keeps bytes, whatever they are', async () => {
      const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 0xff));
      await write({ key: key('a'), value: bytes });
      expect(Buffer.from((await items.getBytes(key('a'))) ?? [])).toEqual(bytes);
      expect(await items.getBytes(key('b'))).toBeUndefined();
      await write({ key: key('a') });
      expect(await items.getBytes(key('a'))).toBeUndefined();
    });

    it('takes keys of 3,500 bytes and values of 2 MiB', async () => {
      const long = 'k'.repeat(3500);
      await write(put(long, 'v'.repeat(2 ** 21)));
      expect((await get(long))?.length).toBe(2 ** 21);
    });

    it('orders keys by their bytes, both ways, between bounds and behind a key', async () => {
      await write(...['b', 'a', 'a\u0000', 'a\u00ff', 'd', 'c'].map((name) => put(name)));
      const all = ['a', 'a\u0000', 'a\u00ff', 'b', 'c', 'd'];
      expect(await visit({})).toEqual(all);
      expect(await visit({ reverse: true })).toEqual(all.toReversed());
      expect(await visit({ from: key('a\u0000'), to: key('c') })).toEqual(['a\u0000', 'a\u00ff', 'b']);
      expect(await visit({ from: key('a\u0000'), to: key('c'), reverse: true })).toEqual(['b', 'a\u00ff', 'a\u0000']);
      expect(await visit({ after: key('a') })).toEqual(all.slice(1));
      expect(await visit({ after: key('c'), reverse: true })).toEqual(all.slice(0, 4).toReversed());
      expect(await visit({ after: key('bb') }, 1)).toEqual(['c']);
      expect(await visit({ from: key('a'), to: afterPrefix(key('a')) })).toEqual(all.slice(0, 3));
      expect(await visit({ from: key('x') })).toEqual([]);
    });

    it('lets a decision see what the changes before it wrote, and nothing come between', async () => {
      const increment = () =>
        items.change({
          reads: [key('n')],
          decide: ([found], at) => {
            const next = Number(found ?? 0) + 1;
            expect(at.counter('c/n')).toBe(2 * (next - 1));
            return { writes: [put('n', String(next))], counts: [{ counter: 'c/n', by: 2 }], result: next };
          },
        });
      const results = await Promise.all(Array.from({ length: 50 }, increment));
      expect(results).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      expect(await get('n')).toBe('50');
      expect(await items.counter('c/n')).toBe(100);
    });

    it('tells a decision whether an entry is there, by what was decided before it', async () => {
      const isThere = (name: string) =>
        items.change({ reads: [], decide: (_, at) => ({ writes: [], result: at.isThere(key(name)) }) });
      await write(put('old'));
      const answers = [isThere('old'), isThere('new'), write(put('new'), { key: key('old') })];
      answers.push(isThere('old'), isThere('new'));
      expect(await Promise.all(answers)).toEqual([true, false, undefined, false, true]);
    });

    it('shows what was acknowledged to whoever reads next', async () => {
      const writer = async (name: string) => {
        for (let round = 0; round < 50; round++) {
          await write(put(name, String(round)));
          expect(await get(name)).toBe(String(round));
          expect((await visit({ from: key(name) }, 1))[0]).toBe(name);
        }
      };
      await Promise.all(['a', 'b', 'c', 'd'].map(writer));
    });

    it('shows whatever was decided on once it is settled', async () => {
      const pending = write(put('a', 'late'));
      await items.settled();
      expect(await get('a')).toBe('late');
      await pending;
    });

    it('writes nothing of a decision that throws, and all of its neighbours', async () => {
      const outcomes = await Promise.allSettled([
        write(put('before')),
        items.change({
          reads: [],
          decide: () => {
            throw new Error('no');
          },
        }),
        write(put('behind')),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await visit({})).toEqual(['before', 'behind']);
    });

    it('numbers changes upwards', async () => {
      const next = () => items.change({ reads: [], decide: (_, at) => ({ writes: [], result: at.nextSequence() }) });
      const numbers = await Promise.all([next(), next(), next()]);
      numbers.push(await next());
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    });

    it('lists prefixes and clears one of them with its counters', async () => {
      await items.change({
        reads: [],
        decide: () => ({
          writes: [put('aa1'), put('aa2'), put('ab1'), put('\u00ff\u00ff1')],
          counts: [
            { counter: 'aa/items', by: 2 },
            { counter: 'ab/items', by: 1 },
          ],
          result: undefined,
        }),
      });
      expect((await items.prefixes(2)).map((prefix) => prefix.toString('latin1'))).toEqual([
        'aa',
        'ab',
        '\u00ff\u00ff',
      ]);
      await items.clear(key('aa'), 'aa');
      expect((await items.prefixes(2)).map((prefix) => prefix.toString('latin1'))).toEqual(['ab', '\u00ff\u00ff']);
      expect(await items.counter('aa/items')).toBe(0);
      expect(await items.counter('ab/items')).toBe(1);
    });
  });
}
