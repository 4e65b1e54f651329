// Signing keys: four HMACs from a secret to the key of one day, region and service. A client signs thousands of
// requests with one key, so the few hundred that were used last are kept.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { CredentialScope } from './sigv4-credential.ts';

const keysPerGeneration = 256;

// Two generations: what is used moves to the young one, and when that is full the old one is forgotten. A hit, unlike in
// a list kept in order, then writes nothing. A memo of a pure function, so sharing it is harmless.
let young = new Map<string, KeyObject>();
let old = new Map<string, KeyObject>();

export function signingKey(secretAccessKey: string, scope: CredentialScope): KeyObject {
  const id = `${scope.date}/${scope.region}/${scope.service}/${secretAccessKey}`;
  const known = young.get(id);
  if (known) return known;
  if (young.size >= keysPerGeneration) {
    old = young;
    young = new Map();
  }
  const key = old.get(id) ?? createSecretKey(deriveKey(secretAccessKey, scope));
  young.set(id, key);
  return key;
}

function deriveKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  let key = Buffer.from(`AWS4${secretAccessKey}`, 'utf8');
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part, 'utf8').digest();
  }
  return key;
}

/** `20260102/us-east-1/s3/aws4_request`. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}
