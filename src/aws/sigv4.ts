// Verifies Signature Version 4, in a few microseconds once the signing key is cached. The body of a streaming request is
// not here yet, so what it must turn out to be (a hash, or signed chunks) is answered as data for whoever reads it.

import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { TimestampMs } from '../kernel/clock.ts';
import { canonicalRequest, isS3Signing, type SignableHeaders, type SignableRequest } from './sigv4-canonical.ts';
import type { Credential, SignedCredential } from './sigv4-credential.ts';
import { refuse } from './sigv4-fault.ts';
import { scopeText, signingKey } from './sigv4-key.ts';

export interface VerifiableRequest extends SignableRequest {
  /** Empty when the body streams. */
  readonly body: Uint8Array;
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
}

/** What the signature says of the body. */
export type PayloadSigning =
  /** The body has this hash (hexadecimal); verified already unless the body streams. */
  | { readonly kind: 'sha256'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  /** The body is in aws-chunked encoding; see aws-chunked.ts. */
  | { readonly kind: 'chunked'; readonly isSigned: boolean; readonly hasTrailer: boolean };

/** What the signatures of chunks build on. */
export interface ChunkSigning {
  readonly key: KeyObject;
  readonly accessKeyId: string;
  readonly amzDate: string;
  readonly scope: string;
  readonly seedSignature: string;
}

export interface VerifiedSignature {
  readonly payload: PayloadSigning;
  /** For signed chunks only. */
  readonly chunkSigning?: ChunkSigning;
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const minuteMs = 60_000;

// AWS tells the clock skew it allows in its errors ("- 5 min." or "- 15 min."); these say 15.
const patientServices = new Set(['ec2', 'sts', 'iam', 'sqs', 'ecr']);

export function allowedSkewMs(service: string): number {
  return (isS3Signing(service) || patientServices.has(service) ? 15 : 5) * minuteMs;
}

/** Throws SignatureRefused unless the owner of the secret signed this request, lately. */
export function verifySignature(
  request: VerifiableRequest,
  credential: Credential,
  secretAccessKey: string,
  nowMs: TimestampMs,
): VerifiedSignature {
  if (credential.kind === 'anonymous') return refuse({ reason: 'missing' });
  if (credential.kind === 'legacy') return refuse({ reason: 'legacy' });
  checkTime(credential, nowMs);
  const signedHeaders = credential.signedHeaderList.split(';');
  checkSignedHeaders(request.headers, signedHeaders, credential.scope.service);
  const declared = declaredPayloadHash(request, credential, signedHeaders);
  const payloadHash = declared ?? computedPayloadHash(request);
  const payload = parsePayloadHash(payloadHash);
  const key = signingKey(secretAccessKey, credential.scope);
  checkSignature(request, credential, signedHeaders, key, payloadHash);
  if (declared !== undefined && payload.kind === 'sha256' && !request.stream) checkPayload(request.body, declared);
  if (payload.kind !== 'chunked' || !payload.isSigned) return { payload };
  return { payload, chunkSigning: chunkSigningOf(credential, key) };
}

/** What the request says of its body, with no signature verified: for keys whose secret is not known. */
export function claimedPayload(headers: SignableHeaders): PayloadSigning {
  return parsePayloadHash(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
}

function checkTime(credential: SignedCredential, nowMs: TimestampMs): void {
  const { amzDate, signedAtMs, scope, expiresSeconds } = credential;
  const place = credential.kind === 'header' ? 'header' : 'query';
  const skewMs = allowedSkewMs(scope.service);
  if (signedAtMs > nowMs + skewMs) refuse({ reason: 'too-early', place, amzDate, nowMs, allowedMs: skewMs });
  if (expiresSeconds === undefined || !isS3Signing(scope.service)) {
    // Other services than S3 keep a presigned request valid for their usual skew at least (as kubectl tokens rely on).
    const allowedMs = Math.max(skewMs, (expiresSeconds ?? 0) * 1000);
    if (signedAtMs < nowMs - allowedMs) refuse({ reason: 'too-late', place, amzDate, nowMs, allowedMs });
  } else if (signedAtMs + expiresSeconds * 1000 < nowMs) {
    refuse({ reason: 'expired', expiresSeconds, expiresAtMs: signedAtMs + expiresSeconds * 1000, nowMs });
  }
  if (!amzDate.startsWith(scope.date)) refuse({ reason: 'scope-date-differs', place, scopeDate: scope.date, amzDate });
}

function checkSignedHeaders(headers: SignableHeaders, signedHeaders: readonly string[], service: string): void {
  if (!isS3Signing(service)) {
    if (!signedHeaders.includes('host')) refuse({ reason: 'host-not-signed' });
    return;
  }
  const unsigned = signedHeaders.includes('host') ? [] : ['host'];
  for (const name in headers) {
    if (name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedHeaders.includes(name))
      unsigned.push(name);
  }
  if (unsigned.length > 0) refuse({ reason: 'headers-not-signed', headers: unsigned });
}

/** The last line of the canonical request, when the client says what it is. */
function declaredPayloadHash(
  request: VerifiableRequest,
  credential: SignedCredential,
  signedHeaders: readonly string[],
): string | undefined {
  const declared = request.headers['x-amz-content-sha256'];
  const isS3 = isS3Signing(credential.scope.service);
  if (credential.kind === 'presigned') {
    const inQuery = /(?:^|&)X-Amz-Content-Sha256=([^&]*)/i.exec(request.query)?.[1];
    if (inQuery !== undefined) return inQuery;
    // Signed and not sent, it counts as empty among the signed headers.
    if (isS3 && (declared === undefined || !signedHeaders.includes('x-amz-content-sha256'))) return 'UNSIGNED-PAYLOAD';
  }
  if (declared === undefined && isS3) refuse({ reason: 'content-sha256-missing' });
  return declared;
}

function computedPayloadHash(request: VerifiableRequest): string {
  if (request.stream)
    throw new Error('A body whose hash the client does not declare must be read before it is verified');
  return sha256Of(request.body);
}

function sha256Of(body: Uint8Array): string {
  return body.length === 0 ? emptySha256 : hash('sha256', body, 'hex');
}

function parsePayloadHash(declared: string): PayloadSigning {
  switch (declared) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'chunked', isSigned: true, hasTrailer: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'chunked', isSigned: true, hasTrailer: true };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'chunked', isSigned: false, hasTrailer: true };
    default:
      if (!/^[0-9a-f]{64}$/.test(declared)) refuse({ reason: 'content-sha256-malformed', declared });
      return { kind: 'sha256', sha256: declared };
  }
}

function checkPayload(body: Uint8Array, declared: string): void {
  const computed = sha256Of(body);
  if (computed !== declared) refuse({ reason: 'content-sha256-differs', declared, computed });
}

function checkSignature(
  request: SignableRequest,
  credential: SignedCredential,
  signedHeaders: readonly string[],
  key: KeyObject,
  payloadHash: string,
): void {
  const { scope, signature, accessKeyId } = credential;
  const canonical = canonicalRequest(request, scope.service, sorted(signedHeaders), payloadHash);
  // A character is a byte: only when all of them are ASCII is the string's UTF-8 the same.
  const canonicalHash = hash('sha256', isAscii(canonical) ? canonical : Buffer.from(canonical, 'latin1'), 'hex');
  const stringToSign = `AWS4-HMAC-SHA256\n${credential.amzDate}\n${scopeText(scope)}\n${canonicalHash}`;
  if (!isSignatureOf(stringToSign, key, signature)) {
    refuse({ reason: 'mismatch', accessKeyId, signature, stringToSign, canonicalRequest: canonical });
  }
}

function sorted(names: readonly string[]): readonly string[] {
  for (let i = 1; i < names.length; i++) if (names[i]! < names[i - 1]!) return names.toSorted();
  return names;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII too
  return /^[\x00-\x7f]*$/.test(text);
}

/** Compares in constant time. */
export function isSignatureOf(stringToSign: string, key: KeyObject, signature: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  const expected = createHmac('sha256', key).update(stringToSign).digest('hex');
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(signature, 'latin1'));
}

function chunkSigningOf(credential: SignedCredential, key: KeyObject): ChunkSigning {
  const { accessKeyId, amzDate, scope, signature } = credential;
  return { key, accessKeyId, amzDate, scope: scopeText(scope), seedSignature: signature };
}
