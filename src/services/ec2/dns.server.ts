// The resolver of one VPC (what AWS calls the Amazon DNS server), over UDP and TCP: it answers for the names of the VPC's
// own instances and passes everything else on to the host's resolvers.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import type { World } from '../../aws/service.ts';
import type { Row } from '../../kernel/table.ts';
import { containsAddress, parseIpv4, parseIpv4Block } from './cidr.ts';
import { answerLocally, type LocalAnswer, type VpcNames } from './dns-answers.ts';
import { type DnsForwarder, frame, splitFrames, type Transport } from './dns-forwarder.ts';
import { formatRefusal } from './dns-message.ts';
import { networkInterfaces, publicAddresses, publicAddressScope } from './network-interfaces.table.ts';
import { type VpcSpec, vpcs } from './vpcs.table.ts';

type DnsWorld = Pick<World, 'store' | 'clock' | 'log'>;

/** The answer to a query, or undefined when it deserves none. */
export type DnsResponder = (query: Buffer, transport: Transport) => Promise<Buffer | undefined>;

const headerLength = 12;
const responseBit = 0x80;
const [authoritative, recursionDesired, recursionAvailable] = [0x0400, 0x0100, 0x0080];
const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const answerTtlSeconds = 60;
const idleTimeoutMs = 10_000;
const longestStreamBytes = 2 + 65_535;

export function createDnsResponder(world: DnsWorld, vpcId: string, forwarder: DnsForwarder): DnsResponder {
  return async (query, transport) => {
    if (query.length < headerLength || query.readUInt8(2) & responseBit) return undefined;
    const packet = decodeQuery(query);
    if (!packet) return formatRefusal(query, rcodes.FORMERR, false);
    if (packet.opcode !== 'QUERY') return formatRefusal(query, rcodes.NOTIMP, false);
    const [question] = packet.questions ?? [];
    if (!question || packet.questions?.length !== 1) return formatRefusal(query, rcodes.FORMERR, false);
    const vpc = world.store.find(vpcs, vpcId);
    if (!vpc?.spec.enableDnsSupport) return formatRefusal(query, rcodes.REFUSED, true);
    const isInternet = (question.class ?? 'IN') === 'IN';
    const local = isInternet ? answerLocally(question, vpcNames(world, vpc)) : undefined;
    if (local) return formatAnswer(packet, local);
    try {
      return await forwarder.forward(query, packet, transport);
    } catch (error) {
      world.log.debug('a name could not be resolved', { vpcId, name: question.name, error });
      return formatRefusal(query, rcodes.SERVFAIL, true);
    }
  };
}

export function vpcNames({ store }: Pick<World, 'store'>, vpc: Row<VpcSpec, null>): VpcNames {
  return {
    vpcId: vpc.id,
    region: vpc.region,
    hasInterface(address) {
      for (const _ of store.read(networkInterfaces, vpc).by('byVpcAddress', `${vpc.id}/${address}`)) return true;
      return false;
    },
    isInVpc: (address) => vpc.spec.cidrBlocks.some(({ cidrBlock }) => isWithin(address, cidrBlock)),
    ownerOf(publicAddress) {
      const use = store.read(publicAddresses, publicAddressScope).get(publicAddress)?.spec;
      const owner = use && store.read(networkInterfaces, use).get(use.networkInterfaceId)?.spec;
      if (!owner) return undefined;
      const { vpcId, privateAddress } = owner;
      const enableDnsHostnames = store.read(vpcs, use).get(vpcId)?.spec.enableDnsHostnames ?? false;
      return { region: use.region, vpcId, privateAddress, enableDnsHostnames };
    },
  };
}

function isWithin(address: string, cidrBlock: string): boolean {
  const [number, block] = [parseIpv4(address), parseIpv4Block(cidrBlock)];
  return number !== undefined && block !== undefined && containsAddress(block, number);
}

function decodeQuery(query: Buffer): (Packet & { readonly opcode?: string }) | undefined {
  try {
    return decode(query);
  } catch {
    return undefined; // a malformed message, which the asker is told
  }
}

function formatAnswer(query: Packet, { rcode, records, zone }: LocalAnswer): Buffer {
  const [question] = query.questions ?? [];
  const edns = query.additionals?.find((record) => record.type === 'OPT');
  const name = question?.name ?? '';
  const answers = records.map(({ type, data }): Answer => ({ type, name, ttl: answerTtlSeconds, data }));
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: authoritative | recursionAvailable | ((query.flags ?? 0) & recursionDesired) | rcodes[rcode],
    questions: query.questions ?? [],
    answers,
    authorities: answers.length > 0 ? [] : [startOfAuthority(zone)],
    additionals: edns ? [{ ...edns, udpPayloadSize: 4096, options: [] }] : [],
  });
}

/** How long an absence may be remembered. The numbers are those of Amazon's own resolver. */
function startOfAuthority(zone: string): Answer {
  const serial = 2012103100;
  const data = { mname: `ns0.${zone}`, rname: 'hostmaster.amazon.com', serial, refresh: 3600, retry: 3600 };
  return { type: 'SOA', name: zone, ttl: answerTtlSeconds, data: { ...data, expire: 3600, minimum: answerTtlSeconds } };
}

export function createUdpDnsServer(respond: DnsResponder): UdpSocket {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    void respond(query, 'udp').then(
      (answer) => {
        // Whoever asked may be gone, and so may the socket: nobody is left to be told.
        if (answer) socket.send(answer, port, address, () => undefined);
      },
      () => undefined,
    );
  });
  return socket;
}

export interface TcpDnsServer {
  readonly server: Server;
  /** Ends the connections that are open. */
  closeAllConnections(): void;
}

export function createTcpDnsServer({ clock }: Pick<World, 'clock'>, respond: DnsResponder): TcpDnsServer {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    let received: Buffer = Buffer.alloc(0);
    let answering: Promise<void> = Promise.resolve();
    let timer = clock.after(idleTimeoutMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      timer.cancel();
      timer = clock.after(idleTimeoutMs, () => socket.destroy());
      const { messages, rest } = splitFrames(Buffer.concat([received, chunk]));
      if (rest.length > longestStreamBytes) return void socket.destroy();
      received = rest;
      for (const query of messages) answering = answering.then(() => answerOn(socket, query, respond));
      return undefined;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      timer.cancel();
      connections.delete(socket);
    });
  });
  return {
    server,
    closeAllConnections() {
      for (const socket of connections) socket.destroy();
    },
  };
}

async function answerOn(socket: Socket, query: Buffer, respond: DnsResponder): Promise<void> {
  const answer = await respond(query, 'tcp');
  if (answer && !socket.destroyed) socket.write(frame(answer));
}
