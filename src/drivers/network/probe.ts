// Whether this host lets us make networks: it tries, in a namespace that vanishes with the trial.

import type { Capability } from '../capability.ts';
import { CommandError, run } from '../run.ts';

const name = 'VPC networks (addresses, routing, security groups)';
const needed = [
  { command: ['ip', '-Version'], debianPackage: 'iproute2' },
  { command: ['nft', '--version'], debianPackage: 'nftables' },
  { command: ['nsenter', '--version'], debianPackage: 'util-linux' },
] as const;

export async function probeNamespaces(): Promise<Capability> {
  if (process.platform !== 'linux') return { name, available: false, reason: 'only Linux has network namespaces' };
  if (process.getuid?.() !== 0) {
    return { name, available: false, reason: 'cloudlet does not run as root', remedy: 'start it with sudo' };
  }
  const missing = await missingPackages();
  if (missing.length > 0) {
    const remedy = `apt-get install ${missing.join(' ')}`;
    return { name, available: false, reason: `not installed: ${missing.join(', ')}`, remedy };
  }
  const failure = await failureOf(['unshare', '--net', '--', 'nft', 'add table inet probe']);
  if (failure === undefined) return { name, available: true };
  return {
    name,
    available: false,
    reason: `the kernel does not allow it: ${failure.stderr.trim() || failure.message}`,
    remedy: 'in a container: run it with --privileged; elsewhere: a kernel with network namespaces and nf_tables',
  };
}

async function missingPackages(): Promise<readonly string[]> {
  const failures = await Promise.all(needed.map(({ command }) => failureOf(command)));
  return needed.filter((_, index) => failures[index] !== undefined).map(({ debianPackage }) => debianPackage);
}

async function failureOf(argv: readonly string[]): Promise<CommandError | undefined> {
  try {
    await run(argv, { timeoutMs: 10_000 });
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
