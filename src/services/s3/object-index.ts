// How objects lie in the index. Keys begin with a byte that tells their kind and, for what belongs to a bucket, its id.
//
//   0 bucket                      the bucket is there: without this entry nothing can be written into it
//   1 bucket key                  the current version of an object, in the order that listings have
//   2 bucket key 00 00 order      versions that are not current, newest first
//   3 bucket key                  the order of the version named `null`, while that is not the current one
//   4 bucket key 00 00 upload     multipart uploads in progress, oldest first
//   5 upload part                 their parts
//   6 body                        small bodies, lists of parts, and a mark for every body that is a file
//   7 body                        bodies that nothing refers to any more and that are still to be removed
//   8 bucket sequence             what has happened to objects and has still to be told (see outbox.ts)
//   9 bucket sequence             lines of the access log that are still to be delivered (see access-log.ts)

import { hash } from 'node:crypto';

const kinds = {
  gate: 0,
  current: 1,
  version: 2,
  nullVersion: 3,
  upload: 4,
  part: 5,
  body: 6,
  doomed: 7,
  event: 8,
  log: 9,
} as const;

export type Kind = keyof typeof kinds;

export const longestKeyBytes = 1024;
const bucketIdBytes = 8;
const headBytes = 1 + bucketIdBytes;

export function kindPrefix(kind: Kind): Buffer {
  return Buffer.from([kinds[kind]]);
}

export function bucketPrefix(kind: Kind, bucketId: string): Buffer {
  return Buffer.from(`0${kinds[kind]}${bucketId}`, 'hex');
}

export const gateKey = (bucketId: string): Buffer => bucketPrefix('gate', bucketId);

/** `key` may be a prefix of keys as well. */
export function currentKey(bucketId: string, key: string): Buffer {
  return headed('current', bucketId, Buffer.byteLength(key), key);
}

export function nullVersionKey(bucketId: string, key: string): Buffer {
  return headed('nullVersion', bucketId, Buffer.byteLength(key), key);
}

function headed(kind: Kind, bucketId: string, bytes: number, key: string): Buffer {
  const buffer = Buffer.allocUnsafe(headBytes + bytes);
  buffer[0] = kinds[kind];
  buffer.write(bucketId, 1, 'hex');
  buffer.write(key, headBytes);
  return buffer;
}

/** The object's key in an entry of `current` or `nullVersion`. */
export function objectKeyOf(entry: Buffer): string {
  return entry.toString('utf8', headBytes);
}

/** Versions of one object are adjacent, newest first. */
export function versionKey(bucketId: string, key: string, order: number): Buffer {
  return Buffer.concat([versionsPrefix(bucketId, key), orderBytes(order)]);
}

export function versionsPrefix(bucketId: string, key: string): Buffer {
  return Buffer.concat([bucketPrefix('version', bucketId), escapedKey(key)]);
}

export function uploadKey(bucketId: string, key: string, uploadId: string): Buffer {
  return Buffer.concat([bucketPrefix('upload', bucketId), escapedKey(key), Buffer.from(uploadId, 'latin1')]);
}

export function partKey(uploadId: string, partNumber: number): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(partNumber);
  return Buffer.concat([partsPrefix(uploadId), number]);
}

export function partsPrefix(uploadId: string): Buffer {
  return Buffer.concat([kindPrefix('part'), Buffer.from(uploadId, 'latin1')]);
}

export const bodyKey = (id: string): Buffer => Buffer.from(`0${kinds.body}${id}`, 'hex');

export const doomedKey = (id: string): Buffer => Buffer.from(`0${kinds.doomed}${id}`, 'hex');

/** The body's id in an entry of `body` or `doomed`. */
export const bodyIdOf = (entry: Buffer): string => entry.toString('hex', 1);

export const eventKey = (bucketId: string, sequence: number): Buffer => sequenceKey('event', bucketId, sequence);

export const logKey = (bucketId: string, sequence: number): Buffer => sequenceKey('log', bucketId, sequence);

function sequenceKey(kind: Kind, bucketId: string, sequence: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(sequence));
  return Buffer.concat([bucketPrefix(kind, bucketId), number]);
}

/** The name of the counter of a bucket's entries of `current` and `version`. */
export const countOf = (bucketId: string): string => `s3/${bucketId}`;

// A key ends with 00 00, and a zero byte within it is followed by ff, so that entries are in the order of keys
// whatever follows them.
const keyEnd = Buffer.from([0, 0]);

function escapedKey(key: string): Buffer {
  const bytes = Buffer.from(key);
  if (!bytes.includes(0)) return Buffer.concat([bytes, keyEnd]);
  const escaped: number[] = [];
  for (const byte of bytes) {
    escaped.push(byte);
    if (byte === 0) escaped.push(0xff);
  }
  return Buffer.concat([Buffer.from(escaped), keyEnd]);
}

/** An entry of `version` or `upload` taken apart. */
export function parseKeyed(entry: Buffer): { readonly key: string; readonly rest: Buffer } {
  const bytes: number[] = [];
  let at = headBytes;
  for (; at < entry.length; at++) {
    const byte = entry[at] as number;
    if (byte === 0) {
      at += 1;
      if (entry[at] === 0) break;
    }
    bytes.push(byte);
  }
  return { key: Buffer.from(bytes).toString(), rest: entry.subarray(at + 1) };
}

const latestOrder = 2 ** 48 - 1;

/** Six bytes, the newest first. */
export function orderBytes(order: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(latestOrder - order, 0, 6);
  return bytes;
}

export const orderOf = (bytes: Buffer): number => latestOrder - bytes.readUIntBE(0, 6);

/**
 * 32 characters that begin with the version's order, so that a version is found by its id, and end with a check: AWS takes
 * the id of a version that is gone, but none that it never gave out.
 */
export function versionIdOf(order: number, chance: Uint8Array): string {
  const unique = Buffer.concat([orderBytes(order), chance.subarray(0, 15)]);
  // AWS's ids have dots where Base64's other alphabet has hyphens.
  return Buffer.concat([unique, checkOf(unique)])
    .toString('base64url')
    .replaceAll('-', '.');
}

const bytesOf = (versionId: string): Buffer => Buffer.from(versionId.replaceAll('.', '-'), 'base64url');

const checkOf = (bytes: Uint8Array): Buffer => hash('md5', bytes, 'buffer').subarray(0, 3);

/** Ids were once given out without a check: to be asked of versions that are not there only. */
export function isVersionId(text: string): boolean {
  const bytes = bytesOf(text);
  return orderOfVersionId(text) !== undefined && checkOf(bytes.subarray(0, 21)).equals(bytes.subarray(21));
}

/** Undefined for what cannot be an id of a version. */
export function orderOfVersionId(versionId: string): number | undefined {
  if (!/^[A-Za-z0-9._-]{32}$/.test(versionId)) return undefined;
  return orderOf(bytesOf(versionId));
}
