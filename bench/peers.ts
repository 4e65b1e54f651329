// Peers that a benchmark runs beside us, in the same run on the same machine.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../tests/end-to-end/cloud-process.ts';

export interface Peer {
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** A bare node:http server in a process of its own that reads each request and answers with `bytes`. */
export async function startBareServer(bytes: string, contentType = 'text/xml'): Promise<Peer> {
  const port = await freePort();
  const script = `
    const body = Buffer.from(${JSON.stringify(bytes)});
    const headers = { 'content-type': ${JSON.stringify(contentType)}, 'content-length': body.length };
    require('node:http').createServer((request, response) => {
      request.on('data', () => {});
      request.on('end', () => { response.writeHead(200, headers); response.end(body); });
    }).listen(${port}, '127.0.0.1');`;
  return untilItListens(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), port);
}

const motoFolder = join(tmpdir(), 'cloudlet-bench-moto');

/** moto's server from PyPI, in a virtual environment that is kept between runs; undefined where there is no Python. */
export async function startMoto(): Promise<Peer | undefined> {
  const program = join(motoFolder, 'bin/moto_server');
  if (!existsSync(program)) {
    try {
      process.stdout.write('  installing moto, to measure against …\n');
      execFileSync('python3', ['-m', 'venv', motoFolder], { stdio: 'ignore' });
      execFileSync(join(motoFolder, 'bin/pip'), ['install', '--quiet', 'moto[server]'], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
  }
  const port = await freePort();
  return untilItListens(spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }), port);
}

const dynaliteFolder = join(tmpdir(), 'cloudlet-bench-dynalite');

/** dynalite from npm, in memory, in a folder that is kept between runs; undefined where npm cannot reach it. */
export async function startDynalite(): Promise<Peer | undefined> {
  const program = join(dynaliteFolder, 'node_modules/dynalite/cli.js');
  if (!existsSync(program)) {
    try {
      process.stdout.write('  installing dynalite, to measure against …\n');
      mkdirSync(dynaliteFolder, { recursive: true });
      execFileSync('npm', ['install', '--silent', '--prefix', dynaliteFolder, 'dynalite'], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
  }
  const port = await freePort();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--createTableMs', '0'];
  return untilItListens(spawn(process.execPath, [program, ...flags], { stdio: 'ignore' }), port);
}

async function untilItListens(child: ChildProcess, port: number): Promise<Peer> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error('the peer did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    pid: child.pid ?? 0,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`);
    return true;
  } catch {
    return false;
  }
}
