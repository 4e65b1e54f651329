// What every implementation of Images promises, told to the fake and to the one that builds. The latter's images are
// shared by all tests of this machine, so the first run takes as long as a build does.

import { describe, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import { createFakeImages } from './fake-images.ts';
import { guestsReason, testImages } from './guest.world.ts';
import type { ImageBuildProgress, Images } from './images.ts';

const buildPatienceMs = 20 * 60_000;

describe('fake images', () => keepTheContract(createFakeImages));
describeReal('built images', await guestsReason(), () => keepTheContract(() => testImages));

function keepTheContract(open: () => Images): void {
  const images = open();

  it('say that they are available', async () => {
    expect(await images.probe()).toEqual({ name: 'Base images', available: true });
  });

  it('are those of two distributions', () => {
    expect(images.bases).toEqual([
      { name: 'debian-12', defaultUser: 'admin', sizeGiB: 8 },
      { name: 'ubuntu-24.04', defaultUser: 'ubuntu', sizeGiB: 8 },
    ]);
  });

  it(
    'are built once for all who want them, and then stay',
    async () => {
      const seen: ImageBuildProgress[][] = [[], []];
      const wasBuilt = await images.isBuilt('debian-12');
      const wishes = seen.map((mine) => images.ensureBuilt('debian-12', (progress) => mine.push(progress)));
      const [path, same] = await Promise.all(wishes);
      expect(same).toBe(path);
      expect(await images.isBuilt('debian-12')).toBe(true);
      expect(await images.ensureBuilt('debian-12')).toBe(path);
      for (const progress of seen) {
        const fractions = progress.map(({ fraction }) => fraction);
        expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
        if (!wasBuilt) expect(progress.at(-1)).toEqual({ name: 'debian-12', step: 'done', fraction: 1 });
      }
    },
    buildPatienceMs,
  );

  it('refuse a name that they do not know', async () => {
    await expect(images.ensureBuilt('windows-11')).rejects.toThrow('there is no base image windows-11');
    await expect(images.isBuilt('windows-11')).rejects.toThrow('there is no base image windows-11');
  });
}

describe('fake images', () => {
  it('forget a build that a crash cut off', async () => {
    let proceed: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const images = createFakeImages({ faults: { before: () => held, after: async () => undefined } });
    const cutOff = images.ensureBuilt('debian-12');
    images.crash();
    proceed();
    await expect(cutOff).rejects.toThrow('the build of debian-12 was cut off');
    expect(await images.isBuilt('debian-12')).toBe(false);
    await images.ensureBuilt('debian-12');
    images.crash();
    expect(await images.isBuilt('debian-12')).toBe(true);
  });
});
