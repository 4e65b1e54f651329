// Asks the host's own resolvers what a VPC's resolver does not know itself, and remembers answers for a moment.
// Each question leaves from a port and under an id of its own, so that an answer cannot be guessed at.

import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIP, isIPv6 } from 'node:net';
import type { Packet } from 'dns-packet';
import type { World } from '../../aws/service.ts';
import { resolverAddress } from '../../drivers/network/network.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { randomInteger } from '../../kernel/random.ts';
import { questionKey, readdress, requestion, responseCode, shortestTtlSeconds } from './dns-message.ts';

export type Transport = 'udp' | 'tcp';

export interface DnsForwarder {
  /** The answer, addressed to the asker. Rejects when no resolver answers. */
  forward(query: Buffer, packet: Packet, transport: Transport): Promise<Buffer>;
}

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

export interface DnsForwarderOptions extends Pick<World, 'clock' | 'random'> {
  /** Whom to ask, best first; by default what /etc/resolv.conf names. */
  readonly upstreams?: () => Promise<readonly Upstream[]>;
}

const attemptTimeoutMs = 2000;
const longestKeptMs = 30_000;
const mostKept = 2000;
const mostWaiting = 500;
const largestUdpPayload = 4096;
const longestMessageBytes = 65_535;
const [serverFailure, refused] = [2, 5];

export function createDnsForwarder(options: DnsForwarderOptions): DnsForwarder {
  const { clock, random, upstreams = () => hostUpstreams() } = options;
  const kept = new Map<
    string,
    { readonly message: Buffer; readonly atMs: TimestampMs; readonly untilMs: TimestampMs }
  >();
  let waiting = 0;

  /** Not every resolver speaks TCP; what it says over UDP may still be whole. */
  async function ask(asked: Buffer, packet: Packet, transport: Transport): Promise<Buffer> {
    const query = requestion(asked, randomInteger(random, 0x10000), flagsOf(packet), ednsOf(packet));
    const attempts: readonly Transport[] = transport === 'tcp' ? ['tcp', 'udp'] : ['udp', 'udp'];
    for (const attempt of attempts) {
      const answer = await askEach(query, attempt);
      if (answer) return answer;
    }
    throw new Error('no resolver of this host answered');
  }

  async function askEach(query: Buffer, transport: Transport): Promise<Buffer | undefined> {
    let failure: Buffer | undefined;
    for (const upstream of await upstreams()) {
      const answer = await (transport === 'udp' ? askUdp : askTcp)(clock, upstream, query).catch(() => undefined);
      if (answer && ![serverFailure, refused].includes(responseCode(answer))) return answer;
      failure ??= answer; // perhaps the next one knows more
    }
    return failure;
  }

  function keep(key: string, message: Buffer): void {
    const ttlMs = (shortestTtlSeconds(message) ?? 0) * 1000;
    if (ttlMs === 0 || ![0, 3].includes(responseCode(message))) return;
    const oldest = kept.size >= mostKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    const atMs = clock.now();
    kept.set(key, { message, atMs, untilMs: atMs + Math.min(ttlMs, longestKeptMs) });
  }

  return {
    async forward(query, packet, transport) {
      const key = cacheKey(query, packet, transport);
      const known = kept.get(key);
      const nowMs = clock.now();
      if (known && nowMs < known.untilMs) {
        return readdress(known.message, query, Math.floor((nowMs - known.atMs) / 1000));
      }
      kept.delete(key);
      if (waiting >= mostWaiting) throw new Error('too many questions at once');
      waiting++;
      try {
        const message = await ask(query, packet, transport);
        keep(key, message);
        return readdress(message, query, 0);
      } finally {
        waiting--;
      }
    },
  };
}

// Nothing of the asker's goes on but the question, these flags and what it knows of EDNS: its cookie is not for others.
const recursionDesired = 0x0100;
const authenticData = 0x0020;
const checkingDisabled = 0x0010;

function flagsOf(packet: Packet): number {
  return (packet.flags ?? 0) & (recursionDesired | authenticData | checkingDisabled);
}

function ednsOf(packet: Packet): { readonly size: number; readonly flags: number } | undefined {
  const edns = packet.additionals?.find((record) => record.type === 'OPT');
  return edns && { size: Math.min(edns.udpPayloadSize, largestUdpPayload), flags: edns.flags };
}

function cacheKey(query: Buffer, packet: Packet, transport: Transport): string {
  return JSON.stringify([questionKey(query), transport, flagsOf(packet), ednsOf(packet)]);
}

type Ask = (clock: World['clock'], upstream: Upstream, query: Buffer) => Promise<Buffer>;

const askUdp: Ask = (clock, { address, port }, query) =>
  new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    let isOver = false;
    const end = (settle: () => void) => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      socket.close();
      settle();
    };
    const timer = clock.after(attemptTimeoutMs, () => end(() => reject(new Error(`${address} did not answer`))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('message', (message) => {
      if (isAnswerTo(query, message)) end(() => resolve(message));
    });
    // Connected, a socket takes messages from that address only, and learns when nobody listens there.
    socket.on('connect', () => socket.send(query));
    socket.connect(port, address);
  });

const askTcp: Ask = (clock, { address, port }, query) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, address);
    let received: Buffer = Buffer.alloc(0);
    const end = (settle: () => void) => {
      timer.cancel();
      socket.destroy();
      settle();
    };
    const timer = clock.after(attemptTimeoutMs, () => end(() => reject(new Error(`${address} did not answer`))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('close', () => end(() => reject(new Error(`${address} hung up`))));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const [message] = splitFrames(received).messages;
      if (message) end(() => (isAnswerTo(query, message) ? resolve(message) : reject(new Error('not an answer'))));
    });
    socket.write(frame(query));
  });

/** The same id and the same question: what a forger would have to know. */
function isAnswerTo(query: Buffer, message: Buffer): boolean {
  try {
    const isResponse = (message.readUInt8(2) & 0x80) !== 0;
    return (
      isResponse && message.readUInt16BE(0) === query.readUInt16BE(0) && questionKey(message) === questionKey(query)
    );
  } catch {
    return false; // it ends before its question does
  }
}

/** Over TCP each message has its length in front. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Math.min(message.length, longestMessageBytes));
  return Buffer.concat([length, message]);
}

/** The whole messages at the start of a stream, and what is left. */
export function splitFrames(stream: Buffer): { readonly messages: readonly Buffer[]; readonly rest: Buffer } {
  const messages: Buffer[] = [];
  let rest = stream;
  while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
    const end = 2 + rest.readUInt16BE(0);
    messages.push(rest.subarray(2, end));
    rest = rest.subarray(end);
  }
  return { messages, rest };
}

const dnsPort = 53;

export function parseResolvConf(text: string): readonly Upstream[] {
  const addresses = [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map((match) => match[1] ?? '');
  const usable = addresses.filter((address) => isIP(address.replace(/%.*$/, '')) !== 0);
  // A guest's resolver would ask itself. On a host that is itself an EC2 instance it is Amazon's, and may be all there is.
  const others = usable.filter((address) => address !== resolverAddress);
  return (others.length > 0 ? others : usable).map((address) => ({ address, port: dnsPort }));
}

/** Read anew for each question: the host may change networks, and the file is small. */
async function hostUpstreams(): Promise<readonly Upstream[]> {
  return parseResolvConf(await readFile('/etc/resolv.conf', 'utf8'));
}
