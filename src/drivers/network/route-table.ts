// The host's IPv4 routes, read from the kernel's own file: cheaper than a spawn of `ip route`, so the world can be
// looked at before every act.

import { readFileSync } from 'node:fs';

export interface Route {
  /** Undefined when it leads nowhere (unreachable, blackhole). */
  readonly interfaceName: string | undefined;
  readonly destination: number;
  readonly prefixLength: number;
  readonly metric: number;
}

/** The main table of the calling thread's network namespace. */
export function readRoutes(): readonly Route[] {
  return parseRoutes(readFileSync('/proc/thread-self/net/route', 'utf8'));
}

export function parseRoutes(text: string): readonly Route[] {
  const rows = text.trimEnd().split('\n').slice(1);
  return rows.map((row) => {
    const [interfaceName = '', destination = '', , , , , metric = '', mask = ''] = row.split(/\s+/);
    return {
      interfaceName: interfaceName === '*' ? undefined : interfaceName,
      destination: reversedBytes(destination),
      prefixLength: ones(reversedBytes(mask)),
      metric: Number(metric),
    };
  });
}

/** The interface that packets to the internet leave by; undefined on a host without a default route. */
export function defaultInterface(routes: readonly Route[]): string | undefined {
  const defaults = routes.filter((route) => route.prefixLength === 0 && route.interfaceName !== undefined);
  return defaults.sort((a, b) => a.metric - b.metric)[0]?.interfaceName;
}

// The file shows network byte order as the machine's own integer; every machine we run on is little-endian.
function reversedBytes(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}

function ones(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}
