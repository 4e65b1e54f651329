// lxcfs shows a guest its own memory, processors and uptime in /proc, live, instead of the host's. One daemon serves
// the machines of a cloud. It outlives us as they do, is found again by its mount, and stops with the last of them.
// LXC's runtime directory of the cloud, in which it is mounted, goes with it.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { commandPath, run } from '../run.ts';
import type { CgroupHierarchy } from './cgroups.ts';

export interface Lxcfs {
  /** Where guests find their /proc files; undefined where lxcfs is not installed. Starts it when it is not running. */
  ensureRunning(): Promise<string | undefined>;
  ensureStopped(): Promise<void>;
}

export interface LxcfsOptions {
  /** Below it lxcfs is mounted; every directory above it is open to all, since guests look in from outside. */
  readonly runtimeDirectory: string;
  readonly hierarchies: readonly CgroupHierarchy[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface SharedLxcfs {
  /** Keeps lxcfs running during `task`, which makes a machine that needs it; as `Lxcfs.ensureRunning`. */
  use<T>(task: (lxcfsPath: string | undefined) => Promise<T>): Promise<T>;
  /** Stops it, and removes the runtime directory, unless a machine runs or is about to. */
  releaseIfUnused(): Promise<void>;
}

const startPatienceMs = 5_000;
const startPollMs = 5;

export function createLxcfs({ runtimeDirectory, hierarchies, clock, log }: LxcfsOptions): Lxcfs {
  const mountPath = join(runtimeDirectory, 'lxcfs');
  const pidPath = join(runtimeDirectory, 'lxcfs.pid');
  const logPath = join(runtimeDirectory, 'lxcfs.log');
  let saidMissing = false;

  async function untilServing(): Promise<void> {
    const deadlineMs = clock.monotonicMs() + startPatienceMs;
    while ((await stateOf(mountPath)) !== 'serving') {
      if (clock.monotonicMs() > deadlineMs) {
        throw new Error(`lxcfs did not start: ${readFileSync(logPath, 'utf8').trim().slice(-400)}`);
      }
      await clock.sleep(startPollMs);
    }
  }

  async function start(lxcfs: string): Promise<void> {
    mkdirSync(mountPath, { recursive: true, mode: 0o755 });
    const command = `exec ${lxcfs} --disable-swap --enable-loadavg --enable-cfs --pidfile ${pidPath} ${mountPath}`;
    // Out of our own control group first: a service manager that stops us kills everything in it.
    const leave = hierarchies.map(({ path }) => `echo $$ >${path}/cgroup.procs || :`).join('; ');
    await run(['setsid', '--fork', 'sh', '-c', `exec >${logPath} 2>&1 </dev/null; ${leave}; ${command}`]);
    await untilServing();
  }

  async function ensureStopped(): Promise<void> {
    endProcess(pidPath, mountPath);
    // A mount for every daemon that died without taking its own away.
    while ((await stateOf(mountPath)) !== 'absent') await run(['umount', '--lazy', mountPath]);
    for (const path of [pidPath, logPath, mountPath]) rmSync(path, { recursive: true, force: true });
  }

  return {
    async ensureRunning() {
      const state = await stateOf(mountPath);
      if (state === 'serving') return mountPath;
      const lxcfs = commandPath('lxcfs');
      if (lxcfs === undefined) {
        if (!saidMissing) log.warn('lxcfs is not installed: guests see the memory and processors of the host in /proc');
        saidMissing = true;
        return undefined;
      }
      if (state === 'dead') {
        log.warn('lxcfs died: machines that run now cannot read their /proc/meminfo until they are restarted');
        await ensureStopped();
      }
      await start(lxcfs);
      return mountPath;
    },
    ensureStopped,
  };
}

export function createSharedLxcfs(options: LxcfsOptions & { isNeeded: () => boolean }): SharedLxcfs {
  const lxcfs = createLxcfs(options);
  let users = 0;
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(task);
    lastTurn = turn.catch(() => undefined);
    return turn;
  };
  const isUnused = () => users === 0 && !options.isNeeded();

  async function releaseIfUnused(): Promise<void> {
    if (!isUnused()) return;
    await inTurn(async () => {
      if (!isUnused()) return;
      await lxcfs.ensureStopped();
      rmSync(options.runtimeDirectory, { recursive: true, force: true });
    });
  }

  return {
    async use(task) {
      users += 1;
      let isDone = false;
      try {
        const result = await task(await inTurn(lxcfs.ensureRunning));
        isDone = true;
        return result;
      } finally {
        users -= 1;
        if (!isDone) await releaseIfUnused();
      }
    },
    releaseIfUnused,
  };
}

async function stateOf(mountPath: string): Promise<'serving' | 'dead' | 'absent'> {
  try {
    await readFile(join(mountPath, 'proc/uptime'));
    return 'serving';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'absent';
    // The daemon is gone and its mount is not (ENOTCONN), or it went while it was asked (the others).
    if (code === 'ENOTCONN' || code === 'ECONNABORTED' || code === 'EIO') return 'dead';
    throw error;
  }
}

/** Kills the daemon: asked to end, it would first finish its rounds of load averages, which takes seconds. */
function endProcess(pidPath: string, mountPath: string): void {
  try {
    const pid = Number(readFileSync(pidPath, 'utf8'));
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(mountPath)) process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
  }
}
