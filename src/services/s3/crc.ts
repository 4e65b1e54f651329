// The cyclic redundancy checks of S3 that Node has not: CRC-32C (Castagnoli) and CRC-64/NVME, eight bytes at a step, and
// how the check of a whole follows from those of its parts.

import { crc32 as zlibCrc32 } from 'node:zlib';

export interface RunningCrc {
  update(bytes: Uint8Array): void;
  /** Big-endian. */
  digest(): Buffer;
}

const polynomials = {
  CRC32: { width: 32, reversed: 0xedb88320n },
  CRC32C: { width: 32, reversed: 0x82f63b78n },
  CRC64NVME: { width: 64, reversed: 0x9a6c9329ac4bc9b5n },
} as const;

export type CrcAlgorithm = keyof typeof polynomials;

export function createCrc(algorithm: CrcAlgorithm): RunningCrc {
  if (algorithm === 'CRC32') return createCrc32();
  return algorithm === 'CRC32C' ? createCrc32c() : createCrc64();
}

function createCrc32(): RunningCrc {
  let crc = 0;
  return {
    update(bytes) {
      crc = zlibCrc32(bytes, crc);
    },
    digest: () => bytesOf32(crc),
  };
}

/** Eight tables of 256 entries, one after the other; entry n of table k is n followed by k zero bytes. */
let tables32: Uint32Array | undefined;

function makeTables32(polynomial: number): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[n] = crc;
  }
  for (let k = 1; k < 8; k++) {
    for (let n = 0; n < 256; n++) {
      const before = tables[(k - 1) * 256 + n] as number;
      tables[k * 256 + n] = (before >>> 8) ^ (tables[before & 0xff] as number);
    }
  }
  return tables;
}

function createCrc32c(): RunningCrc {
  tables32 ??= makeTables32(0x82f63b78);
  const tables = tables32;
  let crc = 0xffffffff | 0;
  return {
    update(bytes) {
      crc = updateCrc32(tables, crc, bytes);
    },
    digest: () => bytesOf32(~crc >>> 0),
  };
}

function updateCrc32(t: Uint32Array, start: number, bytes: Uint8Array): number {
  let crc = start;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t[1792 + (crc & 0xff)]! ^
      t[1536 + ((crc >>> 8) & 0xff)]! ^
      t[1280 + ((crc >>> 16) & 0xff)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** The halves of 64-bit entries: a BigInt for each byte would take a hundred times as long. */
interface Tables64 {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

let tables64: Tables64 | undefined;

function makeTables64(): Tables64 {
  const { reversed } = polynomials.CRC64NVME;
  const high = new Uint32Array(8 * 256);
  const low = new Uint32Array(8 * 256);
  let previous: bigint[] = [];
  const first: bigint[] = [];
  for (let n = 0; n < 256; n++) {
    let crc = BigInt(n);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ reversed : crc >> 1n;
    first.push(crc);
  }
  for (let k = 0; k < 8; k++) {
    const table = k === 0 ? first : previous.map((before) => (before >> 8n) ^ first[Number(before & 0xffn)]!);
    for (const [n, entry] of table.entries()) {
      high[k * 256 + n] = Number(entry >> 32n);
      low[k * 256 + n] = Number(entry & 0xffffffffn);
    }
    previous = table;
  }
  return { high, low };
}

function createCrc64(): RunningCrc {
  tables64 ??= makeTables64();
  const { high: h, low: l } = tables64;
  let high = 0xffffffff | 0;
  let low = 0xffffffff | 0;
  return {
    update(bytes) {
      let at = 0;
      for (const end = bytes.length - 7; at < end; at += 8) {
        low ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        high ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
        const a = 1792 + (low & 0xff);
        const b = 1536 + ((low >>> 8) & 0xff);
        const c = 1280 + ((low >>> 16) & 0xff);
        const d = 1024 + (low >>> 24);
        const e = 768 + (high & 0xff);
        const f = 512 + ((high >>> 8) & 0xff);
        const g = 256 + ((high >>> 16) & 0xff);
        const i = high >>> 24;
        low = l[a]! ^ l[b]! ^ l[c]! ^ l[d]! ^ l[e]! ^ l[f]! ^ l[g]! ^ l[i]!;
        high = h[a]! ^ h[b]! ^ h[c]! ^ h[d]! ^ h[e]! ^ h[f]! ^ h[g]! ^ h[i]!;
      }
      for (; at < bytes.length; at++) {
        const n = (low ^ bytes[at]!) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ l[n]!;
        high = (high >>> 8) ^ h[n]!;
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes;
    },
  };
}

function bytesOf32(crc: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes;
}

/** The check of two runs of bytes, one after the other, from the check of each and the length of the second. */
export function combineCrc(algorithm: CrcAlgorithm, first: Buffer, second: Buffer, secondBytes: number): Buffer {
  const { width } = polynomials[algorithm];
  const combined =
    multiply(algorithm, shiftOf(algorithm, secondBytes), BigInt(`0x${first.toString('hex')}`)) ^
    BigInt(`0x${second.toString('hex')}`);
  return Buffer.from(combined.toString(16).padStart(width / 4, '0'), 'hex');
}

/** Parts of an object mostly have the same length. */
const shifts = new Map<string, bigint>();

/** x to the power of eight times `bytes`, modulo the polynomial. */
function shiftOf(algorithm: CrcAlgorithm, bytes: number): bigint {
  const key = `${algorithm} ${bytes}`;
  let shift = shifts.get(key);
  if (shift === undefined) {
    const top = 1n << BigInt(polynomials[algorithm].width - 1);
    shift = top;
    let square = multiply(algorithm, top >> 4n, top >> 4n); // x to the eighth, in reversed order of bits
    for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) shift = multiply(algorithm, shift, square);
      square = multiply(algorithm, square, square);
    }
    if (shifts.size > 1000) shifts.clear();
    shifts.set(key, shift);
  }
  return shift;
}

/** Multiplies polynomials whose bits are in reversed order. */
function multiply(algorithm: CrcAlgorithm, left: bigint, right: bigint): bigint {
  const { width, reversed } = polynomials[algorithm];
  let product = 0n;
  let term = right;
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= term;
    term = term & 1n ? (term >> 1n) ^ reversed : term >> 1n;
  }
  return product;
}
