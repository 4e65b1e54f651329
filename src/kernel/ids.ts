// Identifiers in AWS's shapes, from an injected source of chance.

import type { Random } from './random.ts';

const hex = (bytes: Uint8Array): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('hex');

/** `i-0123456789abcdef0`: a prefix and 17 hexadecimal digits, EC2's long format since 2016. */
export function newResourceId(random: Random, prefix: string): string {
  return `${prefix}-0${hex(random.bytes(8))}`;
}

const hexDigits = Buffer.from('0123456789abcdef', 'latin1');
/** Where each byte's digits stand. */
const uuidPlaces = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const uuidLength = 36;
const mostTogether = 16;
const uuidText = Buffer.alloc(uuidLength * mostTogether, '-');

/** A version 4 UUID, as in request ids. Every request has one: it is put together digit by digit, in a fraction of what joining pieces takes. */
export function newUuid(random: Random): string {
  writeUuid(random.bytes(16), 0);
  return uuidText.toString('latin1', 0, uuidLength);
}

/** The same ones as one by one, in half the time. */
export function newUuids(random: Random, count: number): readonly string[] {
  const uuids: string[] = [];
  if (count > mostTogether) {
    while (uuids.length < count) uuids.push(newUuid(random));
    return uuids;
  }
  const bytes = random.bytes(16 * count);
  for (let i = 0; i < count; i++) writeUuid(bytes, i);
  const text = uuidText.toString('latin1', 0, uuidLength * count);
  for (let i = 0; i < count; i++) uuids.push(text.slice(i * uuidLength, (i + 1) * uuidLength));
  return uuids;
}

function writeUuid(bytes: Uint8Array, index: number): void {
  for (let i = 0; i < 16; i++) {
    let byte = bytes[index * 16 + i] as number;
    if (i === 6) byte = (byte & 0x0f) | 0x40;
    else if (i === 8) byte = (byte & 0x3f) | 0x80;
    const place = index * uuidLength + (uuidPlaces[i] as number);
    uuidText[place] = hexDigits[byte >> 4] as number;
    uuidText[place + 1] = hexDigits[byte & 0x0f] as number;
  }
}

const upperAlphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `length` characters of IAM's id alphabet, as in `AIDA…` and `ASIA…`. */
export function newIamId(random: Random, prefix: string, length = 21): string {
  const bytes = random.bytes(length - prefix.length);
  return prefix + Array.from(bytes, (byte) => upperAlphanumerics[byte & 31]).join('');
}
