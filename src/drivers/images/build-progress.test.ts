// How the output of a build becomes progress, on lines of a real one.

import { expect, it } from 'vitest';
import { advanceBuild, type BuildState, startOfBuild } from './build-progress.ts';

const advance = (state: BuildState, ...lines: string[]) => lines.reduce(advanceBuild, state);

it('follows the steps of a build, and never goes back', () => {
  const lines = [
    'I: chroot architecture amd64 is equal to the host architecture',
    'I: running apt-get update...',
    'Get:1 http://mirror.example/debian bookworm InRelease [151 kB]',
    'I: downloading packages with apt...',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://mirror.example/debian bookworm/main amd64 libc6 amd64 2.36-9 [2759 kB]',
    'Get:2 http://mirror.example/debian bookworm/main amd64 bash amd64 5.2.15 [1491 kB]',
    'I: extracting archives...',
    'I: installing essential packages...',
    'Unpacking libc6:amd64 (2.36-9) ...',
    'I: installing remaining packages inside the chroot...',
    '0 upgraded, 4 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://mirror.example/debian bookworm/main amd64 sudo amd64 1.9 [1 kB]',
    'Unpacking sudo (1.9) ...',
    'Setting up sudo (1.9) ...',
    "I: running --customize-hook in shell: sh -c 'true'",
    "I: running --customize-hook in shell: sh -c 'true'",
    'I: cleaning package lists and apt cache...',
    'cloudlet: writing the file system',
    'cloudlet: syncing',
  ];
  const states: BuildState[] = [];
  for (const line of lines) states.push(advance(states.at(-1) ?? startOfBuild, line));
  const steps = states.map(({ step }) => step);
  expect([...new Set(steps)]).toEqual([
    'preparing',
    'reading the package lists',
    'downloading the base system',
    'extracting the base system',
    'installing the base system',
    'downloading packages',
    'installing sudo',
    'setting up the guest',
    'cleaning up',
    'writing the file system',
    'syncing to disk',
  ]);
  const fractions = states.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBeLessThan(1);
});

it('counts what is got, unpacked and set up', () => {
  const start = advance(
    startOfBuild,
    'I: installing remaining packages inside the chroot...',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
  );
  const half = advance(start, 'Get:1 http://m/d b/main amd64 a amd64 1 [1 kB]', 'Get:2 …', 'Unpacking a (1) ...');
  const whole = advance(half, 'Unpacking b:amd64 (1) ...', 'Setting up a (1) ...', 'Setting up b:amd64 (1) ...');
  expect(half.fraction).toBeCloseTo((start.fraction + whole.fraction) / 2);
  expect(whole.step).toBe('installing b');
});

it('ignores everything else', () => {
  expect(advance(startOfBuild, 'Reading package lists...', 'Setting up b (1) ...')).toBe(startOfBuild);
});
