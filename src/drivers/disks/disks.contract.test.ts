// One contract, run on loop devices and on the fake. What only a real disk can show (bytes, sparseness, file systems)
// is in loop-disks.test.ts.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import type { Disks } from './disks.ts';
import { createFakeDisks } from './fake-disks.ts';
import { loopDevicesReason, makeLoopWorld } from './loop-disks.world.ts';

interface World {
  readonly disks: Disks;
  /** A file of 1 GiB to start volumes with. */
  readonly sourcePath: string;
  /** The same disks as seen by a control plane that has just started. */
  reopen(): Disks;
  /** Whatever was done wrong until now was meant. */
  forgive?(): void;
  remove(): Promise<void>;
}

const worlds: { name: string; reason?: string | undefined; make: () => Promise<World> }[] = [
  {
    name: 'fake disks',
    make: async () => {
      const disks = createFakeDisks();
      let meant = 0;
      return {
        disks,
        sourcePath: '/images/base.img',
        reopen: () => disks,
        forgive: () => {
          meant = disks.violations.length;
        },
        remove: async () => expect(disks.violations.slice(meant)).toEqual([]),
      };
    },
  },
  { name: 'loop disks', reason: await loopDevicesReason(), make: makeLoopWorld },
];

for (const { name, reason, make } of worlds) describeReal(name, reason, () => contract(make));

function contract(make: () => Promise<World>) {
  const id = 'vol-0123456789abcdef0';
  let world: World;
  beforeEach(async () => {
    world = await make();
  });
  afterEach(() => world.remove());

  it('says that it is available', async () => {
    expect(await world.disks.probe()).toEqual({ name: 'EBS volumes', available: true });
  });

  it('knows nothing of a volume that was never made', async () => {
    expect(await world.disks.inspect(id)).toBeUndefined();
    expect(await world.disks.list()).toEqual([]);
    await world.disks.ensureDetached(id);
    await world.disks.ensureAbsent(id);
  });

  it('makes an empty volume, and makes it once', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 2 });
    await world.disks.ensureVolume({ id, sizeGiB: 2 });
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 2 });
    expect(await world.disks.list()).toEqual([{ id, sizeGiB: 2 }]);
  });

  it('makes a volume from a source of the same size, or a smaller one', async () => {
    const larger = 'vol-0aaaaaaaaaaaaaaaa';
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    await world.disks.ensureVolume({ id: larger, sizeGiB: 3, sourcePath: world.sourcePath });
    const listed = [...(await world.disks.list())].sort((a, b) => a.sizeGiB - b.sizeGiB);
    expect(listed).toEqual([
      { id, sizeGiB: 1 },
      { id: larger, sizeGiB: 3 },
    ]);
  });

  it('grows a volume and never shrinks it', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    await world.disks.ensureVolume({ id, sizeGiB: 2, sourcePath: world.sourcePath });
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 2 });
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 2 });
  });

  it('attaches a volume once, and detaches it', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const devicePath = await world.disks.ensureAttached(id);
    expect(devicePath).toMatch(/^\/dev\//);
    expect(await world.disks.ensureAttached(id)).toBe(devicePath);
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 1, devicePath });
    expect(await world.disks.list()).toEqual([{ id, sizeGiB: 1, devicePath }]);
    await world.disks.ensureDetached(id);
    await world.disks.ensureDetached(id);
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 1 });
  });

  it('gives every volume a device of its own', async () => {
    const ids = ['vol-1', 'vol-2', 'vol-3', 'vol-4'];
    for (const each of ids) await world.disks.ensureVolume({ id: each, sizeGiB: 1 });
    const devices = await Promise.all(ids.map((each) => world.disks.ensureAttached(each)));
    expect(new Set(devices).size).toBe(ids.length);
  });

  it('grows an attached volume under its device', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const devicePath = await world.disks.ensureAttached(id);
    await world.disks.ensureVolume({ id, sizeGiB: 2 });
    expect(await world.disks.inspect(id)).toEqual({ id, sizeGiB: 2, devicePath });
  });

  it('refuses to attach a volume that is not there', async () => {
    await expect(world.disks.ensureAttached('vol-missing')).rejects.toThrow('vol-missing');
    world.forgive?.();
  });

  it('finds volumes and attachments again without any memory', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const devicePath = await world.disks.ensureAttached(id);
    const again = world.reopen();
    expect(await again.list()).toEqual([{ id, sizeGiB: 1, devicePath }]);
    expect(await again.ensureAttached(id)).toBe(devicePath);
    await again.ensureAbsent(id);
    expect(await again.list()).toEqual([]);
  });

  it('removes a volume that is attached', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    await world.disks.ensureAttached(id);
    await world.disks.ensureAbsent(id);
    await world.disks.ensureAbsent(id);
    expect(await world.disks.inspect(id)).toBeUndefined();
  });
}
