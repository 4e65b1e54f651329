// One contract, run on simulated machines and, where the host can, on real ones that boot a small Debian. What only a
// real guest can show is in lxc-hypervisor.test.ts.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { seededRandom } from '../../kernel/random.ts';
import { describeReal } from '../describe-real.ts';
import { CommandError } from '../run.ts';
import type { Hypervisor, MachineSpec } from './hypervisor.ts';
import { lxcReason, makeLxcWorld } from './lxc.world.ts';
import { createSimulatedHypervisor } from './simulated-hypervisor.ts';
import { imagePatienceMs } from './test-image.world.ts';

interface World {
  readonly hypervisor: Hypervisor;
  /** Machine number `index`, with everything made that it stands on. */
  machine(index: number): Promise<MachineSpec>;
  /** The same machines as seen by a control plane that has just started. */
  reopen(): Hypervisor;
  /** Whether its system has come up. What is on its console does not tell: whoever takes that over may cut off a line. */
  hasBooted(id: string): Promise<boolean>;
  /** Changes with every boot. */
  bootMark(id: string): unknown;
  /** Makes the guest power itself off. */
  powerOff(id: string): Promise<void>;
  /** Makes the guest reboot itself; resolves when it is on its way. */
  rebootGuest(id: string): Promise<void>;
  remove(): Promise<void>;
}

const graceMs = 20_000;
const pollOptions = { interval: 20 };

async function makeSimulatedWorld(): Promise<World> {
  const hypervisor = createSimulatedHypervisor({ clock: hurried(systemClock, 20), random: seededRandom(1) });
  return {
    hypervisor,
    machine: async (index) => describeMachine(index),
    reopen: () => hypervisor,
    hasBooted: async (id) => Buffer.from(await hypervisor.consoleOutput(id)).includes('Multi-User'),
    bootMark: hypervisor.bootCount,
    powerOff: async (id) => hypervisor.powerOffFromInside(id),
    rebootGuest: async (id) => hypervisor.rebootFromInside(id),
    remove: async () => expect(hypervisor.violations).toEqual([]),
  };
}

/** Simulated seconds need not be waited for. */
function hurried(clock: Clock, factor: number): Clock {
  const startMs = clock.now();
  return {
    now: () => startMs + (clock.now() - startMs) * factor,
    monotonicMs: () => clock.monotonicMs() * factor,
    after: (delayMs, task) => clock.after(delayMs / factor, task),
    sleep: (delayMs, signal) => clock.sleep(delayMs / factor, signal),
  };
}

function describeMachine(index: number): MachineSpec {
  const address = { macAddress: `02:00:00:00:00:0${index}`, privateAddress: `172.31.0.1${index}`, mtu: 1500 };
  return {
    id: `i-0${index}`,
    hostname: `ip-172-31-0-1${index}`,
    vcpus: 1,
    memoryMiB: 512,
    rootDevicePath: `/dev/fake${index}`,
    interfaces: [{ id: `eni-${index}`, vpcId: 'vpc-0', hostName: `eni${index}`, ...address }],
  };
}

async function makeRealWorld(): Promise<World> {
  const world = await makeLxcWorld();
  const goDown = async (id: string, verb: 'poweroff' | 'reboot') => {
    await world.inGuest(id, ['systemctl', verb, '--no-block']).catch((error: unknown) => {
      // The guest ends all of its processes, and may be quicker at that than this one at its own end.
      if (!(error instanceof CommandError) || error.timedOut || !bySignal.has(error.code)) throw error;
    });
  };
  return {
    ...world,
    hasBooted: (id) =>
      world.inGuest(id, ['systemctl', 'is-active', 'multi-user.target']).then(
        () => true,
        () => false,
      ),
    bootMark: (id) => world.processesOf(id).init,
    powerOff: (id) => goDown(id, 'poweroff'),
    rebootGuest: (id) => goDown(id, 'reboot'),
  };
}

/** SIGTERM, SIGKILL, as exit codes. */
const bySignal: ReadonlySet<number> = new Set([128 + 15, 128 + 9]);

const worlds = [
  { name: 'simulated machines', reason: undefined, make: makeSimulatedWorld },
  { name: 'LXC machines', reason: await lxcReason(), make: makeRealWorld },
];

for (const { name, reason, make } of worlds) describeReal(name, reason, () => contract(make));

function contract(make: () => Promise<World>) {
  let world: World;
  beforeEach(async () => {
    world = await make();
  }, imagePatienceMs);
  afterEach(() => world.remove());

  async function started(index = 0): Promise<MachineSpec> {
    const machine = await world.machine(index);
    await world.hypervisor.ensureRunning(machine);
    await expectBooted(machine.id);
    return machine;
  }
  const expectBooted = (id: string) => expect.poll(() => world.hasBooted(id), pollOptions).toBe(true);
  const expectState = (hypervisor: Hypervisor, id: string) => expect.poll(() => hypervisor.inspect(id), pollOptions);

  it('knows nothing of a machine that was never made', async () => {
    const id = 'i-0ffffffffffffffff';
    expect(await world.hypervisor.inspect(id)).toBeUndefined();
    expect(await world.hypervisor.list()).toEqual([]);
    expect((await world.hypervisor.consoleOutput(id)).length).toBe(0);
    await world.hypervisor.ensureStopped(id, graceMs);
    await world.hypervisor.ensureAbsent(id);
    expect(await world.hypervisor.inspect(id)).toBeUndefined();
  });

  it('starts a machine once', async () => {
    const machine = await started();
    const mark = world.bootMark(machine.id);
    await world.hypervisor.ensureRunning(machine);
    expect(world.bootMark(machine.id)).toBe(mark);
    expect(await world.hypervisor.list()).toEqual([{ id: machine.id, state: 'running' }]);
  });

  it('has on its console what the guest says', async () => {
    const machine = await started();
    const said = async () => Buffer.from(await world.hypervisor.consoleOutput(machine.id)).toString();
    await expect.poll(said, pollOptions).toContain('system');
  });

  it('stops a machine with grace, and starts it again', async () => {
    const machine = await started();
    await world.hypervisor.ensureStopped(machine.id, graceMs);
    await world.hypervisor.ensureStopped(machine.id, graceMs);
    const stopped = { id: machine.id, state: 'stopped', powerOff: 'other' };
    expect(await world.hypervisor.inspect(machine.id)).toEqual(stopped);
    expect(await world.hypervisor.list()).toEqual([stopped]);
    await world.hypervisor.ensureRunning(machine);
    expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'running' });
  });

  it('cuts the power when there is no grace', async () => {
    const machine = await started();
    await world.hypervisor.ensureStopped(machine.id, 0);
    expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'stopped', powerOff: 'other' });
  });

  it('tells a guest that powers itself off, and starts it again', async () => {
    const machine = await started();
    const changed: string[] = [];
    world.hypervisor.watch((id) => changed.push(id));
    await world.powerOff(machine.id);
    await expect.poll(() => changed, pollOptions).toEqual([machine.id]);
    const stopped = { id: machine.id, state: 'stopped', powerOff: 'guest' };
    expect(await world.hypervisor.inspect(machine.id)).toEqual(stopped);
    // That it is also wanted stopped by now does not change how it stopped.
    await world.hypervisor.ensureStopped(machine.id, graceMs);
    expect(await world.hypervisor.inspect(machine.id)).toEqual(stopped);
    await world.hypervisor.ensureRunning(machine);
    expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'running' });
  });

  it('says nothing about a stop that was asked for, nor after a watch has ended', async () => {
    const [first, second] = [await started(0), await started(1)];
    const changed: string[] = [];
    const ended: string[] = [];
    world.hypervisor.watch((id) => changed.push(id));
    world.hypervisor.watch((id) => ended.push(id))();
    await world.hypervisor.ensureStopped(first.id, graceMs);
    await world.powerOff(second.id);
    await expect.poll(() => changed, pollOptions).toEqual([second.id]);
    expect(ended).toEqual([]);
  });

  it('keeps a guest running that reboots itself', async () => {
    const machine = await started();
    const mark = world.bootMark(machine.id);
    const changed: string[] = [];
    world.hypervisor.watch((id) => changed.push(id));
    await world.rebootGuest(machine.id);
    await expect.poll(() => world.bootMark(machine.id) ?? mark, pollOptions).not.toBe(mark);
    expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'running' });
    // Not before its system takes commands again.
    const canPowerOff = () =>
      world.powerOff(machine.id).then(
        () => true,
        () => false,
      );
    await expect.poll(canPowerOff, pollOptions).toBe(true);
    await expectState(world.hypervisor, machine.id).toEqual({ id: machine.id, state: 'stopped', powerOff: 'guest' });
    await expect.poll(() => changed, pollOptions).toEqual([machine.id]);
  });

  it('reboots a machine, and power-cycles one without grace', async () => {
    const machine = await started();
    for (const grace of [graceMs, 0]) {
      const mark = world.bootMark(machine.id);
      await world.hypervisor.reboot(machine, grace);
      expect(world.bootMark(machine.id)).not.toBe(mark);
      expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'running' });
    }
  });

  it('starts a machine that should reboot and is stopped', async () => {
    const machine = await world.machine(0);
    await world.hypervisor.reboot(machine, graceMs);
    expect(await world.hypervisor.inspect(machine.id)).toEqual({ id: machine.id, state: 'running' });
  });

  it('finds its machines again without any memory, and watches them', async () => {
    const machine = await started();
    await world.hypervisor.close();
    const again = world.reopen();
    expect(await again.list()).toEqual([{ id: machine.id, state: 'running' }]);
    const mark = world.bootMark(machine.id);
    await again.ensureRunning(machine);
    expect(world.bootMark(machine.id)).toBe(mark);
    const changed: string[] = [];
    again.watch((id) => changed.push(id));
    await world.powerOff(machine.id);
    await expect.poll(() => changed, pollOptions).toEqual([machine.id]);
  });

  it('knows later how a machine stopped while nobody looked', async () => {
    const machine = await started();
    await world.hypervisor.close();
    await world.powerOff(machine.id);
    await expectState(world.reopen(), machine.id).toEqual({ id: machine.id, state: 'stopped', powerOff: 'guest' });
  });

  it('removes machines, running or stopped, and others stay', async () => {
    const [first, second, third] = [await started(0), await started(1), await started(2)];
    await world.hypervisor.ensureStopped(first.id, 0);
    await world.hypervisor.ensureAbsent(first.id);
    await world.hypervisor.ensureAbsent(second.id);
    await world.hypervisor.ensureAbsent(second.id);
    expect(await world.hypervisor.inspect(first.id)).toBeUndefined();
    expect(await world.hypervisor.inspect(second.id)).toBeUndefined();
    expect(await world.hypervisor.list()).toEqual([{ id: third.id, state: 'running' }]);
    expect((await world.hypervisor.consoleOutput(first.id)).length).toBe(0);
  });

  it('starts several machines at once', async () => {
    const machines = [await world.machine(0), await world.machine(1), await world.machine(2)];
    await Promise.all(machines.map((machine) => world.hypervisor.ensureRunning(machine)));
    const states = (await world.hypervisor.list()).map(({ state }) => state);
    expect(states).toEqual(['running', 'running', 'running']);
    await Promise.all(machines.map(({ id }) => world.hypervisor.ensureStopped(id, graceMs)));
    await Promise.all(machines.map(({ id }) => world.hypervisor.ensureAbsent(id)));
    expect(await world.hypervisor.list()).toEqual([]);
  });
}
