// Who sends this request. Keys that this cloud knows are verified; a key it does not know belongs to the root of an
// account (users of emulators expect any key to work), unless `--auth=strict` refuses it.

import type { TimestampMs } from '../kernel/clock.ts';
import { accountOfUnknownKey, defaultAccount, defaultRegion, isWellKnownKey, wellKnownSecret } from './account.ts';
import { decodeChunked } from './aws-chunked.ts';
import type { CredentialSpec } from './credentials.table.ts';
import { awsError } from './errors.ts';
import { withHoistedHeaders } from './hoisted-headers.ts';
import type { OperationModel } from './model.ts';
import { CheckedBody } from './payload-hash.ts';
import type { PrincipalPolicies } from './policies/decision.ts';
import { anonymousPrincipal, type Principal, rootPrincipal } from './principal.ts';
import type { WireRequest } from './protocols/protocol.ts';
import type { Received } from './receive.ts';
import type { KeyOwner } from './service.ts';
import { parseLegacySignature, verifyLegacySignature } from './sigv2.ts';
import { claimedPayload, type VerifiedSignature, verifySignature } from './sigv4.ts';
import { parseCredential } from './sigv4-credential.ts';
import { signatureError } from './sigv4-errors.ts';
import { refuse, SignatureRefused } from './sigv4-fault.ts';

export type AuthMode = 'lenient' | 'strict';

/** `issued`: keys that this cloud handed out, and no others. Guests are let in so. */
export type KeyTrust = AuthMode | 'issued';

/** Undefined for a key that this cloud did not hand out. */
export type FindCredential = (accessKeyId: string) => CredentialSpec | undefined;

export interface KeyOptions {
  readonly auth: KeyTrust;
  readonly findCredential: FindCredential;
  readonly nowMs: TimestampMs;
}

export interface AuthenticationOptions extends KeyOptions {
  /** Undefined for a principal that is gone: a role may be deleted before the keys of its sessions expire. */
  policiesOf(principal: Principal): PrincipalPolicies | undefined;
}

export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly policies: PrincipalPolicies;
  /** The request with its body freed from aws-chunked encoding. */
  readonly wire: WireRequest;
}

export function authenticate(received: Received, options: AuthenticationOptions): Caller {
  const { service } = received.route.operation;
  try {
    return identify(received, options);
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    const protocol = service.protocols[0] ?? 'query';
    throw signatureError(error.fault, { signingName: service.signingName, protocol });
  }
}

function identify({ wire, route }: Received, options: AuthenticationOptions): Caller {
  const credential = parseCredential(wire.headers, wire.query);
  if (credential.kind === 'legacy') return identifyLegacy(wire, route.operation, options);
  if (credential.kind === 'anonymous') {
    if (!route.operation.noAuth && !takesAnonymous(route.operation)) refuse({ reason: 'missing' });
    const plain = route.operation.service.id === 's3' ? withStrangersBody(wire) : wire;
    return callerOf(anonymousPrincipal(defaultAccount), defaultRegion, plain, options);
  }
  const { accessKeyId, sessionToken, scope } = credential;
  const { principal, secretAccessKey } = identifyKey(accessKeyId, sessionToken, options);
  const signature =
    secretAccessKey === undefined
      ? { payload: claimedPayload(wire.headers) }
      : verifySignature(wire, credential, secretAccessKey, options.nowMs);
  const isS3 = route.operation.service.id === 's3';
  // Documents do not come in chunks.
  if (isS3 && !wire.stream && signature.payload.kind === 'chunked') {
    throw awsError('InvalidRequest', 'The value of x-amz-content-sha256 header is invalid.');
  }
  const plain = wire.stream ? withPlainBody(wire, wire.stream, signature) : wire;
  const headers = isS3 ? withHoistedHeaders(wire.headers, wire.query) : wire.headers;
  const complete = headers === wire.headers ? plain : { ...plain, headers };
  return callerOf(principal, scope.region, complete, options);
}

function callerOf(principal: Principal, region: string, wire: WireRequest, options: AuthenticationOptions): Caller {
  const policies = options.policiesOf(principal);
  if (!policies) return refuse({ reason: 'unknown-access-key', accessKeyId: principal.accessKeyId ?? '' });
  return { account: principal.account, region: regionOf(region), principal, policies, wire };
}

/** A stranger may say what the body hashes to, and send it in chunks that are not signed. */
function withStrangersBody(wire: WireRequest): WireRequest {
  const declared = wire.headers['x-amz-content-sha256'];
  if (declared === undefined || declared === 'UNSIGNED-PAYLOAD' || !wire.stream) return wire;
  if (declared === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    return withPlainBody(wire, wire.stream, { payload: claimedPayload(wire.headers) });
  }
  if (declared.startsWith('STREAMING-')) {
    throw awsError(
      'InvalidRequest',
      "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER.",
    );
  }
  return { ...wire, stream: new CheckedBody(wire.stream, declared) };
}

/** NoSQL Workbench signs what it sends to an endpoint on this machine for a region of that name. */
const regionOf = (signed: string): string => (signed === 'localhost' ? defaultRegion : signed);

/** S3 alone still takes signatures of the second version. */
function identifyLegacy(received: WireRequest, { service }: OperationModel, options: AuthenticationOptions): Caller {
  if (service.id !== 's3') return refuse({ reason: 'legacy' });
  const wire = { ...received, headers: withHoistedHeaders(received.headers, received.query) };
  const signature = parseLegacySignature(wire);
  const token = wire.headers['x-amz-security-token'];
  const { principal, secretAccessKey } = identifyKey(signature.accessKeyId, token, options);
  if (secretAccessKey !== undefined) verifyLegacySignature(wire, signature, secretAccessKey, options.nowMs);
  return callerOf(principal, defaultRegion, wire, options);
}

/** S3 and SQS decide by bucket's and queue's policy; SNS puts links into messages, which people follow. */
const takesAnonymous = ({ service, name, input }: OperationModel): boolean =>
  service.id === 's3' ||
  (service.id === 'sqs' && input.member('QueueUrl') !== undefined) ||
  (service.id === 'sns' && (name === 'ConfirmSubscription' || name === 'Unsubscribe'));

/** Whose key it is; with its secret when what it signed is to be verified. */
export function identifyKey(
  accessKeyId: string,
  sessionToken: string | undefined,
  { auth, findCredential, nowMs }: KeyOptions,
): KeyOwner {
  const known = findCredential(accessKeyId);
  if (known) {
    if (known.status !== 'Active') refuse({ reason: 'unknown-access-key', accessKeyId });
    if (known.sessionToken !== sessionToken) refuse({ reason: 'invalid-token', token: sessionToken ?? '' });
    if (known.expiresAtMs !== undefined && known.expiresAtMs <= nowMs) {
      refuse({ reason: 'expired-token', token: sessionToken ?? '' });
    }
    return { principal: ownerOf(known, accessKeyId), secretAccessKey: known.secretAccessKey };
  }
  if (auth === 'lenient') return { principal: rootOf(accessKeyId, true), secretAccessKey: undefined };
  if (auth === 'issued' || !isWellKnownKey(accessKeyId)) refuse({ reason: 'unknown-access-key', accessKeyId });
  return { principal: rootOf(accessKeyId, false), secretAccessKey: wellKnownSecret };
}

// Made once for each key that is in use: memos of pure functions.
const owners = new WeakMap<CredentialSpec, Principal>();
const believedRoots = new Map<string, Principal>();
const verifiedRoots = new Map<string, Principal>();
const mostUnknownKeys = 1000;
const longestKeptKey = 128;

function ownerOf(known: CredentialSpec, accessKeyId: string): Principal {
  let owner = owners.get(known);
  if (owner?.accessKeyId !== accessKeyId) {
    owner = { ...known.principal, accessKeyId };
    owners.set(known, owner);
  }
  return owner;
}

/** Of an account, by a key that nobody made. */
function rootOf(accessKeyId: string, isBelieved: boolean): Principal {
  const roots = isBelieved ? believedRoots : verifiedRoots;
  const known = roots.get(accessKeyId);
  if (known) return known;
  const plain = rootPrincipal(accountOfUnknownKey(accessKeyId), accessKeyId);
  const principal = isBelieved ? { ...plain, isBelieved } : plain;
  if (roots.size >= mostUnknownKeys) roots.clear();
  if (accessKeyId.length <= longestKeptKey) roots.set(accessKeyId, principal);
  return principal;
}

function withPlainBody(
  wire: WireRequest,
  body: AsyncIterable<Uint8Array>,
  { payload, chunkSigning }: VerifiedSignature,
): WireRequest {
  if (payload.kind === 'sha256') return { ...wire, stream: new CheckedBody(body, payload.sha256) };
  if (payload.kind !== 'chunked') return wire;
  const length = wire.headers['x-amz-decoded-content-length'] ?? '';
  if (!/^\d+$/.test(length)) {
    throw awsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  }
  const stream = decodeChunked(body, {
    isSigned: payload.isSigned,
    hasTrailer: payload.hasTrailer,
    signing: chunkSigning,
    announcedTrailers: wire.headers['x-amz-trailer']?.split(',').map((name) => name.trim().toLowerCase()),
    decodedLength: Number(length),
  });
  return { ...wire, stream, trailers: stream.trailers };
}
