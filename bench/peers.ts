// Peers that a benchmark runs beside us, in the same run on the same machine. What is not there is installed on demand,
// outside of the project, and kept between runs; a peer that cannot be had is left out, and the benchmark says so.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../tests/end-to-end/cloud-process.ts';

export interface Peer {
  readonly name: string;
  /** What the targets ask for differs by what a peer is made of. */
  readonly kind: 'bare' | 'javascript' | 'python' | 'limit';
  /** Its figures stand beside ours and decide nothing. */
  readonly isOnlyShown?: boolean;
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** A bare node:http server in a process of its own that reads each request and answers with `bytes`. */
export async function startBareServer(bytes: string | Buffer, contentType = 'text/xml', status = 200): Promise<Peer> {
  const port = await freePort();
  const script = `
    const body = Buffer.from(${JSON.stringify(Buffer.from(bytes).toString('base64'))}, 'base64');
    const headers = { 'content-type': ${JSON.stringify(contentType)}, 'content-length': body.length };
    require('node:http').createServer((request, response) => {
      request.on('data', () => {});
      request.on('end', () => { response.writeHead(${status}, headers); response.end(body); });
    }).listen(${port}, '127.0.0.1');`;
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-bare-'));
  writeFileSync(join(folder, 'server.cjs'), script);
  const child = spawn(process.execPath, [join(folder, 'server.cjs')], { stdio: 'ignore' });
  return untilItListens({ name: 'bare node:http', kind: 'bare', port, folder }, child);
}

/** moto's server from PyPI. */
export async function startMoto(): Promise<Peer | undefined> {
  const bin = pythonPackages('moto', 'python3', ['moto[server]']);
  if (!bin) return undefined;
  const port = await freePort();
  const child = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  return untilItListens({ name: 'moto', kind: 'python', port }, child);
}

/** The last LocalStack that anybody may run. Its wheel says too little of what it can be run with. */
const localstackPackages = ['localstack-core[runtime]==4.14.0', 'cbor2<5.8', 'pyopenssl<26', 'service-identity'];

/** LocalStack without its services that are other people's programs. Needs Python 3.13. */
export async function startLocalStack(): Promise<Peer | undefined> {
  const bin = pythonPackages('localstack', 'python3.13', localstackPackages);
  if (!bin) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-localstack-data-'));
  const environment = {
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    SERVICES: 'sqs,sns,s3',
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    LS_LOG: 'error',
    DNS_ADDRESS: '0',
    TMPDIR: folder,
  };
  const child = spawn(join(bin, 'python'), ['-m', 'localstack.runtime.main'], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  return untilItListens({ name: 'localstack', kind: 'python', port, folder }, child);
}

/** dynalite from npm, in memory. */
export async function startDynalite(): Promise<Peer | undefined> {
  const program = nodePackage('dynalite', 'cli.js');
  if (!program) return undefined;
  const port = await freePort();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--createTableMs', '0'];
  const child = spawn(process.execPath, [program, ...flags], { stdio: 'ignore' });
  return untilItListens({ name: 'dynalite', kind: 'javascript', port }, child);
}

/** fauxqs from npm: SQS, SNS and S3 in memory. */
export async function startFauxqs(): Promise<Peer | undefined> {
  const program = nodePackage('fauxqs', 'dist/app.js');
  if (!program) return undefined;
  const port = await freePort();
  // As a library, because its command logs each request.
  const script = `import { startFauxqs } from ${JSON.stringify(program)}; startFauxqs({ port: ${port}, logger: false });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  return untilItListens({ name: 'fauxqs', kind: 'javascript', port }, child);
}

/** s3rver from npm: S3 in plain files, without an fsync. */
export async function startS3rver(): Promise<Peer | undefined> {
  const program = nodePackage('s3rver', 'bin/s3rver.js');
  if (!program) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-s3rver-'));
  const flags = ['--directory', folder, '--address', '127.0.0.1', '--port', String(port), '--silent'];
  const lenience = ['--allow-mismatched-signatures', '--no-vhost-buckets'];
  const child = spawn(process.execPath, [program, ...flags, ...lenience], { stdio: 'ignore' });
  return untilItListens({ name: 's3rver', kind: 'javascript', port, folder }, child);
}

/** The host's nginx, serving the files in `root`; undefined where it is not installed. */
export async function startNginx(root: string): Promise<Peer | undefined> {
  const program = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) => existsSync(path));
  if (!program) {
    process.stdout.write('  without nginx, which is not installed (Debian: apt install nginx-light)\n');
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-nginx-'));
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors;
    events {}
    http {
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
      client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
      uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), configuration);
  const child = spawn(program, ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  return untilItListens({ name: 'nginx', kind: 'limit', port, folder }, child);
}

const nodeFolder = join(tmpdir(), 'cloudlet-bench-peers');

/** The path of `file` in an npm package; undefined where npm cannot reach it. */
function nodePackage(name: string, file: string): string | undefined {
  const program = join(nodeFolder, 'node_modules', name, file);
  const isThere = installed(name, program, () => {
    mkdirSync(nodeFolder, { recursive: true });
    execFileSync('npm', ['install', '--silent', '--prefix', nodeFolder, name], { stdio: 'ignore' });
  });
  return isThere ? program : undefined;
}

/** The programs of a virtual environment with these packages; undefined where that Python or its registry is missing. */
function pythonPackages(name: string, python: string, packages: readonly string[]): string | undefined {
  const folder = join(tmpdir(), `cloudlet-bench-${name}`);
  const bin = join(folder, 'bin');
  const isThere = installed(name, join(folder, 'complete'), () => {
    execFileSync(python, ['-m', 'venv', folder], { stdio: 'ignore' });
    execFileSync(join(bin, 'pip'), ['install', '--quiet', ...packages], { stdio: 'ignore' });
    writeFileSync(join(folder, 'complete'), '');
  });
  return isThere ? bin : undefined;
}

function installed(name: string, sign: string, install: () => void): boolean {
  if (existsSync(sign)) return true;
  try {
    process.stdout.write(`  installing ${name}, to measure against …\n`);
    install();
    return existsSync(sign);
  } catch (error) {
    process.stdout.write(`  without ${name}, which could not be installed: ${firstLine(error)}\n`);
    return false;
  }
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

type Started = Pick<Peer, 'name' | 'kind' | 'port'> & { readonly folder?: string };

/** Nothing goes on when a benchmark is ended. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));

async function untilItListens({ folder, ...peer }: Started, child: ChildProcess): Promise<Peer> {
  running.add(child);
  const deadlineMs = performance.now() + 60_000;
  while (!(await answers(peer.port))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`${peer.name} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    ...peer,
    pid: child.pid ?? 0,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
      if (folder) rmSync(folder, { recursive: true, force: true });
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
