// What the host must have for a test to boot machines, and what must not be left on it afterwards.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Why real machines cannot be booted here; undefined when they can. Under CI on a host with root, that is a failure. */
export function whyNoMachines(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  const missing = ['lxc-start', 'nft', 'ip', 'mmdebstrap', 'ssh', 'nsenter'].filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  const reason = `not installed: ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`CI must not skip this on a host with root, but: ${reason}`);
  return reason;
}

export function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => existsSync(`${folder}/${program}`));
}

/** Everything on the host that carries this cloud's name, or uses its data directory. */
export function leftovers(cloudId: string, dataDirectory: string): readonly string[] {
  const lines = (argv: readonly string[]): readonly string[] => {
    const [program, ...args] = argv as [string, ...string[]];
    return execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  };
  return [
    ...(existsSync('/run/netns') ? readdirSync('/run/netns') : [])
      .filter((name) => name.includes(cloudId))
      .map((name) => `namespace ${name}`),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(dataDirectory))
      .map((line) => `mount ${line}`),
    ...lines(['losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE'])
      .filter((line) => line.includes(dataDirectory))
      .map((line) => `loop device ${line}`),
    ...lines(['nft', 'list', 'tables'])
      .filter((line) => line.includes(cloudId))
      .map((line) => `nftables ${line}`),
    ...lines(['ip', '-o', 'link'])
      .filter((line) => line.includes(cloudId))
      .map((line) => `link ${line}`),
    ...processesOf(dataDirectory),
  ];
}

export function processesOf(dataDirectory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const commandLine = readCommandLine(pid);
      return commandLine.includes(dataDirectory) ? [`process ${pid}: ${commandLine}`] : [];
    });
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended while we looked
  }
}
