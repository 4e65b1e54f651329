// The bytes of a journal. A file begins with what tells its format; behind that is a run of frames with consecutive numbers.
// What follows the last of them is left over from an earlier use of the file, or was being written when the host went down.
//
// A frame: bytes of its payload (uint32), CRC-32 of number and payload (uint32), number (float64), payload.

import { crc32 } from 'node:zlib';
import type { ByteWriter } from './bytes.ts';

/** What a file begins with. The number is raised whenever what is in a frame is written in another way. */
export function fileHeadOf(what: string, formatNumber: number): Buffer {
  return Buffer.from(`cloudlet ${what} ${String(formatNumber).padStart(5, '0')}\n`);
}

export interface Frame {
  readonly number: number;
  readonly payload: Buffer;
}

const frameHeadBytes = 16;

/** Returns where the frame begins; its payload is to be written next. */
export function beginFrame(tape: ByteWriter): number {
  return tape.skip(frameHeadBytes);
}

export function isEmptyFrame(tape: ByteWriter, start: number): boolean {
  return tape.length === start + frameHeadBytes;
}

/** Returns all of the frame. */
export function endFrame(tape: ByteWriter, start: number, number: number): Buffer {
  tape.uint32At(start, tape.length - start - frameHeadBytes);
  tape.floatAt(start + 8, number);
  const frame = tape.bytes.subarray(start, tape.length);
  tape.uint32At(start + 4, crc32(frame.subarray(8)));
  return frame;
}

/** The run that a file has behind its head. */
export function* framesIn(bytes: Buffer, headBytes: number): Iterable<Frame> {
  let expected: number | undefined;
  for (let at = headBytes; at + frameHeadBytes <= bytes.length; ) {
    const end = at + frameHeadBytes + bytes.readUInt32LE(at);
    if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return;
    const number = bytes.readDoubleLE(at + 8);
    if (expected !== undefined && number !== expected) return;
    yield { number, payload: bytes.subarray(at + frameHeadBytes, end) };
    expected = number + 1;
    at = end;
  }
}

export const isOfFormat = (bytes: Buffer, fileHead: Buffer): boolean =>
  bytes.subarray(0, fileHead.length).equals(fileHead);

/** Nothing can be told by a file of a host that went down while it was made: it is short, or of zeros. */
export function isUnwritten(bytes: Buffer, fileHead: Buffer): boolean {
  const head = bytes.subarray(0, fileHead.length);
  return !head.equals(fileHead) && head.every((byte, i) => byte === 0 || byte === fileHead[i]);
}
