// Memory for pieces of bodies that are lent: what comes back is lent again. New memory has to be zeroed by the kernel page
// by page, and V8 looks for garbage in all of its heap whenever some tens of mebibytes were allocated outside of it: both
// together took more time than reading and sending.

export interface PieceMemory {
  /** For a piece of what is left: as long as that or as a piece may be, or longer. */
  take(bytesLeft: number): Buffer;
  /** Of what nobody looks at any more. */
  giveBack(buffer: Buffer): void;
}

/** Of any piece. */
export const mostPieceBytes = 512 * 1024;
const shortPieceBytes = 64 * 1024;
/** Kept for whoever comes next; with more readers at once than that there is new memory as well. */
const mostIdleBytes = 16 * 1024 * 1024;

export function createPieceMemory(): PieceMemory {
  const long: Buffer[] = [];
  const short: Buffer[] = [];
  let idleBytes = 0;
  return {
    take(bytesLeft) {
      const isShort = bytesLeft <= shortPieceBytes;
      const known = (isShort ? short : long).pop();
      if (!known) return Buffer.allocUnsafeSlow(isShort ? shortPieceBytes : mostPieceBytes);
      idleBytes -= known.byteLength;
      return known;
    },
    giveBack(buffer) {
      if (idleBytes + buffer.byteLength > mostIdleBytes) return;
      idleBytes += buffer.byteLength;
      (buffer.byteLength === shortPieceBytes ? short : long).push(buffer);
    },
  };
}
