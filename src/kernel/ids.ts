// Identifiers in AWS's shapes, from an injected source of chance.

import type { Random } from './random.ts';

const hex = (bytes: Uint8Array): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('hex');

/** `i-0123456789abcdef0`: a prefix and 17 hexadecimal digits, EC2's long format since 2016. */
export function newResourceId(random: Random, prefix: string): string {
  return `${prefix}-0${hex(random.bytes(8))}`;
}

/** A version 4 UUID, as in request ids. */
export function newUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const text = hex(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

const upperAlphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `length` characters of IAM's id alphabet, as in `AIDA…` and `ASIA…`. */
export function newIamId(random: Random, prefix: string, length = 21): string {
  const bytes = random.bytes(length - prefix.length);
  return prefix + Array.from(bytes, (byte) => upperAlphanumerics[byte & 31]).join('');
}
