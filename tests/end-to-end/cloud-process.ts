// cloudlet as users run it: a process of its own, from the built bundle, killed and restarted at will.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findHolder, isProcess } from '../../src/local/cloud-lock.ts';
import { projectFolder } from '../source-tree.ts';

export const execute = promisify(execFile);

/** Built base images are shared by all tests on a machine: building one takes longer than any test. */
export const sharedImageDirectory = join(tmpdir(), 'cloudlet-test-images');

export interface CloudProcess {
  readonly dataDirectory: string;
  readonly port: number;
  readonly endpoint: string;
  readonly log: () => string;
  /** Of the running process. */
  readonly pid: () => number;
  /** Starts it, or starts it again; resolves at `Ready.` with the milliseconds that took. */
  start(): Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** `cloudlet <argv>` against this cloud. */
  cli(...argv: readonly string[]): Promise<{ stdout: string; stderr: string }>;
  /** Ends it with its instances, and removes its data. */
  dispose(): Promise<void>;
}

export interface CloudProcessOptions {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly dataDirectory?: string;
}

export async function createCloudProcess(options: CloudProcessOptions = {}): Promise<CloudProcess> {
  const bundle = join(projectFolder, 'dist/cloudlet.js');
  if (!existsSync(bundle)) await execute('node', [join(projectFolder, 'tools/build.mjs')]);
  swept ??= sweep(bundle);
  await swept;
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), `${directoryPrefix}${process.pid}-`));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let log = '';
  const common = ['--data-dir', dataDirectory];

  async function start(): Promise<number> {
    const startedMs = performance.now();
    const flags = [
      '--port',
      String(port),
      '--image-dir',
      sharedImageDirectory,
      '--no-install',
      ...(options.flags ?? []),
    ];
    const started = spawn(process.execPath, [bundle, 'start', ...common, ...flags], {
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        log += chunk.toString();
        if (/^Ready\.$/m.test(log.slice(-4096))) resolve();
      };
      log = '';
      started.stdout.on('data', read);
      started.stderr.on('data', read);
      started.once('exit', (code, signal) =>
        reject(new Error(`cloudlet ended (${code ?? signal}) before it was ready:\n${log}`)),
      );
    });
    return performance.now() - startedMs;
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  }

  const cli = (...argv: readonly string[]) => execute(process.execPath, [bundle, ...argv, ...common]);

  return {
    dataDirectory,
    port,
    endpoint: `http://127.0.0.1:${port}`,
    log: () => log,
    pid: () => child?.pid ?? 0,
    start,
    kill,
    cli,
    async dispose() {
      if (child && child.exitCode === null && child.signalCode === null) await cli('stop', '--all');
      await kill('SIGKILL');
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

const directoryPrefix = 'cloudlet-e2e-';
let swept: Promise<void> | undefined;

/** Ends and removes the clouds of test runs that were killed. */
async function sweep(bundle: string): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${directoryPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isProcess(Number(pid))) continue;
    const directory = join(tmpdir(), name);
    // There may be nothing to stop any more, or another worker or run is at it too: the last of them removes it.
    await execute(process.execPath, [bundle, 'stop', '--all', '--data-dir', directory]).catch(() => undefined);
    if (!findHolder(directory)) await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Given out already, though what was to listen there may not yet. */
const givenPorts = new Set<number>();

/**
 * Below those that the system gives to whoever names none: nobody else's by chance. Between this look and the moment when
 * somebody listens there, no other process may be given the same; so each worker of a test run tries its own first.
 */
export async function freePort(): Promise<number> {
  const worker = process.ppid * mostWorkers + Number(process.env['VITEST_POOL_ID'] ?? 0);
  for (let tried = 0; tried < portCount; tried++) {
    const port = firstPort + ((worker * portsPerWorker + tried) % portCount);
    if (givenPorts.has(port) || !(await isFree(port))) continue;
    givenPorts.add(port);
    return port;
  }
  throw new Error('every port is taken');
}

const firstPort = 22_000;
const portCount = 8_000;
const portsPerWorker = 80;
const mostWorkers = 16;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Asks again until `look` returns something; fails with the last error after `withinMs`. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, withinMs = 120_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
