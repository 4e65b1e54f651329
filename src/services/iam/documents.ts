// Policy documents: checked when they are written, counted without white space, and shown URL-encoded.

import { PolicyFault } from '../../aws/policies/policy-fault.ts';
import { type PolicyType, validatePolicy } from '../../aws/policies/validate-policy.ts';
import { limitExceeded, malformedPolicy, quotaExceeded } from './iam.errors.ts';

/** How IAM counts: white space is free. */
const countedLength = (document: string): number => document.replace(/\s+/g, '').length;

/** The most that documents may have of what counts. */
export const countedLengths = { managed: 6144, trust: 2048 } as const;

export function checkPolicy(document: string, type: PolicyType): void {
  try {
    validatePolicy(document, type);
  } catch (error) {
    throw error instanceof PolicyFault ? malformedPolicy(error.message) : error;
  }
}

export function checkManagedPolicy(document: string): void {
  checkPolicy(document, 'identity');
  const { managed } = countedLengths;
  if (countedLength(document) > managed) throw quotaExceeded('PolicySize', managed);
}

export function checkTrustPolicy(document: string): void {
  checkPolicy(document, 'trust');
  const { trust } = countedLengths;
  if (countedLength(document) > trust) throw quotaExceeded('ACLSizePerRole', trust);
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
