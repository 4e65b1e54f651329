// Reads what goes into every guest: the files beside this module, and the certificate authorities that the host trusts
// beyond its distribution's, without which a guest behind a TLS-inspecting proxy could not install anything.

import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GuestFile } from './recipes.ts';

/** Beside the source, or where the bundle has copied it. */
function guestDirectory(): string {
  const candidates = ['./guest', './images/guest'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`the guest's files are missing: looked in ${candidates.join(' and ')}`);
  return found;
}

/** The tree that is copied over the guest's root. */
export async function readGuestFiles(): Promise<GuestFile[]> {
  return readTree(join(guestDirectory(), 'rootfs'));
}

export async function readCustomizeScript(): Promise<string> {
  return readFile(join(guestDirectory(), 'customize'), 'utf8');
}

const authoritiesDirectory = 'usr/local/share/ca-certificates';

export async function readHostAuthorities(): Promise<GuestFile[]> {
  const directory = `/${authoritiesDirectory}`;
  if (!existsSync(directory)) return [];
  const certificates = (await readTree(directory)).filter((file) => file.path.endsWith('.crt'));
  // Flat, as update-ca-certificates also takes them, but it looks into no directory that the guest lacks.
  return certificates.map((file) => ({
    ...file,
    path: join(authoritiesDirectory, file.path.replaceAll('/', '-')),
    executable: false,
  }));
}

async function readTree(root: string): Promise<GuestFile[]> {
  const paths = (await readdir(root, { recursive: true })).sort();
  const files = await Promise.all(
    paths.map(async (path) => {
      // Followed, as authorities often are links into another directory.
      if (!(await stat(join(root, path))).isFile()) return [];
      const text = await readFile(join(root, path), 'utf8');
      // By its first line, not its mode, which packing and unpacking a release may lose.
      return [{ path, text, executable: text.startsWith('#!') }];
    }),
  );
  return files.flat();
}
