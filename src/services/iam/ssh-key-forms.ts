// An RSA public key in the two forms that IAM takes and gives: SSH's one line, and PEM.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import { mpint, parseStrings, sshString } from '../../aws/ssh-wire.ts';
import type { SshPublicKeySpec } from './ssh-public-keys.table.ts';

const leastBits = 2048;

/** Throws IAM's errors for anything but an RSA key that is long enough. */
export function parseSshPublicKey(body: string): Pick<SshPublicKeySpec, 'openSsh' | 'pem' | 'fingerprint'> {
  const key = readKey(body.trim());
  if (key?.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < leastBits)
    throw awsError('InvalidPublicKey', 'The specified key is invalid. Please use an RSA key of at least 2048 bits.');
  const blob = sshBlob(key);
  const isLine = body.trim().startsWith('ssh-rsa ');
  return {
    openSsh: isLine ? body.trim() : `ssh-rsa ${blob.toString('base64')}`,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: createHash('md5').update(blob).digest('hex').match(/../g)!.join(':'),
  };
}

function readKey(body: string): KeyObject | undefined {
  try {
    return body.startsWith('ssh-rsa ') ? readSshLine(body) : readPem(body);
  } catch {
    return undefined;
  }
}

/** A certificate has a public key inside, but is none. */
const readPem = (body: string): KeyObject | undefined =>
  /^-----BEGIN (RSA )?PUBLIC KEY-----/.test(body) ? createPublicKey(body) : undefined;

function readSshLine(line: string): KeyObject | undefined {
  const [, base64 = ''] = line.split(/\s+/);
  const [type, e, n] = parseStrings(Buffer.from(base64, 'base64')) ?? [];
  if (type?.toString() !== 'ssh-rsa' || !e || !n) return undefined;
  const number = (bytes: Buffer) => bytes.subarray(bytes[0] === 0 ? 1 : 0).toString('base64url');
  return createPublicKey({ key: { kty: 'RSA', e: number(e), n: number(n) }, format: 'jwk' });
}

function sshBlob(key: KeyObject): Buffer {
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const number = (text: string) => mpint(Buffer.from(text, 'base64url'));
  return Buffer.concat([sshString('ssh-rsa'), number(e), number(n)]);
}
