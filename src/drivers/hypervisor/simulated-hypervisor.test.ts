// What a simulation does to the machines' world, and what the machines hold against their callers.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { seededRandom } from '../../kernel/random.ts';
import type { FaultPlan } from '../fault.ts';
import type { MachineSpec } from './hypervisor.ts';
import { createSimulatedHypervisor } from './simulated-hypervisor.ts';

/** Time passes only by `pass`; sleeping takes none. */
function stillClock(): Clock & { pass(ms: number): void } {
  let nowMs = 1_000;
  const due: (() => void)[] = [];
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    after(_delayMs, task) {
      due.push(task);
      return { cancel: () => undefined };
    },
    pass(ms) {
      nowMs += ms;
      for (const task of due.splice(0)) task();
    },
  };
}

function machine(id: string, change: Partial<MachineSpec> = {}): MachineSpec {
  const address = { macAddress: '02:00:00:00:00:01', privateAddress: `10.0.0.${id.length}`, mtu: 1500 };
  const interfaces = [{ id: `eni-${id}`, vpcId: 'vpc-1', hostName: `eni${id}`, ...address }];
  return { id, hostname: id, vcpus: 1, memoryMiB: 512, rootDevicePath: `/dev/${id}`, interfaces, ...change };
}

function make(faults?: FaultPlan) {
  const clock = stillClock();
  const options = { clock, random: seededRandom(7), ...(faults ? { faults } : {}) };
  return { clock, hypervisor: createSimulatedHypervisor(options) };
}

describe('the simulated world', () => {
  it('survives the control plane, and forgets its watches', async () => {
    const { clock, hypervisor } = make();
    await hypervisor.ensureRunning(machine('i-1'));
    const heard: string[] = [];
    hypervisor.watch((id) => heard.push(id));
    hypervisor.crash();
    hypervisor.powerOffFromInside('i-1');
    clock.pass(1_000);
    expect(heard).toEqual([]);
    expect(await hypervisor.list()).toEqual([{ id: 'i-1', state: 'stopped', powerOff: 'guest' }]);
  });

  it('loses every running machine when the host reboots', async () => {
    const { hypervisor } = make();
    await hypervisor.ensureRunning(machine('i-1'));
    await hypervisor.ensureRunning(machine('i-22'));
    hypervisor.powerOffFromInside('i-22');
    hypervisor.rebootHost();
    expect(await hypervisor.list()).toEqual([
      { id: 'i-1', state: 'stopped', powerOff: 'other' },
      { id: 'i-22', state: 'stopped', powerOff: 'guest' },
    ]);
  });

  it('has strays, which can be removed', async () => {
    const { hypervisor } = make();
    hypervisor.plantStray('i-stray');
    expect(await hypervisor.list()).toEqual([{ id: 'i-stray', state: 'running' }]);
    await hypervisor.ensureAbsent('i-stray');
    expect(await hypervisor.list()).toEqual([]);
  });

  it('boots over time', async () => {
    const { clock, hypervisor } = make();
    await hypervisor.ensureRunning(machine('i-1'));
    expect((await hypervisor.consoleOutput('i-1')).length).toBe(0);
    clock.pass(1_000);
    expect(Buffer.from(await hypervisor.consoleOutput('i-1')).toString()).toContain('Multi-User');
  });
});

describe('its callers', () => {
  it('may not act twice at once on one machine', async () => {
    const { hypervisor } = make();
    const first = hypervisor.ensureRunning(machine('i-1'));
    await expect(hypervisor.ensureStopped('i-1', 0)).rejects.toThrow('during');
    await first;
    expect(hypervisor.violations).toEqual(['hypervisor: ensureStopped of i-1 during ensureRunning']);
  });

  it('may not run two machines on one disk, or with one address', async () => {
    const { hypervisor } = make();
    await hypervisor.ensureRunning(machine('i-1'));
    await expect(hypervisor.ensureRunning(machine('i-22', { rootDevicePath: '/dev/i-1' }))).rejects.toThrow('one disk');
    await expect(hypervisor.ensureRunning(machine('i-2'))).rejects.toThrow('one address');
    expect(hypervisor.violations).toHaveLength(2);
  });

  it('meet failures before and after an act took effect', async () => {
    let failing: 'before' | 'after' | undefined;
    const fail = (moment: 'before' | 'after') => async (act: string) => {
      if (failing === moment) throw new Error(`${act} failed ${moment}`);
    };
    const { hypervisor } = make({ before: fail('before'), after: fail('after') });
    failing = 'before';
    await expect(hypervisor.ensureRunning(machine('i-1'))).rejects.toThrow(
      'hypervisor.ensureRunning i-1 failed before',
    );
    failing = undefined;
    expect(await hypervisor.inspect('i-1')).toBeUndefined();
    failing = 'after';
    await expect(hypervisor.ensureRunning(machine('i-1'))).rejects.toThrow('failed after');
    failing = undefined;
    expect(await hypervisor.inspect('i-1')).toEqual({ id: 'i-1', state: 'running' });
    expect(hypervisor.violations).toEqual([]);
  });
});
