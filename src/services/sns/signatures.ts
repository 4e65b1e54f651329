// Signatures that clients can verify: over some members of a message, with a key whose certificate this cloud serves at
// the message's SigningCertURL.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

import { createPrivateKey, type KeyObject, sign, webcrypto } from 'node:crypto';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import type { SigningKeySpec } from './signing-keys.table.ts';

export type SignatureVersion = '1' | '2';

export type SignedMembers = Readonly<Record<string, unknown>>;

const signedMembers: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};

/** Name and value in turns, each on a line of its own, in the order of the names. */
export function stringToSign(members: SignedMembers): string {
  const names = signedMembers[String(members['Type'])] ?? [];
  return names
    .filter((name) => members[name] !== undefined)
    .map((name) => `${name}\n${String(members[name])}\n`)
    .join('');
}

/** In a thread of its own: RSA takes a millisecond. */
export function signMembers(members: SignedMembers, key: SigningKeySpec, version: SignatureVersion): Promise<string> {
  const text = Buffer.from(stringToSign(members));
  return new Promise((resolve, reject) => {
    sign(version === '2' ? 'RSA-SHA256' : 'RSA-SHA1', text, privateKeyOf(key), (error, signature) => {
      if (error) reject(error);
      else resolve(signature.toString('base64'));
    });
  });
}

let latest: { readonly pem: string; readonly key: KeyObject } | undefined;

/** Parsing a key costs as much as signing with it. */
function privateKeyOf({ privateKeyPem: pem }: SigningKeySpec): KeyObject {
  if (latest?.pem !== pem) latest = { pem, key: createPrivateKey(pem) };
  return latest.key;
}

const validForMs = 10 * 365 * 24 * 3600_000;

/** Loaded on first use: not every cloud signs. */
export async function createSigningKey(nowMs: TimestampMs, random: Random): Promise<SigningKeySpec> {
  // The library finds its parts by decorators, which need this to be there first.
  await import('reflect-metadata');
  const { X509CertificateGenerator, cryptoProvider } = await import('@peculiar/x509');
  cryptoProvider.set(webcrypto as never);
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificateId = Buffer.from(random.bytes(16)).toString('hex');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${certificateId}`,
    name: 'CN=sns.amazonaws.com, O=cloudlet',
    notBefore: new Date(nowMs - 3600_000),
    notAfter: new Date(nowMs + validForMs),
    signingAlgorithm: algorithm,
    keys,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    privateKeyPem: pemOf('PRIVATE KEY', der),
    certificatePem: `${certificate.toString('pem')}\n`,
    certificateId,
  };
}

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`;
}
