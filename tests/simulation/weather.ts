// How hard a simulation makes it. The sweep hides bugs (a lost wake is mended by it), so two of the three do without.

import type { FaultPlan } from '../../src/drivers/fault.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { type Random, randomInteger } from '../../src/kernel/random.ts';

export interface Weather {
  readonly name: 'storm' | 'drizzle' | 'calm';
  /** Of an act of a driver: that it fails before, or after, it took effect. */
  readonly failureChance: number;
  /** Of each step: that the control plane is killed, the host rebooted, something planted that no row knows. */
  readonly crashChance: number;
  readonly rebootChance: number;
  readonly strayChance: number;
  readonly sweepEveryMs: number;
}

export const weathers: readonly Weather[] = [
  {
    name: 'storm',
    failureChance: 0.15,
    crashChance: 0.08,
    rebootChance: 0.03,
    strayChance: 0.04,
    sweepEveryMs: 60_000,
  },
  { name: 'drizzle', failureChance: 0.15, crashChance: 0, rebootChance: 0, strayChance: 0, sweepEveryMs: 0 },
  { name: 'calm', failureChance: 0, crashChance: 0, rebootChance: 0, strayChance: 0, sweepEveryMs: 0 },
];

export interface Sky {
  readonly faults: FaultPlan;
  /** No more failures from here on; delays remain. */
  clear(): void;
}

const longestActMs = 400;

export function createSky(weather: Weather, clock: Clock, random: Random): Sky {
  let isClear = false;
  const pass = async (when: string, act: string): Promise<void> => {
    await clock.sleep(randomInteger(random, longestActMs));
    if (!isClear && random.float() < weather.failureChance) throw new Error(`simulated failure ${when} ${act}`);
  };
  return {
    faults: { before: (act) => pass('before', act), after: (act) => pass('after', act) },
    clear() {
      isClear = true;
    },
  };
}
