// A load generator light enough not to be what is measured: prepared bytes over kept-alive sockets, answers counted by
// their content-length. Bounded in requests, loopback only.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  readonly port: number;
  /** The server's process. */
  readonly pid: number;
  /** The whole request, head and body. */
  readonly request: Buffer;
  readonly connections: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Requests for each second that the server was on a processor: what one core does, however busy the machine is. */
  readonly requestsPerCpuSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly failed: number;
}

export async function load({ port, pid, request, connections, requests }: LoadOptions): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let left = requests;
  let failed = 0;
  const startedMs = performance.now();
  const cpuBefore = cpuSeconds(pid);
  const drive = async (): Promise<void> => {
    let socket = await open(port);
    let answers = readAnswers(socket);
    while (left-- > 0) {
      const sentMs = performance.now();
      socket.write(request);
      const { value: answer } = await answers.next();
      latenciesMs.push(performance.now() - sentMs);
      if (answer?.status !== 200) failed += 1;
      // Some servers take one request a connection.
      if (!answer?.isLast) continue;
      socket.destroy();
      socket = await open(port);
      answers = readAnswers(socket);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, drive));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = cpuSeconds(pid) - cpuBefore;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0;
  return {
    requestsPerSecond: requests / seconds,
    requestsPerCpuSecond: requests / cpu,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    failed,
  };
}

/** User and system time of a process; the kernel counts in hundredths of a second. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

interface Answer {
  readonly status: number;
  /** Whether the server closes the connection behind it. */
  readonly isLast: boolean;
}

async function* readAnswers(socket: Socket): AsyncGenerator<Answer, void, undefined> {
  let buffered: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    buffered = buffered.length === 0 ? (chunk as Buffer) : Buffer.concat([buffered, chunk as Buffer]);
    for (;;) {
      const end = buffered.indexOf('\r\n\r\n');
      if (end < 0) break;
      const head = buffered.toString('latin1', 0, end);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head.slice(0, 200)}`);
      const total = end + 4 + length;
      if (buffered.length < total) break;
      buffered = buffered.subarray(total);
      yield { status: Number(head.slice(9, 12)), isLast: /^connection: *close/im.test(head) };
    }
  }
}

export interface Signed {
  readonly port: number;
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as an SDK's, with a signature that is not checked because the key is not known. */
export function postRequest({ port, service, headers = {}, body }: Signed): Buffer {
  const credential = `AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/${service}/aws4_request`;
  const all = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    'x-amz-date': '20260101T000000Z',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST / HTTP/1.1\r\n${head.join('')}\r\n${body}`);
}
