// From nothing to `Ready.` with a data directory that exists, and the memory of a cloud that nobody uses.

import { readFileSync } from 'node:fs';
import { createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { cpuSeconds } from './load.ts';
import { startMoto } from './peers.ts';
import { type Benchmark, median } from './report.ts';

const rounds = 7;

export const benchmark: Benchmark = {
  name: 'Start, and memory at rest',
  async run() {
    const cloud = await createCloudProcess({ flags: ['--log', 'warn'] });
    const ours: number[] = [];
    const memory: number[] = [];
    try {
      await cloud.start();
      for (let round = 0; round < rounds; round++) {
        await cloud.kill('SIGTERM');
        ours.push(await cloud.start());
        await untilIdle(cloud.pid());
        memory.push(residentMiB(cloud.pid()));
      }
    } finally {
      await cloud.dispose();
    }
    const peer = await measureMoto();
    return [
      {
        what: 'start to Ready.',
        unit: 'ms',
        ours: median(ours),
        ...(peer && { peers: [{ name: 'moto', figure: peer.startMs }] }),
        target: '<= 300 ms',
      },
      {
        what: 'resident memory',
        unit: 'MiB',
        ours: median(memory),
        ...(peer && { peers: [{ name: 'moto', figure: peer.memoryMiB }] }),
        target: '<= 90 MiB',
      },
    ];
  },
};

async function measureMoto(): Promise<{ readonly startMs: number; readonly memoryMiB: number } | undefined> {
  const first = await startMoto(); // installs it where it is not
  if (!first) return undefined;
  await first.close();
  const startedMs = performance.now();
  const moto = await startMoto();
  const startMs = performance.now() - startedMs;
  if (!moto) return undefined;
  await untilIdle(moto.pid);
  const memoryMiB = residentMiB(moto.pid);
  await moto.close();
  return { startMs, memoryMiB };
}

/** Of a processor: timers of a process at rest take less. */
const restShare = 0.02;

/** Until the process has hardly been on a processor for a while. */
async function untilIdle(pid: number): Promise<void> {
  for (let still = 0, before = cpuSeconds(pid); still < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = cpuSeconds(pid);
    still = now - before <= restShare * 0.1 ? still + 1 : 0;
    before = now;
  }
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
