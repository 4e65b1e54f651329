// Keys are checked by the programs that use them: ssh-keygen where it is installed, OpenSSL through node everywhere.

import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mpint, parseStrings } from '../../aws/ssh-wire.ts';
import { generateKeyMaterial, type KeyType, parsePublicKeyMaterial, publicKeyBlob } from './key-material.ts';
import { formatPrivateKey } from './private-key-formats.ts';

const run = promisify(execFile);
const isInstalled = (program: string, ...args: string[]) =>
  run(program, args).then(
    () => true,
    (error: { code?: unknown }) => error.code !== 'ENOENT',
  );
const hasSshKeygen = await isInstalled('ssh-keygen', '-?');
const hasPuttygen = await isInstalled('puttygen', '--version');
if (!hasSshKeygen) console.warn('skipping the ssh-keygen checks: ssh-keygen is not installed');

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'key-material-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function keyFile(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content, { mode: 0o400 });
  return path;
}

const utf8 = (text: string) => Buffer.from(text);

describe.each<KeyType>(['rsa', 'ed25519'])('a generated %s key', (keyType) => {
  const material = generateKeyMaterial(keyType);

  test.runIf(hasSshKeygen)('is a PEM that ssh-keygen reads, and gives the same public key', async () => {
    const { privateKey, publicKey } = await material;
    const path = await keyFile(`${keyType}.pem`, formatPrivateKey(privateKey, 'pem', 'my key'));
    const { stdout } = await run('ssh-keygen', ['-y', '-f', path]);
    expect(stdout.trim().split(' ').slice(0, 2).join(' ')).toBe(publicKey);
  });

  test.runIf(hasPuttygen)('is a PPK that puttygen reads, and gives the same private key', async () => {
    const { privateKey, publicKey } = await material;
    const path = await keyFile(`${keyType}.ppk`, formatPrivateKey(privateKey, 'ppk', 'my key'));
    const { stdout } = await run('puttygen', [path, '-O', 'public-openssh']);
    expect(stdout.trim()).toBe(`${publicKey} my key`);
    const exported = join(directory, `${keyType}.exported`);
    await run('puttygen', [path, '-O', 'private-openssh', '-o', exported]);
    const again = await run('ssh-keygen', ['-y', '-f', exported]);
    expect(again.stdout.startsWith(publicKey)).toBe(true);
  });

  test('imports as the same public key', async () => {
    const { publicKey } = await material;
    expect(parsePublicKeyMaterial(utf8(`${publicKey} somebody@somewhere\n`))?.publicKey).toBe(publicKey);
  });
});

test('PEM headers are those that AWS hands out', async () => {
  const [rsa, ed25519] = await Promise.all([generateKeyMaterial('rsa'), generateKeyMaterial('ed25519')]);
  expect(formatPrivateKey(rsa.privateKey, 'pem', 'k')).toMatch(
    /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]*-----END RSA PRIVATE KEY-----\n$/,
  );
  expect(formatPrivateKey(ed25519.privateKey, 'pem', 'k')).toMatch(
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n[\s\S]*-----END OPENSSH PRIVATE KEY-----\n$/,
  );
});

test('a PPK is what PuTTY 0.78 makes of the same key', () => {
  // Written by `puttygen ed -O private --ppk-param version=2` from an ed25519 key with this seed.
  const seed = Buffer.from('a1e92590e81bc106f3eeeb2eb8e8792951a7002412de41b409bf221fbb4d9d5a', 'hex');
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  expect(formatPrivateKey(key, 'ppk', 'ec')).toBe(
    [
      'PuTTY-User-Key-File-2: ssh-ed25519',
      'Encryption: none',
      'Comment: ec',
      'Public-Lines: 2',
      'AAAAC3NzaC1lZDI1NTE5AAAAIHY5jSbBh+1ZgtmoEQpTfKg2auwAWpmBDDhZtFVp',
      'yWlY',
      'Private-Lines: 1',
      'AAAAIKHpJZDoG8EG8+7rLrjoeSlRpwAkEt5BtAm/Ih+7TZ1a',
      'Private-MAC: 759596b6d81e2e697f7636bd347e6a927b677da7',
      '',
    ].join('\n'),
  );
});

describe('fingerprints', () => {
  const hex = (text: string) => (text.match(/../g) ?? []).join(':');

  test('of an RSA key that AWS made: SHA-1 of the private key', async () => {
    const { privateKey, keyFingerprint } = await generateKeyMaterial('rsa');
    const der = privateKey.export({ type: 'pkcs8', format: 'der' });
    expect(keyFingerprint).toBe(hex(createHash('sha1').update(der).digest('hex')));
    expect(keyFingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  });

  test('of an imported RSA key: MD5 of the public key', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    expect(parsePublicKeyMaterial(der)?.keyFingerprint).toBe(hex(createHash('md5').update(der).digest('hex')));
  });

  test.runIf(hasSshKeygen)('of an ed25519 key: what ssh-keygen shows, padded', async () => {
    const { publicKey, keyFingerprint } = await generateKeyMaterial('ed25519');
    const { stdout } = await run('ssh-keygen', ['-l', '-E', 'sha256', '-f', await keyFile('ed25519.pub', publicKey)]);
    expect(`SHA256:${keyFingerprint.replace(/=+$/, '')}`).toBe(stdout.split(' ')[1]);
    expect(keyFingerprint).toHaveLength(44);
  });
});

describe('importing', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const line = `ssh-rsa ${publicKeyBlob(publicKey).toString('base64')}`;

  test.each([
    ['DER', der],
    ['DER in base64', utf8(der.toString('base64'))],
    ['PEM', utf8(publicKey.export({ type: 'spki', format: 'pem' }).toString())],
    ['PKCS#1 PEM', utf8(publicKey.export({ type: 'pkcs1', format: 'pem' }).toString())],
    ['one line with a comment', utf8(`${line} me@here with words`)],
    ['one line that ends as on Windows', utf8(`${line}\r\n`)],
    [
      'RFC 4716',
      utf8(
        `---- BEGIN SSH2 PUBLIC KEY ----\nComment: "a \\\nlong one"\n${line.slice(8, 80)}\n${line.slice(80)}\n---- END SSH2 PUBLIC KEY ----\n`,
      ),
    ],
  ])('takes %s', (_name, material) => {
    expect(parsePublicKeyMaterial(material)).toMatchObject({ keyType: 'rsa', publicKey: line });
  });

  test.runIf(hasSshKeygen).each([
    ['rsa', '1024', true],
    ['rsa', '3072', true],
    ['rsa', '4096', true],
    ['rsa', '1536', false],
    ['ecdsa', '256', false],
    ['ed25519', '256', true],
  ])('of %s with %s bits that ssh-keygen made', async (type, bits, isTaken) => {
    const path = join(directory, `import-${type}-${bits}`);
    await run('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', path]);
    const text = await readFile(`${path}.pub`, 'utf8');
    expect(parsePublicKeyMaterial(utf8(text))?.publicKey).toBe(
      isTaken ? text.split(' ').slice(0, 2).join(' ') : undefined,
    );
  });

  test.each([
    ['nothing', ''],
    ['words', 'this is no key'],
    ['half a key', line.slice(0, 100)],
    ['two keys', `${line}\n${line}`],
    ['a private key', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['another algorithm under its name', `ssh-ed25519 ${publicKeyBlob(publicKey).toString('base64').slice(0, 40)}`],
    ['base64 of nothing in particular', Buffer.from('hello, world').toString('base64')],
  ])('refuses %s', (_name, text) => {
    expect(parsePublicKeyMaterial(utf8(text))).toBeUndefined();
  });
});

test('numbers and strings on the SSH wire', () => {
  expect(mpint(Buffer.from('0080', 'hex')).toString('hex')).toBe('000000020080');
  expect(mpint(Buffer.from('007f', 'hex')).toString('hex')).toBe('000000017f');
  expect(mpint(Buffer.from('00', 'hex')).toString('hex')).toBe('00000000');
  expect(parseStrings(Buffer.from('0000000161', 'hex'))?.map(String)).toEqual(['a']);
  expect(parseStrings(Buffer.from('0000000261', 'hex'))).toBeUndefined();
});
