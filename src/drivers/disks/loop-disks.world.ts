// Real loop disks below a directory of their own, for tests. A run that was killed leaves a directory behind, which the
// next run finds by its name and cleans up.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { run } from '../run.ts';
import type { Disks } from './disks.ts';
import { listLoopDevices } from './loop-devices.ts';
import { createLoopDisks } from './loop-disks.ts';

const prefix = 'cloudlet-test-disks-';

export interface LoopWorld {
  readonly directory: string;
  readonly disks: Disks;
  /** An ext4 file system of 1 GiB. */
  readonly sourcePath: string;
  reopen(): Disks;
  remove(): Promise<void>;
}

/** Why this host has no loop disks; undefined when it has. */
export async function loopDevicesReason(): Promise<string | undefined> {
  const { available, reason } = await createLoopDisks({ directory: '/', clock: systemClock, log: silentLog }).probe();
  return available ? undefined : reason;
}

export async function makeLoopWorld(): Promise<LoopWorld> {
  await removeLeftovers();
  const root = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const directory = join(root, 'volumes');
  const sourcePath = join(root, 'source.img');
  await writeFile(sourcePath, '');
  await truncate(sourcePath, 2 ** 30);
  await run(['mkfs.ext4', '-q', '-F', sourcePath]);
  const reopen = () => createLoopDisks({ directory, clock: systemClock, log: silentLog });
  return { directory, disks: reopen(), sourcePath, reopen, remove: () => removeWorld(root) };
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const pid = name.slice(prefix.length).split('-')[0];
    if (!existsSync(`/proc/${pid}`)) await removeWorld(join(tmpdir(), name));
  }
}

async function removeWorld(root: string): Promise<void> {
  for (const { backingPath, devicePath } of await listLoopDevices()) {
    if (backingPath.startsWith(`${root}/`)) await run(['losetup', '--detach', devicePath], { okCodes: [0, 1] });
  }
  await rm(root, { recursive: true, force: true });
}
