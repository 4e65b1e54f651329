// Copies a file's data, not its holes, from the page cache straight to the disk. The copy's own pages would have to be
// found, filled and written out: for an image of 300 MB that is ten times the processor time of letting the disk fetch the
// source's. Done by mapping the source, and writing from the mapping to a file that is open for direct I/O.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';

interface Calls {
  /** The address; -1 when it failed. */
  readonly mmap: (address: number, length: number, protection: number, flags: number, fd: number, at: number) => number;
  readonly munmap: (address: number, length: number) => number;
  readonly lseek: (fd: number, offset: number, whence: number) => number;
  /** On a thread of its own. How many bytes were written; -1 when none could be. */
  readonly pwrite: (fd: number, address: number, length: number, offset: number) => Promise<number>;
}

// Linux on x86-64 and arm64.
const PROT_READ = 1;
const MAP_SHARED = 1;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** What direct I/O wants all offsets to be multiples of, on any file system. */
const blockBytes = 4096;
const chunkBytes = 16 * 2 ** 20;

let loaded: Promise<Calls> | undefined;

async function bindCalls(): Promise<Calls> {
  const { default: koffi } = await import('koffi');
  const process = koffi.load(null);
  const write = process.func('intptr_t pwrite(int fd, uintptr_t buffer, size_t length, int64_t offset)');
  return {
    mmap: process.func(
      'intptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t at)',
    ),
    munmap: process.func('int munmap(uintptr_t address, size_t length)'),
    lseek: process.func('int64_t lseek(int fd, int64_t offset, int whence)'),
    pwrite: promisify(write.async) as Calls['pwrite'],
  };
}

/**
 * Writes the data of the file at `sourcePath` to a new file at `path`, of the same size; it is on the disk afterwards.
 * false, with nothing left at `path` that matters, where the file system cannot do it.
 */
export async function copyDirectly(sourcePath: string, path: string): Promise<boolean> {
  loaded ??= bindCalls();
  const calls = await loaded;
  const source = await open(sourcePath, 'r');
  try {
    const { size } = await source.stat();
    const target = size % blockBytes === 0 ? await openDirect(path) : undefined;
    if (target === undefined) return false;
    try {
      await target.truncate(size);
      const isCopied = await copyData(calls, source.fd, target.fd, size);
      if (isCopied) await target.sync();
      return isCopied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** undefined where the file system knows no direct I/O. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_DIRECT, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return undefined;
    throw error;
  }
}

async function copyData(calls: Calls, from: number, to: number, size: number): Promise<boolean> {
  if (size === 0) return true;
  const address = calls.mmap(0, size, PROT_READ, MAP_SHARED, from, 0);
  if (address === -1) return false;
  try {
    for (let end = 0; ; ) {
      const start = calls.lseek(from, end, SEEK_DATA);
      if (start < 0) return true; // nothing but a hole is left
      const from4096 = start - (start % blockBytes);
      end = Math.min(size, Math.ceil(calls.lseek(from, start, SEEK_HOLE) / blockBytes) * blockBytes);
      for (let at = from4096; at < end; at += chunkBytes) {
        const length = Math.min(chunkBytes, end - at);
        if ((await calls.pwrite(to, address + at, length, at)) !== length) return false;
      }
    }
  } finally {
    calls.munmap(address, size);
  }
}
