// What is told to be installed, and when nothing is.

import { expect, it, vi } from 'vitest';
import { ensureHostPackages, hostPrograms, installCommand, missingPrograms } from './host-packages.ts';

it('names every package once', () => {
  const packages = installCommand(hostPrograms).split(' ').slice(5);
  expect(packages).toEqual([...new Set(hostPrograms.map(({ debianPackage }) => debianPackage))]);
});

it('finds what is on this host, and what is not', () => {
  const missing = missingPrograms().map(({ program }) => program);
  // On every Debian and every Ubuntu, and on whatever runs these tests.
  expect(missing).not.toContain('perl');
  expect(hostPrograms.map(({ program }) => program)).toEqual(expect.arrayContaining(missing));
});

it('says and does nothing for a cloud without machines', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    for (const hypervisor of ['none', 'simulated'] as const) await ensureHostPackages({ hypervisor, install: true });
    expect(write).not.toHaveBeenCalled();
  } finally {
    write.mockRestore();
  }
});
