// What only a real guest can show: what it sees, what it may not do, what survives, and what is left on the host.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import { commandPath, run } from '../run.ts';
import type { MachineSpec } from './hypervisor.ts';
import { type LxcWorld, lxcReason, makeLxcWorld } from './lxc.world.ts';
import { signalProcess } from './machine-processes.ts';
import { imagePatienceMs } from './test-image.world.ts';

const pollOptions = { interval: 20 };
const graceMs = 20_000;

describeReal('LXC machines for real', await lxcReason(), () => {
  let world: LxcWorld;
  beforeEach(async () => {
    world = await makeLxcWorld();
  }, imagePatienceMs);
  afterEach(() => world.remove());

  const inGuest = (id: string, command: string) => world.inGuest(id, ['sh', '-c', command]);
  const untilBooted = (id: string) =>
    expect
      .poll(() => inGuest(id, 'systemctl is-system-running').catch((error) => String(error)), pollOptions)
      .toBe('running');
  async function booted(change: Partial<MachineSpec> = {}): Promise<MachineSpec> {
    const machine = { ...(await world.machine(0)), ...change };
    await world.hypervisor.ensureRunning(machine);
    await untilBooted(machine.id);
    return machine;
  }

  it('shows the guest its own name, address, processors, memory and disk, and no failed unit', async () => {
    const { id } = await booted({ vcpus: 1, memoryMiB: 768 });
    expect(await inGuest(id, 'uname -n')).toBe('ip-172-31-0-10');
    expect(await inGuest(id, 'nproc')).toBe('1');
    expect(await inGuest(id, 'ip -brief -4 address show eth0')).toContain('172.31.0.10/32');
    expect(await inGuest(id, 'ip -brief link show eth0')).toContain('02:00:00:00:00:0a');
    expect(await inGuest(id, 'ip route')).toContain('default via 169.254.0.1 dev eth0');
    expect(await inGuest(id, 'df --output=size --block-size=1G /')).toMatch(/\b8$/);
    expect(await inGuest(id, 'systemctl --failed --no-legend')).toBe('');
    if (commandPath('lxcfs') === undefined) return;
    expect(await inGuest(id, 'grep MemTotal /proc/meminfo')).toMatch(/ 786432 kB$/);
    expect(await inGuest(id, 'grep -c ^processor /proc/cpuinfo')).toBe('1');
  });

  it('gives a guest no more processors than the host has', async () => {
    const { id } = await booted({ vcpus: 64 });
    expect(await inGuest(id, 'nproc')).toBe(String(availableParallelism()));
  });

  it('ends a process that takes more memory than the type has', async () => {
    const { id } = await booted({ memoryMiB: 256 });
    const hog = `perl -e '$bytes = "x" x 400_000_000'; echo $?`;
    expect(await inGuest(id, hog)).toBe('137');
    await untilBooted(id);
  });

  it('answers over SSH from its network', async () => {
    const machine = await world.machine(0);
    await world.hypervisor.ensureRunning(machine);
    const greet = 'exec 3<>/dev/tcp/172.31.0.10/22 && head -n1 <&3';
    const enter = ['nsenter', `--net=${world.namespacePath}`, 'timeout', '20', 'bash', '-c', greet];
    const banner = () => run(enter).then(({ stdout }) => stdout, String);
    await expect.poll(banner, pollOptions).toMatch(/^SSH-2\.0-/);
  });

  it('gives the guest’s root no power over the host', async () => {
    const { id, rootDevicePath } = await booted();
    const { init } = world.processesOf(id);
    const status = readFileSync(`/proc/${init}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t100000\t100000\t100000\t100000$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    const [major, minor] = (await run(['stat', '--format=%Hr %Lr', rootDevicePath])).stdout.trim().split(' ');
    const attempts = [
      `mknod /root/disk b ${major} ${minor}`,
      `mknod /dev/disk b ${major} ${minor}`,
      'echo 1 >/proc/sys/kernel/panic',
      'echo b >/proc/sysrq-trigger',
      'echo 99999999999 >/sys/fs/cgroup/memory/memory.limit_in_bytes || echo max >/sys/fs/cgroup/memory.max',
      'mount -t ext4 /dev/loop0 /mnt',
      'ls /proc/1/root/run/cloudlet*',
      `kill -0 ${process.pid} && test $(readlink /proc/${process.pid}/exe) = ${process.execPath}`,
    ];
    for (const attempt of attempts) {
      expect([attempt, await inGuest(id, `(${attempt}) >/dev/null 2>&1; echo $?`)]).not.toEqual([attempt, '0']);
    }
    // A device node that is in the file system's bytes is one that the kernel does not look through.
    expect(await inGuest(id, 'findmnt --noheadings --output=OPTIONS /')).toMatch(/\bnodev\b/);
  });

  it('keeps the guest’s files and their owners over a reboot, a stop and a cut of power', async () => {
    const machine = await booted();
    const { id } = machine;
    await inGuest(id, 'echo kept >/root/file; useradd someone; install -o someone -d /srv/someone; sync');
    const owners = 'cat /root/file; stat --format="%U %u" /root/file /srv/someone /usr/bin/passwd';
    const expected = 'kept\nroot 0\nsomeone 1000\nroot 0';
    const steps = [
      () => inGuest(id, 'systemctl reboot --no-block'),
      () => world.hypervisor.reboot(machine, graceMs),
      () => world.hypervisor.ensureStopped(id, graceMs),
      () => world.hypervisor.ensureStopped(id, 0),
    ];
    for (const step of steps) {
      const before = world.processesOf(id).init;
      await step();
      await expect.poll(() => world.processesOf(id).init, pollOptions).not.toBe(before);
      await world.hypervisor.ensureRunning(machine);
      await expect.poll(() => inGuest(id, owners).catch(String), pollOptions).toBe(expected);
      await untilBooted(id);
    }
  });

  it('leaves nothing on the host', async () => {
    const machine = await booted();
    expect((await world.traces()).length).toBeGreaterThan(3);
    await world.hypervisor.ensureAbsent(machine.id);
    await expect.poll(() => world.traces(), pollOptions).toEqual([]);
  });

  it('leaves no mount of the guest on the host while it runs', async () => {
    const { rootDevicePath } = await booted();
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(rootDevicePath);
  });

  it('says why a machine did not start, and leaves nothing', async () => {
    const machine = await world.machine(0);
    await run(['dd', 'if=/dev/zero', `of=${machine.rootDevicePath}`, 'bs=1M', 'count=1', 'status=none']);
    await expect(world.hypervisor.ensureRunning(machine)).rejects.toThrow(
      /i-\S+ did not start: .*no usable ext4 file system/,
    );
    expect((await world.hypervisor.inspect(machine.id))?.state).toBe('stopped');
    const second = await world.machine(1);
    const hostName = second.interfaces[0]?.hostName ?? '';
    const inNamespace = ['ip', '-netns', world.cloudId, 'link'];
    await run([...inNamespace, 'add', hostName, 'type', 'veth', 'peer', 'name', 'enitestpeer']);
    await expect(world.hypervisor.ensureRunning(second)).rejects.toThrow(/did not start: .*File exists.*enitest1/);
    await run([...inNamespace, 'delete', hostName]);
    for (const { id } of await world.hypervisor.list()) await world.hypervisor.ensureAbsent(id);
    await expect.poll(() => world.traces(), pollOptions).toEqual([]);
  });

  it('sees a machine whose monitor was killed as stopped, and starts it again', async () => {
    const machine = await booted();
    const changed: string[] = [];
    world.hypervisor.watch((id) => changed.push(id));
    signalProcess(world.processesOf(machine.id).monitor ?? 0, 'SIGKILL');
    await expect.poll(() => changed, pollOptions).toEqual([machine.id]);
    const stopped = { id: machine.id, state: 'stopped', powerOff: 'other' };
    expect(await world.hypervisor.inspect(machine.id)).toEqual(stopped);
    // The kernel takes a dead guest's interfaces away in its own time.
    await expect.poll(() => world.hypervisor.ensureRunning(machine).then(() => true, String), pollOptions).toBe(true);
    await untilBooted(machine.id);
  });

  it('finds and removes machines that it has no directory for', async () => {
    const machine = await booted();
    await run(['rm', '-r', world.directory]);
    expect(await world.reopen().list()).toEqual([{ id: machine.id, state: 'running' }]);
    await world.reopen().ensureAbsent(machine.id);
    expect(await world.hypervisor.list()).toEqual([]);
    await expect.poll(() => world.traces(), pollOptions).toEqual([]);
  });

  it('keeps the end of a long console', async () => {
    const machine = await booted();
    // Whoever lets users log in there takes it away from others first.
    await expect.poll(() => inGuest(machine.id, 'pgrep -x agetty').catch(String), pollOptions).toMatch(/^\d+$/m);
    await inGuest(machine.id, 'seq 100000 >/dev/console');
    const read = async () => Buffer.from(await world.hypervisor.consoleOutput(machine.id));
    await expect.poll(async () => (await read()).toString().trim().slice(-6), pollOptions).toBe('100000');
    expect((await read()).length).toBe(64 * 1024);
    const { stdout } = await run(['du', '--bytes', '--summarize', join(world.directory, machine.id)]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(512 * 1024);
  });

  it('keeps machines running when the control plane is killed, and adopts them', async () => {
    const machine = await world.machine(0);
    const { cloudId, directory, namespacePath } = world;
    const plan = join(directory, '..', 'plan.json');
    await writeFile(plan, JSON.stringify({ machine, cloudId, directory, namespacePath }));
    const script = fileURLToPath(new URL('control-plane.world.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, plan], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await killed(child);
    const { init } = world.processesOf(machine.id);
    expect(init).toBeGreaterThan(1);
    const again = world.reopen();
    expect(await again.list()).toEqual([{ id: machine.id, state: 'running' }]);
    await again.ensureRunning(machine);
    expect(world.processesOf(machine.id).init).toBe(init);
    await untilBooted(machine.id);
    expect(await inGuest(machine.id, 'nproc')).toBe('1');
    await again.ensureStopped(machine.id, graceMs);
    expect(await again.inspect(machine.id)).toEqual({ id: machine.id, state: 'stopped', powerOff: 'other' });
  });

  it('does not touch the machines of another cloud', async () => {
    const machine = await booted();
    const other = await makeLxcWorld();
    try {
      const theirs = await other.machine(0);
      expect(theirs.id).toBe(machine.id);
      await other.hypervisor.ensureRunning(theirs);
      expect(await other.hypervisor.list()).toEqual([{ id: theirs.id, state: 'running' }]);
      await other.hypervisor.ensureAbsent(theirs.id);
      expect(await other.traces()).toEqual([]);
    } finally {
      await other.remove();
    }
    expect(await world.hypervisor.list()).toEqual([{ id: machine.id, state: 'running' }]);
    expect(await inGuest(machine.id, 'cat /proc/uptime')).toMatch(/^\d/);
  });
});

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
