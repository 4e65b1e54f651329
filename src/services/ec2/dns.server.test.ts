// The VPC's resolver, asked over real sockets: by node's own resolver as an independent client, and byte by byte.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadLibc } from '../../drivers/network/libc.ts';
import { resolverAddress } from '../../drivers/network/network.ts';
import { frame, parseResolvConf, splitFrames, type Upstream } from './dns-forwarder.ts';
import {
  createTestVpc,
  hostSocketOf,
  otherPublicAddress,
  publicAddress,
  type TestVpc,
  vpcId,
} from './vpc-servers.testing.ts';
import { createVpcServers, type VpcServers } from './vpc-servers.ts';

/** The host's resolver as the tests want it. */
interface TestUpstream {
  readonly at: Upstream;
  /** What it was asked, as `udp A example.com`. */
  readonly asked: string[];
  answer: (question: { readonly name: string; readonly type: string }) => { answers?: Answer[]; rcode?: number };
  close(): Promise<void>;
}

/** Both on one port, which is free to the one and may be taken to the other. */
async function listenOnOnePort(udp: UdpSocket, tcp: Server): Promise<number> {
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return port;
}

async function createUpstream(triesLeft = 10): Promise<TestUpstream> {
  const udp: UdpSocket = createSocket('udp4');
  const upstream: TestUpstream = {
    at: { address: '127.0.0.1', port: 0 },
    asked: [],
    answer: () => ({}),
    close: async () => {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
  const reply = (query: Buffer, transport: 'udp' | 'tcp'): Buffer => {
    const { id, questions = [], additionals = [] } = decode(query);
    const [question] = questions;
    upstream.asked.push(`${transport} ${question?.type} ${question?.name}`);
    const { answers = [], rcode = 0 } = upstream.answer(question ?? { name: '', type: '' });
    const packet: Packet = { type: 'response', id: id ?? 0, flags: 0x0180 | rcode, questions, answers, additionals };
    const whole = encode(packet);
    const fits = transport === 'tcp' || whole.length <= 512;
    return fits ? whole : encode({ ...packet, flags: 0x0380 | rcode, answers: [] });
  };
  udp.on('message', (query, { address, port }) => udp.send(reply(query, 'udp'), port, address));
  const tcp: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const query of splitFrames(chunk).messages) socket.write(frame(reply(query, 'tcp')));
    });
  });
  try {
    return Object.assign(upstream, { at: { address: '127.0.0.1', port: await listenOnOnePort(udp, tcp) } });
  } catch (error) {
    await upstream.close();
    if (triesLeft === 0) throw error;
    return createUpstream(triesLeft - 1);
  }
}

let vpc: TestVpc;
let servers: VpcServers;
let upstream: TestUpstream;
let upstreams: Upstream[];
let resolver: Resolver;

const server = hostSocketOf({ address: resolverAddress, port: 53 });

beforeAll(async () => {
  vpc = createTestVpc(await loadLibc());
  upstream = await createUpstream();
  servers = createVpcServers(vpc.world, { upstreams: async () => upstreams });
  await servers.ensureListening(vpcId);
});
afterAll(async () => {
  await servers.closeAll();
  await upstream.close();
});
beforeEach(() => {
  upstreams = [upstream.at];
  upstream.asked.length = 0;
  upstream.answer = () => ({});
  vpc.updateVpc({ enableDnsSupport: true, enableDnsHostnames: true });
  resolver = new Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([`${server.host}:${server.port}`]);
});

/** One question over UDP, answered byte by byte. */
function askUdp(query: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('error', reject);
    socket.on('message', (message) => {
      socket.close();
      resolve(message);
    });
    socket.send(query, server.port, server.host);
  });
}

const queryOf = (name: string, type: Answer['type'], more: Partial<Packet> = {}): Buffer =>
  encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type: type as 'A' }], ...more });

describe('names of the VPC', () => {
  test('a private name and its reverse', async () => {
    expect(await resolver.resolve4('ip-127-0-0-2.eu-west-1.compute.internal')).toEqual(['127.0.0.2']);
    expect(await resolver.resolve4('IP-127-0-0-2.EU-WEST-1.compute.internal')).toEqual(['127.0.0.2']);
    expect(await resolver.reverse('127.0.0.2')).toEqual(['ip-127-0-0-2.eu-west-1.compute.internal']);
    expect(upstream.asked).toEqual([]);
  });

  test.each([
    'ip-127-0-0-77.eu-west-1.compute.internal',
    'ip-127-0-0-2.ec2.internal',
    'nothing.eu-west-1.compute.internal',
  ])('%s does not exist, and is nobody else’s to know', async (name) => {
    await expect(resolver.resolve4(name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(upstream.asked).toEqual([]);
  });

  test('a name without an address of version 6', async () => {
    await expect(resolver.resolve6('ip-127-0-0-2.eu-west-1.compute.internal')).rejects.toMatchObject({
      code: 'ENODATA',
    });
    const answer = decode(await askUdp(queryOf('ip-127-0-0-2.eu-west-1.compute.internal', 'AAAA')));
    expect(answer.authorities?.[0]).toMatchObject({ type: 'SOA', name: 'eu-west-1.compute.internal' });
  });

  test('the metadata service has a name', async () => {
    expect(await resolver.resolve4('instance-data.eu-west-1.compute.internal')).toEqual(['169.254.169.254']);
  });

  test('a public name means the private address here, and the public one elsewhere', async () => {
    const name = 'ec2-198-18-0-5.eu-west-1.compute.amazonaws.com';
    expect(await resolver.resolve4(name)).toEqual(['127.0.0.1']);
    expect(await resolver.resolve4('ec2-198-18-0-6.eu-west-1.compute.amazonaws.com')).toEqual([otherPublicAddress]);
    expect(await resolver.reverse(publicAddress)).toEqual([name]);
    vpc.updateVpc({ enableDnsHostnames: false });
    expect(await resolver.resolve4(name)).toEqual([publicAddress]);
  });

  test('nothing is answered without DNS support', async () => {
    vpc.updateVpc({ enableDnsSupport: false });
    await expect(resolver.resolve4('ip-127-0-0-2.eu-west-1.compute.internal')).rejects.toMatchObject({
      code: 'EREFUSED',
    });
  });

  test('the resolver is at both of its addresses, over UDP and TCP', () => {
    const dns = vpc.openSockets.filter(({ port }) => port === 53);
    expect(dns.map(({ protocol, address }) => `${protocol} ${address}`).sort()).toEqual([
      'tcp 127.0.0.2',
      'tcp 169.254.169.253',
      'udp 127.0.0.2',
      'udp 169.254.169.253',
    ]);
  });
});

describe('names of others', () => {
  test('are asked for, and kept while they live', async () => {
    upstream.answer = ({ name }) => ({ answers: [{ type: 'A', name, ttl: 20, data: '192.0.2.7' }] });
    expect(await resolver.resolve4('kept.example', { ttl: true })).toEqual([{ address: '192.0.2.7', ttl: 20 }]);
    vpc.advance(5000);
    const [kept] = await resolver.resolve4('KEPT.example', { ttl: true });
    expect(kept?.ttl).toBeLessThanOrEqual(15);
    expect(upstream.asked).toEqual(['udp A kept.example']);
    vpc.advance(16_000);
    await resolver.resolve4('kept.example');
    expect(upstream.asked).toHaveLength(2);
  });

  test('that are long go over TCP', async () => {
    upstream.answer = ({ name }) => ({
      answers: Array.from({ length: 100 }, (_, i): Answer => ({ type: 'A', name, ttl: 1, data: `192.0.2.${i}` })),
    });
    expect(await resolver.resolve4('long.example')).toHaveLength(100);
    expect(upstream.asked).toEqual(['udp A long.example', 'tcp A long.example']);
  });

  test('are asked over UDP of a resolver that has no TCP', async () => {
    const udp = createSocket('udp4');
    udp.on('message', (query, { address, port }) => {
      const { id = 0, questions = [] } = decode(query);
      const answers: Answer[] = [{ type: 'A', name: 'only-udp.example', ttl: 1, data: '192.0.2.10' }];
      udp.send(encode({ type: 'response', id, flags: 0x0180, questions, answers }), port, address);
    });
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    upstreams = [{ address: '127.0.0.1', port: udp.address().port }];
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const socket = connect(server.port, server.host);
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        socket.destroy();
        resolve(chunk.subarray(2));
      });
      socket.write(frame(queryOf('only-udp.example', 'A')));
    });
    expect(decode(answer).answers?.[0]).toMatchObject({ data: '192.0.2.10' });
    await new Promise<void>((resolve) => udp.close(resolve));
  });

  test('that do not exist', async () => {
    upstream.answer = () => ({ rcode: 3 });
    await expect(resolver.resolve4('nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('are asked of the next resolver when one is not there', async () => {
    upstreams = [{ address: '127.0.0.1', port: 1 }, upstream.at];
    upstream.answer = ({ name }) => ({ answers: [{ type: 'A', name, ttl: 1, data: '192.0.2.8' }] });
    expect(await resolver.resolve4('next.example')).toEqual(['192.0.2.8']);
  });

  test('fail when no resolver is there', async () => {
    upstreams = [{ address: '127.0.0.1', port: 1 }];
    await expect(resolver.resolve4('alone.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  test('keep the asker’s id and spelling, and show nobody’s cookie', async () => {
    upstream.answer = ({ name }) => ({ answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.9' }] });
    const cookie = { code: 10, data: Buffer.from('0123456789abcdef', 'hex') };
    const edns = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [cookie],
    };
    const answer = decode(await askUdp(queryOf('CaSe.example', 'A', { additionals: [edns as unknown as Answer] })));
    expect(answer).toMatchObject({ id: 7, questions: [{ name: 'CaSe.example' }] });
    expect(answer.additionals).toMatchObject([{ type: 'OPT', options: [] }]);
    const again = decode(
      await askUdp(queryOf('case.EXAMPLE', 'A', { id: 8, additionals: [edns as unknown as Answer] })),
    );
    expect(again).toMatchObject({ id: 8, questions: [{ name: 'case.EXAMPLE' }] });
    expect(upstream.asked).toHaveLength(1);
  });
});

describe('malformed queries', () => {
  const rcodeOf = (message: Buffer) => message.readUInt8(3) & 15;

  test('are told so', async () => {
    expect(rcodeOf(await askUdp(queryOf('a.example', 'A').subarray(0, 15)))).toBe(1);
    expect(rcodeOf(await askUdp(encode({ type: 'query', id: 1, questions: [] })))).toBe(1);
    const update = queryOf('a.example', 'A');
    update.writeUInt8(5 << 3, 2);
    expect(rcodeOf(await askUdp(update))).toBe(4);
  });

  test('or ignored, and end nothing', async () => {
    const socket = createSocket('udp4');
    const response = queryOf('a.example', 'A');
    response.writeUInt8(0x80, 2);
    const random = Array.from({ length: 200 }, (_, i) => Buffer.from(`${i}`.repeat(i)));
    // One after the other, so that the server reads meanwhile: what its socket has no room for is lost, the question too.
    for (const bytes of [Buffer.alloc(0), Buffer.of(1, 2, 3), response, ...random]) {
      socket.send(bytes, server.port, server.host);
      await new Promise(setImmediate);
    }
    expect(await resolver.resolve4('ip-127-0-0-2.eu-west-1.compute.internal')).toEqual(['127.0.0.2']);
    socket.close();
  });

  test('several questions in one connection are answered in order', async () => {
    const names = ['ip-127-0-0-1', 'ip-127-0-0-2'].map((name) => `${name}.eu-west-1.compute.internal`);
    const stream = Buffer.concat(names.map((name) => frame(queryOf(name, 'A'))));
    const answers = await new Promise<readonly Buffer[]>((resolve, reject) => {
      const socket = connect(server.port, server.host);
      let received: Buffer = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        const { messages } = splitFrames(received);
        if (messages.length < 2) return;
        socket.destroy();
        resolve(messages);
      });
      socket.write(stream.subarray(0, 10));
      socket.write(stream.subarray(10));
    });
    expect(answers.map((answer) => decode(answer).answers?.[0])).toMatchObject([
      { data: '127.0.0.1' },
      { data: '127.0.0.2' },
    ]);
  });
});

test('resolv.conf names resolvers, our own only for want of others', () => {
  const addresses = (text: string) => parseResolvConf(text).map(({ address }) => address);
  expect(addresses('# x\nsearch a\nnameserver 10.0.0.2\n nameserver\t::1\nnameserver nonsense\n')).toEqual([
    '10.0.0.2',
    '::1',
  ]);
  expect(addresses('nameserver 169.254.169.253\nnameserver 127.0.0.53')).toEqual(['127.0.0.53']);
  expect(addresses('nameserver 169.254.169.253')).toEqual(['169.254.169.253']);
});
