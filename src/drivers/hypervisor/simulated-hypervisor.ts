// Machines in memory: for `--hypervisor=simulated`, where a guest is only pretended, and for simulations and tests,
// where the object is the world and outlives the control plane that a simulation crashes.

import type { Clock } from '../../kernel/clock.ts';
import { type Random, randomInteger } from '../../kernel/random.ts';
import { createStage, type FaultPlan, noFaults } from '../fault.ts';
import type { Hypervisor, MachineListener, MachineObservation, MachineSpec } from './hypervisor.ts';

export interface SimulatedHypervisor extends Hypervisor {
  readonly kind: 'simulated';
  /** What callers did wrong, oldest first: overlapping acts on a machine, two machines on one disk or address. */
  readonly violations: readonly string[];
  /** What is there, whatever the faults. */
  machines(): readonly MachineObservation[];
  /** How often the machine has booted since it was made. */
  bootCount(id: string): number;
  /** The guest runs `poweroff`. */
  powerOffFromInside(id: string): void;
  /** The guest runs `reboot`. */
  rebootFromInside(id: string): void;
  /** Makes a running machine that no row knows. */
  plantStray(id: string): void;
  /** The control plane died: its watches are gone, and what it had under way may still take effect. */
  crash(): void;
  /** As a crash, and no machine runs any more. */
  rebootHost(): void;
}

export interface SimulatedHypervisorOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Delays and failures beyond the machine's own; none when absent. */
  readonly faults?: FaultPlan;
}

interface SimulatedMachine {
  readonly spec: MachineSpec | undefined;
  state: 'running' | 'stopped';
  powerOff: 'guest' | 'other';
  bootCount: number;
  startedAtMs: number;
}

const startMs = 60;
const shutdownMs = 400;
const noticeMs = 300;
// What a guest says, and how long after its start.
const consoleLines = [
  [200, 'Simulated guest: no operating system runs here.'],
  [900, '[  OK  ] Started ssh.service - OpenBSD Secure Shell server.'],
  [1_000, '[  OK  ] Reached target multi-user.target - Multi-User System.'],
] as const;

export function createSimulatedHypervisor(options: SimulatedHypervisorOptions): SimulatedHypervisor {
  const { clock, random, faults = noFaults } = options;
  const machines = new Map<string, SimulatedMachine>();
  const listeners = new Set<MachineListener>();
  /** Which machine has a disk or an address, or had it last. */
  const holders = new Map<string, SimulatedMachine>();
  const stage = createStage('hypervisor', faults);
  const about = (ms: number) => clock.sleep(Math.ceil(ms / 2) + randomInteger(random, ms));

  async function turnOn(spec: MachineSpec): Promise<void> {
    for (const wrong of mistakesIn(spec, holders)) stage.violate(wrong);
    if (machines.get(spec.id)?.state === 'running') return;
    await about(startMs);
    if (machines.get(spec.id)?.state !== 'running') boot(spec.id, spec);
  }

  function boot(id: string, spec: MachineSpec | undefined): void {
    const bootCount = (machines.get(id)?.bootCount ?? 0) + 1;
    const machine: SimulatedMachine = {
      spec,
      state: 'running',
      powerOff: 'other',
      bootCount,
      startedAtMs: clock.now(),
    };
    machines.set(id, machine);
    if (spec) for (const holding of holdingsOf(spec)) holders.set(holding, machine);
  }

  async function turnOff(id: string, graceMs: number): Promise<void> {
    if (machines.get(id)?.state !== 'running') return;
    if (graceMs > 0) await about(Math.min(graceMs, shutdownMs));
    const machine = machines.get(id);
    // It may have powered itself off meanwhile; that was our wish too.
    if (machine) Object.assign(machine, { state: 'stopped', powerOff: 'other' });
  }

  function requireRunning(id: string): SimulatedMachine {
    const machine = machines.get(id);
    if (machine?.state !== 'running') throw new Error(`${id} does not run, so its guest does nothing`);
    return machine;
  }

  function crash(): void {
    listeners.clear();
    stage.abandon();
  }

  return {
    kind: 'simulated',
    probe: async () => ({
      name: 'EC2 instances (simulated)',
      available: true,
      reason: 'nothing boots: it is pretended',
    }),
    ensureRunning: (machine) => stage.change('ensureRunning', machine.id, () => turnOn(machine)),
    ensureStopped: (id, graceMs) => stage.change('ensureStopped', id, () => turnOff(id, graceMs)),
    reboot: (machine, graceMs) =>
      stage.change('reboot', machine.id, async () => {
        await turnOff(machine.id, graceMs);
        await turnOn(machine);
      }),
    ensureAbsent: (id) =>
      stage.change('ensureAbsent', id, () => {
        const machine = machines.get(id);
        machines.delete(id);
        for (const holding of machine?.spec ? holdingsOf(machine.spec) : [])
          if (holders.get(holding) === machine) holders.delete(holding);
      }),
    inspect: (id) =>
      stage.look('inspect', () => {
        const machine = machines.get(id);
        return machine && observe(id, machine);
      }),
    list: () => stage.look('list', () => Array.from(machines, ([id, machine]) => observe(id, machine))),
    consoleOutput: (id) =>
      stage.look('consoleOutput', () => {
        const machine = machines.get(id);
        return Buffer.from(machine ? consoleText(clock.now() - machine.startedAtMs) : '');
      }),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => listeners.clear(),

    violations: stage.violations,
    machines: () => Array.from(machines, ([id, machine]) => observe(id, machine)),
    bootCount: (id) => machines.get(id)?.bootCount ?? 0,
    powerOffFromInside(id) {
      Object.assign(requireRunning(id), { state: 'stopped', powerOff: 'guest' });
      clock.after(randomInteger(random, noticeMs), () => {
        for (const listener of [...listeners]) listener(id);
      });
    },
    rebootFromInside: (id) => boot(id, requireRunning(id).spec),
    plantStray: (id) => boot(id, undefined),
    crash,
    rebootHost() {
      crash();
      for (const machine of machines.values()) {
        if (machine.state === 'running') Object.assign(machine, { state: 'stopped', powerOff: 'other' });
      }
    },
  };
}

function observe(id: string, { state, powerOff }: SimulatedMachine): MachineObservation {
  return state === 'running' ? { id, state } : { id, state, powerOff };
}

function consoleText(sinceStartMs: number): string {
  const written = consoleLines.filter(([atMs]) => atMs <= sinceStartMs);
  return written.map(([, line]) => `${line}\r\n`).join('');
}

/** What no two machines that run may have. */
function holdingsOf({ interfaces, rootDevicePath }: MachineSpec): readonly string[] {
  return [
    `disk ${rootDevicePath}`,
    ...interfaces.flatMap(({ vpcId, privateAddress, hostName }) => [
      `address ${privateAddress} of ${vpcId}`,
      `interface ${hostName} of ${vpcId}`,
    ]),
  ];
}

/** What a real host would refuse, or suffer from. */
function mistakesIn(spec: MachineSpec, holders: ReadonlyMap<string, SimulatedMachine>): readonly string[] {
  const { id, interfaces, rootDevicePath } = spec;
  const mistakes: string[] = [];
  if (rootDevicePath === '') mistakes.push(`start of ${id} without a root device`);
  if (new Set(interfaces.map(({ vpcId }) => vpcId)).size !== 1) mistakes.push(`start of ${id} not in one VPC`);
  for (const holding of holdingsOf(spec)) {
    const other = holders.get(holding);
    if (other?.state === 'running' && other.spec?.id !== id)
      mistakes.push(`${id} and ${other.spec?.id} have one ${holding}`);
  }
  return mistakes;
}
