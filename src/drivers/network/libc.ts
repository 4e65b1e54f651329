// The few system calls that neither Node nor a spawned command can do for us: entering a network namespace for the
// length of one synchronous call, making sockets there, and reading small facts in microseconds instead of spawns.
// Everything is synchronous on the calling thread, because a namespace belongs to a thread: nothing of ours may run
// between the way in and the way back.

import { closeSync, openSync } from 'node:fs';
import { parseIpv4 } from './ipv4.ts';

export interface Libc {
  /**
   * Runs `task` with this thread inside the namespace at `path`. `task` must be synchronous; what it opens or spawns
   * stays in the namespace. The process is aborted when the way back fails: it could only do harm from there on.
   */
  insideNamespace<T>(path: string, task: () => T): T;
  /** A socket bound to the address (and listening, for TCP) in this thread's namespace. The caller owns it. */
  boundSocket(protocol: 'tcp' | 'udp', address: string, port: number): number;
  /** The number of nftables transactions in this thread's namespace: unchanged means that nobody changed a rule. */
  rulesetGeneration(): number;
  /** undefined when this thread's namespace has no interface of that name. */
  interfaceMtu(name: string): number | undefined;
  /** Runs the synchronous `task` while no other process holds the lock file; waits for it. */
  exclusively<T>(lockPath: string, task: () => T): T;
}

// Linux on x86-64 and arm64.
const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const MSG_DONTWAIT = 0x40;
const LOCK_EX = 2;
const SIOCGIFMTU = 0x8921;
const ENODEV = 19;
const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_GETGEN = 16;
const listenBacklog = 511;

type Call = (...args: (number | bigint | Uint8Array)[]) => number;

interface Calls {
  readonly setns: Call;
  readonly socket: Call;
  readonly setsockopt: Call;
  readonly bind: Call;
  readonly listen: Call;
  readonly send: Call;
  readonly recv: Call;
  readonly ioctl: Call;
  readonly flock: Call;
  errno(): number;
  /** `EADDRINUSE` for 98. */
  errorName(errno: number): string;
}

let loaded: Promise<Libc> | undefined;

/** Loaded on first use: a cloud without VPCs needs none of it. */
export function loadLibc(): Promise<Libc> {
  loaded ??= bindCalls().then(createLibc);
  return loaded;
}

async function bindCalls(): Promise<Calls> {
  const { default: koffi } = await import('koffi');
  const process = koffi.load(null);
  const names = Object.entries(koffi.os.errno as Record<string, number>);
  return {
    setns: process.func('int setns(int fd, int nstype)'),
    socket: process.func('int socket(int domain, int type, int protocol)'),
    setsockopt: process.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
    bind: process.func('int bind(int fd, const void *address, uint32_t length)'),
    listen: process.func('int listen(int fd, int backlog)'),
    send: process.func('intptr_t send(int fd, const void *buffer, size_t length, int flags)'),
    recv: process.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)'),
    ioctl: process.func('int ioctl(int fd, unsigned long request, void *argument)'),
    flock: process.func('int flock(int fd, int operation)'),
    errno: () => koffi.errno(),
    errorName: (errno) => names.find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`,
  };
}

function createLibc(calls: Calls): Libc {
  /** Throws with the call's name and `code` as Node's own errors have it. */
  const ok = (result: number, what: string): number => {
    if (result >= 0) return result;
    const code = calls.errorName(calls.errno());
    throw Object.assign(new Error(`${what}: ${code}`), { code });
  };
  const withSocket = <T>(domain: number, type: number, protocol: number, use: (fd: number) => T): T => {
    const fd = ok(calls.socket(domain, type | SOCK_CLOEXEC, protocol), 'socket');
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  };

  return {
    insideNamespace(path, task) {
      const home = openSync('/proc/thread-self/ns/net', 'r');
      try {
        const target = openSync(path, 'r');
        try {
          ok(calls.setns(target, CLONE_NEWNET), `entering ${path}`);
        } finally {
          closeSync(target);
        }
        try {
          return task();
        } finally {
          if (calls.setns(home, CLONE_NEWNET) !== 0) process.abort();
        }
      } finally {
        closeSync(home);
      }
    },

    boundSocket(protocol, address, port) {
      const type = protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM;
      const fd = ok(calls.socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), 'socket');
      try {
        const what = `${protocol} ${address}:${port}`;
        const yes = int32(1);
        // For TCP only: two UDP sockets that reuse an address would steal each other's packets.
        if (protocol === 'tcp') ok(calls.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, yes, yes.length), what);
        const name = socketAddress(address, port);
        ok(calls.bind(fd, name, name.length), `binding ${what}`);
        if (protocol === 'tcp') ok(calls.listen(fd, listenBacklog), `listening on ${what}`);
        return fd;
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    },

    rulesetGeneration: () =>
      withSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, (fd) => {
        const question = generationQuestion();
        ok(calls.send(fd, question, question.length, 0), 'asking nftables');
        const answer = Buffer.alloc(256);
        // The kernel answers before send returns.
        return parseGeneration(answer.subarray(0, ok(calls.recv(fd, answer, answer.length, MSG_DONTWAIT), 'nftables')));
      }),

    interfaceMtu: (name) =>
      withSocket(AF_INET, SOCK_DGRAM, 0, (fd) => {
        const request = Buffer.alloc(40);
        request.write(name, 0, 15, 'latin1');
        if (calls.ioctl(fd, SIOCGIFMTU, request) === 0) return request.readInt32LE(16);
        if (calls.errno() === ENODEV) return undefined;
        return ok(-1, `the MTU of ${name}`);
      }),

    exclusively(lockPath, task) {
      const fd = openSync(lockPath, 'a');
      try {
        ok(calls.flock(fd, LOCK_EX), `locking ${lockPath}`);
        return task();
      } finally {
        closeSync(fd);
      }
    },
  };
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

/** struct sockaddr_in */
export function socketAddress(address: string, port: number): Buffer {
  const buffer = Buffer.alloc(16);
  buffer.writeUInt16LE(AF_INET, 0);
  buffer.writeUInt16BE(port, 2);
  buffer.writeUInt32BE(parseIpv4(address), 4);
  return buffer;
}

/** struct nlmsghdr and struct nfgenmsg */
function generationQuestion(): Buffer {
  const message = Buffer.alloc(20);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, 4);
  message.writeUInt16LE(NLM_F_REQUEST, 6);
  return message;
}

/** The first attribute of the answer, NFTA_GEN_ID. */
function parseGeneration(answer: Buffer): number {
  if (answer.length < 28) throw new Error(`nftables gave no generation but ${answer.toString('hex')}`);
  return answer.readUInt32BE(24);
}
