// Where nothing can run, a launch says why, and everything that removes has nothing to do.

import { expect, it } from 'vitest';
import { createNoHypervisor } from './no-hypervisor.ts';

const machine = { id: 'i-1', hostname: 'a', vcpus: 1, memoryMiB: 512, rootDevicePath: '/dev/x', interfaces: [] };

it('refuses to start with the reason and the remedy, and has nothing to stop', async () => {
  const remedy = 'apt-get install lxc';
  const capability = { name: 'EC2 instances', available: false, reason: 'lxc-start is not installed', remedy };
  const hypervisor = createNoHypervisor(capability);
  expect(hypervisor.kind).toBe('none');
  expect(await hypervisor.probe()).toEqual(capability);
  const words = 'lxc-start is not installed (apt-get install lxc)';
  await expect(hypervisor.ensureRunning(machine)).rejects.toThrow(words);
  await expect(hypervisor.reboot(machine, 0)).rejects.toThrow(words);
  await hypervisor.ensureStopped('i-1', 0);
  await hypervisor.ensureAbsent('i-1');
  expect(await hypervisor.list()).toEqual([]);
  expect(await hypervisor.inspect('i-1')).toBeUndefined();
});
