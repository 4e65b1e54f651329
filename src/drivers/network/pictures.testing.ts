// Pictures in few words, and the question that packet tests ask: did this one arrive?

import { expect } from 'vitest';
import type { InterfacePicture, RulePicture, SecurityGroupPicture, VpcPicture } from './network.ts';
import { eventually, type Station } from './packet-lab.testing.ts';
import type { Packet } from './raw-packet.testing.ts';

export const anywhere = '0.0.0.0/0';

/** `tcp 80 from 0.0.0.0/0`: a peer that begins with `sg-` is a group. */
export function rule(
  protocol: string,
  ports: number | readonly [number, number] | undefined,
  peer: string,
): RulePicture {
  const range = typeof ports === 'number' ? ([ports, ports] as const) : ports;
  return {
    protocol,
    ...(range === undefined ? {} : { fromPort: range[0], toPort: range[1] }),
    peer: peer.startsWith('sg-') ? { securityGroupId: peer } : { cidr: peer },
  };
}

export const all: readonly RulePicture[] = [rule('-1', undefined, anywhere)];

export function group(id: string, rules: Partial<SecurityGroupPicture>): SecurityGroupPicture {
  return { id, ingress: [], egress: [], ...rules };
}

/** The n-th interface of a VPC: `10.0.0.<10 + n>`. */
export function eni(n: number, groups: readonly string[], more: Partial<InterfacePicture> = {}): InterfacePicture {
  return {
    id: `eni-0123456789abcde${n.toString(16).padStart(2, '0')}`,
    macAddress: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`,
    privateAddress: `10.0.0.${10 + n}`,
    // Every interface can always get a packet to every other at one UDP port: see `expectDropped`.
    securityGroupIds: [...groups, 'sg-witness'],
    sourceDestinationCheck: true,
    ...more,
  };
}

const witnessPort = 65_000;
const witnessRules = [rule('udp', witnessPort, anywhere)];

export function vpc(
  id: string,
  interfaces: readonly InterfacePicture[],
  groups: readonly SecurityGroupPicture[],
  cidrBlocks: readonly string[] = ['10.0.0.0/16'],
): VpcPicture {
  const witness = group('sg-witness', { ingress: witnessRules, egress: witnessRules });
  return { id, cidrBlocks, interfaces, securityGroups: [...groups, witness] };
}

let lastMark = 0;

function nextMark(): number {
  lastMark = (lastMark % 60_000) + 1;
  return lastMark;
}

/** A packet that begins a flow of its own, from `from` to `destination`. */
export function packetFrom(from: Station, destination: string, more: Partial<Packet> & { protocol: number }): Packet {
  const mark = nextMark();
  return { source: from.address, destination, sourcePort: 5000 + mark, mark, ...more };
}

export const tcp = (port: number) => ({ protocol: 6, destinationPort: port });
export const udp = (port: number) => ({ protocol: 17, destinationPort: port });
export const icmp = (type: number, code = 0) => ({ protocol: 1, icmpType: type, icmpCode: code });
export const other = (protocol: number) => ({ protocol });

/**
 * What stays the same of a packet on its way, whatever becomes of its addresses. The mark alone would not do: kernels
 * give their own answers marks of their own.
 */
export function identityOf({ mark, protocol, icmpType, destinationPort }: Packet): string {
  return [mark, protocol, icmpType, destinationPort].join('/');
}

/** Sends the packet and waits for it at `to`; gives it as it arrived. */
export function expectDelivered(from: Station, to: Station, packet: Packet): Promise<Packet> {
  from.send(packet);
  return eventually(`${describePacket(packet)} to arrive at ${to.address}`, () =>
    to.received().find((each) => identityOf(each) === identityOf(packet)),
  );
}

/**
 * Sends the packet, and after it one that is always let through on the same way (by default the witness port of the
 * receiver's private address): once that has arrived, the first has had its time. No waiting for nothing to happen.
 */
export async function expectDropped(
  from: Station,
  to: Station,
  packet: Packet,
  witness: Packet = packetFrom(from, to.address, udp(witnessPort)),
  witnessFrom: Station = from,
): Promise<void> {
  from.send(packet);
  witnessFrom.send(witness);
  const seen: Packet[] = [];
  await eventually(`the packet after ${describePacket(packet)}`, () => {
    seen.push(...to.received());
    return seen.find((each) => identityOf(each) === identityOf(witness));
  });
  const arrived = seen.filter((each) => identityOf(each) === identityOf(packet));
  expect(arrived.map(describePacket), 'should have been dropped').toEqual([]);
}

export function describePacket(packet: Packet): string {
  const { source, destination, protocol, destinationPort, icmpType, icmpCode } = packet;
  const detail = protocol === 1 ? `type ${icmpType} code ${icmpCode}` : `port ${destinationPort}`;
  return `protocol ${protocol} ${detail}, ${source} to ${destination}`;
}
