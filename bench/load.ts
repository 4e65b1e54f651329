// A load generator: prepared requests over kept-alive connections, bounded in number, loopback only.

import { readdirSync, readFileSync } from 'node:fs';
import { createConnection } from './connection.ts';

export interface LoadOptions {
  readonly port: number;
  /** The server's process. */
  readonly pid: number;
  /** The whole request, head and body; or that of the nth one, in pieces. */
  readonly request: Buffer | ((n: number) => readonly Uint8Array[]);
  readonly connections: number;
  readonly requests: number;
  /** Sees what was answered to the nth request. */
  readonly onAnswer?: (body: string, n: number) => void;
  /** Waits for what goes on after the answers; its time and the server's count. */
  readonly afterwards?: () => Promise<void>;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Requests for each second that the server was on a processor: what one core does, however busy the machine is. */
  readonly requestsPerCpuSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly failed: number;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, pid, request, connections, requests, onAnswer } = options;
  const latenciesMs: number[] = [];
  let next = 0;
  let failed = 0;
  const startedMs = performance.now();
  const cpuBefore = cpuSeconds(pid);
  const drive = async (): Promise<void> => {
    const connection = createConnection(port);
    for (let n = next++; n < requests; n = next++) {
      const pieces = typeof request === 'function' ? request(n) : [request];
      const sentMs = performance.now();
      const answer = await connection.ask(pieces, onAnswer !== undefined);
      latenciesMs.push(performance.now() - sentMs);
      if (answer.status < 200 || answer.status > 299) failed += 1;
      else onAnswer?.(answer.body, n);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, drive));
  await options.afterwards?.();
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

/**
 * Time that a process was on a processor. The kernel counts nanoseconds for each thread that is there, and hundredths of a
 * second for all that ever were: some peers end their threads.
 */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Math.max((Number(fields[11]) + Number(fields[12])) / 100, threadSeconds(pid));
}

/** 0 where the kernel does not keep it. */
function threadSeconds(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
  return nanoseconds / 1e9;
}
