// One cloud at a time on a data directory: a file that says which process holds it. A process is known by its id and the
// moment it started, so a lock left by a `kill -9` is recognised even when the id has been given to somebody else.

import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the cloud says about itself. */
export interface LockFacts {
  readonly startedAtMs: number;
  readonly version: string;
  readonly cloudId: string;
  /** Present when the log goes to a file. */
  readonly logPath?: string;
}

export interface LockHolder extends LockFacts {
  readonly pid: number;
  /** When the process started, in the operating system's own terms; compared for equality only. */
  readonly processStart: string;
  /** Absent until the cloud listens. */
  readonly endpoint?: string;
  /** Whoever can read it may run the cloud: with `--auth=strict` its own paths ask for it. */
  readonly operatorToken?: string;
  /** Where to call it from this host, whatever name it gives itself in answers: `http://127.0.0.1:4566`. */
  readonly address?: string;
}

export interface CloudLock extends Pick<LockFacts, 'startedAtMs' | 'cloudId'> {
  /** Adds to what the file says. */
  update(more: Partial<LockHolder>): void;
  release(): void;
}

export class DataDirectoryInUse extends Error {
  readonly holder: LockHolder;

  constructor(directory: string, holder: LockHolder) {
    const where = holder.endpoint ? ` at ${holder.endpoint}` : '';
    super(
      `another cloud is running on ${directory}${where} (process ${holder.pid}). Stop it with 'cloudlet stop', or give ` +
        'this one a data directory of its own with --data-dir.',
    );
    this.holder = holder;
  }
}

const fileName = 'cloudlet.lock';

/** The directory must exist. Throws DataDirectoryInUse when a living process holds it. */
export function acquireCloudLock(directory: string, facts: LockFacts): CloudLock {
  const path = join(directory, fileName);
  const draft = join(directory, `${fileName}.${process.pid}`);
  let mine: LockHolder = { ...facts, pid: process.pid, processStart: processStartOf(process.pid) ?? '' };
  const write = () => writeFileSync(draft, `${JSON.stringify(mine, null, 2)}\n`, { mode: 0o600 });

  write();
  try {
    // A link is made whole or not at all, and never over another.
    while (!tryLink(draft, path)) {
      const found = read(path);
      if (found && isAlive(found.holder)) throw new DataDirectoryInUse(directory, found.holder);
      if (found) removeStale(path, found.text, `${draft}.stale`);
    }
  } finally {
    rmSync(draft, { force: true });
  }

  return {
    startedAtMs: facts.startedAtMs,
    cloudId: facts.cloudId,
    update(more) {
      mine = { ...mine, ...more };
      write();
      renameSync(draft, path);
    },
    release() {
      if (read(path)?.holder.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

/** The living process that holds the directory, if there is one. */
export function findHolder(directory: string): LockHolder | undefined {
  const found = read(join(directory, fileName));
  return found && isAlive(found.holder) ? found.holder : undefined;
}

export function isAlive(holder: Pick<LockHolder, 'pid' | 'processStart'>): boolean {
  return holder.pid > 0 && processStartOf(holder.pid) === holder.processStart;
}

/** Whether there is such a process, whoever's it is, and it has not ended. */
export const isProcess = (pid: number): boolean => processStartOf(pid) !== undefined;

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two processes may find the same stale lock; the slower one must not take away what the faster has just made. */
function removeStale(path: string, staleText: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside)?.text !== staleText) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): { text: string; holder: LockHolder } | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    return { text, holder: JSON.parse(text) as LockHolder };
  } catch {
    // Written by nobody we know; a process with id 0 is never alive, so it counts as stale.
    return { text, holder: { pid: 0, processStart: '', startedAtMs: 0, version: '', cloudId: '' } };
  }
}

/** Undefined when there is no such process (or only what is left of one that ended). */
function processStartOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid);
  try {
    // The command's name, in parentheses, may hold anything, spaces and parentheses included.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, sinceBoot] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : `${bootId()}/${sinceBoot}`;
  } catch {
    return undefined;
  }
}

/** The start is counted from the boot, so it says nothing without saying which boot. */
const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);

function startByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
