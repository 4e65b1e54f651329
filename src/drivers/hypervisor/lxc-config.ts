// The LXC configuration of one machine, rendered from scratch for every start. Pure, and self-contained: nothing is
// included from the distribution, so that a guest is the same on every host.

import { guestGatewayAddress } from '../network/network.ts';
import type { CgroupHierarchy, CgroupRole } from './cgroups.ts';
import { chooseCpus, renderLimits } from './guest-limits.ts';
import type { MachineInterface, MachineSpec } from './hypervisor.ts';

/** root in every guest is this user outside; 65,536 ids follow. Guests cannot see one another, so they share them. */
export const firstGuestId = 100_000;
export const guestIdCount = 65_536;

/** What the configuration depends on besides the machine. */
export interface LxcHost {
  readonly arch: 'x86_64' | 'aarch64';
  readonly hierarchies: readonly CgroupHierarchy[];
  readonly hostCpus: readonly number[];
  /** Where the root device is mounted by the time that LXC reads this. */
  readonly rootfsPath: string;
  /** LXC's list of system calls that no container needs. */
  readonly seccompProfilePath?: string;
  /** Where lxcfs is mounted, if it is: it shows a guest its own memory and processors in /proc. */
  readonly lxcfsPath?: string;
  readonly consolePath: string;
  readonly cgroupName: (role: CgroupRole) => string;
}

// Powerless in a user namespace anyway; without them systemd skips units that could only fail, such as debugfs's mount
// and the setting of the clock.
const droppedCapabilities = ['mac_admin', 'mac_override', 'sys_time', 'sys_module', 'sys_rawio'];

const lxcfsFiles = [
  'proc/cpuinfo',
  'proc/diskstats',
  'proc/loadavg',
  'proc/meminfo',
  'proc/stat',
  'proc/swaps',
  'proc/uptime',
  'sys/devices/system/cpu',
];

const consoleKiB = 128;

export function renderLxcConfig(machine: MachineSpec, host: LxcHost): string {
  const lines = [
    ...renderSystem(machine, host),
    ...machine.interfaces.flatMap(renderInterface),
    ...renderMounts(host),
    ...renderCgroups(machine, host),
  ];
  const broken = lines.find((line) => /[\n\r]/.test(line));
  if (broken !== undefined) throw new RangeError(`a value with a line break in ${JSON.stringify(broken)}`);
  return `${lines.join('\n')}\n`;
}

function renderSystem(machine: MachineSpec, host: LxcHost): readonly string[] {
  return [
    `lxc.uts.name = ${machine.hostname}`,
    `lxc.arch = ${host.arch}`,
    `lxc.rootfs.path = dir:${host.rootfsPath}`,
    `lxc.idmap = u 0 ${firstGuestId} ${guestIdCount}`,
    `lxc.idmap = g 0 ${firstGuestId} ${guestIdCount}`,
    `lxc.cap.drop = ${droppedCapabilities.join(' ')}`,
    // The user namespace confines the guest. The profile that distributions load for containers refuses the mounts that
    // systemd isolates its services with, and one generated for each start would have to be compiled first.
    'lxc.apparmor.profile = unconfined',
    ...(host.seccompProfilePath === undefined ? [] : [`lxc.seccomp.profile = ${host.seccompProfilePath}`]),
    'lxc.autodev = 1',
    'lxc.tty.max = 0',
    'lxc.pty.max = 1024',
    `lxc.console.logfile = ${host.consolePath}`,
    `lxc.console.size = ${consoleKiB}KB`,
    'lxc.console.rotate = 1',
  ];
}

/**
 * Routed, not bridged: a /32 address, and a gateway that is a link-local address of the VPC's router. LXC makes the
 * route to the guest on the other side. Later interfaces have an address only: two default routes would compete.
 */
function renderInterface(networkInterface: MachineInterface, index: number): readonly string[] {
  const { hostName, macAddress, mtu, privateAddress } = networkInterface;
  // LXC would cut it, and the network's rules would be about another interface.
  if (hostName.length > 15) throw new RangeError(`${hostName} is too long for an interface name`);
  return [
    `lxc.net.${index}.type = veth`,
    `lxc.net.${index}.veth.mode = router`,
    `lxc.net.${index}.veth.pair = ${hostName}`,
    `lxc.net.${index}.name = eth${index}`,
    `lxc.net.${index}.hwaddr = ${macAddress}`,
    `lxc.net.${index}.mtu = ${mtu}`,
    `lxc.net.${index}.ipv4.address = ${privateAddress}/32`,
    ...(index === 0 ? [`lxc.net.${index}.ipv4.gateway = ${guestGatewayAddress}`] : []),
    `lxc.net.${index}.flags = up`,
  ];
}

function renderMounts({ lxcfsPath }: LxcHost): readonly string[] {
  const bind = (source: string, target: string, options: string) =>
    `lxc.mount.entry = ${source} ${target} none bind,${options} 0 0`;
  return [
    'lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed',
    // For VPNs and user-space file systems. Both devices keep to the namespaces of whoever opens them.
    bind('/dev/net/tun', 'dev/net/tun', 'create=file,optional'),
    bind('/dev/fuse', 'dev/fuse', 'create=file,optional'),
    ...(lxcfsPath === undefined ? [] : lxcfsFiles.map((path) => bind(`${lxcfsPath}/${path}`, path, 'optional'))),
  ];
}

function renderCgroups(machine: MachineSpec, host: LxcHost): readonly string[] {
  const cpus = chooseCpus(machine.id, machine.vcpus, host.hostCpus);
  return [
    `lxc.cgroup.dir.container = ${host.cgroupName('guest')}`,
    `lxc.cgroup.dir.monitor = ${host.cgroupName('monitor')}`,
    `lxc.cgroup.dir.monitor.pivot = ${host.cgroupName('pivot')}`,
    ...renderLimits(machine, cpus, host.hierarchies),
  ];
}
