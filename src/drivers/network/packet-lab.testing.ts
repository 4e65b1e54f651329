// A laboratory for real packets: a stand-in for the host, one for the internet behind it, and guests that are plain
// network namespaces plugged into a VPC as LXC's router mode does. The test's own thread moves into the stand-in host,
// so that the driver under test, and whatever it spawns, take it for the machine: the real one is left alone.
// Names carry the process id; what a killed run left behind is swept by the next.

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { describeReal } from '../describe-real.ts';
import { type Libc, loadLibc, socketAddress } from './libc.ts';
import { namespaceDirectory } from './names.ts';
import { createNamespaceNetwork } from './namespace-network.ts';
import { guestGatewayAddress, type InterfacePicture, type Network } from './network.ts';
import { formatPacket, type Packet, parsePacket } from './raw-packet.testing.ts';

export const internetAddress = '203.0.113.9';
/** The stand-in host's own address towards the internet. */
export const hostOutsideAddress = '203.0.113.1';

/** A suite that needs real packets. */
export function describeWithPackets(title: string, body: () => void): void {
  describeReal(title, whyNoPackets(), body);
}

function whyNoPackets(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has network namespaces';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['ip', 'nft', 'nsenter'].filter((name) => {
    return !['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) => existsSync(`${directory}/${name}`));
  });
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export interface PacketLab {
  readonly host: Station;
  readonly internet: Station;
  /** A cloud of its own on the stand-in host. Its VPCs are removed when the lab closes. */
  startCloud(): LabCloud;
  /** Plugs a guest into the VPC, which exists. */
  plug(network: Network, vpcId: string, each: InterfacePicture): Station;
  /** A station in any network namespace, as one that sends from the inside of a VPC. */
  enter(address: string, namespacePath: string): Station;
  close(): Promise<void>;
}

export interface LabCloud {
  readonly cloudId: string;
  readonly network: Network;
  /** The same cloud in a new process, as far as the driver can tell. */
  restart(): Network;
}

/** A place where packets begin and end. */
export interface Station {
  readonly address: string;
  readonly namespacePath: string;
  send(packet: Packet): void;
  /** Every IPv4 packet that came in since the last call. */
  received(): readonly Packet[];
  /** Runs `task`, synchronous, in the station's network. */
  inside<T>(task: () => T): T;
  /** A server of TCP connections that answers a line with `<peer's address> <line>`. */
  echoServer(port: number): Promise<Server>;
  connect(address: string, port: number): Promise<Socket>;
  unplug(): void;
}

const libcSymbols = koffi.load(null);
const setns = libcSymbols.func('int setns(int fd, int nstype)');
const socket = libcSymbols.func('int socket(int domain, int type, int protocol)');
const setsockopt = libcSymbols.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
const sendto = libcSymbols.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)');
const recvfrom = libcSymbols.func(
  'intptr_t recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ uint32_t *)',
);

const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const SOCK_STREAM = 1;
const CLOSE_ON_EXEC_NONBLOCK = 0o2004000;
const IPPROTO_RAW = 255;
const ETH_P_IP_BIG_ENDIAN = 0x0008;
const PACKET_HOST = 0;

const directoryPrefix = 'cloudlet-lab-';

let labCount = 0;
let cloudCount = 0;

export async function openPacketLab(): Promise<PacketLab> {
  const libc = await loadLibc();
  sweepDeadRuns();
  labCount += 1;
  const prefix = `cllab-${process.pid}-${labCount}`;
  const home = openSync('/proc/thread-self/ns/net', 'r');
  const directory = mkdtempSync(join(tmpdir(), `${directoryPrefix}${process.pid}-`));
  const stations: Station[] = [];
  const networks: Network[] = [];
  const underWay = new Set<Promise<unknown>>();
  const made: string[] = [];
  let guestCount = 0;

  const makeNamespace = (name: string): string => {
    ipNetns([`add ${name}`]);
    made.push(name);
    return `${namespaceDirectory}/${name}`;
  };
  const open = (address: string, path: string): Station => {
    const station = openStation(libc, address, path);
    stations.push(station);
    return station;
  };

  const hostPath = makeNamespace(`${prefix}-host`);
  const internetPath = makeNamespace(`${prefix}-internet`);
  const outside = [
    'link set lo up',
    `link add out mtu 1400 type veth peer name eth0 mtu 1400 netns ${prefix}-internet`,
    `address add ${hostOutsideAddress}/24 dev out`,
    'link set out up',
    `route add default via ${internetAddress} dev out`,
  ];
  ip(outside, hostPath);
  // No route back to anything but the host: a packet that was not masqueraded gets no answer.
  ip(['link set lo up', `address add ${internetAddress}/24 dev eth0`, 'link set eth0 up'], internetPath);
  const [host, internet] = [open(hostOutsideAddress, hostPath), open(internetAddress, internetPath)];
  let isOpen = true;
  setNamespace(hostPath);

  return {
    host,
    internet,
    startCloud() {
      cloudCount += 1;
      const cloudId = `t${process.pid}n${cloudCount}`;
      const stateDirectory = mkdtempSync(join(directory, 'state-'));
      const claimsDirectory = join(directory, 'claims');
      const restart = () => {
        const log = silentLog;
        const network = createNamespaceNetwork({ cloudId, stateDirectory, claimsDirectory, clock: systemClock, log });
        networks.push(network);
        return onlyWhile(() => isOpen, network, underWay);
      };
      return { cloudId, network: restart(), restart };
    },
    plug(network, vpcId, { id, privateAddress }) {
      guestCount += 1;
      const name = `${prefix}-g${guestCount}`;
      const path = makeNamespace(name);
      const near = network.interfaceName(id);
      const vpcPath = network.namespacePath(vpcId);
      ip([`link add ${near} type veth peer name eth0 netns ${name}`, `link set ${near} up`], vpcPath);
      ip([`route add ${privateAddress}/32 dev ${near}`], vpcPath);
      ip(
        [
          'link set lo up',
          'link set eth0 up',
          `address add ${privateAddress}/32 dev eth0`,
          `route add ${guestGatewayAddress}/32 dev eth0`,
          `route add default via ${guestGatewayAddress} dev eth0`,
        ],
        path,
      );
      return open(privateAddress, path);
    },
    enter: open,
    async close() {
      // A test that took too long may still be at it: this thread goes home only when nothing is under way any more.
      isOpen = false;
      for (const station of stations) station.unplug();
      await Promise.allSettled(underWay);
      try {
        for (const network of networks) {
          for (const vpcId of await network.listVpcs()) await network.ensureVpcAbsent(vpcId);
          await network.close();
        }
      } finally {
        if (setns(home, 0) !== 0) process.abort();
        closeSync(home);
        ipNetns(made.map((name) => `delete ${name}`));
        rmSync(directory, { recursive: true });
      }
    },
  };
}

/** The driver acts on whatever this thread takes for its host, so after the lab it must not act at all. */
function onlyWhile(isOpen: () => boolean, network: Network, underWay: Set<Promise<unknown>>): Network {
  const guarded =
    <A extends unknown[], R>(verb: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!isOpen()) throw new Error('the lab is closed');
      const result = verb(...args);
      underWay.add(result);
      return result.finally(() => underWay.delete(result));
    };
  return {
    ...network,
    ensureVpc: guarded(network.ensureVpc),
    ensureVpcAbsent: guarded(network.ensureVpcAbsent),
    publicPool: guarded(network.publicPool),
    openSocket: guarded(network.openSocket),
    close: guarded(network.close),
  };
}

function openStation(libc: Libc, address: string, namespacePath: string): Station {
  const inside = <T>(task: () => T): T => libc.insideNamespace(namespacePath, task);
  const [sender, listener] = inside(() => [
    check(socket(AF_INET, SOCK_RAW | CLOSE_ON_EXEC_NONBLOCK, IPPROTO_RAW), 'socket'),
    check(socket(AF_PACKET, SOCK_DGRAM | CLOSE_ON_EXEC_NONBLOCK, ETH_P_IP_BIG_ENDIAN), 'socket'),
  ]);
  const room = Buffer.alloc(4);
  room.writeInt32LE(4 * 1024 * 1024);
  const SO_RCVBUFFORCE = 33;
  check(setsockopt(listener, 1, SO_RCVBUFFORCE, room, 4), 'setsockopt');
  let isOpen = true;
  // A late call must not reach whatever has the same descriptor by then.
  const whileOpen = (fd: number): number => {
    if (!isOpen) throw new Error(`${address} has been unplugged`);
    return fd;
  };
  return {
    address,
    namespacePath,
    inside,
    send(packet) {
      const bytes = formatPacket(packet);
      check(sendto(whileOpen(sender), bytes, bytes.length, 0, socketAddress(packet.destination, 0), 16), 'sendto');
    },
    received: () => drain(whileOpen(listener)),
    echoServer(port) {
      const fd = inside(() => libc.boundSocket('tcp', '0.0.0.0', port));
      const server = createServer((peer) => {
        peer.on('data', (line) => peer.write(`${peer.remoteAddress} ${line}`));
        peer.on('error', () => undefined);
      });
      return new Promise((resolve) => server.listen({ fd }, () => resolve(server)));
    },
    connect(to, port) {
      const fd = inside(() => check(socket(AF_INET, SOCK_STREAM | CLOSE_ON_EXEC_NONBLOCK, 0), 'socket'));
      const client = new Socket({ fd, readable: true, writable: true });
      return new Promise((resolve, reject) => {
        client.once('error', reject);
        client.connect({ host: to, port }, () => resolve(client));
      });
    },
    unplug() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(sender);
      closeSync(listener);
    },
  };
}

/** Resolves with the next line that the peer sends. */
export function askEcho(client: Socket, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.once('data', (data) => resolve(data.toString()));
    client.once('error', reject);
    client.write(line);
  });
}

/** A client of the process's own network: within a lab, the stand-in host. */
export function connectFromHere(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const client = connect({ host: address, port }, () => resolve(client));
    client.once('error', reject);
  });
}

/** Waits until `look` gives something. */
export async function eventually<T>(what: string, look: () => T | undefined, withinMs = 30_000): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await systemClock.sleep(1);
  }
}

/** Runs `ip` in the namespace, never in whatever network this thread happens to be. */
export function ip(lines: readonly string[], namespacePath: string): void {
  command(namespacePath, ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
}

/** What the command prints, run in the namespace. */
export function command(namespacePath: string, argv: readonly string[], input = ''): string {
  return execFileSync('nsenter', [`--net=${namespacePath}`, '--', ...argv], { input, encoding: 'utf8' });
}

/** Namespaces are the machine's, whichever of them this thread is in. */
function ipNetns(lines: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: lines.map((line) => `netns ${line}\n`).join('') });
}

function setNamespace(path: string): void {
  const fd = openSync(path, 'r');
  check(setns(fd, 0), `entering ${path}`);
  closeSync(fd);
}

function check(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: errno ${koffi.errno()}`);
  return result;
}

function sweepDeadRuns(): void {
  const isDead = (pid: string | undefined) => pid !== undefined && !existsSync(`/proc/${pid}`);
  for (const name of existsSync(namespaceDirectory) ? readdirSync(namespaceDirectory) : []) {
    if (isDead(/^(?:cllab-|cl-t)(\d+)[-n]/.exec(name)?.[1])) ipNetns([`delete ${name}`]);
  }
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(directoryPrefix) || !isDead(name.split('-')[2])) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function drain(listener: number): readonly Packet[] {
  const packets: Packet[] = [];
  const buffer = Buffer.alloc(2048);
  const from = Buffer.alloc(20);
  for (;;) {
    const length = recvfrom(listener, buffer, buffer.length, 0, from, [from.length]);
    if (length < 0) return packets;
    if (from[10] === PACKET_HOST) packets.push(parsePacket(buffer.subarray(0, Number(length))));
  }
}
