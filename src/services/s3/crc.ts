// The cyclic redundancy checks of S3: CRC-32, which Node has, CRC-32C (Castagnoli) and CRC-64/NVME, and how the check of a
// whole follows from those of its parts.

import { crc32 as zlibCrc32 } from 'node:zlib';
import { type CrcMachine, type CrcState, createCrcMachine } from './crc-machine.ts';

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
  return algorithm === 'CRC32' ? createCrc32() : createLongCrc(algorithm);
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

/** Made when they are first asked for. */
const machines = new Map<CrcAlgorithm, CrcMachine>();

function machineOf(algorithm: CrcAlgorithm): CrcMachine {
  let machine = machines.get(algorithm);
  if (!machine) {
    machine = createCrcMachine(polynomials[algorithm].reversed);
    machines.set(algorithm, machine);
  }
  return machine;
}

function createLongCrc(algorithm: CrcAlgorithm): RunningCrc {
  const machine = machineOf(algorithm);
  const isLong = polynomials[algorithm].width === 64;
  const state: CrcState = { low: -1, high: isLong ? -1 : 0 };
  return {
    update: (bytes) => machine.update(state, bytes),
    digest() {
      if (!isLong) return bytesOf32(~state.low);
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeInt32BE(~state.high, 0);
      bytes.writeInt32BE(~state.low, 4);
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
