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

/** For the handle that is being read, with room for more than one has. */
const given = Buffer.alloc(handleBytes * 2);
const givenChecked = given.subarray(0, checksumAt);

/** Undefined for what was never handed out. */
export function parseReceiptHandle(handle: string): ParsedHandle | undefined {
  if (given.write(handle, 'base64') !== handleBytes) return undefined;
  if (given[0] !== layout[0] || given[1] !== layout[1] || given[2] !== layout[2]) return undefined;
  if (given.readUInt32BE(checksumAt) !== crc32(givenChecked)) return undefined;
  const position = given.readUInt32BE(positionAt) * wordSize + given.readUInt32BE(positionAt + 4);
  return { queueId: queueIdGiven(), receipt: { position, receiveCount: given.readUInt32BE(receiveCountAt) } };
}

let latestQueue = { high: -1, low: -1, id: '' };

/** A batch's handles are of one queue. */
function queueIdGiven(): string {
  const high = given.readUInt32BE(queueIdAt);
  const low = given.readUInt32BE(queueIdAt + 4);
  if (latestQueue.high !== high || latestQueue.low !== low)
    latestQueue = { high, low, id: given.toString('hex', queueIdAt, positionAt) };
  return latestQueue.id;
}
