// Runs one command of the host to its end. The only place in the drivers that spawns short-lived processes.
// A command that leaves a daemon behind must not let it keep our pipes: the promise waits for them to be closed.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';

export interface RunOptions {
  /** Written to the command's standard input, which is empty otherwise. */
  readonly stdin?: string;
  /** After this long the command and all that it started are killed, and the promise rejects. */
  readonly timeoutMs?: number;
  /** Added to the small fixed environment (PATH, HOME, LANG=C); nothing of ours is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that are not failures; [0] when absent. */
  readonly okCodes?: readonly number[];
  /** Called with what the command prints, on either stream, as it comes. */
  readonly onOutput?: (chunk: string) => void;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; 128 + the signal's number when a signal ended it. */
  readonly code: number;
}

/** The command ran and failed, or could not be started (code 127), or took too long (`timedOut`). */
export class CommandError extends Error {
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(argv: readonly string[], result: RunResult, timedOut: boolean) {
    super(describeFailure(argv, result, timedOut));
    this.name = 'CommandError';
    this.argv = argv;
    this.code = result.code;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
    this.timedOut = timedOut;
  }
}

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const fixedEnvironment: Readonly<Record<string, string>> = {
  PATH: searchPath.join(':'),
  HOME: homedir(),
  LANG: 'C',
};

/** Where `run` would find the command; undefined when it is not installed. Spawns nothing. */
export function commandPath(command: string): string | undefined {
  return searchPath.map((directory) => join(directory, command)).find((path) => existsSync(path));
}

/** Runs `argv` without a shell. Throws CommandError when it cannot be started, fails, or takes too long. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command, ...args] = argv;
  if (command === undefined) throw new RangeError('run() needs a command');
  const child = spawn(command, args, {
    env: { ...fixedEnvironment, ...options.env },
    // Its own process group, so that a time-out reaches whatever it started, and a Ctrl-C meant for us does not.
    detached: true,
    killSignal: 'SIGKILL',
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { timedOut, ...result } = await untilClosed(child, options);
  if (timedOut || !(options.okCodes ?? [0]).includes(result.code)) throw new CommandError(argv, result, timedOut);
  return result;
}

function untilClosed(child: ChildProcess, options: RunOptions): Promise<RunResult & { timedOut: boolean }> {
  const { stdin, stdout, stderr } = child;
  const printed = { stdout: '', stderr: '' };
  for (const [name, stream] of [['stdout', stdout] as const, ['stderr', stderr] as const]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed[name] += chunk;
      options.onOutput?.(chunk);
    });
  }
  // A command may end without reading all of its input (EPIPE); its exit code says whether that was a failure.
  stdin?.on('error', () => undefined);
  stdin?.end(options.stdin ?? '');

  return new Promise((resolve) => {
    // `killed` is set by the time-out alone: nobody else signals the child through this object.
    child.once('error', (error) => resolve({ stdout: '', stderr: error.message, code: 127, timedOut: false }));
    child.once('exit', () => child.killed && endGroup(child));
    child.once('close', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve({ ...printed, code: exitCode, timedOut: child.killed });
    });
  });
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  // Whatever left the group still holds our pipes and would keep 'close' from coming.
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function describeFailure(argv: readonly string[], result: RunResult, timedOut: boolean): string {
  const outcome = timedOut ? 'took too long and was killed' : `failed with exit code ${result.code}`;
  const lines = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-8).join('\n');
  return `${argv.join(' ')} ${outcome}${lines === '' ? '' : `: ${lines}`}`;
}
