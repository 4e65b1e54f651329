// Sockets of this process inside a VPC: what guests reach there, and who they seem to be.

import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadLibc } from './libc.ts';
import {
  guestGatewayAddress,
  metadataAddress,
  type Network,
  resolverAddress,
  timeAddress,
  type VpcEndpoint,
} from './network.ts';
import {
  askEcho,
  describeWithPackets,
  eventually,
  openPacketLab,
  type PacketLab,
  type Station,
} from './packet-lab.testing.ts';
import { eni, group, icmp, packetFrom, tcp, udp, vpc } from './pictures.testing.ts';

const vpcId = 'vpc-00000000000000001';

describeWithPackets('sockets inside a VPC', () => {
  let lab: PacketLab;
  let network: Network;
  let guest: Station;
  let neighbour: Station;

  beforeAll(async () => {
    lab = await openPacketLab();
    network = lab.startCloud().network;
    // Groups without a single rule: they have no say in what the VPC itself serves.
    const unchecked = { sourceDestinationCheck: false };
    await network.ensureVpc(vpc(vpcId, [eni(1, ['sg-none']), eni(2, ['sg-none'], unchecked)], [group('sg-none', {})]));
    guest = lab.plug(network, vpcId, eni(1, []));
    neighbour = lab.plug(network, vpcId, eni(2, []));
  });
  afterAll(() => lab?.close());

  const open = (protocol: 'tcp' | 'udp', address: string, port: number): Promise<number> =>
    network.openSocket({ vpcId, protocol, address, port } satisfies VpcEndpoint);

  it('accept connections, and tell guests apart by their private addresses', async () => {
    const server = await echoOn(await open('tcp', metadataAddress, 80));
    for (const each of [guest, neighbour]) {
      const client = await each.connect(metadataAddress, 80);
      expect(await askEcho(client, 'who am I?')).toBe(`${each.address} who am I?`);
      client.destroy();
    }
    server.close();
  });

  it('answer datagrams from the address that was asked', async () => {
    for (const address of [resolverAddress, '10.0.0.2']) {
      const server = await udpOn(await open('udp', address, 53));
      server.on('message', (message, peer) => server.send(`${peer.address} ${message}`, peer.port, peer.address));
      const libc = await loadLibc();
      const client = await udpOn(guest.inside(() => libc.boundSocket('udp', guest.address, 0)));
      const answer = new Promise<[string, RemoteInfo]>((resolve) =>
        client.once('message', (message, peer) => resolve([message.toString(), peer])),
      );
      client.send('what?', 53, address);
      expect(await answer).toMatchObject([`${guest.address} what?`, { address, port: 53 }]);
      client.close();
      server.close();
    }
  });

  it('answer pings at the gateway', async () => {
    guest.received();
    guest.send(packetFrom(guest, guestGatewayAddress, icmp(8)));
    const reply = await eventually('a reply', () => guest.received().find((each) => each.protocol === 1));
    expect(reply).toMatchObject({ source: guestGatewayAddress, icmpType: 0 });
  });

  it('are all that guests reach there', async () => {
    // Listeners on every address, so that what arrives would be answered; silence and refusal are told apart.
    const libc = await loadLibc();
    const inVpc = (port: number) =>
      libc.insideNamespace(network.namespacePath(vpcId), () => libc.boundSocket('tcp', '0.0.0.0', port));
    const servers = await Promise.all([22, 53, 80].map((port) => echoOn(inVpc(port))));
    guest.received();
    const denied = [
      packetFrom(guest, metadataAddress, tcp(22)),
      packetFrom(guest, metadataAddress, tcp(53)),
      packetFrom(guest, guestGatewayAddress, tcp(80)),
      packetFrom(guest, '10.0.0.2', tcp(80)),
      packetFrom(guest, '169.254.0.2', tcp(80)),
      packetFrom(guest, metadataAddress, icmp(8)),
      packetFrom(guest, metadataAddress, { ...tcp(80), source: neighbour.address }),
      // Its source check is off, but the metadata service knows guests by their addresses.
      packetFrom(neighbour, metadataAddress, { ...tcp(80), source: guest.address }),
    ];
    for (const packet of denied) (packet === denied.at(-1) ? neighbour : guest).send(packet);
    const allowed = packetFrom(guest, metadataAddress, tcp(80));
    guest.send(allowed);
    const sent = [...denied, allowed].map((packet) => packet.sourcePort);
    const seen: (number | undefined)[] = [];
    await eventually('an answer', () => {
      seen.push(...[...guest.received(), ...neighbour.received()].map((each) => each.destinationPort));
      return seen.includes(allowed.sourcePort) || undefined;
    });
    expect(new Set(seen.filter((port) => sent.includes(port)))).toEqual(new Set([allowed.sourcePort]));
    for (const server of servers) server.close();
  });

  it('say at once that nobody serves the time', async () => {
    guest.received();
    guest.send(packetFrom(guest, timeAddress, udp(123)));
    const reply = await eventually('a refusal', () => guest.received().find((each) => each.protocol === 1));
    expect(reply).toMatchObject({ icmpType: 3, icmpCode: 3 });
  });

  it('leave this thread in its own network, also when they fail', async () => {
    const home = readlinkSync('/proc/thread-self/ns/net');
    const server = await echoOn(await open('tcp', metadataAddress, 80));
    await expect(open('tcp', metadataAddress, 80)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(open('tcp', '10.9.9.9', 80)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(home);
    server.close();
  });

  it('outlive a swap of rules, and do not keep the VPC from being removed', async () => {
    const other = 'vpc-00000000000000002';
    await network.ensureVpc(vpc(other, [], []));
    const fd = await network.openSocket({ vpcId: other, protocol: 'tcp', address: metadataAddress, port: 80 });
    const server = await echoOn(fd);
    await network.ensureVpcAbsent(other);
    expect(await network.listVpcs()).toEqual([vpcId]);
    server.close();
  });
});

function echoOn(fd: number): Promise<Server> {
  const server = createServer((peer) => {
    peer.on('error', () => undefined);
    peer.on('data', (line) => peer.write(`${peer.remoteAddress} ${line}`));
  });
  return new Promise((resolve) => server.listen({ fd }, () => resolve(server)));
}

function udpOn(fd: number): Promise<UdpSocket> {
  const udpSocket = createSocket('udp4');
  return new Promise((resolve) => udpSocket.bind({ fd }, () => resolve(udpSocket)));
}
