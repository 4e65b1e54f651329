// Policy documents: checked when they are written, counted without white space, and shown URL-encoded.

import { limitExceeded, malformedPolicy, quotaExceeded } from './iam.errors.ts';

/** How IAM counts: white space is free. */
export const countedLength = (document: string): number => document.replace(/\s+/g, '').length;

export const mostPolicyCharacters = 6144;
export const mostTrustPolicyCharacters = 2048;

/** What the grammar says of policies of identities, or of those that say who may assume a role. */
export type PolicyUse = 'identity' | 'trust';

export function checkPolicy(document: string, _use: PolicyUse): void {
  try {
    JSON.parse(document);
  } catch {
    throw malformedPolicy('Syntax errors in policy.');
  }
}

export function checkManagedPolicy(document: string): void {
  checkPolicy(document, 'identity');
  if (countedLength(document) > mostPolicyCharacters) throw quotaExceeded('PolicySize', mostPolicyCharacters);
}

export function checkTrustPolicy(document: string): void {
  checkPolicy(document, 'trust');
  if (countedLength(document) > mostTrustPolicyCharacters)
    throw quotaExceeded('ACLSizePerRole', mostTrustPolicyCharacters);
}

/** `documents`: all that a holder would have then. */
export function checkInlineSize(documents: readonly string[], most: number, holder: string, name: string): void {
  const total = documents.reduce((sum, document) => sum + countedLength(document), 0);
  if (total > most) throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${holder} ${name}`);
}

/** As in answers: what RFC 3986 does not reserve stays as it is. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
