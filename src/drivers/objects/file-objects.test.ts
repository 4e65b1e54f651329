// Files and LMDB against the contract, and what only files can do: come back after a crash.

import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
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

type Reading = AsyncIterableIterator<Uint8Array>;

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

  it('lend the memory of pieces again, but not that of a reader who gave up', async () => {
    const objects = open('relaxed', 'lent');
    const ids = await Promise.all(
      ['one', 'two', 'six'].map(async (value) => (await write(objects.bodies, text(value))).id),
    );
    const [one, two, six] = ids.map((id) => objects.bodies.read(id, 0, 3, 'lent')) as [Reading, Reading, Reading];
    const first = (await one.next()).value as Buffer;
    expect(first.toString()).toBe('one');
    expect((await one.next()).done).toBe(true);
    const second = (await two.next()).value as Buffer;
    expect(second.buffer).toBe(first.buffer);
    await two.return?.();
    const third = (await six.next()).value as Buffer;
    expect(third.buffer).not.toBe(second.buffer);
    expect(second.toString()).toBe('two');
    await six.return?.();
    await objects.close();
  });

  // Where the system says which files a process has open.
  it.runIf(existsSync('/proc/self/fd'))('keep some files open, but none that was removed', async () => {
    const objects = open('relaxed', 'opened');
    const folder = join(directory, 'opened/bodies');
    const openFiles = () =>
      readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          const path = readlinkSync(`/proc/self/fd/${name}`);
          return path.startsWith(folder) ? [path] : [];
        } catch {
          return []; // closed since
        }
      });
    const ids: string[] = [];
    for (let n = 0; n < 80; n++) ids.push((await write(objects.bodies, text(`body ${n}`))).id);
    const readAll = async () => {
      for (const [n, id] of ids.entries())
        expect(await textOf(objects.bodies.read(id, 0, 6))).toBe(`body ${n}`.slice(0, 6));
    };
    await readAll();
    await expect.poll(() => openFiles().length).toBe(64);
    await readAll();
    const reading = objects.bodies.read(ids[79] as string, 0, 6);
    await reading.next();
    await Promise.all(ids.map((id) => objects.bodies.remove(id)));
    await expect.poll(openFiles).toEqual([expect.stringMatching(/ \(deleted\)$/)]);
    await expect(textOf(objects.bodies.read(ids[79] as string, 0, 6))).rejects.toBeInstanceOf(BodyMissing);
    await reading.return?.();
    await expect.poll(openFiles).toEqual([]);
    const { id } = await write(objects.bodies, text('last'));
    expect(await textOf(objects.bodies.read(id, 0, 4))).toBe('last');
    await objects.close();
    await expect.poll(openFiles).toEqual([]);
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
