// Reads certificates as users upload them, with IAM's errors.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';

/** The first certificate of a PEM text. */
export function parseCertificate(pem: string): X509Certificate {
  if (!/-----BEGIN CERTIFICATE-----/.test(pem)) throw malformedCertificate(pem);
  try {
    return new X509Certificate(pem);
  } catch {
    throw malformedCertificate(pem);
  }
}

const malformedCertificate = (pem: string) => awsError('MalformedCertificate', `Certificate ${pem} is malformed`);

export function checkChain(pem: string): void {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw awsError('MalformedCertificate', 'Unable to parse certificate chain.');
  for (const certificate of certificates) parseCertificate(certificate);
}

export function checkKeyPair(certificate: X509Certificate, privateKeyPem: string): void {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch {
    throw awsError('MalformedCertificate', 'Private Key is malformed or encrypted.');
  }
  if (!certificate.checkPrivateKey(key))
    throw awsError('KeyPairMismatch', 'Private key does not match the certificate.');
}
