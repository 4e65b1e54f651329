// What each base image consists of.

import type { BaseImage } from './images.ts';

export type Vendor = 'debian' | 'ubuntu';

export interface Recipe extends BaseImage {
  readonly vendor: Vendor;
  /** The release's code name, which is its name on mirrors. */
  readonly suite: string;
  /** The default user's full name. */
  readonly gecos: string;
  /** Sections of the archive that the guest installs from; the image itself needs `main` only. */
  readonly components: readonly string[];
  readonly packages: readonly string[];
  /** Whether the suite's packages merge /usr when they are installed, not when they are built. */
  readonly mergesUsr: boolean;
  /** Where the vendor's signatures are found on a host of the vendor. */
  readonly keyring: string;
  /** Where they come from elsewhere: a package that the other vendor signs. */
  readonly foreignKeyring: { readonly suite: string; readonly component: string; readonly package: string };
}

const packages = [
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'cloud-init',
  // What people expect to find after logging in.
  'apt-utils',
  'bash-completion',
  'ca-certificates',
  'curl',
  'git',
  'gpg',
  'iproute2',
  'iputils-ping',
  'less',
  'lsb-release',
  'nano',
  'netcat-openbsd',
  'procps',
  'vim-tiny',
  'wget',
];

export const recipes: readonly Recipe[] = [
  {
    name: 'debian-12',
    vendor: 'debian',
    suite: 'bookworm',
    defaultUser: 'admin',
    gecos: 'Debian',
    sizeGiB: 8,
    components: ['main'],
    packages: [...packages, 'debian-archive-keyring'],
    mergesUsr: true,
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    foreignKeyring: { suite: 'noble', component: 'universe', package: 'debian-archive-keyring' },
  },
  {
    name: 'ubuntu-24.04',
    vendor: 'ubuntu',
    suite: 'noble',
    defaultUser: 'ubuntu',
    gecos: 'Ubuntu',
    sizeGiB: 8,
    components: ['main', 'restricted', 'universe', 'multiverse'],
    packages: [...packages, 'ubuntu-keyring'],
    mergesUsr: false,
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    // The first Debian release that carries it.
    foreignKeyring: { suite: 'trixie', component: 'main', package: 'ubuntu-archive-keyring' },
  },
];

export const baseImages: readonly BaseImage[] = recipes.map(({ name, defaultUser, sizeGiB }) => ({
  name,
  defaultUser,
  sizeGiB,
}));

export function requireRecipe(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) throw new RangeError(`there is no base image ${name}`);
  return recipe;
}

/** A file of the guest, with its path relative to the root. */
export interface GuestFile {
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
}

/** Everything that decides what comes out of a build; the same plan makes the same image, give or take upgrades. */
export interface BuildPlan {
  readonly recipe: Recipe;
  /** Lines of sources.list; none lets mmdebstrap choose the vendor's default mirror. */
  readonly sources: readonly string[];
  /** Sources of the package that brings the vendor's keys; undefined when the host has them. */
  readonly keyringSources: readonly string[] | undefined;
  readonly files: readonly GuestFile[];
  /** The script that finishes the root file system from inside. */
  readonly customize: string;
}
