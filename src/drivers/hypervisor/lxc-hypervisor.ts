// Machines as unprivileged LXC containers that run a full init on a block device of their own, inside their VPC's
// network namespace. Everything is read from the host: a machine is a directory below ours and control groups that
// carry its id, it runs while its monitor lives, and monitors outlive us. What a `kill -9` cuts off is found again.
//
// Only `lxc-start` is used of LXC's tools. The others talk to the monitor over an abstract socket, which belongs to the
// VPC's namespace: from anywhere else a running machine looks stopped. Signals and /proc need no such care.

import { mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { CommandError, run } from '../run.ts';
import { createMachineCgroups, type MachineCgroups } from './cgroups.ts';
import { readConsoleTail } from './console-tail.ts';
import type { Hypervisor, MachineObservation, MachineSpec } from './hypervisor.ts';
import { firstGuestId, guestIdCount, renderLxcConfig } from './lxc-config.ts';
import { type HostFacts, probeLxc, readHostFacts, requireCommand } from './lxc-host.ts';
import { parseFailureReasons, parseRunEnd } from './lxc-log.ts';
import { createSharedLxcfs, type SharedLxcfs } from './lxcfs.ts';
import { createMachineProcesses, type MachineProcesses, signalProcess } from './machine-processes.ts';
import { createMachineWatch, type MachineWatch } from './machine-watch.ts';
import { mountRootfsCommand } from './mount-rootfs.ts';

export interface LxcHypervisorOptions {
  /** Holds a directory per machine: configuration, log, console. Made when it is not there. */
  readonly directory: string;
  /** Lower-case letters and digits; part of every name on the host. */
  readonly cloudId: string;
  /** Where the network namespace of a VPC is found. */
  readonly namespacePath: (vpcId: string) => string;
  readonly clock: Clock;
  readonly log: Log;
}

// systemd's signals, counted from SIGRTMIN as the C library does (34): start poweroff.target and reboot.target.
const powerOffSignal = 34 + 4;
const rebootSignal = 34 + 5;
// An init that is not ready for signals yet ignores them.
const signalAgainMs = 1_000;
const pollMs = 10;
const killPatienceMs = 5_000;
const startTimeoutMs = 60_000;
const maxLogBytes = 2 ** 20;

/** The host as this driver sees it; made on first use, since a probe must work where none of it exists. */
interface Host {
  readonly facts: HostFacts;
  readonly cgroups: MachineCgroups;
  readonly processes: MachineProcesses;
  readonly lxcfs: SharedLxcfs;
}

interface Context {
  readonly options: LxcHypervisorOptions;
  /** LXC's directory, and what guests look into from outside: a data directory may be closed to them. */
  readonly runtimeDirectory: string;
  readonly watch: MachineWatch;
  host(): Host;
}

export function createLxcHypervisor(options: LxcHypervisorOptions): Hypervisor {
  const context = createContext(options);
  const { watch } = context;
  return {
    kind: 'lxc',
    probe: probeLxc,
    ensureRunning: (machine) => ensureRunning(context, machine),
    ensureStopped: (id, graceMs) => ensureStopped(context, id, graceMs),
    reboot: (machine, graceMs) => reboot(context, machine, graceMs),
    ensureAbsent: (id) => ensureAbsent(context, id),
    inspect: (id) => inspect(context, id),
    list: () => list(context),
    consoleOutput: (id) => readConsoleTail(pathsOf(context, id).console),
    watch: watch.listen,
    close: async () => watch.close(),
  };
}

/** LXC's own directory: not below the data directory, which guests' root, a stranger outside, may be unable to enter. */
export function lxcRuntimeDirectory(cloudId: string): string {
  return `/run/cloudlet-${cloudId}`;
}

function createContext(options: LxcHypervisorOptions): Context {
  const { cloudId, clock, log } = options;
  const runtimeDirectory = lxcRuntimeDirectory(cloudId);
  let host: Host | undefined;
  const context: Context = {
    options,
    runtimeDirectory,
    watch: createMachineWatch(clock, (id) => context.host().processes.findMonitor(id) !== undefined),
    host() {
      host ??= openHost(context, log);
      return host;
    },
  };
  return context;
}

function openHost(context: Context, log: Log): Host {
  const { options, runtimeDirectory } = context;
  const facts = readHostFacts();
  const cgroups = createMachineCgroups(options.cloudId, facts.hierarchies);
  const pidPathOf = (id: string) => pathsOf(context, id).pid;
  const processes = createMachineProcesses({ lxcPath: runtimeDirectory, cgroups, pidPathOf });
  const isNeeded = () => cgroups.listIds().some((id) => processes.findMonitor(id) !== undefined);
  const { hierarchies } = facts;
  const lxcfs = createSharedLxcfs({ runtimeDirectory, hierarchies, clock: options.clock, log, isNeeded });
  return { facts, cgroups, processes, lxcfs };
}

function pathsOf({ options }: Context, id: string) {
  const root = join(options.directory, id);
  return {
    root,
    config: join(root, 'config'),
    log: join(root, 'lxc.log'),
    console: join(root, 'console.log'),
    pid: join(root, 'monitor.pid'),
    /** There when the last run ended because we wanted it to. */
    stoppedByUs: join(root, 'stopped-by-us'),
  };
}

async function inspect(context: Context, id: string): Promise<MachineObservation | undefined> {
  const { cgroups, processes } = context.host();
  const paths = pathsOf(context, id);
  if (processes.findMonitor(id) !== undefined) {
    context.watch.expectRunning(id);
    await trimLog(paths.log);
    return { id, state: 'running' };
  }
  const log = await readIfThere(paths.log);
  const config = log ?? (await readIfThere(paths.config));
  if (config === undefined && !cgroups.listIds().includes(id)) return undefined;
  const isOurs = (await readIfThere(paths.stoppedByUs)) !== undefined;
  return { id, state: 'stopped', powerOff: !isOurs && parseRunEnd(log ?? '') === 'power-off' ? 'guest' : 'other' };
}

async function list(context: Context): Promise<readonly MachineObservation[]> {
  const ids = new Set(context.host().cgroups.listIds());
  for (const id of await listDirectory(context.options.directory)) ids.add(id);
  const observations = await Promise.all(Array.from(ids, (id) => inspect(context, id)));
  return observations.filter((observation) => observation !== undefined);
}

async function ensureRunning(context: Context, machine: MachineSpec): Promise<void> {
  const { id } = machine;
  const { processes, lxcfs } = context.host();
  if (processes.findMonitor(id) === undefined) {
    await sweep(context, id);
    await lxcfs.use((lxcfsPath) => start(context, machine, lxcfsPath));
  }
  context.watch.expectRunning(id);
}

async function start(context: Context, machine: MachineSpec, lxcfsPath: string | undefined): Promise<void> {
  const paths = pathsOf(context, machine.id);
  const rootfsPath = join(context.runtimeDirectory, 'rootfs');
  const { facts, cgroups } = context.host();
  const config = renderLxcConfig(machine, {
    ...facts,
    rootfsPath,
    consolePath: paths.console,
    cgroupName: (role) => cgroups.nameOf(machine.id, role),
    ...(lxcfsPath === undefined ? {} : { lxcfsPath }),
  });
  mkdirSync(rootfsPath, { recursive: true, mode: 0o755 });
  await rm(paths.root, { recursive: true, force: true });
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  await writeFile(paths.config, config);
  try {
    // LXC would map ids with newuidmap where it finds it, and that asks /etc/subuid even for root: so it finds nothing.
    await run(startCommand(context, machine), { env: { PATH: '/nonexistent' }, timeoutMs: startTimeoutMs });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Error(`${machine.id} did not start: ${await failureReason(paths.log, error)}`, { cause: error });
  }
}

function startCommand(context: Context, machine: MachineSpec): readonly string[] {
  const paths = pathsOf(context, machine.id);
  const vpcIds = new Set(machine.interfaces.map(({ vpcId }) => vpcId));
  const [vpcId] = vpcIds;
  if (vpcId === undefined || vpcIds.size > 1) throw new RangeError(`${machine.id} is not in one VPC: ${[...vpcIds]}`);
  const mount = {
    devicePath: machine.rootDevicePath,
    targetPath: join(context.runtimeDirectory, 'rootfs'),
    firstId: firstGuestId,
    idCount: guestIdCount,
  };
  const lxcStart = [
    ...[requireCommand('lxc-start'), '--daemon', '--name', machine.id, '--lxcpath', context.runtimeDirectory],
    ...['--rcfile', paths.config, '--logfile', paths.log, '--logpriority', 'INFO', '--pidfile', paths.pid],
  ];
  return [
    ...[requireCommand('nsenter'), `--net=${context.options.namespacePath(vpcId)}`],
    ...[requireCommand('unshare'), '--mount', '--propagation', 'slave'],
    ...mountRootfsCommand(requireCommand('perl'), mount, lxcStart),
  ];
}

async function failureReason(logPath: string, error: CommandError): Promise<string> {
  const reasons = parseFailureReasons((await readIfThere(logPath)) ?? '');
  if (reasons.length > 0) return reasons.join('; ');
  return error.timedOut ? `lxc-start took more than ${startTimeoutMs} ms` : error.stderr.trim() || error.message;
}

async function ensureStopped(context: Context, id: string, graceMs: number): Promise<void> {
  await stop(context, id, graceMs);
  await context.host().lxcfs.releaseIfUnused();
}

async function stop(context: Context, id: string, graceMs: number): Promise<void> {
  const { processes } = context.host();
  context.watch.expectStop(id);
  const monitor = processes.findMonitor(id);
  if (monitor !== undefined) {
    const { root, stoppedByUs } = pathsOf(context, id);
    // A stray may have no directory.
    await mkdir(root, { recursive: true, mode: 0o700 });
    await writeFile(stoppedByUs, '');
    const isGone = () => processes.findMonitor(id) !== monitor;
    const askForIt = () => signalInit(context, monitor, powerOffSignal);
    if (graceMs <= 0 || !(await until(context, isGone, graceMs, askForIt))) await cutPower(context, id, monitor);
  }
  await sweep(context, id);
}

/** Kills the guest, and when that does not end its monitor, whatever is in its control groups. */
async function cutPower(context: Context, id: string, monitor: number): Promise<void> {
  const { processes } = context.host();
  // Asked again at every look: a guest that is just rebooting has no init for a moment.
  const isKilled = (kill: () => void) => () => {
    if (processes.findMonitor(id) !== monitor) return true;
    kill();
    return false;
  };
  const killInit = () => signalInit(context, monitor, 'SIGKILL');
  const killAll = () => {
    for (const pid of processes.listAll(id)) signalProcess(pid, 'SIGKILL');
  };
  if (await until(context, isKilled(killInit), killPatienceMs)) return;
  if (!(await until(context, isKilled(killAll), killPatienceMs))) throw new Error(`${id} cannot be killed`);
}

function signalInit(context: Context, monitorPid: number, signal: NodeJS.Signals | number): void {
  const init = context.host().processes.findInit(monitorPid);
  if (init !== undefined) signalProcess(init, signal);
}

/** Takes away what a dead monitor left: processes of the guest, and the control groups. */
async function sweep(context: Context, id: string): Promise<void> {
  const { cgroups, processes } = context.host();
  const isEmpty = () => {
    const left = processes.listAll(id);
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    return left.length === 0;
  };
  if (!(await until(context, isEmpty, killPatienceMs))) throw new Error(`processes of ${id} cannot be killed`);
  cgroups.remove(id);
}

async function reboot(context: Context, machine: MachineSpec, graceMs: number): Promise<void> {
  const { id } = machine;
  const { processes } = context.host();
  const monitor = processes.findMonitor(id);
  if (monitor === undefined) return ensureRunning(context, machine);
  const oldInit = processes.findInit(monitor);
  // The same monitor starts a new init; when the guest powered off instead, the monitor goes.
  const isOver = () => {
    if (processes.findMonitor(id) !== monitor) return true;
    const init = processes.findInit(monitor);
    return init !== undefined && init !== oldInit;
  };
  const askForIt = () =>
    oldInit !== undefined && processes.findInit(monitor) === oldInit && signalProcess(oldInit, rebootSignal);
  if (!(await until(context, isOver, graceMs, askForIt))) await stop(context, id, 0);
  await ensureRunning(context, machine);
}

async function ensureAbsent(context: Context, id: string): Promise<void> {
  await stop(context, id, 0);
  await rm(pathsOf(context, id).root, { recursive: true, force: true });
  await context.host().lxcfs.releaseIfUnused();
}

/** Waits for `condition`, calling `nudge` first and every second; false when `timeoutMs` went by. */
async function until(
  { options: { clock } }: Context,
  condition: () => boolean,
  timeoutMs: number,
  nudge: () => unknown = () => undefined,
): Promise<boolean> {
  const startMs = clock.monotonicMs();
  let nextNudgeMs = 0;
  for (;;) {
    if (condition()) return true;
    const waitedMs = clock.monotonicMs() - startMs;
    if (waitedMs >= timeoutMs) return false;
    if (waitedMs >= nextNudgeMs) {
      nudge();
      nextNudgeMs += signalAgainMs;
    }
    await clock.sleep(pollMs);
  }
}

/** LXC adds 10 KB to the log with every reboot of the guest, and appends: it may be emptied under its hands. */
async function trimLog(path: string): Promise<void> {
  const size = (await stat(path).catch(undefinedIfMissing))?.size ?? 0;
  if (size > maxLogBytes) await truncate(path, 0);
}

/** undefined when there is no such file. */
async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(undefinedIfMissing);
}

/** The names of the directories below `path`; empty when it does not exist. */
async function listDirectory(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(undefinedIfMissing);
  return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
