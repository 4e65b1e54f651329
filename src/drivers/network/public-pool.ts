// Which part of 198.18.0.0/16 is whose on this host. That block is set aside for benchmarks (RFC 2544), so it leads
// nowhere on the internet. Each cloud claims one /22 of it with a file that names the cloud's state directory. Claims
// live as long as the host is up; the directory remembers its own, so that addresses stay the same over a reboot.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { blockContains, formatBlock, formatIpv4, type Ipv4Block, parseBlock, parseIpv4 } from './ipv4.ts';
import { loadLibc } from './libc.ts';

/** Where clouds on this host tell each other what they have taken. */
const claimsDirectory = '/run/cloudlet/public-pools';

const prefixLength = 22;
const blockCount = 64;
const firstBase = parseIpv4('198.18.0.0');

interface Claim {
  readonly pool: string;
  readonly owner: string;
}

/** This cloud's block. Claimed under a lock that the kernel lets go of when a process dies. */
export async function claimPublicPool(
  stateDirectory: string,
  claimsPath: string = claimsDirectory,
): Promise<Ipv4Block> {
  const owner = realpathSync(stateDirectory);
  const memory = join(owner, 'public-pool');
  const remembered = readPool(memory);
  // Nobody takes a block that somebody who exists has claimed, so this needs no lock.
  if (remembered !== undefined && readIfThere(join(claimsPath, fileOf(remembered))) === owner)
    return parseBlock(remembered);
  mkdirSync(claimsPath, { recursive: true });
  const libc = await loadLibc();
  return libc.exclusively(join(claimsPath, '.lock'), () => {
    const claims = readClaims(claimsPath).filter((claim) => existsSync(claim.owner));
    const pool = choosePool(claims, owner, readPool(memory), foreignAddresses());
    writeWhole(join(claimsPath, fileOf(pool)), `${owner}\n`);
    writeWhole(memory, `${pool}\n`);
    return parseBlock(pool);
  });
}

/** The address that guests see the host by. */
export function hostAddressOf(pool: Ipv4Block): string {
  return formatIpv4(pool.base + 1);
}

/** Pure. `claims` are those of clouds that still exist; throws when nothing is left. */
export function choosePool(
  claims: readonly Claim[],
  owner: string,
  remembered: string | undefined,
  foreign: readonly number[],
): string {
  const own = claims.find((claim) => claim.owner === owner);
  if (own !== undefined) return own.pool;
  const isFree = (pool: string) => claims.every((claim) => claim.pool !== pool);
  if (remembered !== undefined && isFree(remembered)) return remembered;
  const free = candidates(owner).find(
    (pool) => isFree(pool) && !foreign.some((address) => blockContains(parseBlock(pool), address)),
  );
  if (free === undefined) throw new Error(`no public addresses are left: all ${blockCount} blocks are taken`);
  return free;
}

/** Every block, beginning at one that depends on the directory: two clouds rarely want the same one. */
function candidates(owner: string): readonly string[] {
  const start = createHash('sha256').update(owner).digest().readUInt16BE(0);
  return Array.from({ length: blockCount }, (_, index) => {
    const base = firstBase + ((start + index) % blockCount) * 2 ** (32 - prefixLength);
    return formatBlock({ base, prefixLength });
  });
}

/** Addresses in use on the host: a VPN may sit on part of the block, or the uplinks of a cloud whose claim is lost. */
function foreignAddresses(): readonly number[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => parseIpv4(address));
}

function readClaims(claimsPath: string): readonly Claim[] {
  const files = readdirSync(claimsPath).filter((name) => /^[\d.]+$/.test(name));
  return files.map((name) => ({
    pool: `${name}/${prefixLength}`,
    owner: readFileSync(join(claimsPath, name), 'utf8').trim(),
  }));
}

function fileOf(pool: string): string {
  return pool.slice(0, pool.indexOf('/'));
}

/** Undefined as well when a crash of the host left nothing in the file. */
function readPool(path: string): string | undefined {
  const text = readIfThere(path);
  return text !== undefined && /^[\d.]+\/\d+$/.test(text) ? text : undefined;
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function writeWhole(path: string, content: string): void {
  const temporary = `${path}~`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
