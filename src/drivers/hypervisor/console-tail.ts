// The end of a console that LXC writes to a file, which it renames to `….1` when it is full.

import { type FileHandle, open } from 'node:fs/promises';

export const consoleTailBytes = 64 * 1024;

/** At most the last 64 KiB; empty when nothing was written. */
export async function readConsoleTail(path: string): Promise<Uint8Array> {
  const current = await readTail(path, consoleTailBytes);
  const earlier = await readTail(`${path}.1`, consoleTailBytes - current.length);
  return Buffer.concat([earlier, current]);
}

async function readTail(path: string, maxBytes: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  } finally {
    await file?.close();
  }
}
