// How far the heap may grow before V8 collects all of it. V8 counts what was allocated outside of the heap, pieces of bodies
// for instance, against the same limit, which it sets at 1.1 to 4 times what is alive. A cloud that holds little is alive with 15 MiB:
// an upload of 20 MiB then has all of it collected, which takes a third of the upload's processor time. A small heap therefore
// always gets V8's own largest factor; a large one keeps what V8 makes of it.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import type { Clock } from '../kernel/clock.ts';

const smallBytes = 64 * 1024 * 1024;
/** Four times what is alive. */
const mostGrowthPercent = 300;
const lookEveryMs = 10_000;

/**
 * Goes on looking how large the heap is, as long as the process lives. Not at once: V8 takes code that it compiled in an earlier
 * process only under the flags of then, and a start needs that code.
 */
export function letSmallHeapGrow(clock: Pick<Clock, 'after'>): void {
  clock.after(lookEveryMs, () => {
    setFlagsFromString(`--heap-growing-percent=${growthPercentOf(getHeapStatistics().used_heap_size)}`);
    letSmallHeapGrow(clock);
  });
}

/** 0 leaves it to V8. */
export const growthPercentOf = (usedBytes: number): number => (usedBytes < smallBytes ? mostGrowthPercent : 0);
