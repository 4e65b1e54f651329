// Trials: commands that find out whether this host lets us do something, and leave nothing behind. What was allowed stays
// allowed while the host is up and we are what we were, so a trial that went well is remembered until then, below /run;
// a start waits for none of its processes. A refusal is not: whoever starts again has perhaps done something about it.

import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { CommandError, commandPath, run } from './run.ts';

export interface Trial {
  /** Names its memory. */
  readonly name: string;
  readonly argv: readonly string[];
  /** All that it runs. */
  readonly commands: readonly string[];
}

const trialsDirectory = '/run/cloudlet/trials';

/** What the kernel or the command had against it; undefined when it went well, now or earlier. */
export async function refusalOf(trial: Trial, directory: string = trialsDirectory): Promise<string | undefined> {
  const path = join(directory, trial.name);
  const now = circumstancesOf(trial);
  if (readIfThere(path) === now) return undefined;
  try {
    await run(trial.argv, { timeoutMs: 10_000 });
  } catch (error) {
    if (error instanceof CommandError) return error.stderr.trim() || error.message;
    throw error;
  }
  remember(directory, path, now);
  return undefined;
}

/** For those who want to know how it is now. Whoever may not forget has no rights to try with either. */
export function forgetTrials(directory: string = trialsDirectory): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    if (process.geteuid?.() === 0) throw error;
  }
}

/** Whatever could let the same trial end otherwise: the boot, where and as whom we run, the limits, and the programs. */
function circumstancesOf({ argv, commands }: Trial): string {
  const status = readIfThere('/proc/self/status') ?? '';
  const rights = status.match(/^(Uid|CapInh|CapEff|CapBnd|NoNewPrivs|Seccomp|Seccomp_filters):.*$/gm) ?? [];
  const limits = limited.map((kind) => `${kind} ${readIfThere(`/proc/sys/user/max_${kind}_namespaces`)?.trim()}`);
  return [
    argv.join(' '),
    release(),
    readIfThere('/proc/sys/kernel/random/boot_id')?.trim(),
    ...entered.map((kind) => readlinkSync(`/proc/self/ns/${kind}`)),
    // Namespaces' numbers come again. The first process in ours began when they did.
    `first process ${readIfThere('/proc/1/stat')?.split(') ').at(-1)?.split(' ')[19]}`,
    ...rights,
    `confined ${readIfThere('/proc/self/attr/current')?.trim()}`,
    ...limits,
    ...commands.map(describeProgram),
    '',
  ].join('\n');
}

const entered = ['user', 'mnt', 'pid', 'net'] as const;
const limited = ['user', 'mnt', 'pid', 'net', 'uts', 'ipc'] as const;

function describeProgram(command: string): string {
  const path = commandPath(command);
  if (path === undefined) return `${command} missing`;
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${mtimeMs}`;
}

/** A host without a writable /run tries each time. */
function remember(directory: string, path: string, circumstances: string): void {
  try {
    const draft = `${path}.${process.pid}`;
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, circumstances);
    renameSync(draft, path);
  } catch {}
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
