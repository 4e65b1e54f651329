// When an item expires, and under which key the list of what expires keeps it: by date, so that what is due stands in
// front. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html

import { attributeOf, type Item } from './attribute-value.ts';
import type { TimeToLiveLayout } from './table-layout.ts';

const secondBytes = 6;
/** Dates further back than this are taken for a mistake, and the item stays. */
const oldestExpirySeconds = 5 * 365 * 24 * 3600;

/** Seconds since the epoch; undefined for an item that does not expire. */
export function expiryOf(item: Item, attribute: string): number | undefined {
  const value = attributeOf(item, attribute);
  if (!value || !('N' in value)) return undefined;
  const seconds = Math.floor(Number(value.N));
  return seconds > 0 && seconds < 2 ** (8 * secondBytes) ? seconds : undefined;
}

export function isExpired(item: Item, attribute: string, nowMs: number): boolean {
  const seconds = expiryOf(item, attribute);
  if (seconds === undefined) return false;
  const now = nowMs / 1000;
  return seconds <= now && seconds > now - oldestExpirySeconds;
}

/** `itemKey` stands behind the date; the entry's value is that key. */
export function expiryKey(timeToLive: TimeToLiveLayout, item: Item, itemKey: Buffer): Buffer | undefined {
  const seconds = expiryOf(item, timeToLive.attribute);
  if (seconds === undefined) return undefined;
  return Buffer.concat([expiryBound(timeToLive, seconds), itemKey.subarray(timeToLive.space.length)]);
}

/** What the keys begin with of everything that expires in that second. */
export function expiryBound({ space }: TimeToLiveLayout, seconds: number): Buffer {
  const date = Buffer.allocUnsafe(secondBytes);
  date.writeUIntBE(Math.min(Math.max(0, seconds), 2 ** (8 * secondBytes) - 1), 0, secondBytes);
  return Buffer.concat([space, date]);
}

/** Between these dates lies what is due. */
export function dueSeconds(nowMs: number): { readonly from: number; readonly to: number } {
  const now = Math.floor(nowMs / 1000);
  return { from: Math.max(0, now - oldestExpirySeconds), to: now };
}
