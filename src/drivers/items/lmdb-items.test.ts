import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeItems } from './items.contract.ts';
import { openLmdbItems } from './lmdb-items.ts';

const directory = mkdtempSync(join(tmpdir(), 'items-'));
let opened = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function open(durability: 'strict' | 'relaxed') {
  opened += 1;
  return openLmdbItems({ directory: join(directory, String(opened)), durability });
}

describeItems('items in LMDB', () => open('strict'));
describeItems('items in LMDB, durability relaxed', () => open('relaxed'));

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
});
