// A build under way is seen from its first step to its end, whichever end that is.

import { expect, it } from 'vitest';
import type { ImageBuildProgress, Images } from '../drivers/images/images.ts';
import { observeImageBuilds } from './image-builds.ts';

const step = (name: string, fraction: number): ImageBuildProgress => ({ name, step: 'building', fraction });

function imagesThat(build: Images['ensureBuilt']): Images {
  return {
    probe: async () => ({ name: 'Base images', available: true }),
    bases: [],
    isBuilt: async () => false,
    ensureBuilt: build,
  };
}

it('knows builds while they are under way, and passes their progress on', async () => {
  const seen: number[][] = [];
  const heard: number[] = [];
  const { images, current } = observeImageBuilds(
    imagesThat(async (name, onProgress) => {
      for (const fraction of [0, 0.5]) onProgress?.(step(name, fraction));
      expect(current()).toEqual([step(name, 0.5)]);
      return `/images/${name}`;
    }),
    (builds) => seen.push(builds.map(({ fraction }) => fraction)),
  );
  expect(await images.ensureBuilt('debian-12', ({ fraction }) => heard.push(fraction))).toBe('/images/debian-12');
  expect(heard).toEqual([0, 0.5]);
  expect(seen).toEqual([[0], [0.5], []]);
  expect(current()).toEqual([]);
});

it('forgets a build that failed', async () => {
  const { images, current } = observeImageBuilds(
    imagesThat(async (name, onProgress) => {
      onProgress?.(step(name, 0.1));
      throw new Error('no mirror');
    }),
  );
  await expect(images.ensureBuilt('debian-12')).rejects.toThrow('no mirror');
  expect(current()).toEqual([]);
});

it('says nothing of an image that was built already', async () => {
  const seen: unknown[] = [];
  const { images } = observeImageBuilds(
    imagesThat(async () => '/there'),
    (builds) => seen.push(builds),
  );
  await images.ensureBuilt('debian-12');
  expect(seen).toEqual([]);
});
