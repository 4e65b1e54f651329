// A host, its storage and its clock, all in memory, and the control plane that can be killed on it at any moment.

import { type Cloud, createCloud } from '../../src/cloud.ts';
import { createFakeDisks } from '../../src/drivers/disks/fake-disks.ts';
import { createSimulatedHypervisor } from '../../src/drivers/hypervisor/simulated-hypervisor.ts';
import { createFakeImages } from '../../src/drivers/images/fake-images.ts';
import { createMemoryItems } from '../../src/drivers/items/memory-items.ts';
import { createMemoryMessages } from '../../src/drivers/messages/memory-messages.ts';
import { createFakeNetwork } from '../../src/drivers/network/fake-network.ts';
import { createMemoryObjects } from '../../src/drivers/objects/memory-objects.ts';
import { createFakeWeb } from '../../src/drivers/web/fake-web.ts';
import { createLog, type LogSink } from '../../src/kernel/log.ts';
import { type Random, seededRandom } from '../../src/kernel/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../src/kernel/simulated-clock.ts';
import { createStore, type Store } from '../../src/kernel/store.ts';
import { ec2 } from '../../src/services/ec2/ec2.ts';
import { ssm } from '../../src/services/ssm/ssm.ts';
import { sts } from '../../src/services/sts/sts.ts';
import { createSlowDisk } from './slow-disk.ts';
import { createSky, type Sky, type Weather } from './weather.ts';

export interface SimulatedWorld {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly sky: Sky;
  readonly drivers: FakeDrivers;
  readonly history: string[];
  cloud(): Cloud;
  store(): Store;
  note(line: string): void;
  /** What is committed from now on takes long to be on disk; until the next crash. */
  stallDisk(): void;
  /** Turns the clock until `work` is done. */
  driving<T>(work: Promise<T>): Promise<T>;
  /** Kills the control plane where it stands, and starts another on the same storage. */
  crash(): Promise<void>;
  /** As a crash, but every guest, device and namespace is gone as well. */
  rebootHost(): Promise<void>;
  /** Lets `ms` pass; everything due meanwhile happens, in order. */
  pass(ms: number): Promise<void>;
}

export type FakeDrivers = ReturnType<typeof createFakeDrivers>;

const startMs = 1_700_000_000_000;

/** Lets every promise that can go on do so; what waits for the clock goes on waiting. */
async function rest(): Promise<void> {
  // Some of them wait for the end of a turn, and then for that of another.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export async function createSimulatedWorld(seed: number, weather: Weather): Promise<SimulatedWorld> {
  const clock = createSimulatedClock(startMs);
  const random = seededRandom(seed);
  // Users' choices and the world's mishaps come from different sources, so that one more act does not change all wishes.
  const sky = createSky(weather, clock, seededRandom(seed ^ 0x5eed));
  const drivers = createFakeDrivers(clock, sky, seededRandom(seed ^ 0xd1ce));
  const disk = createSlowDisk(clock, seededRandom(seed ^ 0xd15c));
  const items = createMemoryItems();
  const objects = createMemoryObjects();
  const messages = createMemoryMessages(clock);
  const web = createFakeWeb();
  const history: string[] = [];
  const note = (line: string) =>
    void history.push(`${((clock.now() - startMs) / 1000).toFixed(3).padStart(9)} ${line}`);
  const sink: LogSink = { format: 'text', write: (line) => note(`  log ${line.slice(13)}`) };

  let store = createStore(disk.open(), clock);
  let cloud = await driving(boot());

  function boot(): Promise<Cloud> {
    const { hypervisor, network, disks, images } = drivers;
    return createCloud({
      store,
      clock,
      random: seededRandom(Math.floor(random.float() * 2 ** 31)),
      log: createLog('warn', clock, sink),
      drivers: { hypervisor, network, disks, images, items, objects, messages, web },
      services: [sts, ssm, ec2],
      auth: 'lenient',
      endpoint: 'http://localhost:4566',
      sweepEveryMs: weather.sweepEveryMs,
    }).then(async (booted) => {
      await booted.start();
      return booted;
    });
  }

  async function driving<T>(work: Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    work.then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (;;) {
      await rest();
      if (outcome) break;
      if (!clock.step()) throw new Error('the simulation waits for something that no clock will bring');
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  async function restart(): Promise<void> {
    clock.forgetTimers();
    for (const driver of Object.values(drivers)) driver.crash();
    disk.crash();
    store = createStore(disk.open(), clock);
    for (let attempt = 1; ; attempt++) {
      try {
        cloud = await driving(boot());
        return;
      } catch (error) {
        note(`start failed: ${String(error)}`); // a supervisor would try again, and so does this one
        if (attempt === 20) throw error;
      }
    }
  }

  return {
    clock,
    random,
    sky,
    drivers,
    history,
    cloud: () => cloud,
    store: () => store,
    note,
    driving,
    stallDisk: disk.stall,
    async crash() {
      note('CRASH of the control plane');
      await restart();
    },
    async rebootHost() {
      note('REBOOT of the host');
      for (const driver of Object.values(drivers)) driver.rebootHost();
      await restart();
    },
    async pass(ms) {
      const untilMs = clock.now() + ms;
      await rest();
      while (clock.step(untilMs)) await rest();
      // Time goes on even when nothing is due.
      clock.after(untilMs - clock.now(), () => undefined);
      clock.step(untilMs);
      await rest();
    },
  };
}

function createFakeDrivers(clock: SimulatedClock, sky: Sky, random: Random) {
  const { faults } = sky;
  return {
    hypervisor: createSimulatedHypervisor({ clock, random, faults }),
    network: createFakeNetwork({ faults }),
    disks: createFakeDisks({ faults }),
    images: createFakeImages({ faults }),
  };
}
