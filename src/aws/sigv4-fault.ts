// Why a signature was refused, as data. Each protocol says the same thing in other codes and words, so those are
// chosen in sigv4-errors.ts, where the service is known; nothing else here depends on the service.

import type { TimestampMs } from '../kernel/clock.ts';

export type SignaturePlace = 'header' | 'query';

export type SignatureFault =
  /** Nothing signs the request, and the operation wants a signature. */
  | { readonly reason: 'missing' }
  /** An Authorization header of no AWS scheme. */
  | { readonly reason: 'unknown-scheme'; readonly authorization: string }
  /** SigV4A, or an algorithm that does not exist. */
  | { readonly reason: 'unsupported-algorithm'; readonly place: SignaturePlace; readonly algorithm: string }
  /** Signature Version 2. */
  | { readonly reason: 'legacy' }
  | { readonly reason: 'several-mechanisms' }
  | { readonly reason: 'malformed-component'; readonly component: string; readonly authorization: string }
  | {
      readonly reason: 'missing-components';
      readonly place: SignaturePlace;
      readonly missing: readonly string[];
      readonly authorization: string;
    }
  | { readonly reason: 'malformed-credential'; readonly place: SignaturePlace; readonly credential: string }
  | { readonly reason: 'malformed-scope-date'; readonly place: SignaturePlace; readonly date: string }
  | { readonly reason: 'malformed-region'; readonly place: SignaturePlace; readonly region: string }
  | { readonly reason: 'malformed-terminator'; readonly place: SignaturePlace; readonly terminator: string }
  | { readonly reason: 'malformed-date'; readonly place: SignaturePlace; readonly date: string }
  | { readonly reason: 'malformed-expires'; readonly problem: 'not-a-number' | 'negative' | 'too-large' }
  | {
      readonly reason: 'scope-date-differs';
      readonly place: SignaturePlace;
      readonly scopeDate: string;
      readonly amzDate: string;
    }
  | {
      readonly reason: 'too-early' | 'too-late';
      readonly place: SignaturePlace;
      readonly amzDate: string;
      readonly nowMs: TimestampMs;
      readonly allowedMs: number;
    }
  /** A presigned S3 URL whose X-Amz-Expires has passed. */
  | {
      readonly reason: 'expired';
      readonly expiresSeconds: number | undefined;
      readonly expiresAtMs: TimestampMs;
      readonly nowMs: TimestampMs;
    }
  | { readonly reason: 'host-not-signed' }
  | { readonly reason: 'headers-not-signed'; readonly headers: readonly string[] }
  | { readonly reason: 'content-sha256-missing' }
  | { readonly reason: 'content-sha256-malformed'; readonly declared: string }
  | { readonly reason: 'content-sha256-differs'; readonly declared: string; readonly computed: string }
  | {
      readonly reason: 'mismatch';
      readonly accessKeyId: string;
      readonly signature: string;
      readonly stringToSign: string;
      readonly canonicalRequest?: string;
    }
  /** The access key is not known, or the session token is not that of the key. Found by the gateway, not here. */
  | { readonly reason: 'unknown-access-key'; readonly accessKeyId: string }
  | { readonly reason: 'invalid-token'; readonly token: string }
  | { readonly reason: 'expired-token'; readonly token: string };

/** Thrown by parseCredential, verifySignature and the chunk decoder; `signatureError` makes AWS's error of it. */
export class SignatureRefused extends Error {
  readonly fault: SignatureFault;

  constructor(fault: SignatureFault) {
    super(`Signature refused: ${fault.reason}`);
    this.name = 'SignatureRefused';
    this.fault = fault;
  }
}

export function refuse(fault: SignatureFault): never {
  throw new SignatureRefused(fault);
}
