// VPCs as network namespaces of this host. A namespace routes between its guests and, over one veth pair, to the host;
// nftables inside it are the security groups and the 1:1 address translation (nft-ruleset.ts). Nothing is bridged: a
// guest has a /32 address and a link-local gateway, so the blocks of two VPCs may overlap.
//
// Every call looks at the world first, without a spawn (vpc-world.ts), so nothing needs to be remembered over a
// restart, and a call that finds the world as asked for costs a fraction of a millisecond. What the world cannot show
// cheaply is the ruleset: this process remembers the text it swapped in and the kernel's transaction count then.

import { readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { run } from '../run.ts';
import { createHostSide, type HostSide, releaseBlock, reserveBlock } from './host-side.ts';
import { formatBlock, type Ipv4Block } from './ipv4.ts';
import { createLanes } from './lanes.ts';
import { type Libc, loadLibc } from './libc.ts';
import {
  checkCloudId,
  interfaceName,
  namespaceDirectory,
  namespaceName,
  uplinkInside,
  uplinkName,
  vpcIdOf,
} from './names.ts';
import type { Network, VpcPicture } from './network.ts';
import {
  objectsOf,
  parseObjects,
  renderRuleset,
  renderSwap,
  type TableObject,
  type VpcRuleset,
} from './nft-ruleset.ts';
import { checkPicture } from './picture-check.ts';
import { probeNamespaces } from './probe.ts';
import { claimPublicPool, hostAddressOf } from './public-pool.ts';
import { lookAtVpc, lookInside, planVpc, type VpcNames, type Wanted } from './vpc-world.ts';

export interface NamespaceNetworkOptions {
  /** Lower-case letters and digits; tells this cloud's things on the host from another's. */
  readonly cloudId: string;
  /** An existing directory that is this cloud's alone; remembers the public block. */
  readonly stateDirectory: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
  /** Where clouds of this host claim public blocks; /run/cloudlet/public-pools when absent. */
  readonly claimsDirectory?: string;
}

/** The ruleset that this process swapped into a namespace, and the kernel's transaction count after that. */
interface AppliedRuleset {
  readonly inode: number;
  readonly generation: number;
  readonly text: string;
  readonly objects: readonly TableObject[];
}

interface Base {
  readonly libc: Libc;
  readonly host: HostSide;
}

const commandTimeoutMs = 20_000;
const hostLane = 'host';

export function createNamespaceNetwork(options: NamespaceNetworkOptions): Network {
  const { cloudId, clock, log } = options;
  checkCloudId(cloudId);
  const lanes = createLanes();
  const applied = new Map<string, AppliedRuleset>();
  /** VPCs that are here or on their way: the host's side stays as long as there is one. */
  const expected = new Set<string>();
  let opened: Promise<Base> | undefined;
  let claimed: Promise<Ipv4Block> | undefined;

  const namesOf = (vpcId: string): VpcNames => {
    const namespace = namespaceName(cloudId, vpcId);
    return { namespace, namespacePath: `${namespaceDirectory}/${namespace}`, uplink: uplinkName(cloudId, vpcId) };
  };
  // Failures are not remembered: the next call tries again.
  const claim = (): Promise<Ipv4Block> => {
    claimed ??= claimPublicPool(options.stateDirectory, options.claimsDirectory).catch((error: unknown) => {
      claimed = undefined;
      throw error;
    });
    return claimed;
  };
  const base = (): Promise<Base> => {
    opened ??= openBase(options, claim).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  /** Tells whether there was anything to do. */
  async function ensureVpc(picture: VpcPicture): Promise<boolean> {
    const { libc, host } = await base();
    const hostAddress = hostAddressOf(await claim());
    expected.add(picture.id);
    await lanes.run(hostLane, () => host.ensure());
    const names = namesOf(picture.id);
    const wanted: Wanted = { picture, names, hostAddress, uplinkMtu: host.uplinkMtu() };
    const world = lookAtVpc(libc, names);
    const plan = planVpc(wanted, world);
    if (world.inside === 'leftover') unlinkSync(names.namespacePath);
    await ip(plan.onHost);
    // The rules come before any packet can: forwarding and the links are switched on last.
    const swapped = await ensureRuleset(libc, picture.id, names, renderRuleset(picture, wanted.uplinkMtu));
    const needsKernel = typeof world.inside === 'string' || !world.inside.forwards;
    if (needsKernel) libc.insideNamespace(names.namespacePath, setUpKernel);
    await ip(plan.inside, names);
    return swapped || needsKernel || plan.onHost.length + plan.inside.length > 0;
  }

  async function ensureRuleset(libc: Libc, vpcId: string, names: VpcNames, ruleset: VpcRuleset): Promise<boolean> {
    const inside = lookInside(libc, names.namespacePath);
    if (typeof inside === 'string') throw new Error(`${names.namespacePath} vanished while it was being set up`);
    const last = applied.get(vpcId);
    const isOurs = last?.inode === inside.inode && last.generation === inside.rulesetGeneration;
    const text = renderSwap(ruleset, []);
    if (isOurs && last.text === text) return false;
    applied.delete(vpcId);
    const present = isOurs ? last.objects : await listObjects(names);
    await nft(names, renderSwap(ruleset, present));
    // One transaction, so one more than before; any other number means that somebody else was at it too.
    const generation = inside.rulesetGeneration + 1;
    applied.set(vpcId, { inode: inside.inode, generation, text, objects: objectsOf(ruleset) });
    return true;
  }

  /** Tells whether there was anything to remove. */
  async function removeVpc(vpcId: string): Promise<boolean> {
    const { libc, host } = await base();
    const names = namesOf(vpcId);
    applied.delete(vpcId);
    const world = lookAtVpc(libc, names);
    if (world.inside === 'leftover') unlinkSync(names.namespacePath);
    await ip([
      // First, and by itself: a process that is still inside keeps the namespace alive, and its end of the link.
      ...(world.host.uplinkMtu === undefined ? [] : [`link delete ${names.uplink}`]),
      ...(typeof world.inside === 'string' ? [] : [`netns delete ${names.namespace}`]),
    ]);
    expected.delete(vpcId);
    await lanes.run(hostLane, async () => {
      if (expected.size === 0 && listVpcs(cloudId).length === 0) await host.ensureAbsent();
    });
    return world.inside !== 'absent' || world.host.uplinkMtu !== undefined;
  }

  async function timed(act: string, vpcId: string, task: () => Promise<boolean>): Promise<void> {
    const startedMs = clock.monotonicMs();
    if (await task()) log.debug(act, { vpcId, tookMs: Math.round((clock.monotonicMs() - startedMs) * 10) / 10 });
  }

  return {
    carriesPackets: true,
    probe: probeNamespaces,
    async ensureVpc(picture) {
      const pool = await claim();
      checkPicture(picture, pool, hostAddressOf(pool));
      await lanes.run(picture.id, () => timed('network.ensureVpc', picture.id, () => ensureVpc(picture)));
    },
    async ensureVpcAbsent(vpcId) {
      await lanes.run(vpcId, () => timed('network.ensureVpcAbsent', vpcId, () => removeVpc(vpcId)));
    },
    listVpcs: async () => listVpcs(cloudId),
    async publicPool() {
      const pool = await claim();
      await lanes.run(hostLane, () => reserveBlock(pool));
      return formatBlock(pool);
    },
    hostAddress: async () => hostAddressOf(await claim()),
    interfaceName,
    namespacePath: (vpcId) => namesOf(vpcId).namespacePath,
    async openSocket({ vpcId, protocol, address, port }) {
      const { libc } = await base();
      return libc.insideNamespace(namesOf(vpcId).namespacePath, () => libc.boundSocket(protocol, address, port));
    },
    async close() {
      await lanes.settled();
      if (claimed && listVpcs(cloudId).length === 0) await releaseBlock(await claimed);
    },
  };
}

async function openBase({ cloudId, log }: NamespaceNetworkOptions, claim: () => Promise<Ipv4Block>): Promise<Base> {
  const [libc, pool] = await Promise.all([loadLibc(), claim()]);
  return { libc, host: createHostSide({ cloudId, pool, libc, log }) };
}

function listVpcs(cloudId: string): readonly string[] {
  return listDirectory(namespaceDirectory).flatMap((name) => vpcIdOf(cloudId, name) ?? []);
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Runs inside the namespace. Forwarding comes last: it shows that the others have been set. */
function setUpKernel(): void {
  const ipv4 = '/proc/sys/net/ipv4/conf';
  for (const [path, value] of [
    ['/proc/sys/net/ipv6/conf/all/disable_ipv6', '1'],
    ['/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'],
    // Sources are checked by our own rules, which know of interfaces whose check is off.
    [`${ipv4}/all/rp_filter`, '0'],
    [`${ipv4}/default/rp_filter`, '0'],
    [`${ipv4}/${uplinkInside}/rp_filter`, '0'],
    [`${ipv4}/all/send_redirects`, '0'],
    [`${ipv4}/default/send_redirects`, '0'],
    [`${ipv4}/${uplinkInside}/send_redirects`, '0'],
    // A segment out of the window is the guests' own business; calling it invalid would stall their connection.
    ['/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal', '1'],
    ['/proc/sys/net/ipv4/ip_forward', '1'],
  ] as const) {
    writeUnlessMissing(path, value);
  }
}

// A kernel without IPv6 has nothing to switch off.
function writeUnlessMissing(path: string, value: string): void {
  try {
    writeFileSync(path, value, { flag: 'r+' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !path.includes('/ipv6/')) throw error;
  }
}

async function listObjects(names: VpcNames): Promise<readonly TableObject[]> {
  const listing = ['nft', '--json', '--terse', 'list', 'ruleset'];
  const { stdout } = await run(inside(names, listing), { timeoutMs: commandTimeoutMs });
  return parseObjects(stdout);
}

async function nft(names: VpcNames, script: string): Promise<void> {
  await run(inside(names, ['nft', '-f', '-']), { stdin: script, timeoutMs: commandTimeoutMs });
}

async function ip(lines: readonly string[], names?: VpcNames): Promise<void> {
  if (lines.length === 0) return;
  const batch = ['ip', '-batch', '-'];
  const argv = names === undefined ? batch : inside(names, batch);
  await run(argv, { stdin: `${lines.join('\n')}\n`, timeoutMs: commandTimeoutMs });
}

// Not `ip netns exec`: that also takes the host's /sys and mounts away, for which we have no use.
function inside(names: VpcNames, argv: readonly string[]): readonly string[] {
  return ['nsenter', `--net=${names.namespacePath}`, '--', ...argv];
}
