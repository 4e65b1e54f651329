// The processes that a machine is: LXC's monitor, and the guest's init below it. A machine runs for as long as its
// monitor lives. Read from /proc and the control groups, so it needs neither memory nor LXC's command socket, which is
// abstract and could be reached from inside the VPC's namespace only.

import { readFileSync } from 'node:fs';
import type { MachineCgroups } from './cgroups.ts';

export interface MachineProcesses {
  /** undefined when the machine is stopped. */
  findMonitor(id: string): number | undefined;
  /** The guest's process 1, as the host sees it; undefined while there is none (starting, rebooting, stopping). */
  findInit(monitorPid: number): number | undefined;
  /** Every process in the machine's control groups. */
  listAll(id: string): readonly number[];
}

export interface MachineProcessesOptions {
  /** LXC's directory of this cloud: it is part of a monitor's title. */
  readonly lxcPath: string;
  readonly cgroups: MachineCgroups;
  readonly pidPathOf: (id: string) => string;
}

export function createMachineProcesses({ lxcPath, cgroups, pidPathOf }: MachineProcessesOptions): MachineProcesses {
  /** Whether the process is this machine's monitor; a zombie has no command line and is not. */
  const isMonitor = (pid: number, id: string) => {
    const words = (readIfThere(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]+/);
    return words.includes(lxcPath) && words.includes(id);
  };
  return {
    findMonitor(id) {
      const recorded = Number(readIfThere(pidPathOf(id)) ?? 0);
      if (recorded > 1 && isMonitor(recorded, id)) return recorded;
      // Without a file: a stray, or a monitor on its way in or out.
      return (['monitor', 'pivot'] as const)
        .flatMap((role) => cgroups.processIds(id, role))
        .find((pid) => isMonitor(pid, id));
    },
    findInit(monitorPid) {
      const children = readIfThere(`/proc/${monitorPid}/task/${monitorPid}/children`) ?? '';
      return children.split(' ').filter(Boolean).map(Number).find(isInit);
    },
    listAll: (id) => (['guest', 'monitor', 'pivot'] as const).flatMap((role) => cgroups.processIds(id, role)),
  };
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Process 1 of a PID namespace; the monitor also has short-lived helpers. A zombie is nobody. */
function isInit(pid: number): boolean {
  const status = readIfThere(`/proc/${pid}/status`) ?? '';
  return /^NSpid:\t\d+\t1$/m.test(status) && !/^State:\t[ZX]/m.test(status);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
