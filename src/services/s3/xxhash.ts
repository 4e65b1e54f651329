// XXH64, XXH3 and XXH128, which Node does not have: in WebAssembly, loaded when the first of them is asked for. There is
// one machine for each; what it has hashed so far is put aside between the pieces of a body.

import type { IHasher } from 'hash-wasm';
import type { RunningCrc } from './crc.ts';

export const xxhashAlgorithms = ['XXHASH64', 'XXHASH3', 'XXHASH128'] as const;

export type XxhashAlgorithm = (typeof xxhashAlgorithms)[number];

const machines = new Map<XxhashAlgorithm, IHasher>();
let loading: Promise<void> | undefined;

export const isXxhash = (algorithm: string): algorithm is XxhashAlgorithm => algorithm.startsWith('XXHASH');

/** To be awaited before `createXxhash`; undefined when there is nothing to wait for. */
export function loadXxhash(): Promise<void> | undefined {
  if (machines.size === xxhashAlgorithms.length) return undefined;
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const { createXXHash64, createXXHash3, createXXHash128 } = await import('hash-wasm');
  const made = await Promise.all([createXXHash64(), createXXHash3(), createXXHash128()]);
  for (const [index, algorithm] of xxhashAlgorithms.entries()) machines.set(algorithm, made[index] as IHasher);
}

export function createXxhash(algorithm: XxhashAlgorithm): RunningCrc {
  const machine = machines.get(algorithm);
  if (!machine) throw new Error(`${algorithm} is asked for before it was loaded`);
  let state = machine.init().save();
  return {
    update(bytes) {
      state = machine.load(state).update(bytes).save();
    },
    digest: () => Buffer.from(machine.load(state).digest('binary')),
  };
}
