// Random pictures and random packets: the rendered firewall, under real packets, must agree with the naive reading of
// the picture (packet-oracle.ts), which shares no code with it.

import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadLibc } from './libc.ts';
import type { InterfacePicture, Network, RulePicture, SecurityGroupPicture } from './network.ts';
import {
  describeWithPackets,
  eventually,
  internetAddress,
  openPacketLab,
  type PacketLab,
  type Station,
} from './packet-lab.testing.ts';
import { type FlowStart, isAllowed } from './packet-oracle.ts';
import { all, anywhere, describePacket, eni, identityOf, packetFrom, rule, udp, vpc } from './pictures.testing.ts';
import type { Packet } from './raw-packet.testing.ts';

const vpcId = 'vpc-00000000000000001';
const guestCount = 4;
const ports = [22, 80, 443, 3005];
const groupIds = ['sg-1', 'sg-2', 'sg-3'];

interface Trial {
  /** Index of a guest, or -1: the internet. */
  readonly from: number;
  /** Of an address that somebody could have. */
  readonly to: number;
  readonly source: 'own' | number;
  readonly traffic: Omit<Packet, 'source' | 'destination' | 'mark'>;
}

describeWithPackets('the rendered firewall and the naive reading of the picture', () => {
  let lab: PacketLab;
  let network: Network;
  let guests: readonly Station[];
  let publics: readonly string[];

  beforeAll(async () => {
    lab = await openPacketLab();
    network = lab.startCloud().network;
    const base = (await network.publicPool()).replace('.0/22', '');
    publics = Array.from({ length: guestCount }, (_, n) => `${base}.${11 + n}`);
    const interfaces = publics.map((_, n) => eni(n + 1, []));
    await network.ensureVpc(vpc(vpcId, interfaces, []));
    guests = interfaces.map((each) => lab.plug(network, vpcId, each));
    // Without ports, all packets between two addresses are one flow, here as on AWS, and a packet back is an answer to
    // one of an earlier trial. So such flows are forgotten at once.
    const libc = await loadLibc();
    const forget = () => writeFileSync('/proc/sys/net/netfilter/nf_conntrack_generic_timeout', '0');
    libc.insideNamespace(network.namespacePath(vpcId), forget);
    lab.host.inside(forget);
  });
  afterAll(() => lab?.close());

  it('agree on who gets which packet', { timeout: 600_000 }, async () => {
    let [allowedCount, deniedCount] = [0, 0];
    const property = fc.asyncProperty(
      pictureParts(),
      fc.array(trials(), { minLength: 40, maxLength: 60 }),
      async (parts, tried) => {
        const picture = vpc(vpcId, withAddresses(parts.interfaces), parts.groups);
        await network.ensureVpc(picture);
        for (const station of [...guests, lab.internet]) station.received();
        const flows = tried.flatMap((trial) => flowOf(trial, picture.interfaces));
        for (const { packet, sender } of flows) sender.send(packet);
        const expected = flows
          .filter(({ flow }) => isAllowed(picture, flow) && !isUnused(flow.destination, picture.interfaces))
          .map(({ packet }) => identityOf(packet));
        const arrived = await collect(expected, picture.interfaces);
        const wrong = flows.filter(
          ({ packet }) => arrived.has(identityOf(packet)) !== expected.includes(identityOf(packet)),
        );
        expect(wrong.map(({ packet, flow }) => describeWrong(packet, flow, arrived.has(identityOf(packet))))).toEqual(
          [],
        );
        allowedCount += expected.length;
        deniedCount += flows.length - expected.length;
      },
    );
    await fc.assert(property, { numRuns: 60 });
    // A test that allows or denies everything would prove nothing.
    expect(allowedCount).toBeGreaterThan(100);
    expect(deniedCount).toBeGreaterThan(100);
  });

  function withAddresses(interfaces: readonly InterfacePicture[]): readonly InterfacePicture[] {
    return interfaces.map(({ publicAddress, ...each }, n) => {
      const address = publics[n];
      return publicAddress === undefined || address === undefined ? each : { ...each, publicAddress: address };
    });
  }

  /** The oracle knows one VPC and no cloud: to it, an address of the block that nobody has is just the internet. */
  function isUnused(address: string, interfaces: readonly InterfacePicture[]): boolean {
    return publics.includes(address) && !interfaces.some((each) => each.publicAddress === address);
  }

  /** Nothing for a packet from a guest to itself: it would never leave. */
  function flowOf({ from, to, source, traffic }: Trial, interfaces: readonly InterfacePicture[]) {
    const sender = guests[from] ?? lab.host;
    const targets = [...guests.map((guest) => guest.address), ...publics, '10.0.0.99', internetAddress];
    const destination = targets[to % targets.length] as string;
    const spoofable = [...guests.map((guest) => guest.address), '10.0.0.98', '192.0.2.5'];
    const own = from === -1 ? internetAddress : sender.address;
    const packet = packetFrom(sender, destination, {
      ...traffic,
      source: source === 'own' ? own : (spoofable[source % spoofable.length] as string),
    });
    const isFromInternet = from === -1;
    // The host has no route to private addresses, and nothing of the lab's internet answers for unused public ones.
    if (isFromInternet && !interfaces.some((each) => each.publicAddress === destination)) return [];
    if (destination === sender.address) return [];
    const { protocol, mark: _mark, sourcePort: _sourcePort, ...rest } = packet;
    const senderId = interfaces[from]?.id;
    const flow: FlowStart = { ...rest, protocol, ...(senderId === undefined ? {} : { fromInterfaceId: senderId }) };
    return [{ packet, sender, flow }];
  }

  /** What arrived anywhere, once the expected have, and a witness on every way after them. */
  async function collect(expected: readonly string[], interfaces: readonly InterfacePicture[]): Promise<Set<string>> {
    const arrived = new Set<string>();
    const has = (wanted: readonly string[]) => () => {
      for (const station of [...guests, lab.internet])
        for (const packet of station.received()) arrived.add(identityOf(packet));
      return wanted.every((each) => arrived.has(each)) || undefined;
    };
    // When one of them is missing, the comparison will tell which.
    await eventually('the allowed packets', has(expected)).catch(() => undefined);
    const witnesses = guests.flatMap((sender, n) => {
      const others = guests.filter((guest) => guest !== sender).map((guest) => guest.address);
      const targets = interfaces[n]?.publicAddress === undefined ? others : [...others, internetAddress];
      return targets.map((target) => [sender, packetFrom(sender, target, udp(65_000))] as const);
    });
    for (const [sender, packet] of witnesses) sender.send(packet);
    await eventually('the witnesses', has(witnesses.map(([, packet]) => identityOf(packet))));
    return arrived;
  }

  function pictureParts() {
    return fc.record({
      interfaces: fc.tuple(...Array.from({ length: guestCount }, (_, n) => interfacePictures(n))),
      groups: fc.tuple(...groupIds.map(groupPictures)),
    });
  }

  function interfacePictures(n: number): fc.Arbitrary<InterfacePicture> {
    return fc
      .record({
        groups: fc.subarray(groupIds, { minLength: 1 }),
        isPublic: fc.boolean(),
        sourceDestinationCheck: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
      })
      .map(({ groups, isPublic, sourceDestinationCheck }) =>
        // Which address it is depends on the cloud's block, and is filled in later.
        eni(n + 1, groups, { sourceDestinationCheck, ...(isPublic ? { publicAddress: 'some' } : {}) }),
      );
  }
});

function describeWrong(packet: Packet, flow: FlowStart, hasArrived: boolean): string {
  const sender = flow.fromInterfaceId ?? 'the internet';
  return `${describePacket(packet)} from ${sender} ${hasArrived ? 'arrived, and should not' : 'was lost'}`;
}

function groupPictures(id: string): fc.Arbitrary<SecurityGroupPicture> {
  const egress = fc.oneof(fc.constant(all), fc.array(rules(), { maxLength: 4 }));
  return fc.record({ id: fc.constant(id), ingress: fc.array(rules(), { maxLength: 6 }), egress });
}

function rules(): fc.Arbitrary<RulePicture> {
  const port = fc.constantFrom(...ports);
  const range = fc.tuple(port, port).map(([x, y]): [number, number] => [Math.min(x, y), Math.max(x, y)]);
  const traffic = fc.oneof(
    fc.tuple(fc.constantFrom('tcp', 'udp', '6', '17'), range),
    fc.tuple(fc.constantFrom('tcp', 'udp'), fc.constant([0, 65_535] as [number, number])),
    fc.tuple(fc.constant('icmp'), fc.constantFrom<[number, number]>([-1, -1], [8, -1], [8, 0], [13, 1], [3, 4])),
    fc.constant<[string, undefined]>(['-1', undefined]),
    fc.tuple(fc.constantFrom('50', '89', '58', 'icmpv6'), fc.constant(undefined)),
  );
  // Half of them wide, or hardly any packet would get through both gates.
  const wide = fc.constantFrom(anywhere, '10.0.0.0/16', ...groupIds);
  const narrow = fc.constantFrom(
    ...['10.0.0.12/32', '10.0.0.8/30', '10.0.0.99/27', '203.0.113.0/24', '198.18.0.0/16', '192.0.2.5/32'],
    ...['::/0', 'sg-gone'],
  );
  const peer = fc.oneof(wide, narrow);
  return fc.tuple(traffic, peer).map(([[protocol, between], from]) => rule(protocol, between, from));
}

function trials(): fc.Arbitrary<Trial> {
  const port = fc.constantFrom(...ports, 79, 23);
  const traffic = fc.oneof(
    fc.record({ protocol: fc.constantFrom(6, 17), destinationPort: port }),
    fc.record({ protocol: fc.constant(1), icmpType: fc.constantFrom(8, 13), icmpCode: fc.constantFrom(0, 1) }),
    fc.record({ protocol: fc.constantFrom(50, 89, 97) }),
  );
  return fc.record({
    from: fc.integer({ min: -1, max: guestCount - 1 }),
    to: fc.nat(99),
    source: fc.oneof({ weight: 9, arbitrary: fc.constant('own' as const) }, fc.nat(99)),
    traffic,
  });
}
