// S3: an object of 1 GiB put, and got while nginx serves the same file: throughput by the clock, for one client.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from './connection.ts';
import { type Contender, createdCloud, oursOf, startedPeers } from './contest.ts';
import { cpuSeconds } from './load.ts';
import { type MemoryWatch, watchMemory } from './memory.ts';
import { firstLine, type Peer, startLocalStack, startMoto, startNginx, startS3rver } from './peers.ts';
import { type Benchmark, type Finding, median } from './report.ts';
import { call, s3Head } from './requests.ts';

const rounds = 3;
const mebibytes = 1024;
/** Of peers, whose rates do not depend on it, and who would take minutes. */
const mebibytesOfPeers = 128;
const piece = Buffer.alloc(1024 * 1024, 'abcdefghij');

interface Measured {
  readonly mebibytesPerSecond: number;
  readonly mebibytesPerCpuSecond: number;
}

export const benchmark: Benchmark = {
  name: 'S3, 1 GiB',
  async *run() {
    const clouds = [await createdCloud(), await createdCloud(['--durability', 'relaxed'])] as const;
    const [ours, relaxed] = clouds.map(oursOf) as [Contender, Contender];
    const folder = fileForNginx();
    const memory = watchMemory(ours.pid);
    const peers = await startedPeers([startMoto, startLocalStack, startS3rver], createBucket);
    const nginx = await startedPeers([() => startNginx(folder)], async () => undefined);
    try {
      for (const cloud of [ours, relaxed]) await createBucket(cloud);
      yield* await compareBy('PUT of 1 GiB', put, [ours, { ...relaxed, name: '--durability=relaxed' }], peers, 'shown');
      yield* await compareBy('GET of 1 GiB', get, [ours, ...nginx], peers, 'nginx x 0.5');
      yield memoryOf(memory);
    } finally {
      memory.stop();
      for (const cloud of clouds) await cloud.dispose();
      for (const peer of [...peers, ...nginx]) await peer.close();
      rmSync(folder, { recursive: true });
    }
  },
};

const createBucket = ({ port }: { readonly port: number }) => call(port, s3Head(port, 'PUT', '/bench'));

function fileForNginx(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-file-'));
  mkdirSync(join(folder, 'bench'));
  for (let n = 0; n < mebibytes; n++) writeFileSync(join(folder, 'bench/large'), piece, { flag: 'a' });
  return folder;
}

function memoryOf(watch: MemoryWatch): Finding {
  const { anonymous } = watch.peak();
  return { what: 'memory at most', unit: 'MiB', ours: anonymous, target: '<= 1024', isMet: anonymous <= 1024 };
}

type Transfer = (contender: Contender) => Promise<Measured>;

/** In alternating rounds; slow peers take part in one. */
async function compareBy(
  what: string,
  transfer: Transfer,
  contenders: readonly Contender[],
  peers: readonly Peer[],
  target: string,
): Promise<readonly Finding[]> {
  const measured = new Map<Contender, Measured[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of round === 1 ? [...contenders, ...peers] : contenders) {
      try {
        const result = await transfer(contender);
        if (round > 0) measured.set(contender, [...(measured.get(contender) ?? []), result]);
      } catch (error) {
        if (contender.kind === 'ours') throw error;
        process.stdout.write(`  ${what}: without ${contender.name}: ${firstLine(error)}\n`);
      }
    }
  }
  return (['mebibytesPerSecond', 'mebibytesPerCpuSecond'] as const).map((by): Finding => {
    const [ours, ...others] = [...measured].map(([{ name, kind }, results]) => ({
      name,
      kind,
      figure: median(results.map((result) => result[by])),
    }));
    const limit = others.find(({ kind }) => kind === 'limit')?.figure;
    const isClock = by === 'mebibytesPerSecond';
    return {
      what,
      unit: isClock ? 'MiB/s by the clock' : 'MiB/s of one core',
      ours: ours?.figure ?? 0,
      peers: others,
      target: isClock ? target : 'shown',
      ...(isClock && limit !== undefined && { isMet: (ours?.figure ?? 0) >= limit / 2 }),
    };
  });
}

const sizeFor = ({ kind }: Contender): number =>
  kind === 'python' || kind === 'javascript' ? mebibytesOfPeers : mebibytes;

const put: Transfer = (contender) => {
  const size = sizeFor(contender);
  const head = s3Head(contender.port, 'PUT', '/bench/large', size * piece.length);
  return timed(contender, [head, ...Array.from({ length: size }, () => piece)], 0);
};

const get: Transfer = (contender) =>
  timed(contender, [s3Head(contender.port, 'GET', '/bench/large')], sizeFor(contender) * piece.length);

async function timed(contender: Contender, request: readonly Buffer[], wantedBytes: number): Promise<Measured> {
  const { port, pid } = contender;
  const size = sizeFor(contender);
  const connection = createConnection(port);
  try {
    const startedMs = performance.now();
    const before = cpuSeconds(pid);
    const { status, bodyBytes } = await connection.ask(request, false);
    if (status !== 200) throw new Error(`answered ${status}`);
    if (bodyBytes < wantedBytes) throw new Error(`answered with ${bodyBytes} bytes`);
    const seconds = (performance.now() - startedMs) / 1000;
    const cpu = Math.max(0.01, cpuSeconds(pid) - before);
    return { mebibytesPerSecond: size / seconds, mebibytesPerCpuSecond: size / cpu };
  } finally {
    connection.close();
  }
}
