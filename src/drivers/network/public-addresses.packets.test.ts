// The way to the internet and back, told by real packets: 1:1 translation, hairpins, and what must not leak.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { uplinkName } from './names.ts';
import type { Network, VpcPicture } from './network.ts';
import {
  askEcho,
  connectFromHere,
  describeWithPackets,
  hostOutsideAddress,
  internetAddress,
  ip,
  type LabCloud,
  openPacketLab,
  type PacketLab,
  type Station,
} from './packet-lab.testing.ts';
import {
  all,
  eni,
  expectDelivered,
  expectDropped,
  group,
  icmp,
  packetFrom,
  rule,
  tcp,
  udp,
  vpc,
} from './pictures.testing.ts';

const vpcId = 'vpc-00000000000000001';
const otherVpcId = 'vpc-00000000000000002';

describeWithPackets('public addresses', () => {
  let lab: PacketLab;
  let cloud: LabCloud;
  let network: Network;
  let base: string;
  let a: Station;
  let b: Station;
  let hidden: Station;
  let overlapping: Station;

  const openGroups = [group('sg-open', { ingress: all, egress: all })];
  const publicOf = (n: number) => ({ publicAddress: `${base}.${n}` });
  const standard = (): VpcPicture =>
    vpc(vpcId, [eni(1, ['sg-open'], publicOf(11)), eni(2, ['sg-open'], publicOf(12)), eni(3, ['sg-open'])], openGroups);

  beforeAll(async () => {
    lab = await openPacketLab();
    cloud = lab.startCloud();
    network = cloud.network;
    base = (await network.publicPool()).replace('.0/22', '');
    await network.ensureVpc(standard());
    // The same block and the same private address as a's, in a VPC of its own.
    await network.ensureVpc(vpc(otherVpcId, [eni(1, ['sg-open'], publicOf(21))], openGroups));
    a = lab.plug(network, vpcId, eni(1, []));
    b = lab.plug(network, vpcId, eni(2, []));
    hidden = lab.plug(network, vpcId, eni(3, []));
    overlapping = lab.plug(network, otherVpcId, eni(1, []));
  });
  afterAll(() => lab?.close());

  it('lets the host in, which guests see by the address that the driver names', async () => {
    const server = await a.echoServer(80);
    const client = await connectFromHere(`${base}.11`, 80);
    expect(await askEcho(client, 'hello')).toBe(`${await network.hostAddress()} hello`);
    client.destroy();
    server.close();
  });

  it('lets in "my IP" by a rule for the host\'s address alone, and keeps the rest of the world out', async () => {
    const mine = group('sg-mine', { ingress: [rule('tcp', 22, `${await network.hostAddress()}/32`)], egress: all });
    await network.ensureVpc(
      vpc(vpcId, [eni(1, ['sg-mine'], publicOf(11)), eni(2, ['sg-open'], publicOf(12))], [mine, ...openGroups]),
    );
    const fromHost = packetFrom(a, `${base}.11`, { ...tcp(22), source: await network.hostAddress() });
    await expectDelivered(lab.host, a, fromHost);
    await expectDropped(b, a, packetFrom(b, `${base}.11`, tcp(22)));
    await network.ensureVpc(standard());
  });

  it('lets guests with a public address out, and their answers back', async () => {
    const server = await lab.internet.echoServer(443);
    const client = await a.connect(internetAddress, 443);
    expect(await askEcho(client, 'hello')).toBe(`${hostOutsideAddress} hello`);
    client.destroy();
    server.close();
  });

  it('has no way out for a guest without one, though its neighbours hear it', async () => {
    const witness = packetFrom(a, internetAddress, udp(65_000));
    await expectDropped(hidden, lab.internet, packetFrom(hidden, internetAddress, tcp(443)), witness, a);
    await expectDelivered(hidden, b, packetFrom(hidden, b.address, tcp(443)));
    // Nor does the host's own side see it.
    await expectDropped(
      hidden,
      lab.host,
      packetFrom(hidden, await network.hostAddress(), tcp(443)),
      {
        ...packetFrom(a, await network.hostAddress(), udp(65_000)),
      },
      a,
    );
  });

  it("keeps TCP to what the host's way out carries, which is less than the guests' links do", async () => {
    const outward = await lab.internet.echoServer(444);
    lab.internet.received();
    (await a.connect(internetAddress, 444)).destroy();
    const out = lab.internet.received().find((each) => each.maximumSegmentSize !== undefined);
    expect(out?.maximumSegmentSize).toBe(1400 - 40);
    outward.close();
    const inward = await a.echoServer(444);
    lab.host.received();
    (await connectFromHere(`${base}.11`, 444)).destroy();
    const back = lab.host.received().find((each) => each.maximumSegmentSize !== undefined);
    expect(back).toMatchObject({ source: `${base}.11`, maximumSegmentSize: 1400 - 40 });
    inward.close();
    const wide = packetFrom(a, `${base}.11`, { ...tcp(444), source: internetAddress, maximumSegmentSize: 1460 });
    expect(await expectDelivered(lab.host, a, wide)).toMatchObject({ maximumSegmentSize: 1400 - 40 });
  });

  it("turns round at the host: to a neighbour's public address, and to one's own", async () => {
    const server = await b.echoServer(8080);
    const client = await a.connect(`${base}.12`, 8080);
    // As on AWS, the neighbour sees the public address, so that a rule that names a group does not match.
    expect(await askEcho(client, 'hello')).toBe(`${base}.11 hello`);
    client.destroy();
    const toMyself = await b.connect(`${base}.12`, 8080);
    expect(await askEcho(toMyself, 'me')).toBe(`${base}.12 me`);
    toMyself.destroy();
    server.close();
  });

  it('asks the egress rules for the public address that the guest meant', async () => {
    const egress = [rule('tcp', 80, `${base}.12/32`)];
    await network.ensureVpc(
      vpc(
        vpcId,
        [eni(1, ['sg-narrow'], publicOf(11)), eni(2, ['sg-open'], publicOf(12))],
        [group('sg-narrow', { egress }), ...openGroups],
      ),
    );
    await expectDelivered(a, b, packetFrom(a, `${base}.12`, tcp(80)));
    await expectDropped(a, b, packetFrom(a, b.address, tcp(80)));
    await network.ensureVpc(standard());
  });

  it('keeps VPCs with the same block apart, and joins them by public addresses', async () => {
    expect(overlapping.address).toBe(a.address);
    const server = await overlapping.echoServer(8080);
    const client = await b.connect(`${base}.21`, 8080);
    expect(await askEcho(client, 'hello')).toBe(`${base}.12 hello`);
    client.destroy();
    server.close();
    const witness = packetFrom(overlapping, `${base}.11`, udp(65_000));
    await expectDropped(overlapping, b, packetFrom(overlapping, b.address, tcp(80)), {
      ...witness,
      destination: `${base}.12`,
    });
  });

  it('refuses unused addresses of the block at once, from the host and from guests', async () => {
    await expect(connectFromHere(`${base}.77`, 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    await expect(a.connect(`${base}.77`, 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it('ends connections when the address is taken from the interface, and lets another have it', async () => {
    const server = await a.echoServer(8081);
    const client = await connectFromHere(`${base}.11`, 8081);
    expect(await askEcho(client, 'one')).toContain('one');
    await network.ensureVpc(
      vpc(vpcId, [eni(1, ['sg-open']), eni(2, ['sg-open'], publicOf(11)), eni(3, ['sg-open'])], openGroups),
    );
    a.received();
    client.write('two');
    // Then the next on the same way, a flow of its own, which gets to whoever has the address now.
    const host = await network.hostAddress();
    await expectDelivered(lab.host, b, packetFrom(b, `${base}.11`, { ...tcp(8081), source: host }));
    expect(a.received().filter((each) => each.destinationPort === 8081)).toEqual([]);
    client.destroy();
    server.close();
    await network.ensureVpc(standard());
  });

  it('lets nothing out that could not be translated, nor to link-local addresses', async () => {
    // An answer that nobody asked for belongs to no flow, so it would keep its private source.
    const witness = () => packetFrom(a, internetAddress, udp(65_000));
    await expectDropped(a, lab.host, packetFrom(a, internetAddress, icmp(0)), witness());
    await expectDropped(a, lab.internet, packetFrom(a, '169.254.7.7', tcp(80)), witness());
    // Even if the VPC did let it out, the host would not.
    const router = lab.enter('10.0.0.99', network.namespacePath(vpcId));
    await expectDropped(router, lab.internet, packetFrom(router, internetAddress, tcp(443)), witness(), a);
  });

  it('cannot be got round by a route to the private addresses', async () => {
    const uplink = uplinkName(cloud.cloudId, vpcId);
    ip([`route add ${a.address}/32 via 169.254.0.2 dev ${uplink} onlink`], lab.host.namespacePath);
    const source = await network.hostAddress();
    const witness = packetFrom(a, `${base}.11`, { ...udp(65_000), source });
    await expectDropped(lab.host, a, packetFrom(a, a.address, { ...tcp(80), source }), witness, lab.host);
    ip([`route delete ${a.address}/32 dev ${uplink}`], lab.host.namespacePath);
  });

  it('takes nothing from outside that pretends to be inside', async () => {
    const witness = packetFrom(a, `${base}.11`, { ...udp(65_000), source: internetAddress });
    const spoofed = packetFrom(a, `${base}.11`, { ...tcp(80), source: b.address });
    await expectDropped(lab.host, a, spoofed, witness, lab.host);
  });
});
