// Where messages stand in their queue. Positions are made of the moment a message was sent, so that their order is also the
// order in which messages expire.

import type { TimestampMs } from '../../kernel/clock.ts';

const positionsPerMs = 1024;

/** The first position that a message sent at that moment can have. */
export function positionAt(sentAtMs: TimestampMs): number {
  return Math.floor(sentAtMs) * positionsPerMs;
}

/** Behind all that were given out, even when the clock stands still or goes back. */
export function nextPosition(lastPosition: number, sentAtMs: TimestampMs): number {
  return Math.max(lastPosition + 1, positionAt(sentAtMs));
}
