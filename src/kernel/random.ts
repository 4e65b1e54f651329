// Chance as a value that is passed in. The only file that reads the machine's entropy.
// Key material is not made here: secrets come from `node:crypto` through the drivers and services that need them.

import { randomBytes } from 'node:crypto';

export interface Random {
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
  /** A float in [0, 1). */
  float(): number;
}

// A call into the system for each request id costs more than the rest of it, so bytes are drawn in advance.
const poolBytes = 8192;
let pool = Buffer.alloc(0);
let drawn = 0;

function drawBytes(count: number): Uint8Array {
  if (count > poolBytes / 8) return randomBytes(count);
  if (drawn + count > pool.length) {
    pool = randomBytes(poolBytes);
    drawn = 0;
  }
  const bytes = pool.subarray(drawn, drawn + count);
  drawn += count;
  return bytes;
}

export const systemRandom: Random = {
  bytes: drawBytes,
  float: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};

/** A reproducible source (xoshiro128**), for simulations and tests; never for secrets. */
export function seededRandom(seed: number): Random {
  let [a, b, c, d] = expandSeed(seed);
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    float: () => next() / 2 ** 32,
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function expandSeed(seed: number): [number, number, number, number] {
  let state = seed | 0;
  const splitMix = () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [splitMix(), splitMix(), splitMix(), splitMix()];
}

/** An integer in [0, below). */
export function randomInteger(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[randomInteger(random, choices.length)];
  if (choice === undefined) throw new RangeError('pick() from nothing');
  return choice;
}
