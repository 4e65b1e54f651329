// S3: objects of 4 KiB and 1 MiB put and got, and 100,000 keys listed page by page.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contender, compareDurability, compete, createdCloud, oursOf, startedPeers } from './contest.ts';
import { cpuSeconds, type LoadResult, load } from './load.ts';
import {
  type Peer,
  startBareServer,
  startFauxqs,
  startLocalStack,
  startMoto,
  startNginx,
  startS3rver,
} from './peers.ts';
import type { Benchmark, Finding } from './report.ts';
import { ask, call, s3Head } from './requests.ts';

const keys = 200;

interface Size {
  readonly what: string;
  readonly bytes: number;
  readonly requests: number;
  readonly connections: number;
}

const sizes: readonly Size[] = [
  { what: '4 KiB', bytes: 4 * 1024, requests: 6_000, connections: 32 },
  { what: '1 MiB', bytes: 1024 * 1024, requests: 300, connections: 8 },
];

/**
 * Of peers fewer, which is to their favour: some of them read all keys for each page. s3rver has a single page here, since it
 * fails (500) at any that would not be the last.
 */
const listedKeys: Readonly<Record<Contender['kind'], number>> = {
  ours: 100_000,
  bare: 100_000,
  limit: 0,
  javascript: 1_000,
  python: 2_000,
};

/** It keeps S3 in memory and writes nothing, so it is no measure of what does; of the JavaScript peers s3rver decides. */
async function startShownFauxqs(): Promise<Peer | undefined> {
  const peer = await startFauxqs();
  return peer && { ...peer, isOnlyShown: true };
}

const createBucket = ({ port }: { readonly port: number }) => call(port, s3Head(port, 'PUT', '/bench'));

export const benchmark: Benchmark = {
  name: 'S3',
  async *run() {
    const clouds = [await createdCloud(), await createdCloud(['--durability', 'relaxed'])] as const;
    const folder = filesForNginx();
    const peers = await startedPeers([startMoto, startLocalStack, startShownFauxqs, startS3rver], createBucket);
    const [nginx] = await startedPeers([() => startNginx(folder)], async () => undefined);
    try {
      const [ours, relaxed] = clouds.map(oursOf) as [Contender, Contender];
      for (const cloud of [ours, relaxed]) await createBucket(cloud);
      for (const size of sizes) yield* competeIn(size, ours, relaxed, peers, nginx);
      yield await competeInListing(ours, peers);
    } finally {
      for (const cloud of clouds) await cloud.dispose();
      for (const peer of [...peers, ...(nginx ? [nginx] : [])]) await peer.close();
      rmSync(folder, { recursive: true });
    }
  },
};

async function* competeIn(
  size: Size,
  ours: Contender,
  relaxed: Contender,
  peers: readonly Peer[],
  nginx: Peer | undefined,
): AsyncGenerator<Finding> {
  const body = Buffer.alloc(size.bytes, 'abcdefghij');
  const path = (n: number) => `/bench/object-${size.bytes}-${n % keys}`;
  const { connections, requests } = size;
  const put = {
    what: `PUT of ${size.what}`,
    requests,
    run: ({ port, pid }: Contender, count: number) =>
      load({
        port,
        pid,
        connections,
        requests: count,
        request: (n) => [s3Head(port, 'PUT', path(n), size.bytes), body],
      }),
  };
  const get = {
    what: `GET of ${size.what}`,
    requests,
    // The first keys are there, whoever put how many.
    run: ({ port, pid }: Contender, count: number) =>
      load({ port, pid, connections, requests: count, request: (n) => [s3Head(port, 'GET', path(n % 3))] }),
  };
  const bareOfPut = await startBareServer('');
  try {
    yield await compete(put, [ours, bareOfPut, ...peers]);
  } finally {
    await bareOfPut.close();
  }
  yield* await compareDurability(put, ours, relaxed);
  const bareOfGet = await startBareServer(body, 'binary/octet-stream');
  try {
    yield await compete(get, [ours, bareOfGet, ...(nginx ? [nginx] : []), ...peers]);
  } finally {
    await bareOfGet.close();
  }
}

function filesForNginx(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-bench-files-'));
  mkdirSync(join(folder, 'bench'));
  for (const { bytes } of sizes) {
    for (let n = 0; n < 3; n++) writeFileSync(join(folder, `bench/object-${bytes}-${n}`), Buffer.alloc(bytes, 'x'));
  }
  return folder;
}

async function competeInListing(ours: Contender, peers: readonly Peer[]): Promise<Finding> {
  const filled: Peer[] = [];
  await fill(ours);
  for (const peer of peers) {
    try {
      await fill(peer);
      filled.push(peer);
    } catch {
      process.stdout.write(`  a list of keys: without ${peer.name}\n`);
    }
  }
  const bare = await startBareServer(await call(ours.port, listRequest(ours.port)));
  try {
    const contest = { what: 'keys listed, of 100,000', requests: listedKeys.ours, run: listAll };
    return await compete(contest, [ours, bare, ...filled]);
  } finally {
    await bare.close();
  }
}

async function fill(contender: Contender): Promise<void> {
  const { port, pid, kind } = contender;
  await call(port, s3Head(port, 'PUT', '/many'));
  const body = Buffer.from('x');
  const request = (n: number) => [s3Head(port, 'PUT', `/many/folder/key-${String(n).padStart(8, '0')}`, 1), body];
  const { failed } = await load({ port, pid, connections: 32, requests: listedKeys[kind], request });
  if (failed > 0) throw new Error(`${failed} keys could not be put`);
}

const listRequest = (port: number, token?: string): Buffer =>
  s3Head(port, 'GET', `/many?list-type=2${token ? `&continuation-token=${encodeURIComponent(token)}` : ''}`);

/** Keys for requests, from the first again after the last; a bare server gives the same page again and again. */
async function listAll({ port, pid }: Contender, wanted: number): Promise<LoadResult> {
  const startedMs = performance.now();
  const before = cpuSeconds(pid);
  let seen = 0;
  let token: string | undefined;
  do {
    const { body } = await ask(port, listRequest(port, token));
    seen += body.split('<Key>').length - 1;
    token = /<NextContinuationToken>([^<]+)</.exec(body)?.[1];
  } while (seen < wanted);
  const requestsPerSecond = (seen * 1000) / (performance.now() - startedMs);
  const cpu = Math.max(0.01, cpuSeconds(pid) - before);
  return { requestsPerSecond, requestsPerCpuSecond: seen / cpu, medianMs: 0, p99Ms: 0, failed: 0 };
}
