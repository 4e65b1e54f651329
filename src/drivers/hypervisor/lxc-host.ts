// What this host offers to LXC machines: the tools, the kernel's abilities, control groups, processors.

import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Capability } from '../capability.ts';
import { commandPath } from '../run.ts';
import { refusalOf } from '../trial.ts';
import { type CgroupHierarchy, readCgroupHierarchies } from './cgroups.ts';
import { parseCpuList } from './guest-limits.ts';

export interface HostFacts {
  readonly arch: 'x86_64' | 'aarch64';
  readonly hierarchies: readonly CgroupHierarchy[];
  /** The processors that a control group below the root may use. */
  readonly hostCpus: readonly number[];
  readonly seccompProfilePath?: string;
}

const commands = { 'lxc-start': 'lxc', nsenter: 'util-linux', unshare: 'util-linux', perl: 'perl-base' } as const;
type CommandName = keyof typeof commands;

const seccompProfilePath = '/usr/share/lxc/config/common.seccomp';

export function readHostFacts(): HostFacts {
  const hierarchies = readCgroupHierarchies();
  return {
    arch: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    hierarchies,
    hostCpus: readHostCpus(hierarchies),
    ...(existsSync(seccompProfilePath) ? { seccompProfilePath } : {}),
  };
}

/** Throws when the command is not installed. */
export function requireCommand(name: CommandName): string {
  const path = commandPath(name);
  if (path === undefined) throw new Error(`${name} is not installed (Debian package ${commands[name]})`);
  return path;
}

function readHostCpus(hierarchies: readonly CgroupHierarchy[]): readonly number[] {
  const cpuset = hierarchies.find(({ controllers }) => controllers.includes('cpuset'));
  const candidates = [
    ...(cpuset ? ['cpuset.cpus.effective', 'cpuset.cpus'].map((name) => join(cpuset.path, name)) : []),
    '/sys/devices/system/cpu/online',
  ];
  for (const path of candidates) {
    const cpus = existsSync(path) ? parseCpuList(readFileSync(path, 'utf8')) : [];
    if (cpus.length > 0) return cpus;
  }
  return [0];
}

const name = 'EC2 instances (LXC)';

/** Tries what a start needs, in namespaces that vanish with the trial. */
export async function probeLxc(): Promise<Capability> {
  const unavailable = (reason: string, remedy: string): Capability => ({ name, available: false, reason, remedy });
  if (process.platform !== 'linux') return unavailable('LXC needs Linux', 'run cloudlet on Linux, or in a Linux VM');
  if (process.geteuid?.() !== 0) return unavailable('starting machines needs root', 'run cloudlet with sudo');
  const missing = (Object.keys(commands) as CommandName[]).filter((command) => commandPath(command) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((command) => commands[command]))];
    return unavailable(`not installed: ${missing.join(', ')}`, `apt-get install ${packages.join(' ')}`);
  }
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 12)) {
    return unavailable(`Linux ${release()} has no id-mapped mounts`, 'boot Linux 5.12 or newer');
  }
  if (readCgroupHierarchies().length === 0) {
    return unavailable('no control groups are mounted', 'mount -t cgroup2 none /sys/fs/cgroup');
  }
  const refusal = await refusalOf({
    name: 'lxc',
    argv: ['unshare', '--mount', '--net', '--uts', '--ipc', '--pid', '--fork', 'true'],
    commands: ['unshare'],
  });
  if (refusal !== undefined) {
    return unavailable(`the kernel refuses namespaces: ${refusal}`, 'in a container, run it with --privileged');
  }
  if (commandPath('lxcfs') !== undefined) return { name, available: true };
  const reason = 'lxcfs is not installed: guests see the memory and processors of the host in /proc';
  return { name, available: true, reason, remedy: 'apt-get install lxcfs' };
}
