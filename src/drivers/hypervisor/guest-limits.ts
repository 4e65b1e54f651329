// What an instance type's figures mean to the kernel. Pure; the keys differ between cgroup v1 and v2, per controller.

import type { CgroupHierarchy } from './cgroups.ts';

export interface GuestLimits {
  readonly vcpus: number;
  readonly memoryMiB: number;
}

const periodUs = 100_000;
// A fork bomb is the guest's own trouble: this keeps it from using up the host's process numbers. systemd gives each
// service 15 % of it.
const maxProcesses = 16_384;

/**
 * `lxc.cgroup…` lines. `cpus` are the host's processors that the guest may run on: what its `nproc` counts. The quota
 * binds where the guest has more vCPUs than that, or the host no cpuset controller.
 */
export function renderLimits(
  { vcpus, memoryMiB }: GuestLimits,
  cpus: readonly number[],
  hierarchies: readonly CgroupHierarchy[],
): readonly string[] {
  const versionOf = (controller: string) =>
    hierarchies.find(({ controllers }) => controllers.includes(controller))?.version;
  const lines: string[] = [];
  const limit = (controller: string, v1: Record<string, string | number>, v2: Record<string, string | number>) => {
    const version = versionOf(controller);
    if (version === undefined) return;
    const prefix = version === 1 ? 'lxc.cgroup' : 'lxc.cgroup2';
    for (const [key, value] of Object.entries(version === 1 ? v1 : v2)) lines.push(`${prefix}.${key} = ${value}`);
  };
  const memoryBytes = memoryMiB * 2 ** 20;
  const quotaUs = vcpus * periodUs;
  const cpuList = cpus.join(',');
  limit('memory', { 'memory.limit_in_bytes': memoryBytes }, { 'memory.max': memoryBytes });
  limit(
    'cpu',
    { 'cpu.shares': 1024 * vcpus, 'cpu.cfs_period_us': periodUs, 'cpu.cfs_quota_us': quotaUs },
    { 'cpu.weight': Math.min(10_000, 100 * vcpus), 'cpu.max': `${quotaUs} ${periodUs}` },
  );
  limit('cpuset', { 'cpuset.cpus': cpuList }, { 'cpuset.cpus': cpuList });
  limit('pids', { 'pids.max': maxProcesses }, { 'pids.max': maxProcesses });
  return lines;
}

/**
 * The processors for a guest: as many as it has vCPUs, as far as the host has them. Which ones follows from its id, so
 * that small guests spread over the host without anybody keeping count.
 */
export function chooseCpus(id: string, vcpus: number, hostCpus: readonly number[]): readonly number[] {
  const count = Math.min(vcpus, hostCpus.length);
  const first = hashOf(id) % hostCpus.length;
  const chosen = Array.from({ length: count }, (_, index) => hostCpus[(first + index) % hostCpus.length] ?? 0);
  return chosen.sort((a, b) => a - b);
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** `0-3,7` → [0, 1, 2, 3, 7] */
export function parseCpuList(text: string): readonly number[] {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
