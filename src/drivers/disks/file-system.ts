// The file system inside a volume's file: what its superblock says, and making it fill a volume that grew.

import { open } from 'node:fs/promises';
import { run } from '../run.ts';

const superblockOffset = 1024;
const superblockBytes = 1024;
const ext4Magic = 0xef53;

/** The size of an ext2, ext3 or ext4 file system in bytes; undefined when the superblock is of nothing of that kind. */
export function parseExt4Size(superblock: Buffer): number | undefined {
  if (superblock.length < superblockBytes || superblock.readUInt16LE(56) !== ext4Magic) return undefined;
  const blockBytes = 1024 << superblock.readUInt32LE(24);
  const has64Bit = (superblock.readUInt32LE(96) & 0x80) !== 0;
  const highBlocks = has64Bit ? superblock.readUInt32LE(336) : 0;
  return (highBlocks * 2 ** 32 + superblock.readUInt32LE(4)) * blockBytes;
}

/** undefined when the file or device does not start with an ext4 file system. */
export async function readExt4Size(path: string): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(superblockBytes);
    const { bytesRead } = await file.read(buffer, 0, superblockBytes, superblockOffset);
    return parseExt4Size(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Makes the ext4 file system at `path` (a file or device that nothing has mounted) as large as its room. */
export async function growExt4(path: string): Promise<void> {
  // resize2fs insists on a check. 1: errors were corrected, such as the journal of a snapshot taken from a running guest.
  await run(['e2fsck', '-f', '-p', path], { okCodes: [0, 1] });
  await run(['resize2fs', path]);
}
