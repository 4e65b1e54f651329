// Files and LMDB against the contract, and what only files can do: come back after a crash.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../kernel/random.ts';
import { openFileObjects } from './file-objects.ts';
import { createMemoryObjects } from './memory-objects.ts';
import { describeObjects, textOf, write } from './objects.contract.ts';
import { BodyMissing, type Objects } from './objects.ts';

const directory = mkdtempSync(join(tmpdir(), 'cloudlet-objects-'));
let opened = 0;
const open = (durability: 'strict' | 'relaxed', name = `${opened++}`): Objects =>
  openFileObjects({ directory: join(directory, name), durability, random: systemRandom });

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeObjects('objects in memory', createMemoryObjects);
describeObjects('objects in files', () => open('strict'));
describeObjects('objects in files, durability relaxed', () => open('relaxed'));

async function* text(value: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(value);
}

describe('objects in files', () => {
  it('are looked at once after the run that wrote them, and go when nobody wants them', async () => {
    const first = open('strict', 'again');
    const kept = await write(first.bodies, text('kept'));
    const stray = await write(first.bodies, text('stray'));
    await first.close();

    const second = open('strict', 'again');
    const own = await write(second.bodies, text('own'));
    const shown: string[] = [];
    const removed = await second.bodies.sweep(async (ids) => {
      shown.push(...ids);
      return ids.map((id) => id === kept.id);
    });
    expect(removed).toBe(1);
    expect(shown.toSorted()).toEqual([kept.id, stray.id].toSorted());
    expect(await textOf(second.bodies.read(kept.id, 0, 4))).toBe('kept');
    expect(await textOf(second.bodies.read(own.id, 0, 3))).toBe('own');
    await expect(textOf(second.bodies.read(stray.id, 0, 5))).rejects.toBeInstanceOf(BodyMissing);
    expect(await second.bodies.sweep(async () => Promise.reject(new Error('looked at twice')))).toBe(0);
    await second.close();
  });

  it('are written again when there is room again for the folder that they go into', async () => {
    const objects = open('strict', 'unfolded');
    const bodies = join(directory, 'unfolded/bodies');
    writeFileSync(bodies, 'in the way');
    const failed = await Promise.allSettled([1, 2].map((n) => write(objects.bodies, text(`${n}`))));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    rmSync(bodies);
    const { id } = await write(objects.bodies, text('kept'));
    expect(await textOf(objects.bodies.read(id, 0, 4))).toBe('kept');
    await objects.close();
  });

  it('share folders by the thousand', async () => {
    const objects = open('relaxed', 'many');
    await Promise.all(Array.from({ length: 50 }, (_, i) => write(objects.bodies, text(String(i)))));
    const runs = readdirSync(join(directory, 'many/bodies'));
    expect(runs).toHaveLength(1);
    expect(readdirSync(join(directory, 'many/bodies', runs[0] as string))).toEqual(['000000', 'open']);
    await objects.close();
  });
});
