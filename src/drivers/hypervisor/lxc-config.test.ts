// The configuration of one machine, whole; and what decides its parts.

import { describe, expect, it } from 'vitest';
import { parseCgroupMounts } from './cgroups.ts';
import { chooseCpus, parseCpuList, renderLimits } from './guest-limits.ts';
import { type LxcHost, renderLxcConfig } from './lxc-config.ts';

const v1Mounts = `proc /proc proc rw 0 0
tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,xattr,release_agent=/lib/systemd/agent,name=systemd 0 0
cgroup /mnt/again cgroup rw,relatime,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime,nsdelegate 0 0
`;
const v2Mounts = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n';
const v2 = parseCgroupMounts(v2Mounts, ['cpuset', 'cpu', 'io', 'memory', 'pids']);

const machine = {
  id: 'i-0123456789abcdef0',
  hostname: 'ip-172-31-5-6',
  vcpus: 2,
  memoryMiB: 1024,
  rootDevicePath: '/dev/loop7',
  interfaces: [
    {
      id: 'eni-1',
      vpcId: 'vpc-1',
      hostName: 'eni0123456789ab',
      macAddress: '02:aa:bb:cc:dd:ee',
      privateAddress: '172.31.5.6',
      mtu: 9001,
    },
  ],
};
const host: LxcHost = {
  arch: 'x86_64',
  hierarchies: v2,
  hostCpus: [0, 1, 2, 3],
  rootfsPath: '/run/cloudlet-a/rootfs',
  consolePath: '/data/i-0123456789abcdef0/console.log',
  cgroupName: (role) => `cloudlet-a-i-0123456789abcdef0.${role}`,
};

describe('the control groups of a host', () => {
  it('are found on v1, each hierarchy once', () => {
    const found = parseCgroupMounts(v1Mounts, []);
    expect(found.map(({ path, version, controllers }) => [path, version, controllers.join()])).toEqual([
      ['/sys/fs/cgroup/cpu,cpuacct', 1, 'cpu,cpuacct'],
      ['/sys/fs/cgroup/memory', 1, 'memory'],
      ['/sys/fs/cgroup/systemd', 1, 'name=systemd'],
      ['/sys/fs/cgroup/unified', 2, ''],
    ]);
  });

  it('are found on v2', () => {
    expect(v2).toEqual([
      { path: '/sys/fs/cgroup', version: 2, controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'] },
    ]);
  });
});

describe('limits', () => {
  it('use each controller where it is', () => {
    const hierarchies = parseCgroupMounts(v1Mounts, ['pids']);
    expect(renderLimits({ vcpus: 2, memoryMiB: 512 }, [0, 1], hierarchies)).toEqual([
      'lxc.cgroup.memory.limit_in_bytes = 536870912',
      'lxc.cgroup.cpu.shares = 2048',
      'lxc.cgroup.cpu.cfs_period_us = 100000',
      'lxc.cgroup.cpu.cfs_quota_us = 200000',
      'lxc.cgroup2.pids.max = 16384',
    ]);
  });

  it('spread guests over the processors, and never give one twice', () => {
    const hostCpus = [0, 1, 2, 3, 6];
    const ids = Array.from({ length: 200 }, (_, index) => `i-${index}`);
    for (const vcpus of [1, 2, 5, 96]) {
      const choices = ids.map((id) => chooseCpus(id, vcpus, hostCpus));
      for (const chosen of choices) expect(new Set(chosen).size).toBe(Math.min(vcpus, hostCpus.length));
      const used = new Set(choices.flat());
      expect(used).toEqual(new Set(hostCpus));
    }
    expect(chooseCpus('i-1', 2, hostCpus)).toEqual(chooseCpus('i-1', 2, hostCpus));
  });

  it('read the kernel’s lists of processors', () => {
    expect(parseCpuList('0-3,7\n')).toEqual([0, 1, 2, 3, 7]);
    expect(parseCpuList('\n')).toEqual([]);
  });
});

describe('the configuration', () => {
  it('is rendered whole', () => {
    expect(
      renderLxcConfig(machine, { ...host, lxcfsPath: '/run/cloudlet-a/lxcfs', seccompProfilePath: '/s' }),
    ).toMatchInlineSnapshot(`
        "lxc.uts.name = ip-172-31-5-6
        lxc.arch = x86_64
        lxc.rootfs.path = dir:/run/cloudlet-a/rootfs
        lxc.idmap = u 0 100000 65536
        lxc.idmap = g 0 100000 65536
        lxc.cap.drop = mac_admin mac_override sys_time sys_module sys_rawio
        lxc.apparmor.profile = unconfined
        lxc.seccomp.profile = /s
        lxc.autodev = 1
        lxc.tty.max = 0
        lxc.pty.max = 1024
        lxc.console.logfile = /data/i-0123456789abcdef0/console.log
        lxc.console.size = 128KB
        lxc.console.rotate = 1
        lxc.net.0.type = veth
        lxc.net.0.veth.mode = router
        lxc.net.0.veth.pair = eni0123456789ab
        lxc.net.0.name = eth0
        lxc.net.0.hwaddr = 02:aa:bb:cc:dd:ee
        lxc.net.0.mtu = 9001
        lxc.net.0.ipv4.address = 172.31.5.6/32
        lxc.net.0.ipv4.gateway = 169.254.0.1
        lxc.net.0.flags = up
        lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed
        lxc.mount.entry = /dev/net/tun dev/net/tun none bind,create=file,optional 0 0
        lxc.mount.entry = /dev/fuse dev/fuse none bind,create=file,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/cpuinfo proc/cpuinfo none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/diskstats proc/diskstats none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/loadavg proc/loadavg none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/meminfo proc/meminfo none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/stat proc/stat none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/swaps proc/swaps none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/proc/uptime proc/uptime none bind,optional 0 0
        lxc.mount.entry = /run/cloudlet-a/lxcfs/sys/devices/system/cpu sys/devices/system/cpu none bind,optional 0 0
        lxc.cgroup.dir.container = cloudlet-a-i-0123456789abcdef0.guest
        lxc.cgroup.dir.monitor = cloudlet-a-i-0123456789abcdef0.monitor
        lxc.cgroup.dir.monitor.pivot = cloudlet-a-i-0123456789abcdef0.pivot
        lxc.cgroup2.memory.max = 1073741824
        lxc.cgroup2.cpu.weight = 200
        lxc.cgroup2.cpu.max = 200000 100000
        lxc.cgroup2.cpuset.cpus = 1,2
        lxc.cgroup2.pids.max = 16384
        "
      `);
  });

  it('does without lxcfs and without a seccomp profile', () => {
    const config = renderLxcConfig(machine, host);
    expect(config).not.toContain('lxcfs');
    expect(config).not.toContain('seccomp');
  });

  it('gives the first of several interfaces the gateway', () => {
    const [first] = machine.interfaces;
    if (!first) throw new Error('no interface');
    const second = { ...first, hostName: 'eni2', privateAddress: '172.31.5.7' };
    const config = renderLxcConfig({ ...machine, interfaces: [first, second] }, host);
    expect(config.match(/gateway/g)).toHaveLength(1);
    expect(config).toContain('lxc.net.1.name = eth1\n');
  });

  it('refuses values that would become other settings', () => {
    expect(() => renderLxcConfig({ ...machine, hostname: 'a\nlxc.hook.start-host = /bin/evil' }, host)).toThrow(
      /line break/,
    );
    const [first] = machine.interfaces;
    if (!first) throw new Error('no interface');
    const interfaces = [{ ...first, hostName: 'eni0123456789abcdef' }];
    expect(() => renderLxcConfig({ ...machine, interfaces }, host)).toThrow(/too long/);
  });
});
