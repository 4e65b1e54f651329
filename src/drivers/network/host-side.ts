// What all VPCs of one cloud share on the host: forwarding and the way to the internet, made with the first VPC and removed
// with the last; and the cloud's block of public addresses leading nowhere for as long as the cloud runs, so that nothing
// meant for an instance that is gone leaks to the real network.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Log } from '../../kernel/log.ts';
import { run } from '../run.ts';
import { formatBlock, type Ipv4Block } from './ipv4.ts';
import type { Libc } from './libc.ts';
import { hostTableName, uplinkPrefix } from './names.ts';
import { defaultInterface, readRoutes } from './route-table.ts';

export interface HostSide {
  /** Looks at the host, and acts only where something is missing. */
  ensure(): Promise<void>;
  ensureAbsent(): Promise<void>;
  /** What the uplinks' MTU should be: no more than the host's own way out carries. */
  uplinkMtu(): number;
}

interface HostSideOptions {
  readonly cloudId: string;
  readonly pool: Ipv4Block;
  readonly libc: Libc;
  readonly log: Log;
}

interface ChainListing {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

interface RuleListing {
  readonly handle: number;
  readonly comment?: string;
}

/** Enough for any link a guest's packets may take; more would only find out on the way. */
const greatestMtu = 1500;
const commandTimeoutMs = 20_000;

export function createHostSide({ cloudId, pool, libc, log }: HostSideOptions): HostSide {
  const table = hostTableName(cloudId);
  const poolText = formatBlock(pool);
  /** What this process made the table for; and the host's rules, whoever's, as they were when all was well. */
  let made: { readonly wayOut: string | undefined; readonly generation: number } | undefined;

  async function ensureRules(wayOut: string | undefined): Promise<void> {
    const chains = await listChains();
    const isThere = chains.some((chain) => chain.family === 'inet' && chain.table === table);
    if (made === undefined || made.wayOut !== wayOut || !isThere) {
      await nft(renderHostTable(cloudId, poolText, wayOut));
      log.debug('made the host side of the network', { table, pool: poolText, wayOut: wayOut ?? 'none' });
    }
    await acceptInForeignChains(chains, cloudId);
  }

  return {
    async ensure() {
      ensureForwarding();
      const routes = readRoutes();
      const wayOut = defaultInterface(routes);
      const generation = libc.rulesetGeneration();
      if (made === undefined || made.wayOut !== wayOut || made.generation !== generation) {
        await ensureRules(wayOut);
        if (made === undefined) warnOfLegacyTables(log);
        // When something was changed just now, the generation is already another, and the next call looks again.
        made = { wayOut, generation };
      }
      await reserveBlock(pool, routes);
    },

    async ensureAbsent() {
      made = undefined;
      const chains = await listChains();
      await removeFromForeignChains(chains, cloudId);
      // Added first, so that it is no failure when somebody flushed everything a moment ago.
      if (chains.some((chain) => chain.table === table))
        await nft(`add table inet ${table}\ndelete table inet ${table}\n`);
    },

    uplinkMtu() {
      const wayOut = defaultInterface(readRoutes());
      return Math.min(greatestMtu, (wayOut === undefined ? undefined : libc.interfaceMtu(wayOut)) ?? greatestMtu);
    },
  };
}

/** Lets unused addresses of the block lead nowhere. */
export async function reserveBlock(pool: Ipv4Block, routes = readRoutes()): Promise<void> {
  if (!routes.some((route) => leadsNowhere(route, pool))) await ip([`route replace unreachable ${formatBlock(pool)}`]);
}

export async function releaseBlock(pool: Ipv4Block): Promise<void> {
  if (readRoutes().some((route) => leadsNowhere(route, pool)))
    await ip([`route delete unreachable ${formatBlock(pool)}`]);
}

/** Pure. What leaves a VPC has one of the cloud's public addresses, or does not leave. */
export function renderHostTable(cloudId: string, pool: string, wayOut: string | undefined): string {
  const table = `inet ${hostTableName(cloudId)}`;
  const uplinks = `iifname "${uplinkPrefix(cloudId)}*"`;
  const masquerade = wayOut === undefined ? [] : [`ip saddr ${pool} oifname "${wayOut}" masquerade`];
  return [
    `add table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    'chain source_check {',
    'type filter hook prerouting priority raw; policy accept;',
    `${uplinks} ip saddr != ${pool} drop`,
    `${uplinks} meta nfproto != ipv4 drop`,
    '}',
    'chain to_internet {',
    'type nat hook postrouting priority srcnat; policy accept;',
    ...masquerade,
    '}',
    '}',
    '',
  ].join('\n');
}

// Never set back: who else relies on it by now cannot be known.
function ensureForwarding(): void {
  const path = '/proc/sys/net/ipv4/ip_forward';
  if (readFileSync(path, 'utf8').trim() !== '1') writeFileSync(path, '1');
}

function leadsNowhere(
  route: { readonly interfaceName: string | undefined; readonly destination: number; readonly prefixLength: number },
  pool: Ipv4Block,
): boolean {
  const isNowhere = route.interfaceName === undefined;
  return isNowhere && route.destination === pool.base && route.prefixLength === pool.prefixLength;
}

// A packet must be accepted in every chain of the forward hook, so a firewall of the host's that drops what it does
// not know (Docker's, ufw's) must be told about ours. The rules carry the cloud's name, to be found again.
async function acceptInForeignChains(chains: readonly ChainListing[], cloudId: string): Promise<void> {
  const uplinks = `"${uplinkPrefix(cloudId)}*"`;
  const comment = hostTableName(cloudId);
  for (const chain of chains.filter(dropsForwarded)) {
    const rules = await listRules(chain);
    if (rules.some((rule) => rule.comment === comment)) continue;
    const into = `insert rule ${chain.family} ${chain.table} ${chain.name}`;
    await nft(
      ['iifname', 'oifname'].map((match) => `${into} ${match} ${uplinks} accept comment "${comment}"\n`).join(''),
    );
  }
}

async function removeFromForeignChains(chains: readonly ChainListing[], cloudId: string): Promise<void> {
  const comment = hostTableName(cloudId);
  for (const chain of chains.filter((each) => each.hook === 'forward')) {
    const ours = (await listRules(chain)).filter((rule) => rule.comment === comment);
    const from = `delete rule ${chain.family} ${chain.table} ${chain.name}`;
    if (ours.length > 0) await nft(ours.map((rule) => `${from} handle ${rule.handle}\n`).join(''));
  }
}

function dropsForwarded(chain: ChainListing): boolean {
  return chain.hook === 'forward' && chain.policy === 'drop' && ['ip', 'inet'].includes(chain.family);
}

function warnOfLegacyTables(log: Log): void {
  const names = '/proc/net/ip_tables_names';
  if (existsSync(names) && readFileSync(names, 'utf8').split('\n').includes('filter')) {
    log.warn('iptables-legacy is in force on this host; if its FORWARD chain drops, guests have no internet', {
      remedy: 'iptables-legacy -I FORWARD -i cl+ -j ACCEPT; iptables-legacy -I FORWARD -o cl+ -j ACCEPT',
    });
  }
}

async function listChains(): Promise<readonly ChainListing[]> {
  const { stdout } = await run(['nft', '--json', 'list', 'chains'], { timeoutMs: commandTimeoutMs });
  const { nftables } = JSON.parse(stdout) as { nftables: readonly { chain?: ChainListing }[] };
  return nftables.flatMap(({ chain }) => chain ?? []);
}

async function listRules({ family, table, name }: ChainListing): Promise<readonly RuleListing[]> {
  const listing = ['nft', '--json', '--handle', 'list', 'chain', family, table, name];
  const { stdout } = await run(listing, { timeoutMs: commandTimeoutMs });
  const { nftables } = JSON.parse(stdout) as { nftables: readonly { rule?: RuleListing }[] };
  return nftables.flatMap(({ rule }) => rule ?? []);
}

async function nft(script: string): Promise<void> {
  await run(['nft', '-f', '-'], { stdin: script, timeoutMs: commandTimeoutMs });
}

async function ip(lines: readonly string[]): Promise<void> {
  await run(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n`, timeoutMs: commandTimeoutMs });
}
