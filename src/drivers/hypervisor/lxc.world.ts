// Real LXC machines for tests: a cloud of its own, with a network namespace of its own for a VPC, loop disks, and a
// way to run commands inside a guest. What a killed run left behind is found by its names and cleaned up by the next.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createLoopDisks } from '../disks/loop-disks.ts';
import { guestGatewayAddress } from '../network/network.ts';
import { run } from '../run.ts';
import { createMachineCgroups, readCgroupHierarchies } from './cgroups.ts';
import type { Hypervisor, MachineSpec } from './hypervisor.ts';
import { probeLxc } from './lxc-host.ts';
import { createLxcHypervisor, lxcRuntimeDirectory } from './lxc-hypervisor.ts';
import { createMachineProcesses } from './machine-processes.ts';
import { ensureTestImage, testImageReason } from './test-image.world.ts';

export interface LxcWorld {
  readonly directory: string;
  readonly cloudId: string;
  readonly namespacePath: string;
  readonly hypervisor: Hypervisor;
  /** Machine number `index`, on a fresh copy of the test image. */
  machine(index: number): Promise<MachineSpec>;
  /** The same machines as seen by a control plane that has just started. */
  reopen(): Hypervisor;
  /** Runs a command in the guest's namespaces and control groups, as its root; gives what it printed. */
  inGuest(id: string, argv: readonly string[]): Promise<string>;
  /** The processes of the machine's monitor and init. */
  processesOf(id: string): { readonly monitor: number | undefined; readonly init: number | undefined };
  /** What of this cloud is on the host: control groups, processes, mounts, directories, interfaces. */
  traces(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const prefix = 'cloudlettest';

/** Why this host cannot run machines; undefined when it can. */
export async function lxcReason(): Promise<string | undefined> {
  const { available, reason } = await probeLxc();
  return available ? testImageReason() : reason;
}

export async function makeLxcWorld(): Promise<LxcWorld> {
  const imagePath = await ensureTestImage();
  await removeLeftovers();
  const cloudId = `${prefix}${process.pid}x${randomBytes(3).toString('hex')}`;
  const root = await mkdtemp(join(tmpdir(), `${cloudId}-`));
  const namespacePath = await addNamespace(cloudId);
  const options = { directory: join(root, 'machines'), cloudId, clock: systemClock, log: silentLog };
  const disks = createLoopDisks({ directory: join(root, 'volumes'), clock: systemClock, log: silentLog });
  const opened: Hypervisor[] = [];
  const reopen = () => {
    const hypervisor = createLxcHypervisor({ ...options, namespacePath: () => namespacePath });
    opened.push(hypervisor);
    return hypervisor;
  };
  const hypervisor = reopen();
  const cgroups = createMachineCgroups(cloudId, readCgroupHierarchies());
  const pidPathOf = (id: string) => join(options.directory, id, 'monitor.pid');
  const processes = createMachineProcesses({ lxcPath: lxcRuntimeDirectory(cloudId), cgroups, pidPathOf });
  const processesOf = (id: string) => {
    const monitor = processes.findMonitor(id);
    return { monitor, init: monitor === undefined ? undefined : processes.findInit(monitor) };
  };
  return {
    directory: options.directory,
    cloudId,
    namespacePath,
    hypervisor,
    reopen,
    processesOf,
    async machine(index) {
      const volumeId = `vol-${index}`;
      await disks.ensureVolume({ id: volumeId, sizeGiB: 8, sourcePath: imagePath });
      return describeMachine(index, await disks.ensureAttached(volumeId));
    },
    inGuest: (id, argv) => inGuest(processesOf(id).init, argv),
    traces: () => findTraces(cloudId, namespacePath),
    async remove() {
      for (const each of opened) await each.close();
      await removeCloud(cloudId, root);
    },
  };
}

function describeMachine(index: number, rootDevicePath: string): MachineSpec {
  const privateAddress = `172.31.0.${10 + index}`;
  return {
    id: `i-0123456789abcde${index.toString(16).padStart(2, '0')}`,
    hostname: `ip-172-31-0-${10 + index}`,
    vcpus: 1,
    memoryMiB: 512,
    rootDevicePath,
    interfaces: [
      {
        id: `eni-${index}`,
        vpcId: 'vpc-0123456789abcdef0',
        hostName: `enitest${index}`,
        macAddress: `02:00:00:00:00:${(10 + index).toString(16).padStart(2, '0')}`,
        privateAddress,
        mtu: 1500,
      },
    ],
  };
}

async function addNamespace(name: string): Promise<string> {
  await run(['ip', 'netns', 'add', name]);
  const commands = ['link set lo up', `address add ${guestGatewayAddress}/32 dev lo`];
  await run(['ip', '-netns', name, '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
  return `/run/netns/${name}`;
}

async function inGuest(init: number | undefined, argv: readonly string[]): Promise<string> {
  if (init === undefined) throw new Error('the guest does not run');
  // Its control groups too: they decide what nproc and free show. v2 takes processes where init is, and nowhere above.
  const groups = readFileSync(`/proc/${init}/cgroup`, 'utf8').trim().split('\n');
  const hierarchies = readCgroupHierarchies();
  const joinGroups = groups.map((line) => {
    const [, controllers = '', path = ''] = line.split(':');
    const hierarchy = hierarchies.find(({ version, controllers: names }) =>
      controllers === '' ? version === 2 : version === 1 && names.join(',') === controllers,
    );
    return hierarchy ? `echo $$ >${hierarchy.path}${path}/cgroup.procs` : ':';
  });
  const enter = `exec nsenter --target ${init} --all -- "$@"`;
  const { stdout } = await run(['sh', '-c', `${joinGroups.join(' && ')} && ${enter}`, 'sh', ...argv], {
    timeoutMs: 20_000,
  });
  return stdout.trim();
}

async function findTraces(cloudId: string, namespacePath: string): Promise<readonly string[]> {
  const groups = readCgroupHierarchies().map(async ({ path }) =>
    (await readdir(path)).filter((name) => name.includes(cloudId)).map((name) => join(path, name)),
  );
  const processes = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const path = `/proc/${pid}/cmdline`;
      return existsSync(path) && readFileSync(path, 'utf8').includes(cloudId) ? [`process ${pid}`] : [];
    });
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(cloudId));
  const { stdout } = await run(['nsenter', `--net=${namespacePath}`, 'ip', '-oneline', 'link']);
  const interfaces = stdout.split('\n').filter((line) => line.includes('enitest'));
  const runtime = existsSync(lxcRuntimeDirectory(cloudId)) ? [lxcRuntimeDirectory(cloudId)] : [];
  // The namespace is the test's own, and mounted by its name.
  const foreign = mounts.filter((line) => !line.includes(namespacePath));
  return [...(await Promise.all(groups)).flat(), ...processes, ...foreign, ...interfaces, ...runtime];
}

/** Removes the clouds of runs that are dead. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, cloudId = '', ...pids] = leftoverPattern.exec(name) ?? [];
    if (cloudId === '' || pids.some((pid) => existsSync(`/proc/${pid}`))) continue;
    // Tests run side by side: whoever renames it has it to clean up, or to leave to a later run.
    const root = join(tmpdir(), `${cloudId}-claimed${process.pid}`);
    const isMine = await rename(join(tmpdir(), name), root).then(
      () => true,
      () => false,
    );
    if (isMine) await removeCloud(cloudId, root);
  }
}

// Who made it, and who was cleaning it up.
const leftoverPattern = new RegExp(`^(${prefix}(\\d+)x[0-9a-f]+)-(?:claimed(\\d+)$)?`);

async function removeCloud(cloudId: string, root: string): Promise<void> {
  const options = { clock: systemClock, log: silentLog };
  const namespacePath = () => `/run/netns/${cloudId}`;
  const hypervisor = createLxcHypervisor({ directory: join(root, 'machines'), cloudId, namespacePath, ...options });
  for (const { id } of await hypervisor.list()) await hypervisor.ensureAbsent(id);
  const disks = createLoopDisks({ directory: join(root, 'volumes'), ...options });
  for (const { id } of await disks.list()) await disks.ensureAbsent(id);
  if (existsSync(namespacePath())) await run(['ip', 'netns', 'delete', cloudId]);
  await rm(root, { recursive: true, force: true });
}
