// Key material of key pairs: generating it, reading public keys that users bring, and AWS's three kinds of fingerprint.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html

import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { mpint, parseStrings, sshString } from '../../aws/ssh-wire.ts';
import type { KeyPairSpec } from './key-pairs.table.ts';

export type KeyType = KeyPairSpec['keyType'];

export interface PublicKeyMaterial {
  readonly keyType: KeyType;
  /** `ssh-rsa AAAA…`, without a comment. */
  readonly publicKey: string;
  readonly keyFingerprint: string;
}

export interface KeyMaterial extends PublicKeyMaterial {
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Runs on a thread of its own: an RSA key takes some 100 ms to find. */
export async function generateKeyMaterial(keyType: KeyType): Promise<KeyMaterial> {
  const { publicKey, privateKey } =
    keyType === 'rsa' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ed25519');
  const blob = publicKeyBlob(publicKey);
  return {
    keyType,
    privateKey,
    publicKey: opensshLine(keyType, blob),
    keyFingerprint:
      keyType === 'rsa'
        ? colons(createHash('sha1').update(privateKey.export({ type: 'pkcs8', format: 'der' })))
        : sha256Fingerprint(blob),
  };
}

/**
 * Reads what ImportKeyPair takes: OpenSSH's one line, RFC 4716, PEM, or DER in base64 or raw.
 * Undefined for anything else, a private key and an unsupported algorithm or length included.
 */
export function parsePublicKeyMaterial(material: Uint8Array): PublicKeyMaterial | undefined {
  const key = readPublicKey(Buffer.from(material));
  if (key?.type !== 'public') return undefined;
  const keyType = supportedKeyType(key);
  if (!keyType) return undefined;
  const blob = publicKeyBlob(key);
  return {
    keyType,
    publicKey: opensshLine(keyType, blob),
    keyFingerprint:
      keyType === 'rsa'
        ? colons(createHash('md5').update(key.export({ type: 'spki', format: 'der' })))
        : sha256Fingerprint(blob),
  };
}

/** The public key as SSH carries it: its type and numbers, each with its length in front. */
export function publicKeyBlob(key: KeyObject): Buffer {
  const { e = '', n = '', x = '' } = key.export({ format: 'jwk' });
  const number = (text: string) => mpint(Buffer.from(text, 'base64url'));
  return key.asymmetricKeyType === 'rsa'
    ? Buffer.concat([sshString('ssh-rsa'), number(e), number(n)])
    : Buffer.concat([sshString('ssh-ed25519'), sshString(Buffer.from(x, 'base64url'))]);
}

// AWS's documentation leaves 3072 out, but takes it: it is what ssh-keygen makes unless told otherwise.
const rsaLengths = [1024, 2048, 3072, 4096];

function supportedKeyType(key: KeyObject): KeyType | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const length = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return key.asymmetricKeyType === 'rsa' && rsaLengths.includes(length) ? 'rsa' : undefined;
}

function readPublicKey(material: Buffer): KeyObject | undefined {
  const text = material.toString('latin1').trim();
  try {
    const line = /^ssh-(?:rsa|ed25519)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]|$)/.exec(text);
    if (line?.[1]) return /[\r\n]/.test(text) ? undefined : fromBlob(Buffer.from(line[1], 'base64'));
    if (text.startsWith('---- BEGIN SSH2 PUBLIC KEY ----')) return fromBlob(rfc4716Body(text));
    if (/^-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) return createPublicKey(text);
    const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}$/.test(text);
    return createPublicKey({ key: isBase64 ? Buffer.from(text, 'base64') : material, format: 'der', type: 'spki' });
  } catch {
    return undefined; // OpenSSL's way to say that these bytes are no key
  }
}

function fromBlob(blob: Buffer): KeyObject | undefined {
  const [type, first, second] = parseStrings(blob) ?? [];
  const base64 = (bytes: Buffer) => bytes.toString('base64url');
  if (type?.toString('latin1') === 'ssh-rsa' && first && second) {
    const key = createPublicKey({ key: { kty: 'RSA', e: base64(first), n: base64(unsigned(second)) }, format: 'jwk' });
    return key;
  }
  if (type?.toString('latin1') === 'ssh-ed25519' && first) {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64(first) }, format: 'jwk' });
  }
  return undefined;
}

const unsigned = (number: Buffer): Buffer => (number[0] === 0 ? number.subarray(1) : number);

/** Without the markers and the headers, whose lines may be continued by a backslash. */
function rfc4716Body(text: string): Buffer {
  const body = text
    .replace(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('----') && !line.includes(':'));
  return Buffer.from(body.join(''), 'base64');
}

const opensshLine = (keyType: KeyType, blob: Buffer): string => `ssh-${keyType} ${blob.toString('base64')}`;

const colons = (hash: ReturnType<typeof createHash>): string => (hash.digest('hex').match(/../g) ?? []).join(':');

const sha256Fingerprint = (blob: Buffer): string => createHash('sha256').update(blob).digest('base64');
