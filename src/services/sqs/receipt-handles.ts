// Receipt handles: opaque to clients, and to be told from text that was made up. They carry which receipt of which message
// they stand for, so nothing has to be remembered of them.

import { hash } from 'node:crypto';
import type { Receipt } from '../../drivers/messages/messages.ts';

// Raised when the layout changes; it also makes handles begin as AWS's do: AQEB.
const layout = [1, 1, 1] as const;
const queueIdBytes = 8;
const digestBytes = 12;
const bodyBytes = layout.length + queueIdBytes + 8 + 4;

export function formatReceiptHandle(queueId: string, { position, receiveCount }: Receipt): string {
  const bytes = Buffer.alloc(bodyBytes + digestBytes);
  bytes.set(layout);
  bytes.write(queueId, layout.length, 'hex');
  bytes.writeBigUInt64BE(BigInt(position), layout.length + queueIdBytes);
  bytes.writeUInt32BE(receiveCount, layout.length + queueIdBytes + 8);
  bytes.write(digestOf(bytes.subarray(0, bodyBytes)), bodyBytes, 'hex');
  return bytes.toString('base64');
}

/** Undefined for what is no handle of this queue. */
export function parseReceiptHandle(handle: string, queueId: string): Receipt | undefined {
  const bytes = Buffer.from(handle, 'base64');
  if (bytes.length !== bodyBytes + digestBytes || layout.some((value, i) => bytes[i] !== value)) return undefined;
  if (bytes.toString('hex', bodyBytes) !== digestOf(bytes.subarray(0, bodyBytes))) return undefined;
  if (bytes.toString('hex', layout.length, layout.length + queueIdBytes) !== queueId) return undefined;
  return {
    position: Number(bytes.readBigUInt64BE(layout.length + queueIdBytes)),
    receiveCount: bytes.readUInt32BE(layout.length + queueIdBytes + 8),
  };
}

function digestOf(bytes: Buffer): string {
  return hash('sha1', bytes, 'hex').slice(0, digestBytes * 2);
}
