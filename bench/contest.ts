// One operation, carried out by us and by our peers in turn, several times over: the machine is shared and its speed
// drifts, so only what was measured at the same time is compared, by processor time, and by medians.

import { type CloudProcess, createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import type { LoadResult } from './load.ts';
import { firstLine, type Peer } from './peers.ts';
import { type Finding, median } from './report.ts';

export interface Contender {
  readonly name: string;
  readonly kind: Peer['kind'] | 'ours';
  readonly isOnlyShown?: boolean;
  readonly port: number;
  readonly pid: number;
}

export interface Contest {
  readonly what: string;
  /** In a round. Who is slow does fewer: so many as take about a second. */
  readonly requests: number;
  /** One round by one of them. */
  run(contender: Contender, requests: number): Promise<LoadResult>;
}

const rounds = 3;
/** Each contender runs so often: the first round warms up. */
export const runsInContest = rounds + 1;
const fewest = 20;
/** Of the requests in the round that warms up, when nobody knows yet. */
const firstShares: Readonly<Record<Contender['kind'], number>> = {
  ours: 1,
  bare: 1,
  limit: 1,
  javascript: 0.2,
  python: 0.01,
};

export async function createdCloud(flags: readonly string[] = []): Promise<CloudProcess> {
  const cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--log', 'warn', ...flags] });
  await cloud.start();
  process.once('exit', () => void cloud.kill('SIGKILL')); // a benchmark that is ended leaves nothing running
  return cloud;
}

export function oursOf(cloud: CloudProcess): Contender {
  return { name: 'cloudlet', kind: 'ours', port: cloud.port, pid: cloud.pid() };
}

/** Peers that can be had; each is `prepare`d first, and left out when that fails. */
export async function startedPeers(
  starts: readonly (() => Promise<Peer | undefined>)[],
  prepare: (peer: Peer) => Promise<unknown>,
): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const start of starts) {
    let peer: Peer | undefined;
    try {
      peer = await start();
      if (!peer) continue;
      await prepare(peer);
      peers.push(peer);
    } catch (error) {
      process.stdout.write(`  without ${peer?.name ?? 'a peer'}: ${firstLine(error)}\n`);
      await peer?.close();
    }
  }
  return peers;
}

/** The first contender is ours. Who fails is left out from then on. */
export async function compete(contest: Contest, contenders: readonly Contender[]): Promise<Finding> {
  const results = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [contender, rates] of results) {
      try {
        const result = await contest.run(contender, requestsOf(contest, contender, rates));
        if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
        rates.push(result.requestsPerCpuSecond);
      } catch (error) {
        if (contender.kind === 'ours') throw error;
        process.stdout.write(`  ${contest.what}: without ${contender.name}: ${firstLine(error)}\n`);
        results.delete(contender);
      }
    }
  }
  // The first round warms up.
  const figures = [...results].map(([{ name, kind, isOnlyShown = false }, rates]) => ({
    name,
    kind,
    isOnlyShown,
    figure: median(rates.slice(1)),
  }));
  const [ours, ...peers] = figures;
  return { what: contest.what, unit: '/s of one core', ours: ours?.figure ?? 0, peers, ...verdict(figures) };
}

function requestsOf({ requests }: Contest, { kind }: Contender, rates: readonly number[]): number {
  const rate = rates.at(-1);
  const most = rate === undefined ? requests * firstShares[kind] : rate;
  return Math.ceil(Math.min(requests, Math.max(fewest, most)));
}

/** Ten times the Python peers and three times the JavaScript ones, or 60 % of a bare server, whichever is lower. */
function verdict([ours, ...peers]: readonly (Pick<Contender, 'kind' | 'isOnlyShown'> & { readonly figure: number })[]) {
  const judging = peers.filter(({ isOnlyShown }) => !isOnlyShown);
  const best = (kind: Contender['kind']) =>
    Math.max(0, ...judging.filter((peer) => peer.kind === kind).map(({ figure }) => figure));
  const ofPeers = Math.max(10 * best('python'), 3 * best('javascript')) || Number.POSITIVE_INFINITY;
  const ofBare = 0.6 * best('bare') || Number.POSITIVE_INFINITY;
  return {
    target: 'python x 10 and javascript x 3, or bare x 0.6',
    isMet: (ours?.figure ?? 0) >= Math.min(ofPeers, ofBare),
  };
}

/** What waiting for the disk costs by the clock, at this many requests at a time. */
export async function compareDurability(
  contest: Contest,
  strict: Contender,
  relaxed: Contender,
): Promise<readonly Finding[]> {
  const rates = new Map<Contender, number[]>([
    [strict, []],
    [relaxed, []],
  ]);
  for (let round = 0; round <= rounds; round++) {
    for (const [contender, measured] of rates) {
      const { requestsPerSecond } = await contest.run(contender, contest.requests);
      if (round > 0) measured.push(requestsPerSecond);
    }
  }
  return [
    {
      what: `${contest.what}, on disk before it is acknowledged`,
      unit: '/s by the clock',
      ours: median(rates.get(strict) ?? []),
      peers: [{ name: '--durability=relaxed', figure: median(rates.get(relaxed) ?? []) }],
      target: 'shown',
    },
  ];
}
