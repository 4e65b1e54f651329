// How a host's apt configuration is read, on samples of what is found on hosts.

import { expect, it } from 'vitest';
import {
  findMirrors,
  formatSources,
  mirrorListPathOf,
  parseDeb822Sources,
  parseMirrorList,
  parseMirrorSetting,
  parseOneLineSources,
} from './apt-sources.ts';

const oneLine = `
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # near
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://security.example/debian-security bookworm-security main
deb [signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor.example/debian bookworm main
`;

const deb822 = `
Types: deb
# http://old.example/debian
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://vendor.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFit
`;

it('finds the mirrors of the host among one-line sources, and not other vendors', () => {
  expect(findMirrors(parseOneLineSources(oneLine), 'debian', 'bookworm')).toEqual({
    archive: 'http://mirror.example/debian',
    security: 'https://security.example/debian-security',
  });
});

it('finds the mirrors of the host among deb822 sources, and not other vendors', () => {
  expect(findMirrors(parseDeb822Sources(deb822), 'debian', 'bookworm')).toEqual({
    archive: 'http://mirror.example/debian',
    security: 'http://mirror.example/debian-security',
  });
  expect(parseDeb822Sources(deb822)).toHaveLength(3);
});

it('knows no mirror of a release that the host does not run, nor of the other vendor', () => {
  expect(findMirrors(parseOneLineSources(oneLine), 'debian', 'trixie')).toBeUndefined();
  expect(findMirrors(parseDeb822Sources(deb822), 'ubuntu', 'bookworm')).toBeUndefined();
});

it('takes only what a guest can reach', () => {
  const sources = parseOneLineSources('deb file:/srv/debian bookworm main\ndeb cdrom:[disc]/ bookworm main');
  expect(findMirrors(sources, 'debian', 'bookworm')).toBeUndefined();
});

it('reads lists of mirrors', () => {
  expect(mirrorListPathOf('mirror+file:///etc/apt/mirrors/debian.list')).toBe('/etc/apt/mirrors/debian.list');
  expect(mirrorListPathOf('mirror+file:/etc/apt/apt-mirrors.txt')).toBe('/etc/apt/apt-mirrors.txt');
  expect(mirrorListPathOf('http://mirror.example/debian')).toBeUndefined();
  expect(parseMirrorList('http://near.example/ubuntu/\tpriority:1\n# a remark\nhttps://far.example/ubuntu/\n')).toEqual(
    ['http://near.example/ubuntu/', 'https://far.example/ubuntu/'],
  );
});

it('writes the sources of a release', () => {
  expect(formatSources({ archive: 'http://a/debian', security: 'http://s/security' }, 'bookworm')).toEqual([
    'deb http://a/debian bookworm main',
    'deb http://a/debian bookworm-updates main',
    'deb http://s/security bookworm-security main',
  ]);
  expect(formatSources({ archive: 'http://a/ubuntu' }, 'noble', 'universe')).toEqual([
    'deb http://a/ubuntu noble universe',
    'deb http://a/ubuntu noble-updates universe',
  ]);
});

it('takes a mirror from the settings, with security updates where the mirror has them', () => {
  expect(parseMirrorSetting('http://a/debian', 'debian')).toEqual({ archive: 'http://a/debian' });
  expect(parseMirrorSetting('http://a/debian http://s/debian-security', 'debian')).toEqual({
    archive: 'http://a/debian',
    security: 'http://s/debian-security',
  });
  expect(parseMirrorSetting('http://a/ubuntu', 'ubuntu')).toEqual({
    archive: 'http://a/ubuntu',
    security: 'http://a/ubuntu',
  });
  expect(() => parseMirrorSetting('mirror.example', 'debian')).toThrow('"mirror.example" is not the URL of a debian');
});
