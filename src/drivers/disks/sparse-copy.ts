// Copies a disk image, in the way that costs least at the moment. Where the file system shares blocks between files, it
// copies nothing. A copy that is made alone goes through the page cache, from which the guest then boots without waiting
// for the disk. One of many that are made at once goes directly to the disk: what many copies take is the processor.

import { constants, copyFile, rm } from 'node:fs/promises';
import { run } from '../run.ts';
import { copyDirectly } from './direct-copy.ts';

export interface SparseCopier {
  /** Makes a file at `path`, where none is, with the bytes and the holes of the one at `sourcePath`. */
  copy(sourcePath: string, path: string): Promise<void>;
}

/** As many as keep a disk busy; the first guests of many can boot while the others' disks are written. */
const directAtOnce = 3;

export function createSparseCopier(): SparseCopier {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inSlot<T>(task: () => Promise<T>): Promise<T> {
    if (running === directAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The slot is passed on, or free.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    async copy(sourcePath, path) {
      if (await isShared(sourcePath, path)) return;
      const isAlone = underWay === 0;
      underWay += 1;
      try {
        if (!isAlone && (await inSlot(() => copyDirectly(sourcePath, path)))) return;
        await rm(path, { force: true });
        await run(['cp', '--sparse=always', '--', sourcePath, path]);
      } finally {
        underWay -= 1;
      }
    },
  };
}

/** Whether the file system could give the new file the source's own blocks. */
async function isShared(sourcePath: string, path: string): Promise<boolean> {
  try {
    await copyFile(sourcePath, path, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTSUP' || code === 'EXDEV' || code === 'EINVAL' || code === 'ENOSYS' || code === 'ENOTTY')
      return false;
    throw error;
  }
}
