// Receipt handles: opaque to clients, and to be told from text that was made up. They carry which receipt of which message
// they stand for, so nothing has to be remembered of them.

import { crc32 } from 'node:zlib';
import type { Receipt } from '../../drivers/messages/messages.ts';

// Raised when the layout changes; it also makes handles begin as AWS's do: AQEB.
const layout = [1, 1, 1] as const;
const queueIdAt = layout.length;
const positionAt = queueIdAt + 8;
const receiveCountAt = positionAt + 8;
const checksumAt = receiveCountAt + 4;
const handleBytes = checksumAt + 4;
const wordSize = 2 ** 32;

/** For the handle that is being written: there is one for each message, and they are written at once. */
const bytes = Buffer.alloc(handleBytes);
bytes.set(layout);
const checked = bytes.subarray(0, checksumAt);

export function formatReceiptHandle(queueId: string, { position, receiveCount }: Receipt): string {
  bytes.write(queueId, queueIdAt, 'hex');
  bytes.writeUInt32BE(Math.floor(position / wordSize), positionAt);
  bytes.writeUInt32BE(position % wordSize, positionAt + 4);
  bytes.writeUInt32BE(receiveCount, receiveCountAt);
  bytes.writeUInt32BE(crc32(checked), checksumAt);
  return bytes.toString('base64');
}

export interface ParsedHandle {
  readonly queueId: string;
  readonly receipt: Receipt;
}

const mostAtOnce = 10;
/** As base64 without padding. */
const handleCharacters = (handleBytes / 3) * 4;

/** For the handles that are being read, with room for more than they may have. */
const given = Buffer.alloc(handleBytes * (mostAtOnce + 1));
const givenChecked = Array.from({ length: mostAtOnce }, (_, i) =>
  given.subarray(i * handleBytes, i * handleBytes + checksumAt),
);

/** Undefined for what was never handed out. */
export function parseReceiptHandle(handle: string): ParsedHandle | undefined {
  return given.write(handle, 'base64') === handleBytes ? parseGiven(0) : undefined;
}

/** The same of each; those of a batch are decoded together. */
export function parseReceiptHandles(handles: readonly string[]): readonly (ParsedHandle | undefined)[] {
  let joined = '';
  for (const handle of handles) {
    if (handle.length !== handleCharacters) return handles.map(parseReceiptHandle);
    joined += handle;
  }
  // Where all characters are of base64, each begins with bytes of its own.
  if (handles.length > mostAtOnce || given.write(joined, 'base64') !== handles.length * handleBytes)
    return handles.map(parseReceiptHandle);
  return handles.map((_, i) => parseGiven(i));
}

function parseGiven(index: number): ParsedHandle | undefined {
  const at = index * handleBytes;
  for (let i = 0; i < layout.length; i++) if (given[at + i] !== layout[i]) return undefined;
  if (uint32At(at + checksumAt) !== crc32(givenChecked[index] as Buffer)) return undefined;
  const position = uint32At(at + positionAt) * wordSize + uint32At(at + positionAt + 4);
  return {
    queueId: queueIdAtPlace(at + queueIdAt),
    receipt: { position, receiveCount: uint32At(at + receiveCountAt) },
  };
}

/** As `given.readUInt32BE`, which checks first that it may. */
function uint32At(at: number): number {
  const high = ((given[at] as number) << 8) | (given[at + 1] as number);
  return high * 65536 + (((given[at + 2] as number) << 8) | (given[at + 3] as number));
}

let latestQueue = { high: -1, low: -1, id: '' };

/** A batch's handles are of one queue. */
function queueIdAtPlace(at: number): string {
  const high = uint32At(at);
  const low = uint32At(at + 4);
  if (latestQueue.high !== high || latestQueue.low !== low)
    latestQueue = { high, low, id: given.toString('hex', at, at + 8) };
  return latestQueue.id;
}
