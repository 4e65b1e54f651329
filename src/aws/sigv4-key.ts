// Signing keys: four HMACs from a secret to the key of one day, region and service. A client signs thousands of
// requests with one key, so the last few hundred are kept, and the rest forgotten, least recently used first.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { CredentialScope } from './sigv4-credential.ts';

const keptKeys = 512;

// Kept by insertion order, which each use renews. A memo of a pure function, so sharing it is harmless.
const keys = new Map<string, KeyObject>();

export function signingKey(secretAccessKey: string, scope: CredentialScope): KeyObject {
  const id = `${scopeText(scope)}/${secretAccessKey}`;
  const known = keys.get(id);
  if (known) {
    keys.delete(id);
    keys.set(id, known);
    return known;
  }
  const key = createSecretKey(deriveKey(secretAccessKey, scope));
  keys.set(id, key);
  if (keys.size > keptKeys) forgetOldest();
  return key;
}

function deriveKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  let key = Buffer.from(`AWS4${secretAccessKey}`, 'utf8');
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part, 'utf8').digest();
  }
  return key;
}

function forgetOldest(): void {
  for (const id of keys.keys()) {
    keys.delete(id);
    return;
  }
}

/** `20260102/us-east-1/s3/aws4_request`. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}
