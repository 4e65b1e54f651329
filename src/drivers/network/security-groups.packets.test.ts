// Security groups, told by real packets between guests of one VPC.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Network, SecurityGroupPicture, VpcPicture } from './network.ts';
import {
  askEcho,
  describeWithPackets,
  eventually,
  ip,
  openPacketLab,
  type PacketLab,
  type Station,
} from './packet-lab.testing.ts';
import {
  all,
  anywhere,
  eni,
  expectDelivered,
  expectDropped,
  group,
  icmp,
  other,
  packetFrom,
  rule,
  tcp,
  udp,
  vpc,
} from './pictures.testing.ts';

const vpcId = 'vpc-00000000000000001';

describeWithPackets('security groups', () => {
  let lab: PacketLab;
  let network: Network;
  let a: Station;
  let b: Station;
  let c: Station;

  beforeAll(async () => {
    lab = await openPacketLab();
    network = lab.startCloud().network;
    await network.ensureVpc(between(group('sg-a', {}), group('sg-b', {})));
    a = lab.plug(network, vpcId, eni(1, []));
    b = lab.plug(network, vpcId, eni(2, []));
    c = lab.plug(network, vpcId, eni(3, []));
  });
  afterAll(() => lab?.close());

  /** a in sg-a, b in sg-b, c in sg-c, which has no rules unless given. */
  function between(...groups: SecurityGroupPicture[]): VpcPicture {
    const withC = groups.some(({ id }) => id === 'sg-c') ? groups : [...groups, group('sg-c', {})];
    return vpc(vpcId, [eni(1, ['sg-a']), eni(2, ['sg-b']), eni(3, ['sg-c'])], withC);
  }

  it('lets in the ports of a range and no others, per protocol', async () => {
    await network.ensureVpc(
      between(group('sg-a', { egress: all }), group('sg-b', { ingress: [rule('tcp', [3000, 3010], anywhere)] })),
    );
    for (const port of [3000, 3005, 3010]) await expectDelivered(a, b, packetFrom(a, b.address, tcp(port)));
    for (const port of [1, 2999, 3011, 65535]) await expectDropped(a, b, packetFrom(a, b.address, tcp(port)));
    await expectDropped(a, b, packetFrom(a, b.address, udp(3005)));
    await expectDropped(a, b, packetFrom(a, b.address, icmp(8)));
  });

  it('asks the egress of the sender and the ingress of the receiver, each by itself', async () => {
    const toB = () => packetFrom(a, b.address, tcp(80));
    await network.ensureVpc(between(group('sg-a', { egress: all }), group('sg-b', { ingress: all })));
    await expectDelivered(a, b, toB());
    await network.ensureVpc(between(group('sg-a', { ingress: all }), group('sg-b', { ingress: all, egress: all })));
    await expectDropped(a, b, toB());
    await network.ensureVpc(between(group('sg-a', { ingress: all, egress: all }), group('sg-b', { egress: all })));
    await expectDropped(a, b, toB());
    await network.ensureVpc(
      between(group('sg-a', { egress: [rule('tcp', 80, `${b.address}/32`)] }), group('sg-b', { ingress: all })),
    );
    await expectDelivered(a, b, toB());
    await expectDropped(a, b, packetFrom(a, b.address, tcp(81)));
  });

  it('knows the members of a group that a rule names, on either side', async () => {
    await network.ensureVpc(
      between(
        group('sg-a', { egress: [rule('tcp', 5432, 'sg-b')] }),
        group('sg-b', { ingress: [rule('tcp', 5432, 'sg-a')] }),
        group('sg-c', { egress: all, ingress: all }),
      ),
    );
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(5432)));
    await expectDropped(c, b, packetFrom(c, b.address, tcp(5432)));
    await expectDropped(a, c, packetFrom(a, c.address, tcp(5432)));
  });

  it('lets a group talk to itself, and nobody in by a group that is not there', async () => {
    const self = group('sg-a', { ingress: [rule('-1', undefined, 'sg-a')], egress: all });
    const picture = vpc(
      vpcId,
      [eni(1, ['sg-a']), eni(2, ['sg-a']), eni(3, ['sg-c'])],
      [self, group('sg-c', { egress: all, ingress: [rule('-1', undefined, 'sg-gone')] })],
    );
    await network.ensureVpc(picture);
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(7)));
    await expectDropped(c, b, packetFrom(c, b.address, tcp(7)));
    await expectDropped(a, c, packetFrom(a, c.address, tcp(7)));
  });

  it('adds up the rules of several groups', async () => {
    await network.ensureVpc(
      vpc(
        vpcId,
        [eni(1, ['sg-out1', 'sg-out2']), eni(2, ['sg-in1', 'sg-in2'])],
        [
          group('sg-out1', { egress: [rule('tcp', 80, anywhere)] }),
          group('sg-out2', { egress: [rule('tcp', 443, anywhere)] }),
          group('sg-in1', { ingress: [rule('tcp', 443, anywhere)] }),
          group('sg-in2', { ingress: [rule('tcp', 80, anywhere)] }),
        ],
      ),
    );
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(80)));
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(443)));
    await expectDropped(a, b, packetFrom(a, b.address, tcp(22)));
  });

  it('tells ICMP types and codes, and protocols by number', async () => {
    const ingress = [rule('icmp', [8, -1], anywhere), rule('icmp', [13, 0], anywhere), rule('47', undefined, anywhere)];
    await network.ensureVpc(between(group('sg-a', { egress: all }), group('sg-b', { ingress })));
    await expectDelivered(a, b, packetFrom(a, b.address, icmp(8)));
    await expectDelivered(a, b, packetFrom(a, b.address, icmp(13, 0)));
    await expectDropped(a, b, packetFrom(a, b.address, icmp(13, 1)));
    await expectDropped(a, b, packetFrom(a, b.address, icmp(17)));
    await expectDelivered(a, b, packetFrom(a, b.address, other(47)));
    await expectDropped(a, b, packetFrom(a, b.address, other(50)));
  });

  it('matches blocks by their prefix, and ignores those of IPv6', async () => {
    const ingress = [rule('tcp', 80, '10.0.0.255/29'), rule('tcp', 80, '::/0'), rule('tcp', 81, `${a.address}/32`)];
    await network.ensureVpc(between(group('sg-a', { egress: all }), group('sg-b', { ingress })));
    await expectDropped(a, b, packetFrom(a, b.address, tcp(80)));
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(81)));
    await network.ensureVpc(
      between(group('sg-a', { egress: all }), group('sg-b', { ingress: [rule('tcp', 80, '10.0.0.15/29')] })),
    );
    await expectDelivered(a, b, packetFrom(a, b.address, tcp(80)));
  });

  it('goes on with a connection whose rule is revoked, and lets no new one in', async () => {
    const open = between(group('sg-a', { egress: all }), group('sg-b', { ingress: [rule('tcp', 8080, anywhere)] }));
    await network.ensureVpc(open);
    const server = await b.echoServer(8080);
    const client = await a.connect(b.address, 8080);
    expect(await askEcho(client, 'before')).toBe(`${a.address} before`);
    await network.ensureVpc(between(group('sg-a', {}), group('sg-b', {})));
    await expectDropped(a, b, packetFrom(a, b.address, tcp(8080)));
    expect(await askEcho(client, 'after')).toBe(`${a.address} after`);
    client.destroy();
    server.close();
  });

  it('loses no packet of an allowed flow while rules are being swapped', async () => {
    const withPort = (port: number) =>
      between(
        group('sg-a', { egress: all }),
        group('sg-b', { ingress: [rule('udp', 9000, 'sg-a'), rule('tcp', port, anywhere)] }),
      );
    await network.ensureVpc(withPort(1));
    b.received();
    let isSwapping = true;
    const swaps = (async () => {
      for (let port = 2; port < 12; port++) await network.ensureVpc(withPort(port));
      isSwapping = false;
    })();
    let [sent, arrived] = [0, 0];
    while (isSwapping) {
      // Each a flow of its own, so that each asks the rules.
      for (let i = 0; i < 20; i++) a.send(packetFrom(a, b.address, udp(9000)));
      sent += 20;
      arrived += b.received().filter((each) => each.destinationPort === 9000).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await swaps;
    await eventually(`${sent} packets`, () => {
      arrived += b.received().filter((each) => each.destinationPort === 9000).length;
      return arrived === sent || undefined;
    });
    expect(sent).toBeGreaterThan(500);
  });

  it('drops what bears another source, unless the check is off', async () => {
    const groups = [group('sg-a', { egress: all }), group('sg-b', { ingress: all }), group('sg-c', {})];
    const withCheck = (sourceDestinationCheck: boolean) =>
      vpc(vpcId, [eni(1, ['sg-a'], { sourceDestinationCheck }), eni(2, ['sg-b']), eni(3, ['sg-c'])], groups);
    await network.ensureVpc(withCheck(true));
    await expectDropped(a, b, packetFrom(a, b.address, { ...tcp(80), source: c.address }));
    await network.ensureVpc(withCheck(false));
    await expectDelivered(a, b, packetFrom(a, b.address, { ...tcp(80), source: c.address }));
  });

  it('hands an interface what is for another address only when the check is off', async () => {
    const groups = [group('sg-a', { egress: all }), group('sg-b', { ingress: all })];
    const withCheck = (sourceDestinationCheck: boolean) =>
      vpc(vpcId, [eni(1, ['sg-a']), eni(2, ['sg-b'], { sourceDestinationCheck })], groups);
    // As a route table with the instance as its target would do.
    ip([`route add 192.168.77.0/24 dev ${network.interfaceName(eni(2, []).id)}`], network.namespacePath(vpcId));
    // Neighbours are asked for by the packet's own destination here, so b has to answer for it.
    ip(['address add 192.168.77.7/32 dev lo'], b.namespacePath);
    await network.ensureVpc(withCheck(true));
    await expectDropped(a, b, packetFrom(a, '192.168.77.7', tcp(80)));
    await network.ensureVpc(withCheck(false));
    await expectDelivered(a, b, packetFrom(a, '192.168.77.7', tcp(80)));
  });

  it('cuts off a guest whose interface left the picture', async () => {
    const groups = [group('sg-a', { egress: all }), group('sg-b', { ingress: all })];
    const c3 = eni(3, ['sg-a']);
    await network.ensureVpc(vpc(vpcId, [eni(1, ['sg-a']), eni(2, ['sg-b']), c3], groups));
    await expectDelivered(c, b, packetFrom(c, b.address, tcp(80)));
    await network.ensureVpc(vpc(vpcId, [eni(1, ['sg-a']), eni(2, ['sg-b'])], groups));
    const witness = packetFrom(a, b.address, udp(65_000));
    await expectDropped(c, b, packetFrom(c, b.address, tcp(80)), witness, a);
  });
});
