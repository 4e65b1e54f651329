// Volumes as sparse files below one directory, attached as loop devices. A file appears under its final name only when
// it is complete, so what a listing shows is a volume; attachments are read from sysfs. Nothing is remembered here.

import { constants } from 'node:fs';
import { access, mkdir, open, readdir, realpath, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Capability } from '../capability.ts';
import { commandPath } from '../run.ts';
import type { Disks, VolumeObservation, VolumeSpec } from './disks.ts';
import { growExt4, readExt4Size } from './file-system.ts';
import {
  attachLoopDevice,
  detachLoopDevice,
  growLoopDevice,
  type LoopDevice,
  listLoopDevices,
} from './loop-devices.ts';
import { createSparseCopier, type SparseCopier } from './sparse-copy.ts';

export interface LoopDisksOptions {
  /** Holds `<vol-id>.img` for every volume; made when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

const bytesPerGiB = 2 ** 30;
const suffix = '.img';
const unfinishedSuffix = '.unfinished';
// A guest that has just been stopped lets go of its file system a moment after its last process.
const detachPatienceMs = 30_000;
const detachPollMs = 20;

export function createLoopDisks({ directory, clock, log }: LoopDisksOptions): Disks {
  const pathOf = (id: string) => join(directory, `${id}${suffix}`);
  const copier = createSparseCopier();
  let prepared: Promise<void> | undefined;
  /** Makes the directory, and sweeps the copies that a crash cut off; once. */
  const prepare = () => {
    prepared ??= sweepUnfinished(directory, log).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };

  async function findDevice(id: string): Promise<LoopDevice | undefined> {
    const path = join(await realpath(directory), `${id}${suffix}`);
    return (await listLoopDevices()).find(({ backingPath }) => backingPath === path);
  }

  async function untilDetached(id: string): Promise<void> {
    const deadlineMs = clock.monotonicMs() + detachPatienceMs;
    for (;;) {
      const device = await findDevice(id);
      if (!device) return;
      if (clock.monotonicMs() > deadlineMs) throw new Error(`${id} is still in use at ${device.devicePath}`);
      await clock.sleep(detachPollMs);
    }
  }

  async function ensureDetached(id: string): Promise<void> {
    await prepare();
    const device = await findDevice(id);
    if (!device) return;
    if (!device.isLeaving) await detachLoopDevice(device.devicePath);
    await untilDetached(id);
  }

  async function grow(id: string, sizeBytes: number): Promise<void> {
    const path = pathOf(id);
    const oldBytes = (await stat(path)).size;
    if (oldBytes >= sizeBytes) return;
    const fileSystemBytes = await readExt4Size(path);
    await truncate(path, sizeBytes);
    const device = await findDevice(id);
    // An attached volume may be mounted: like on AWS, its file system is for the guest to grow.
    if (device) await growLoopDevice(device.devicePath);
    else if (fileSystemBytes === oldBytes) await growExt4(path);
  }

  return {
    probe,

    async ensureVolume(volume) {
      await prepare();
      const sizeBytes = volume.sizeGiB * bytesPerGiB;
      if (await sizeOf(pathOf(volume.id))) return grow(volume.id, sizeBytes);
      const unfinishedPath = `${pathOf(volume.id)}${unfinishedSuffix}`;
      // A copy that a dead predecessor started may still be writing: leave it the old file, and make a new one.
      await rm(unfinishedPath, { force: true });
      await fill(copier, unfinishedPath, volume, sizeBytes);
      await rename(unfinishedPath, pathOf(volume.id));
    },

    async ensureAttached(id) {
      await prepare();
      const device = await findDevice(id);
      if (device && !device.isLeaving) return device.devicePath;
      if (device) await untilDetached(id);
      if ((await sizeOf(pathOf(id))) === undefined) throw new Error(`there is no volume ${id} to attach`);
      return attachLoopDevice(pathOf(id));
    },

    ensureDetached,

    async ensureAbsent(id) {
      await ensureDetached(id);
      await rm(pathOf(id), { force: true });
      await rm(`${pathOf(id)}${unfinishedSuffix}`, { force: true });
    },

    async inspect(id) {
      await prepare();
      const sizeBytes = await sizeOf(pathOf(id));
      return sizeBytes === undefined ? undefined : describe(id, sizeBytes, await findDevice(id));
    },

    async list() {
      await prepare();
      const names = (await readdir(directory)).filter((name) => name.endsWith(suffix));
      const [devices, root] = await Promise.all([listLoopDevices(), realpath(directory)]);
      const byPath = new Map(devices.map((device) => [device.backingPath, device]));
      const observations = await Promise.all(
        names.map(async (name) => {
          const sizeBytes = await sizeOf(join(directory, name));
          const id = name.slice(0, -suffix.length);
          return sizeBytes === undefined ? undefined : describe(id, sizeBytes, byPath.get(join(root, name)));
        }),
      );
      return observations.filter((observation) => observation !== undefined);
    },
  };
}

function describe(id: string, sizeBytes: number, device: LoopDevice | undefined): VolumeObservation {
  const sizeGiB = sizeBytes / bytesPerGiB;
  return device && !device.isLeaving ? { id, sizeGiB, devicePath: device.devicePath } : { id, sizeGiB };
}

/** Writes the volume's first bytes, of exactly the asked size, to `path`. */
async function fill(
  copier: SparseCopier,
  path: string,
  { id, sourcePath }: VolumeSpec,
  sizeBytes: number,
): Promise<void> {
  if (sourcePath === undefined) {
    await (await open(path, 'wx', 0o600)).close();
    return truncate(path, sizeBytes);
  }
  const source = await stat(sourcePath);
  if (source.size > sizeBytes) {
    throw new Error(`${id} would be of ${sizeBytes} bytes, and its source ${sourcePath} has ${source.size}`);
  }
  await copier.copy(sourcePath, path);
  if (source.size === sizeBytes) return;
  const fillsSource = (await readExt4Size(path)) === source.size;
  await truncate(path, sizeBytes);
  if (fillsSource) await growExt4(path);
}

async function sweepUnfinished(directory: string, log: Log): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    if (!name.endsWith(unfinishedSuffix)) continue;
    log.info('removing a volume that was never finished', { name });
    await rm(join(directory, name), { force: true });
  }
}

/** undefined when there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function probe(): Promise<Capability> {
  const name = 'EBS volumes';
  if (process.platform !== 'linux') return { name, available: false, reason: 'block devices need Linux' };
  if (process.geteuid?.() !== 0) {
    return { name, available: false, reason: 'attaching a block device needs root', remedy: 'run cloudlet with sudo' };
  }
  if (commandPath('losetup') === undefined || commandPath('resize2fs') === undefined) {
    const reason = 'losetup or resize2fs is not installed';
    return { name, available: false, reason, remedy: 'apt-get install mount e2fsprogs' };
  }
  try {
    await access('/dev/loop-control', constants.R_OK | constants.W_OK);
    return { name, available: true };
  } catch {
    const reason = 'this host has no loop devices: /dev/loop-control cannot be opened';
    return { name, available: false, reason, remedy: 'modprobe loop; in a container, give it /dev/loop-control' };
  }
}
