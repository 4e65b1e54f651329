// The programs of the host that instances need, what for, and the Debian packages that bring them.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { commandPath } from '../drivers/run.ts';
import { colors, note } from './output.ts';

export interface HostProgram {
  readonly program: string;
  readonly debianPackage: string;
  readonly purpose: string;
  /** Without the others, something is less good; without these, there are no instances. */
  readonly isNeeded: boolean;
}

const needed = (program: string, debianPackage: string, purpose: string): HostProgram => ({
  program,
  debianPackage,
  purpose,
  isNeeded: true,
});

export const hostPrograms: readonly HostProgram[] = [
  needed('lxc-start', 'lxc', 'runs instances'),
  needed('ip', 'iproute2', 'makes the networks of VPCs'),
  needed('nft', 'nftables', 'enforces security groups, translates public addresses'),
  needed('nsenter', 'util-linux', 'starts instances inside the network of their VPC'),
  needed('perl', 'perl-base', 'mounts root volumes for unprivileged guests'),
  needed('losetup', 'mount', 'makes volumes block devices'),
  needed('mke2fs', 'e2fsprogs', 'makes the file systems of base images'),
  needed('resize2fs', 'e2fsprogs', 'grows the file systems of root volumes'),
  needed('mmdebstrap', 'mmdebstrap', 'builds base images from the distributions’ own packages'),
  {
    program: 'lxcfs',
    debianPackage: 'lxcfs',
    purpose: 'shows guests their own memory and processors in /proc',
    isNeeded: false,
  },
  {
    program: 'ssh',
    debianPackage: 'openssh-client',
    purpose: "logs in to instances: 'cloudlet ssh' and 'cloudlet tour'",
    isNeeded: false,
  },
];

export const missingPrograms = (): readonly HostProgram[] =>
  hostPrograms.filter(({ program }) => commandPath(program) === undefined);

const packagesOf = (programs: readonly HostProgram[]): readonly string[] => [
  ...new Set(programs.map(({ debianPackage }) => debianPackage)),
];

export const installCommand = (programs: readonly HostProgram[]): string =>
  `sudo apt-get install -y --no-install-recommends ${packagesOf(programs).join(' ')}`;

/** Debian, Ubuntu, and what is made of them. */
export function hasAptGet(): boolean {
  if (commandPath('apt-get') === undefined || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?="?.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * Before a start that may run instances: installs what is missing, or says how to. Never fails for it: what the host
 * cannot do is found out, and said, by the start.
 */
export async function ensureHostPackages({
  hypervisor,
  install,
}: Pick<Config, 'hypervisor' | 'install'>): Promise<void> {
  if (hypervisor === 'none' || hypervisor === 'simulated' || process.platform !== 'linux') return;
  const missing = missingPrograms();
  if (missing.length === 0) return;
  note(`Instances need programs that this host lacks:\n${missing.map(describeProgram).join('\n')}`);
  if (!hasAptGet()) {
    note('Install them with the package manager of this host.\n');
  } else if (!install || !isRoot()) {
    note(`Install them with\n\n  ${colors.bold(installCommand(missing))}\n`);
  } else {
    await installPackages(missing);
  }
}

const describeProgram = ({ program, purpose }: HostProgram): string => `  ${program.padEnd(12)} ${purpose}`;

async function installPackages(missing: readonly HostProgram[]): Promise<void> {
  const packages = packagesOf(missing);
  note(`Installing ${packages.join(', ')} (--no-install forbids it)\n`);
  // Its failure is not the end: the lists may be fresh enough, and if they are not, the install will say so.
  await aptGet(['update', '-q']);
  // A host that has just started may be at its own updates.
  const code = await aptGet([
    '-o',
    'DPkg::Lock::Timeout=300',
    'install',
    '-y',
    '-q',
    '--no-install-recommends',
    ...packages,
  ]);
  note(
    code === 0
      ? '\nInstalled.\n'
      : `\napt-get failed (exit code ${code}). To try by hand: ${installCommand(missing)}\n`,
  );
}

/** Shows what it prints as it comes, on standard error. */
function aptGet(args: readonly string[]): Promise<number> {
  note(colors.dim(`$ apt-get ${args.join(' ')}`));
  return new Promise((resolve) => {
    const child = spawn('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], { stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
