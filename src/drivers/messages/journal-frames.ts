// The bytes of a journal. A file is a run of frames with consecutive numbers; what follows the last of them is left over
// from an earlier use of the file, or was being written when the host went down.
//
// A frame: bytes of its payload (uint32), CRC-32 of number and payload (uint32), number (float64), payload.

import { crc32 } from 'node:zlib';

export interface Frame {
  readonly number: number;
  readonly payload: Uint8Array;
}

const headBytes = 16;

export function frameOf({ number, payload }: Frame): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeDoubleLE(number, 8);
  frame.set(payload, headBytes);
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  return frame;
}

/** The run that a file begins with. */
export function* framesIn(bytes: Buffer): Iterable<Frame> {
  let expected: number | undefined;
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const end = at + headBytes + bytes.readUInt32LE(at);
    if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return;
    const number = bytes.readDoubleLE(at + 8);
    if (expected !== undefined && number !== expected) return;
    yield { number, payload: bytes.subarray(at + headBytes, end) };
    expected = number + 1;
    at = end;
  }
}
