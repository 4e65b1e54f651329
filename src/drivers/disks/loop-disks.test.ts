// What only real disks can show: bytes, sparseness, file systems, crashes in the middle, and use by somebody else.

import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import { run } from '../run.ts';
import { copyDirectly } from './direct-copy.ts';
import { readExt4Size } from './file-system.ts';
import { attachLoopDevice } from './loop-devices.ts';
import { type LoopWorld, loopDevicesReason, makeLoopWorld } from './loop-disks.world.ts';

const giB = 2 ** 30;

describeReal('loop disks', await loopDevicesReason(), () => {
  const id = 'vol-0123456789abcdef0';
  let world: LoopWorld;
  beforeEach(async () => {
    world = await makeLoopWorld();
  });
  afterEach(() => world.remove());
  const pathOf = (volumeId: string) => join(world.directory, `${volumeId}.img`);

  it('copies the bytes of the source, and not its holes', async () => {
    const file = await open(world.sourcePath, 'r+');
    await file.write('signs of life', 700_000_000);
    await file.close();
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    await run(['cmp', '--bytes=16M', world.sourcePath, pathOf(id)]);
    await run(['cmp', '--bytes=1M', '--ignore-initial=700000000', world.sourcePath, pathOf(id)]);
    const { size, blocks } = await stat(pathOf(id));
    expect(size).toBe(giB);
    expect(blocks * 512).toBeLessThan(giB / 8);
  });

  it('copies the same for many volumes at once, which it does without the page cache', async () => {
    const file = await open(world.sourcePath, 'r+');
    await file.write('signs of life', 700_000_000);
    await file.write('the end', giB - 7);
    await file.close();
    const ids = ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'vol-5', 'vol-6'];
    await Promise.all(
      ids.map((each) => world.disks.ensureVolume({ id: each, sizeGiB: 1, sourcePath: world.sourcePath })),
    );
    for (const each of ids) {
      for (const offset of [0, 690_000_000, giB - 2 ** 24]) {
        await run(['cmp', '--bytes=16M', `--ignore-initial=${offset}`, world.sourcePath, pathOf(each)]);
      }
      expect((await stat(pathOf(each))).blocks * 512).toBeLessThan(giB / 8);
    }
  });

  it('copies directly what has holes, and says so when it cannot', async () => {
    const target = join(world.directory, '..', 'direct.img');
    const hasDirectIo = await copyDirectly(world.sourcePath, target);
    if (hasDirectIo) await run(['cmp', '--bytes=64M', world.sourcePath, target]);
    const oddPath = join(world.directory, '..', 'odd.img');
    await writeFile(oddPath, 'no whole block');
    expect(await copyDirectly(oddPath, target)).toBe(false);
  });

  it('shows the bytes on the device', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    const devicePath = await world.disks.ensureAttached(id);
    await run(['cmp', '--bytes=16M', world.sourcePath, devicePath]);
  });

  it('lets the file system fill a larger volume', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 3, sourcePath: world.sourcePath });
    expect(await readExt4Size(pathOf(id))).toBe(3 * giB);
    await run(['e2fsck', '-f', '-n', pathOf(id)]);
    await world.disks.ensureVolume({ id, sizeGiB: 5 });
    expect(await readExt4Size(pathOf(id))).toBe(5 * giB);
    await run(['e2fsck', '-f', '-n', pathOf(id)]);
  });

  it('leaves a file system alone that did not fill its volume', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    await run(['mkfs.ext4', '-q', '-F', pathOf(id), '512M']);
    await world.disks.ensureVolume({ id, sizeGiB: 2 });
    expect(await readExt4Size(pathOf(id))).toBe(giB / 2);
  });

  it('refuses a volume smaller than its source, and leaves nothing', async () => {
    const sourcePath = join(world.directory, '..', 'large.img');
    await writeFile(sourcePath, '');
    await run(['truncate', '--size=2G', sourcePath]);
    await expect(world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath })).rejects.toThrow('2147483648');
    expect(await world.disks.list()).toEqual([]);
  });

  it('shows no half volume after a crash, and sweeps it', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const unfinishedPath = `${pathOf('vol-0bbbbbbbbbbbbbbbb')}.unfinished`;
    await writeFile(unfinishedPath, 'half');
    expect(await world.reopen().list()).toEqual([{ id, sizeGiB: 1 }]);
    expect(existsSync(unfinishedPath)).toBe(false);
  });

  it('recognizes an attachment that another process made', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const devicePath = await attachLoopDevice(pathOf(id));
    expect(await world.disks.ensureAttached(id)).toBe(devicePath);
  });

  it('waits for the last user of a device before it is detached', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1, sourcePath: world.sourcePath });
    const devicePath = await world.disks.ensureAttached(id);
    const mountPoint = await mkdtemp(join(tmpdir(), 'cloudlet-test-mount-'));
    try {
      await run(['mount', devicePath, mountPoint]);
      let isDetached = false;
      const detached = world.disks.ensureDetached(id).then(() => {
        isDetached = true;
      });
      await expect.poll(async () => (await world.disks.inspect(id))?.devicePath).toBeUndefined();
      expect(isDetached).toBe(false);
      await run(['umount', mountPoint]);
      await detached;
      expect(await world.disks.ensureAttached(id)).toMatch(/^\/dev\/loop/);
    } finally {
      await run(['umount', '--quiet', mountPoint], { okCodes: [0, 1, 32] });
      await rmdir(mountPoint);
    }
  });

  it('gives back what a guest discards', async () => {
    await world.disks.ensureVolume({ id, sizeGiB: 1 });
    const devicePath = await world.disks.ensureAttached(id);
    await run(['dd', 'if=/dev/urandom', `of=${devicePath}`, 'bs=1M', 'count=16', 'conv=fsync', 'status=none']);
    const before = (await stat(pathOf(id))).blocks;
    await run(['blkdiscard', '--length', String(16 * 2 ** 20), devicePath]);
    await expect.poll(async () => (await stat(pathOf(id))).blocks).toBeLessThan(before);
  });

  it('copes with a directory that is gone', async () => {
    await rm(world.directory, { recursive: true, force: true });
    expect(await world.reopen().list()).toEqual([]);
  });
});
