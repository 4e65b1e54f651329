// What distribution this host is, and what its apt is configured to install from.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AptSource,
  mirrorListPathOf,
  parseDeb822Sources,
  parseMirrorList,
  parseOneLineSources,
} from './apt-sources.ts';
import type { Vendor } from './recipes.ts';

export interface Host {
  readonly vendor: Vendor | undefined;
  readonly codename: string;
  readonly sources: readonly AptSource[];
}

export async function readHost(): Promise<Host> {
  const release = await readIfThere('/etc/os-release');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  const id = field('ID');
  const sources = await readHostSources();
  return {
    vendor: id === 'debian' || id === 'ubuntu' ? id : undefined,
    codename: field('VERSION_CODENAME'),
    sources: await Promise.all(sources.map(withMirrorLists)),
  };
}

async function readHostSources(): Promise<AptSource[]> {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? (await readdir(parts)).sort() : [];
  const found = [parseOneLineSources(await readIfThere('/etc/apt/sources.list'))];
  for (const name of names) {
    const text = await readIfThere(join(parts, name));
    if (name.endsWith('.list')) found.push(parseOneLineSources(text));
    if (name.endsWith('.sources')) found.push(parseDeb822Sources(text));
  }
  return found.flat();
}

async function withMirrorLists(source: AptSource): Promise<AptSource> {
  const uris = await Promise.all(
    source.uris.map(async (uri) => {
      const listPath = mirrorListPathOf(uri);
      return listPath === undefined ? [uri] : parseMirrorList(await readIfThere(listPath));
    }),
  );
  return { ...source, uris: uris.flat() };
}

async function readIfThere(path: string): Promise<string> {
  return existsSync(path) ? readFile(path, 'utf8') : '';
}
