// Looks at what the host has of one VPC, without spawning anything, and decides which commands are missing. The plan
// comes from the world alone, so it does not matter who made what is there, or who died in the middle of making it.

import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { formatBlock, formatIpv4, parseBlock } from './ipv4.ts';
import type { Libc } from './libc.ts';
import { uplinkInside } from './names.ts';
import { guestGatewayAddress, metadataAddress, resolverAddress, timeAddress, type VpcPicture } from './network.ts';
import { resolverOfBlock } from './nft-ruleset.ts';
import { type Route, readRoutes } from './route-table.ts';

/** The VPC's end of the uplink; every VPC has the same, the host never routes to it but through that VPC's uplink. */
const uplinkInsideAddress = '169.254.0.2';

export interface VpcNames {
  readonly namespace: string;
  readonly namespacePath: string;
  readonly uplink: string;
}

/** One side of the uplink, as one network namespace sees it. */
interface Side {
  /** Of the uplink's end here; undefined when there is none. */
  readonly uplinkMtu: number | undefined;
  /** Addresses of interfaces that are up, as `name address`. */
  readonly addresses: readonly string[];
  readonly routes: readonly Route[];
}

export interface InsideSide extends Side {
  /** Tells this namespace from a later one of the same name. */
  readonly inode: number;
  readonly rulesetGeneration: number;
  readonly forwards: boolean;
}

export interface VpcWorld {
  readonly host: Side;
  /** `leftover`: a name without a namespace, as a crash in the middle of making it leaves behind. */
  readonly inside: InsideSide | 'absent' | 'leftover';
}

export function lookAtVpc(libc: Libc, names: VpcNames): VpcWorld {
  return { host: lookAtSide(libc, names.uplink), inside: lookInside(libc, names.namespacePath) };
}

export function lookInside(libc: Libc, path: string): VpcWorld['inside'] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  // A namespace's name is a mount point; a plain file has the directory's own device.
  if (found.dev === statSync(dirname(path)).dev) return 'leftover';
  return libc.insideNamespace(path, () => ({
    ...lookAtSide(libc, uplinkInside),
    inode: found.ino,
    rulesetGeneration: libc.rulesetGeneration(),
    forwards: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1',
  }));
}

function lookAtSide(libc: Libc, uplink: string): Side {
  return {
    uplinkMtu: libc.interfaceMtu(uplink),
    addresses: Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
      (addresses ?? []).map(({ address }) => `${name} ${address}`),
    ),
    routes: readRoutes(),
  };
}

/** Lines for `ip -batch`, on the host and then inside the namespace. */
export interface VpcPlan {
  readonly onHost: readonly string[];
  readonly inside: readonly string[];
}

export interface Wanted {
  readonly picture: VpcPicture;
  readonly names: VpcNames;
  readonly hostAddress: string;
  readonly uplinkMtu: number;
}

export function planVpc(wanted: Wanted, world: VpcWorld): VpcPlan {
  const { names } = wanted;
  const inside = typeof world.inside === 'string' ? undefined : world.inside;
  const isLinked = world.host.uplinkMtu !== undefined && inside?.uplinkMtu !== undefined;
  const onHost = [
    // An end without its other end belongs to a namespace that lost its name.
    ...(!isLinked && world.host.uplinkMtu !== undefined ? [`link delete ${names.uplink}`] : []),
    ...(inside === undefined ? [`netns add ${names.namespace}`] : []),
    ...(isLinked ? [] : [addUplink(wanted)]),
    ...planUplinkOnHost(wanted, isLinked ? world.host : undefined),
    ...planPublicRoutes(wanted, isLinked ? world.host.routes : []),
  ];
  return { onHost, inside: planInside(wanted, isLinked ? inside : undefined) };
}

function addUplink({ names, uplinkMtu }: Wanted): string {
  const [near, far] = [`${names.uplink} mtu ${uplinkMtu}`, `${uplinkInside} mtu ${uplinkMtu} netns ${names.namespace}`];
  return `link add ${near} type veth peer name ${far}`;
}

function planUplinkOnHost({ names, hostAddress, uplinkMtu }: Wanted, seen: Side | undefined): readonly string[] {
  const isUp = seen?.addresses.includes(`${names.uplink} ${hostAddress}`) === true;
  if (isUp && seen.uplinkMtu === uplinkMtu) return [];
  return [
    `address replace ${hostAddress}/32 dev ${names.uplink}`,
    `link set ${names.uplink} mtu ${uplinkMtu} alias ${names.namespace} up`,
  ];
}

// The host speaks from the uplink's own address, its only one.
function planPublicRoutes({ picture, names }: Wanted, seen: readonly Route[]): readonly string[] {
  const present = new Set(
    seen.filter((route) => route.interfaceName === names.uplink).map((route) => formatIpv4(route.destination)),
  );
  const published = new Set(picture.interfaces.flatMap(({ publicAddress }) => publicAddress ?? []));
  return [
    ...[...present]
      .filter((address) => !published.has(address))
      .map((it) => `route delete ${it}/32 dev ${names.uplink}`),
    ...[...published]
      .filter((address) => !present.has(address))
      .map((it) => `route replace ${it}/32 via ${uplinkInsideAddress} dev ${names.uplink} onlink`),
  ];
}

function planInside(wanted: Wanted, seen: Side | undefined): readonly string[] {
  const { picture, hostAddress, uplinkMtu } = wanted;
  const local = [
    guestGatewayAddress,
    metadataAddress,
    resolverAddress,
    timeAddress,
    formatIpv4(resolverOfBlock(picture.cidrBlocks)),
  ].map((address) => ['lo', address] as const);
  const addresses = [...local, [uplinkInside, uplinkInsideAddress] as const].filter(
    ([name, address]) => !seen?.addresses.includes(`${name} ${address}`),
  );
  const hasDefault = seen?.routes.some((route) => route.prefixLength === 0 && route.interfaceName === uplinkInside);
  return [
    ...addresses.map(([name, address]) => `address replace ${address}/32 dev ${name}`),
    ...(addresses.length > 0 || seen?.uplinkMtu !== uplinkMtu
      ? ['link set lo up', `link set ${uplinkInside} mtu ${uplinkMtu} up`]
      : []),
    ...planBlackholes(picture.cidrBlocks, seen?.routes ?? []),
    ...(hasDefault
      ? []
      : [
          `route replace ${hostAddress}/32 dev ${uplinkInside}`,
          `route replace default via ${hostAddress} dev ${uplinkInside} onlink`,
        ]),
  ];
}

/** What is in the VPC's blocks but has no running guest is lost in silence, as on AWS, and does not go to the host. */
function planBlackholes(cidrBlocks: readonly string[], seen: readonly Route[]): readonly string[] {
  const wanted = cidrBlocks.map((block) => formatBlock(parseBlock(block)));
  const present = seen
    .filter((route) => route.interfaceName === undefined)
    .map((route) => formatBlock({ base: route.destination, prefixLength: route.prefixLength }));
  return [
    ...present.filter((block) => !wanted.includes(block)).map((block) => `route delete blackhole ${block}`),
    ...wanted.filter((block) => !present.includes(block)).map((block) => `route replace blackhole ${block}`),
  ];
}
