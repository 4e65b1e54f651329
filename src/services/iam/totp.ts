// Time-based one-time passwords, as authenticator apps make them: six digits, every 30 seconds, by HMAC-SHA1.
// https://www.rfc-editor.org/rfc/rfc6238

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TimestampMs } from '../../kernel/clock.ts';

const stepMs = 30_000;

export const stepAt = (nowMs: TimestampMs): number => Math.floor(nowMs / stepMs);

/** The code of one step. */
export function totpCode(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', parseBase32(seed)).update(counter).digest();
  const offset = digest[digest.length - 1]! & 0x0f;
  const number = (digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000;
  return String(number).padStart(6, '0');
}

/** Whether the codes are of `step` and of those that follow it. */
const areOf = (seed: string, step: number, codes: readonly string[]): boolean =>
  codes.every((code, position) => isSame(code, totpCode(seed, step + position)));

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** The step of the first of consecutive codes, looked for `reach` steps around `around`, the nearest first. */
export function findStep(seed: string, codes: readonly string[], around: number, reach: number): number | undefined {
  for (let distance = 0; distance <= reach; distance++) {
    for (const step of distance === 0 ? [around] : [around - distance, around + distance])
      if (areOf(seed, step, codes)) return step;
  }
  return undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Of bytes whose number is a multiple of five, so that nothing has to be padded. */
export function formatBase32(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 5) {
    const group = Buffer.from(bytes.subarray(at, at + 5)).readUIntBE(0, 5);
    for (let digit = 7; digit >= 0; digit--) text += alphabet[Math.floor(group / 32 ** digit) % 32];
  }
  return text;
}

function parseBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = ((value << 5) | alphabet.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
