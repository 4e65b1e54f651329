import { describe, expect, it } from 'vitest';
import { removed } from './key-value.ts';
import { createMemoryKeyValue } from './memory-key-value.ts';
import { randomInteger, seededRandom } from './random.ts';
import { createWriteBehind, type EncodedWrites, type WriteBehind } from './write-behind.ts';

/** A storage that writes when it is told to, and well or not as it is told. */
function createSlowStorage() {
  const stored = createMemoryKeyValue();
  const writing: { readonly end: (failure?: Error) => void; readonly keys: readonly string[] }[] = [];
  const storage = {
    get: stored.get,
    range: stored.range,
    keys: stored.keys,
    encode(value: unknown): string {
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError('cannot be stored');
      return text;
    },
    write: (writes: EncodedWrites<string>) =>
      new Promise<void>((resolve, reject) => {
        const end = (failure?: Error) => {
          if (failure) return reject(failure);
          stored.commit(
            new Map([...writes].map(([key, text]) => [key, text === removed ? removed : JSON.parse(text as string)])),
          );
          resolve();
        };
        writing.push({ end, keys: [...writes.keys()] });
      }),
  };
  return { stored, writing, keyValue: createWriteBehind(storage) };
}

/** The end of this turn, and of what follows from it. */
async function endOfTurn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

const allOf = (keyValue: Pick<WriteBehind, 'range'>) => Object.fromEntries(keyValue.range('a', 'zz'));

async function outcomeOf(promise: Promise<void>): Promise<string> {
  const outcome = promise.then(
    () => 'on disk',
    (error: Error) => error.message,
  );
  return Promise.race([outcome, endOfTurn().then(() => 'not yet')]);
}

describe('what is written behind', () => {
  it('is read at once, and on disk when it is said to be', async () => {
    const { stored, writing, keyValue } = createSlowStorage();
    keyValue.commit(new Map([['a', 1]]));
    expect(keyValue.get('a')).toBe(1);
    const first = keyValue.flushed();
    expect(await outcomeOf(first)).toBe('not yet');
    expect(stored.get('a')).toBeUndefined();
    writing[0]?.end();
    expect(await outcomeOf(first)).toBe('on disk');
    expect(stored.get('a')).toBe(1);
  });

  it('is one batch for all that was committed while another was under way', async () => {
    const { stored, writing, keyValue } = createSlowStorage();
    keyValue.commit(new Map([['a', 1]]));
    await endOfTurn();
    const first = keyValue.flushed();
    for (const key of ['b', 'c']) keyValue.commit(new Map([[key, 1]]));
    keyValue.commit(new Map([['a', removed]]));
    const second = keyValue.flushed();
    await endOfTurn();
    expect(writing.map(({ keys }) => keys)).toEqual([['a']]);
    expect(allOf(keyValue)).toEqual({ b: 1, c: 1 });
    writing[0]?.end();
    expect(await outcomeOf(first)).toBe('on disk');
    expect(await outcomeOf(second)).toBe('not yet');
    expect(writing.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c', 'a']]);
    writing[1]?.end();
    expect(await outcomeOf(second)).toBe('on disk');
    expect(allOf(stored)).toEqual({ b: 1, c: 1 });
  });

  it('is refused when it cannot be stored, with everything that was committed with it', async () => {
    const { keyValue } = createSlowStorage();
    const writes = new Map<string, unknown>([
      ['a', 1],
      ['b', () => 'a function'],
    ]);
    expect(() => keyValue.commit(writes)).toThrow('cannot be stored');
    expect(allOf(keyValue)).toEqual({});
    expect(await outcomeOf(keyValue.flushed())).toBe('on disk');
  });

  it('is kept when the disk is full, and written when it is not any more', async () => {
    const { stored, writing, keyValue } = createSlowStorage();
    keyValue.commit(new Map([['a', 1]]));
    await endOfTurn();
    keyValue.commit(new Map([['a', 2]]));
    keyValue.commit(new Map([['b', 2]]));
    const second = keyValue.flushed();
    writing[0]?.end(new Error('full'));
    await endOfTurn();
    expect(() => keyValue.commit(new Map([['c', 3]]))).toThrow('nothing more can be stored');
    expect(allOf(keyValue)).toEqual({ a: 2, b: 2 });
    writing[1]?.end(new Error('still full'));
    expect(await outcomeOf(second)).toBe('still full');

    const third = keyValue.flushed();
    expect(await outcomeOf(third)).toBe('not yet');
    expect(allOf(keyValue)).toEqual({ a: 2, b: 2 });
    writing[2]?.end();
    expect(await outcomeOf(third)).toBe('on disk');
    expect(allOf(stored)).toEqual({ a: 2, b: 2 });
    keyValue.commit(new Map([['c', 3]]));
    expect(allOf(keyValue)).toEqual({ a: 2, b: 2, c: 3 });
  });

  it('reads as if everything were stored, in whatever order things happen', async () => {
    const random = seededRandom(7);
    const { stored, writing, keyValue } = createSlowStorage();
    const expected = createMemoryKeyValue();
    const someKey = () => `key-${randomInteger(random, 30)}`;
    for (let step = 0; step < 2000; step++) {
      const writes = new Map<string, unknown>();
      for (let i = randomInteger(random, 4); i >= 0; i--) {
        writes.set(someKey(), randomInteger(random, 3) === 0 ? removed : { step, i });
      }
      try {
        keyValue.commit(writes);
        expected.commit(writes);
      } catch (error) {
        expect(String(error)).toContain('nothing more can be stored');
      }
      if (randomInteger(random, 3) === 0) await endOfTurn();
      if (randomInteger(random, 4) === 0)
        writing.at(-1)?.end(randomInteger(random, 4) === 0 ? new Error('full') : undefined);
      const [key, start, end] = [someKey(), someKey(), someKey()];
      expect(keyValue.get(key)).toEqual(expected.get(key));
      expect([...keyValue.range(start, end)]).toEqual([...expected.range(start, end)]);
      expect([...keyValue.keys(start, end)]).toEqual([...expected.keys(start, end)]);
    }
    for (let isDone = false; !isDone; ) {
      const end = outcomeOf(keyValue.flushed());
      await endOfTurn();
      writing.at(-1)?.end();
      isDone = (await end) === 'on disk';
    }
    expect(allOf(stored)).toEqual(allOf(expected));
  });
});
