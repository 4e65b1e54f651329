// Cuts bytes into records by a delimiter, piece by piece: no more than one record is held.

import { overMaxRecordSize } from './select.errors.ts';

export const mostRecordBytes = 1024 * 1024;

export interface Line {
  readonly bytes: Buffer;
  /** Of its first byte, from where the cutting began. */
  readonly start: number;
}

/** Yields the records of each piece together. The last one needs no delimiter. */
export async function* cutLines(
  source: AsyncIterable<Uint8Array>,
  delimiter: Buffer,
  /** Whether the record still goes on where a delimiter stands: inside quotes. */
  isOpen?: (record: Buffer) => boolean,
): AsyncGenerator<readonly Line[]> {
  let pending: Buffer = Buffer.alloc(0);
  let start = 0;
  /** How much of `pending` holds no end. */
  let searched = 0;
  for await (const piece of source) {
    pending = pending.length === 0 ? asBuffer(piece) : Buffer.concat([pending, piece]);
    const lines: Line[] = [];
    let from = 0;
    for (;;) {
      const end = pending.indexOf(delimiter, Math.max(from, searched));
      if (end < 0) break;
      searched = end + delimiter.length;
      const bytes = pending.subarray(from, end);
      if (bytes.length > mostRecordBytes) throw overMaxRecordSize();
      if (isOpen?.(bytes)) continue;
      lines.push({ bytes, start: start + from });
      from = searched;
    }
    pending = pending.subarray(from);
    start += from;
    searched = Math.max(0, pending.length - delimiter.length + 1);
    if (pending.length > mostRecordBytes + delimiter.length) throw overMaxRecordSize();
    if (lines.length > 0) yield lines;
  }
  if (pending.length > 0) yield [{ bytes: pending, start }];
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
