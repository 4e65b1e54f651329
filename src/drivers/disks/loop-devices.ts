// Loop devices: files that look like disks. What is attached is read from sysfs, which also knows attachments that
// another process made, or one of ours that was killed.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { run } from '../run.ts';

export interface LoopDevice {
  /** `/dev/loop7`. */
  readonly devicePath: string;
  readonly backingPath: string;
  /** A detach was asked for while something still used it: it goes by itself with the last user. */
  readonly isLeaving: boolean;
}

export async function listLoopDevices(): Promise<readonly LoopDevice[]> {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const devices = await Promise.all(names.map(readLoopDevice));
  return devices.filter((device) => device !== undefined);
}

async function readLoopDevice(name: string): Promise<LoopDevice | undefined> {
  const [backingPath, autoclear] = await Promise.all([readFact(name, 'backing_file'), readFact(name, 'autoclear')]);
  if (backingPath === undefined) return undefined;
  return { devicePath: `/dev/${name}`, backingPath, isLeaving: autoclear === '1' };
}

/** undefined when the device is not attached. */
async function readFact(name: string, fact: string): Promise<string | undefined> {
  try {
    return (await readFile(`/sys/block/${name}/loop/${fact}`, 'utf8')).replace(/\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EINVAL, ENXIO, ENODEV: detached between the directory's listing and the read.
    if (code && ['ENOENT', 'EINVAL', 'ENXIO', 'ENODEV'].includes(code)) return undefined;
    throw error;
  }
}

/**
 * Attaches the file and returns the device. The kernel writes the file's dirty pages out first, which takes most of
 * the time after a fresh copy; from then on a host that loses its power has the volume's first bytes.
 */
export async function attachLoopDevice(backingPath: string): Promise<string> {
  const attach = async () => (await run(['losetup', '--find', '--show', '--nooverlap', backingPath])).stdout.trim();
  try {
    return await attach();
  } catch (error) {
    // Where /dev is not the kernel's own (a container's, say), a device that the kernel made on demand has no node.
    if ((await makeMissingNodes()) === 0) throw error;
    return attach();
  }
}

export async function detachLoopDevice(devicePath: string): Promise<void> {
  // Exit code 1: it left between our look and the command; the caller looks again.
  await run(['losetup', '--detach', devicePath], { okCodes: [0, 1] });
}

/** Tells the kernel that the attached file has grown. */
export async function growLoopDevice(devicePath: string): Promise<void> {
  await run(['losetup', '--set-capacity', devicePath]);
}

/** Makes the device nodes that the kernel knows and /dev lacks; returns how many. */
async function makeMissingNodes(): Promise<number> {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const missing = names.filter((name) => !existsSync(`/dev/${name}`));
  for (const name of missing) {
    const numbers = (await readFile(`/sys/block/${name}/dev`, 'utf8')).trim().split(':');
    await run(['mknod', '-m', '0660', `/dev/${name}`, 'b', ...numbers]);
  }
  return missing.length;
}
