// The files that a private key is handed out in: PEM (PKCS#1 for RSA, OpenSSH's own for ed25519) and PuTTY's PPK 2.
// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
// https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html

import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { mpint, sshString, uint32 } from '../../aws/ssh-wire.ts';
import { publicKeyBlob } from './key-material.ts';

export type PrivateKeyFormat = 'pem' | 'ppk';

export function formatPrivateKey(key: KeyObject, format: PrivateKeyFormat, comment: string): string {
  if (format === 'ppk') return formatPpk(key, comment);
  return key.asymmetricKeyType === 'rsa'
    ? key.export({ type: 'pkcs1', format: 'pem' }).toString()
    : formatOpenssh(key, comment);
}

const opensshBlockSize = 8;

function formatOpenssh(key: KeyObject, comment: string): string {
  const { seed, point } = ed25519Parts(key);
  const publicBlob = publicKeyBlob(key);
  // Two equal numbers show a decryption that went well. Nothing is encrypted here, so they need not be random.
  const check = createHash('sha256').update(seed).digest().subarray(0, 4);
  const content = Buffer.concat([
    check,
    check,
    publicBlob,
    sshString(Buffer.concat([seed, point])),
    sshString(comment),
  ]);
  const paddingLength = (opensshBlockSize - (content.length % opensshBlockSize)) % opensshBlockSize;
  const padding = Buffer.from(Array.from({ length: paddingLength }, (_, i) => i + 1));
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    uint32(1),
    sshString(publicBlob),
    sshString(Buffer.concat([content, padding])),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines(bytes, 70).join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function formatPpk(key: KeyObject, comment: string): string {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519';
  const publicBlob = publicKeyBlob(key);
  const privateBlob = ppkPrivateBlob(key);
  const encryption = 'none';
  const mac = createHmac('sha1', createHash('sha1').update('putty-private-key-file-mac-key').digest())
    .update(Buffer.concat([algorithm, encryption, comment, publicBlob, privateBlob].map(sshString)))
    .digest('hex');
  const [publicLines, privateLines] = [lines(publicBlob, 64), lines(privateBlob, 64)];
  return [
    `PuTTY-User-Key-File-2: ${algorithm}`,
    `Encryption: ${encryption}`,
    `Comment: ${comment}`,
    `Public-Lines: ${publicLines.length}`,
    ...publicLines,
    `Private-Lines: ${privateLines.length}`,
    ...privateLines,
    `Private-MAC: ${mac}`,
    '',
  ].join('\n');
}

function ppkPrivateBlob(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'rsa') return sshString(ed25519Parts(key).seed);
  const { d, p, q, qi } = key.export({ format: 'jwk' });
  return Buffer.concat([d, p, q, qi].map((number = '') => mpint(Buffer.from(number, 'base64url'))));
}

function ed25519Parts(key: KeyObject): { readonly seed: Buffer; readonly point: Buffer } {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  return { seed: Buffer.from(d, 'base64url'), point: Buffer.from(x, 'base64url') };
}

const lines = (bytes: Buffer, width: number): readonly string[] =>
  bytes.toString('base64').match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
