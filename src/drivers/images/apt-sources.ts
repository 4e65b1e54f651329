// Reads a host's apt sources, in both formats, to find the mirrors that it installs from: what is near and reachable
// for the host is so for its guests. Entries of other software vendors are recognised by their keys and left alone.

import type { Vendor } from './recipes.ts';

export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

export interface Mirrors {
  /** Releases and their updates. */
  readonly archive: string;
  /** Security updates, which some vendors keep elsewhere. */
  readonly security?: string;
}

/** One-line format: `deb [signed-by=/path] http://mirror/debian bookworm main`. */
export function parseOneLineSources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^#\s]\S*)*)/.exec(line);
    if (match === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1];
    sources.push({
      uris: [uri],
      suites: [suite],
      components: words(components),
      ...(signedBy === undefined ? {} : { signedBy }),
    });
  }
  return sources;
}

/** deb822 format: stanzas of fields, whose continuation lines are indented. */
export function parseDeb822Sources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const [, name = '', value = ''] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.trim());
    }
    if (!words(fields.get('types')).includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') continue;
    const signedBy = fields.get('signed-by');
    sources.push({
      uris: words(fields.get('uris')),
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      ...(signedBy === undefined ? {} : { signedBy }),
    });
  }
  return sources;
}

/** The `mirror+file:` lists that cloud images and CI runners use: one URI a line, best first. */
export function parseMirrorList(text: string): string[] {
  return text.split('\n').flatMap((line) => /^\s*(https?:\/\/\S+)/.exec(line)?.[1] ?? []);
}

/** The path of the list that a `mirror+file:` URI names. */
export function mirrorListPathOf(uri: string): string | undefined {
  return /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
}

/**
 * The mirrors of `vendor` among a host's sources, for the release `codename` that the host runs.
 * undefined when none is recognised.
 */
export function findMirrors(sources: readonly AptSource[], vendor: Vendor, codename: string): Mirrors | undefined {
  const own = sources.filter((source) => isSignedBy(source, vendor) && source.components.includes('main'));
  const uriOf = (suite: string): string | undefined =>
    own.filter((source) => source.suites.includes(suite)).flatMap((source) => source.uris.filter(isHttp))[0];
  const archive = uriOf(codename);
  if (archive === undefined) return undefined;
  const security = uriOf(`${codename}-security`);
  return { archive, ...(security === undefined ? {} : { security }) };
}

/** An explicit setting: `http://mirror/debian`, or two of them, the second for security updates. */
export function parseMirrorSetting(setting: string, vendor: Vendor): Mirrors {
  const [archive, security] = words(setting);
  if (archive === undefined || !isHttp(archive) || (security !== undefined && !isHttp(security))) {
    throw new TypeError(`"${setting}" is not the URL of a ${vendor} mirror, nor two of them`);
  }
  // Ubuntu's mirrors carry the security suite; Debian's usually do not.
  if (vendor === 'ubuntu') return { archive, security: security ?? archive };
  return { archive, ...(security === undefined ? {} : { security }) };
}

/** Lines of sources.list for a release, its updates, and its security updates where they are known. */
export function formatSources(mirrors: Mirrors, suite: string, component = 'main'): string[] {
  const line = (uri: string, pocket: string) => `deb ${uri} ${suite}${pocket} ${component}`;
  return [
    line(mirrors.archive, ''),
    line(mirrors.archive, '-updates'),
    ...(mirrors.security === undefined ? [] : [line(mirrors.security, '-security')]),
  ];
}

function isSignedBy(source: AptSource, vendor: Vendor): boolean {
  return source.signedBy === undefined || source.signedBy.includes(`${vendor}-archive`);
}

function isHttp(uri: string): boolean {
  return /^https?:\/\/[^\s"'\\]+$/.test(uri);
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
