// One life of a cloud from a seed: users act, the world misbehaves, and in the end everything must be as it was promised.

import { randomInteger } from '../../src/kernel/random.ts';
import { checkConverged } from './convergence.ts';
import { createOracle, fail } from './oracle.ts';
import { createSimulatedWorld, type SimulatedWorld } from './simulated-world.ts';
import { createUsers, type Users } from './users.ts';
import type { Weather } from './weather.ts';

export interface Outcome {
  readonly seed: number;
  readonly weather: Weather['name'];
  readonly error?: Error;
  /** What happened, one line an event. */
  readonly history: readonly string[];
}

const steps = 40;
const longestPauseMs = 4_000;
const lateChanges = 8;
/** More than the longest back-off many times over. */
const convergenceMs = 20 * 60_000;

export async function simulate(seed: number, weather: Weather): Promise<Outcome> {
  const world = await createSimulatedWorld(seed, weather);
  try {
    await live(world, weather);
    return { seed, weather: weather.name, history: world.history };
  } catch (error) {
    return {
      seed,
      weather: weather.name,
      history: world.history,
      error: error instanceof Error ? error : new Error(String(error)),
    };
  }
}

async function live(world: SimulatedWorld, weather: Weather): Promise<void> {
  const oracle = createOracle();
  const users = createUsers(world, oracle);
  for (let step = 0; step < steps; step++) {
    await users.act();
    await world.pass(randomInteger(world.random, longestPauseMs));
    await misbehave(world, weather, users);
    await users.look();
  }
  world.note('the sky clears');
  world.sky.clear();
  await converge(world);
  // Where there is a sweep, it has the last word on strays.
  await world.pass(130_000);
  oracle.settled();
  await users.look();
  await checkConverged(world);
  // One change at a time, so that no other wakes what it should have woken itself.
  for (let change = 0; change < lateChanges; change++) {
    await users.changeGroups();
    await converge(world);
    await checkConverged(world);
  }
}

async function misbehave(world: SimulatedWorld, weather: Weather, users: Users): Promise<void> {
  const { random, drivers } = world;
  if (random.float() < weather.strayChance) {
    world.note('strays appear');
    drivers.hypervisor.plantStray(
      `i-0${randomInteger(random, 2 ** 31)
        .toString(16)
        .padStart(16, '0')}`,
    );
    drivers.disks.plantStray(
      `vol-0${randomInteger(random, 2 ** 31)
        .toString(16)
        .padStart(16, '0')}`,
    );
    drivers.network.plantStray(
      `vpc-0${randomInteger(random, 2 ** 31)
        .toString(16)
        .padStart(16, '0')}`,
    );
  }
  if (random.float() < weather.crashChance) await (random.float() < 0.5 ? world.crash() : users.terminateAndCrash());
  if (random.float() < weather.rebootChance) await world.rebootHost();
}

/** Until nothing is queued, running or about to be tried again; a terminated row that waits to be forgotten is settled. */
async function converge(world: SimulatedWorld): Promise<void> {
  const deadlineMs = world.clock.now() + convergenceMs;
  const isBusy = () =>
    world
      .cloud()
      .activities()
      .some(
        ({ state, failures, dueAtMs = 0 }) =>
          state !== 'waiting' || failures > 0 || dueAtMs - world.clock.now() < 60_000,
      );
  do {
    await world.pass(5_000);
    if (world.clock.now() > deadlineMs)
      fail(
        `not settled after ${convergenceMs / 60_000} min: ${JSON.stringify(world.cloud().activities().slice(0, 3))}`,
      );
  } while (isBusy());
}
