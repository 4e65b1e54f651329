// Whether this host lets us make networks: it tries, in a namespace that vanishes with the trial.

import type { Capability } from '../capability.ts';
import { commandPath } from '../run.ts';
import { refusalOf } from '../trial.ts';

const name = 'VPC networks (addresses, routing, security groups)';
const needed = [
  { command: 'ip', debianPackage: 'iproute2' },
  { command: 'nft', debianPackage: 'nftables' },
  { command: 'nsenter', debianPackage: 'util-linux' },
] as const;

export async function probeNamespaces(): Promise<Capability> {
  if (process.platform !== 'linux') return { name, available: false, reason: 'only Linux has network namespaces' };
  if (process.getuid?.() !== 0) {
    return { name, available: false, reason: 'cloudlet does not run as root', remedy: 'start it with sudo' };
  }
  const missing = needed.filter(({ command }) => commandPath(command) === undefined);
  if (missing.length > 0) {
    const packages = missing.map(({ debianPackage }) => debianPackage);
    const remedy = `apt-get install ${packages.join(' ')}`;
    return { name, available: false, reason: `not installed: ${packages.join(', ')}`, remedy };
  }
  const refusal = await refusalOf({
    name: 'network',
    argv: ['unshare', '--net', '--', 'nft', 'add table inet probe'],
    commands: ['unshare', 'nft'],
  });
  if (refusal === undefined) return { name, available: true };
  return {
    name,
    available: false,
    reason: `the kernel does not allow it: ${refusal}`,
    remedy: 'in a container: run it with --privileged; elsewhere: a kernel with network namespaces and nf_tables',
  };
}
