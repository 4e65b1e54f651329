// The life of VPC networks on a host: what is made, found again, repaired, and not left behind.

import { readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namespaceName, uplinkName } from './names.ts';
import type { Network, VpcPicture } from './network.ts';
import {
  askEcho,
  command,
  connectFromHere,
  describeWithPackets,
  internetAddress,
  ip,
  type LabCloud,
  openPacketLab,
  type PacketLab,
} from './packet-lab.testing.ts';
import {
  all,
  anywhere,
  eni,
  expectDelivered,
  expectDropped,
  group,
  packetFrom,
  rule,
  tcp,
  vpc,
} from './pictures.testing.ts';

const vpcId = 'vpc-00000000000000001';

describeWithPackets('VPC networks on a host', () => {
  let lab: PacketLab;
  /** The stand-in host. */
  let here: string;
  beforeAll(async () => {
    lab = await openPacketLab();
    here = lab.host.namespacePath;
  });
  afterAll(() => lab?.close());

  const openTo = (...ports: number[]) => [
    group('sg-open', { ingress: ports.map((port) => rule('tcp', port, anywhere)), egress: all }),
  ];
  const pictureOf = async (network: Network, ...ports: number[]): Promise<VpcPicture> => {
    const base = (await network.publicPool()).replace('.0/22', '');
    return vpc(vpcId, [eni(1, ['sg-open'], { publicAddress: `${base}.11` }), eni(2, ['sg-open'])], openTo(...ports));
  };
  const publicOf = (picture: VpcPicture) => picture.interfaces[0]?.publicAddress as string;

  it('leaves nothing of a VPC, and with the last and its own end nothing of the cloud', async () => {
    const cloud = lab.startCloud();
    const before = hostState(here, cloud);
    await cloud.network.ensureVpc(await pictureOf(cloud.network, 80));
    await cloud.network.ensureVpc(vpc('vpc-00000000000000002', [], []));
    const withTwo = hostState(here, cloud);
    expect(withTwo.links.length).toBe(before.links.length + 2);
    expect(withTwo.routes.some((route) => route.startsWith('unreachable'))).toBe(true);
    expect(withTwo.ruleset).toContain(`cloudlet_${cloud.cloudId}`);
    await cloud.network.ensureVpcAbsent(vpcId);
    expect(hostState(here, cloud).ruleset).toContain(`cloudlet_${cloud.cloudId}`);
    await cloud.network.ensureVpcAbsent('vpc-00000000000000002');
    await cloud.network.close();
    expect(hostState(here, cloud)).toEqual(before);
  });

  it('changes nothing when the world is as the picture says', async () => {
    const cloud = lab.startCloud();
    const picture = await pictureOf(cloud.network, 80);
    await cloud.network.ensureVpc(picture);
    await cloud.network.ensureVpc(picture);
    const generation = hostGeneration(here, cloud);
    for (let i = 0; i < 100; i++) await cloud.network.ensureVpc(picture);
    expect(hostGeneration(here, cloud)).toBe(generation);
    await cloud.network.ensureVpcAbsent(vpcId);
  });

  it('adopts what another process made, without a hitch in its connections', async () => {
    const cloud = lab.startCloud();
    const picture = await pictureOf(cloud.network, 80);
    await cloud.network.ensureVpc(picture);
    const guest = lab.plug(cloud.network, vpcId, eni(1, []));
    const neighbour = lab.plug(cloud.network, vpcId, eni(2, []));
    const server = await guest.echoServer(80);
    const client = await connectFromHere(publicOf(picture), 80);
    await askEcho(client, 'before');

    const successor = cloud.restart();
    expect(await successor.listVpcs()).toEqual([vpcId]);
    expect(await successor.publicPool()).toBe(await cloud.network.publicPool());
    await successor.ensureVpc(await pictureOf(successor, 81));
    expect(await askEcho(client, 'after')).toContain('after');
    await expectDropped(neighbour, guest, packetFrom(neighbour, guest.address, tcp(80)));
    await expectDelivered(neighbour, guest, packetFrom(neighbour, guest.address, tcp(81)));
    client.destroy();
    server.close();
    // What the predecessor made for groups and interfaces that are gone is gone too.
    await cloud.restart().ensureVpc(vpc(vpcId, [], []));
    expect(vpcRuleset(cloud)).not.toMatch(/sg-open|eni/);
    await successor.ensureVpcAbsent(vpcId);
  });

  it('mends what somebody else flushed or removed', async () => {
    const cloud = lab.startCloud();
    const { network } = cloud;
    const picture = await pictureOf(network, 80);
    await network.ensureVpc(picture);
    const guest = lab.plug(network, vpcId, eni(1, []));
    const server = await guest.echoServer(80);
    const uplink = uplinkName(cloud.cloudId, vpcId);
    const hostAddress = await network.hostAddress();
    const damages: (() => void)[] = [
      () => void command(here, ['nft', 'flush', 'ruleset']),
      () => void command(network.namespacePath(vpcId), ['nft', 'flush', 'ruleset']),
      () => ip([`route delete ${publicOf(picture)}/32`], here),
      () => ip([`link set ${uplink} down`], here),
      () => ip([`address delete ${hostAddress}/32 dev ${uplink}`], here),
      () => ip(['route delete default'], network.namespacePath(vpcId)),
      () => ip(['address flush dev lo'], network.namespacePath(vpcId)),
      () => ip([`link delete ${uplink}`], here),
    ];
    for (const damage of damages) {
      damage();
      await network.ensureVpc(picture);
      await network.ensureVpc(picture);
      const client = await connectFromHere(publicOf(picture), 80);
      expect(await askEcho(client, 'hello')).toBe(`${hostAddress} hello`);
      client.destroy();
      const out = packetFrom(guest, internetAddress, tcp(443));
      await expectDelivered(guest, lab.internet, out);
    }
    server.close();
    await network.ensureVpcAbsent(vpcId);
  });

  it('completes what a killed process left half made, and removes it as well', async () => {
    const cloud = lab.startCloud();
    const before = hostState(here, cloud);
    const namespace = namespaceName(cloud.cloudId, vpcId);
    const leftovers: (() => void)[] = [
      () => writeFileSync(`/run/netns/${namespace}`, ''),
      () => ip([`netns add ${namespace}`], here),
      () =>
        ip(
          [
            `netns add ${namespace}`,
            `link add ${uplinkName(cloud.cloudId, vpcId)} type veth peer name uplink netns ${namespace}`,
          ],
          here,
        ),
    ];
    for (const leave of leftovers) {
      leave();
      expect(await cloud.network.listVpcs()).toEqual([vpcId]);
      await cloud.network.ensureVpcAbsent(vpcId);
      await cloud.network.close();
      expect(hostState(here, cloud)).toEqual(before);
      leave();
      await cloud.network.ensureVpc(await pictureOf(cloud.network, 80));
      expect(vpcRuleset(cloud)).toContain('tcp dport 80 accept');
      await cloud.network.ensureVpcAbsent(vpcId);
      await cloud.network.close();
      expect(hostState(here, cloud)).toEqual(before);
    }
  });

  it('does calls for one VPC one after the other: the last one holds', async () => {
    const cloud = lab.startCloud();
    const pictures = await Promise.all(Array.from({ length: 12 }, (_, i) => pictureOf(cloud.network, 100 + i)));
    const calls = pictures.flatMap((picture, i) => [
      cloud.network.ensureVpc(picture),
      cloud.network.ensureVpc(vpc(`vpc-0000000000000000${(i % 3) + 2}`, [], [])),
      ...(i === 5 ? [cloud.network.ensureVpcAbsent(vpcId)] : []),
    ]);
    await Promise.all(calls);
    expect(vpcRuleset(cloud)).toContain('tcp dport 111 accept');
    expect(await cloud.network.listVpcs()).toHaveLength(4);
    await Promise.all((await cloud.network.listVpcs()).map((each) => cloud.network.ensureVpcAbsent(each)));
    expect(hostState(here, cloud).ruleset).not.toContain(cloud.cloudId);
  });

  it('keeps two clouds on one host apart', async () => {
    const [one, two] = [lab.startCloud(), lab.startCloud()];
    const pictures = [await pictureOf(one.network, 80), await pictureOf(two.network, 80)] as const;
    expect(await one.network.publicPool()).not.toBe(await two.network.publicPool());
    await Promise.all([one.network.ensureVpc(pictures[0]), two.network.ensureVpc(pictures[1])]);
    const guest = lab.plug(one.network, vpcId, eni(1, []));
    const other = lab.plug(two.network, vpcId, eni(1, []));
    const server = await guest.echoServer(80);
    const client = await other.connect(publicOf(pictures[0]), 80);
    expect(await askEcho(client, 'hello')).toBe(`${publicOf(pictures[1])} hello`);
    client.destroy();
    expect(await one.network.listVpcs()).toEqual([vpcId]);
    await two.network.ensureVpcAbsent(vpcId);
    expect(await one.network.listVpcs()).toEqual([vpcId]);
    const still = await connectFromHere(publicOf(pictures[0]), 80);
    expect(await askEcho(still, 'hello')).toContain('hello');
    still.destroy();
    server.close();
    await one.network.ensureVpcAbsent(vpcId);
  });

  it("gets through a firewall of the host's that drops what it forwards, and leaves that as it was", async () => {
    const firewall = 'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }';
    command(here, ['nft', '-f', '-'], firewall);
    const cloud = lab.startCloud();
    const before = hostState(here, cloud);
    const picture = await pictureOf(cloud.network, 80);
    await cloud.network.ensureVpc(picture);
    const guest = lab.plug(cloud.network, vpcId, eni(1, []));
    const server = await lab.internet.echoServer(80);
    const client = await guest.connect(internetAddress, 80);
    expect(await askEcho(client, 'hello')).toContain('hello');
    client.destroy();
    // It may also come, or come back, when we are here already.
    command(here, ['nft', 'flush', 'chain', 'ip', 'filter', 'FORWARD']);
    await cloud.network.ensureVpc(picture);
    const again = await guest.connect(internetAddress, 80);
    expect(await askEcho(again, 'hello')).toContain('hello');
    again.destroy();
    server.close();
    await cloud.network.ensureVpcAbsent(vpcId);
    await cloud.network.close();
    expect(hostState(here, cloud)).toEqual(before);
    command(here, ['nft', 'delete', 'table', 'ip', 'filter']);
  });

  it('follows a change of blocks and of public addresses', async () => {
    const { network } = lab.startCloud();
    const base = (await network.publicPool()).replace('.0/22', '');
    const withBlocks = (blocks: string[], ...publics: number[]) =>
      vpc(
        vpcId,
        publics.map((n) => eni(n, [], { publicAddress: `${base}.${n}` })),
        [],
        blocks,
      );
    await network.ensureVpc(withBlocks(['10.0.0.0/16', '10.1.0.0/16'], 11, 12));
    await network.ensureVpc(withBlocks(['10.0.0.0/16', '10.2.0.0/16'], 12, 13));
    const inside = command(network.namespacePath(vpcId), ['ip', 'route']);
    expect(inside.match(/blackhole \S+/g)).toEqual(['blackhole 10.0.0.0/16', 'blackhole 10.2.0.0/16']);
    expect(command(here, ['ip', 'route']).match(new RegExp(`^${base}\\.\\d+ `, 'gm'))).toEqual([
      `${base}.12 `,
      `${base}.13 `,
    ]);
    await network.ensureVpcAbsent(vpcId);
  });
});

/** What a cloud may leave on its host. */
function hostState(here: string, cloud: LabCloud) {
  const lines = (...argv: string[]) =>
    command(here, argv)
      .split('\n')
      .filter((line) => line !== '');
  return {
    links: lines('ip', '-brief', 'link').map((line) => line.split(/[@ ]/)[0]),
    addresses: lines('ip', '-brief', '-4', 'address').map((line) => line.replaceAll(/@\S+/g, '')),
    routes: lines('ip', 'route'),
    ruleset: command(here, ['nft', 'list', 'ruleset']),
    namespaces: readdirSync('/run/netns').filter((name) => name.startsWith(`cl-${cloud.cloudId}-`)),
  };
}

/** Changes with every transaction: what is made anew has other handles. */
function hostGeneration(here: string, cloud: LabCloud): string {
  return command(here, ['nft', '--handle', 'list', 'ruleset']) + vpcRuleset(cloud, '--handle');
}

function vpcRuleset(cloud: LabCloud, ...options: string[]): string {
  return command(cloud.network.namespacePath(vpcId), ['nft', ...options, 'list', 'ruleset']);
}
