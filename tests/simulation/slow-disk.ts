// Storage that takes its time: what a control plane committed and did not wait for is lost when it dies, as on a real disk.

import type { KeyValue } from '../../src/kernel/key-value.ts';
import { createMemoryKeyValue } from '../../src/kernel/memory-key-value.ts';
import { type Random, randomInteger } from '../../src/kernel/random.ts';
import type { SimulatedClock } from '../../src/kernel/simulated-clock.ts';
import { createWriteBehind, type EncodedWrites } from '../../src/kernel/write-behind.ts';

export interface SlowDisk {
  /** What the next control plane opens: it has what is on the disk. */
  open(): KeyValue;
  /** The writes that begin from now on take long; until the next crash. */
  stall(): void;
  /** The control plane died. A write that was under way is on the disk, or is not. */
  crash(): void;
}

const longestWriteMs = 60;
const stallMs = 5_000;

export function createSlowDisk(clock: SimulatedClock, random: Random): SlowDisk {
  const stored = createMemoryKeyValue();
  let underWay: EncodedWrites<unknown> | undefined;
  let crashCount = 0;
  let isStalled = false;

  function open(): KeyValue {
    const openedAfter = crashCount;
    const writeBehind = createWriteBehind({
      get: stored.get,
      range: stored.range,
      keys: stored.keys,
      encode: (value) => value,
      async write(writes: EncodedWrites<unknown>) {
        if (openedAfter !== crashCount) return new Promise<void>(() => undefined); // the dead write nothing
        underWay = writes;
        await clock.sleep(isStalled ? stallMs : randomInteger(random, longestWriteMs));
        underWay = undefined;
        stored.commit(writes);
      },
    });
    return { ...writeBehind, clear: stored.clear, close: stored.close };
  }

  return {
    open,
    stall() {
      isStalled = true;
    },
    crash() {
      isStalled = false;
      crashCount += 1;
      if (underWay && random.float() < 0.5) stored.commit(underWay);
      underWay = undefined;
    },
  };
}
