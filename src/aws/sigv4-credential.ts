// Finds how a request is signed (Authorization header, presigned query, Signature Version 2, not at all) and takes it
// apart, without judging whether the signature is right. Runs before routing: the scope tells service and region.

import { formatIso, parseIso, type TimestampMs } from '../kernel/clock.ts';
import { decodeQueryText, isS3Signing, type SignableHeaders } from './sigv4-canonical.ts';
import { refuse, type SignaturePlace } from './sigv4-fault.ts';

export interface CredentialScope {
  /** `20260102`. */
  readonly date: string;
  readonly region: string;
  /** The signing name, e.g. `monitoring` for CloudWatch. */
  readonly service: string;
}

export interface SignedCredential {
  readonly kind: 'header' | 'presigned';
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Their names as the client lists them, with `;` between: only a request that is verified needs them one by one. */
  readonly signedHeaderList: string;
  /** 64 hexadecimal digits when it is well-formed; anything when it is not. */
  readonly signature: string;
  /** `20260102T030405Z`. */
  readonly amzDate: string;
  readonly signedAtMs: TimestampMs;
  /** Presigned only. */
  readonly expiresSeconds?: number | undefined;
  readonly sessionToken?: string | undefined;
}

/** Signature Version 2, which AWS retired: recognised, so that it can be refused in words that help. */
export interface LegacyCredential {
  readonly kind: 'legacy';
  readonly accessKeyId: string;
}

export interface AnonymousCredential {
  readonly kind: 'anonymous';
}

export type Credential = SignedCredential | LegacyCredential | AnonymousCredential;

const algorithmV4 = 'AWS4-HMAC-SHA256';
const longestExpiresSeconds = 604_800;
const anonymous: AnonymousCredential = { kind: 'anonymous' };

/** Throws SignatureRefused when the request claims to be signed, but not in a way that can be understood. */
export function parseCredential(headers: SignableHeaders, query: string): Credential {
  const authorization = headers['authorization'];
  const parameters = mayBePresigned(query) ? authParametersOf(query) : undefined;
  if (authorization === undefined) return parameters ? parsePresigned(parameters) : anonymous;
  if (parameters) refuse({ reason: 'several-mechanisms' });
  return parseAuthorization(headers, authorization);
}

function parseAuthorization(headers: SignableHeaders, authorization: string): Credential {
  const space = authorization.indexOf(' ');
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme === algorithmV4) return parseHeaderV4(headers, authorization, authorization.slice(scheme.length));
  if (scheme === 'AWS') {
    return { kind: 'legacy', accessKeyId: authorization.slice(4).split(':', 1)[0]?.trim() ?? '' };
  }
  // Tokens that a service itself reads (AppSync, Cognito, a container registry) are not signatures.
  if (/^(?:bearer|basic)$/i.test(scheme)) return anonymous;
  if (scheme.startsWith('AWS4-') || scheme.startsWith('AWS5-')) {
    refuse({ reason: 'unsupported-algorithm', place: 'header', algorithm: scheme });
  }
  return refuse({ reason: 'unknown-scheme', authorization });
}

/** An Authorization header without its signature, read. */
interface AuthorizationHead {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly signedHeaderList: string;
  /** In lower case, as routing wants it. */
  readonly signingName: string;
}

// A client sends the same header all day, but for the signature at its end. A memo of a pure function.
const knownHeads = new Map<string, AuthorizationHead>();
const mostKnownHeads = 1000;
const longestKnownHead = 512;
const signatureName = 'Signature=';

/** Undefined where the signature is not the last component. */
function headOf(authorization: string): string | undefined {
  const end = authorization.lastIndexOf(signatureName) + signatureName.length;
  const isLast = end >= signatureName.length && end < authorization.length && authorization.indexOf(',', end) < 0;
  return isLast && end <= longestKnownHead ? authorization.slice(0, end) : undefined;
}

interface SplitAuthorization {
  readonly authorization: string;
  readonly text: string | undefined;
  /** When it was read before. */
  readonly head: AuthorizationHead | undefined;
}

/** The last one: routing asks for it, then authentication. */
let lastSplit: SplitAuthorization = { authorization: '', text: undefined, head: undefined };

function splitOf(authorization: string): SplitAuthorization {
  if (authorization !== lastSplit.authorization) {
    const text = headOf(authorization);
    lastSplit = { authorization, text, head: text === undefined ? undefined : knownHeads.get(text) };
  }
  return lastSplit;
}

/** Of a header that was read before. */
export const knownSigningName = (authorization: string): string | undefined => splitOf(authorization).head?.signingName;

function parseHeaderV4(headers: SignableHeaders, authorization: string, componentText: string): SignedCredential {
  const { text, head } = splitOf(authorization);
  const date = headers['x-amz-date'] ?? headers['date'];
  if (head && text !== undefined && date !== undefined) {
    return signedCredential(headers, head, authorization.slice(text.length).trim(), date);
  }
  const read = readHeaderV4(headers, authorization, componentText);
  if (text !== undefined && authorization.slice(text.length).trim() === read.signature) {
    if (knownHeads.size >= mostKnownHeads) knownHeads.clear();
    knownHeads.set(text, read.head);
    lastSplit = { authorization, text, head: read.head };
  }
  return signedCredential(headers, read.head, read.signature, read.date);
}

function signedCredential(
  headers: SignableHeaders,
  { accessKeyId, scope, signedHeaderList }: AuthorizationHead,
  signature: string,
  date: string,
): SignedCredential {
  const { amzDate, signedAtMs } = parseSigningDate(date, 'header');
  const sessionToken = headers['x-amz-security-token'];
  return { kind: 'header', accessKeyId, scope, signedHeaderList, signature, amzDate, signedAtMs, sessionToken };
}

function readHeaderV4(headers: SignableHeaders, authorization: string, componentText: string) {
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (let from = 0, end: number; from < componentText.length; from = end + 1) {
    end = componentText.indexOf(',', from);
    if (end < 0) end = componentText.length;
    const component = componentText.slice(from, end).trim();
    if (component === '') continue;
    const equals = component.indexOf('=');
    if (equals <= 0) refuse({ reason: 'malformed-component', component, authorization });
    const name = component.slice(0, equals);
    const value = component.slice(equals + 1);
    if (name === 'Credential') credential = value;
    else if (name === 'SignedHeaders') signedHeaders = value;
    else if (name === 'Signature') signature = value;
  }
  const date = headers['x-amz-date'] ?? headers['date'];
  if (!credential || !signedHeaders || !signature || date === undefined) {
    const present = { Credential: credential, Signature: signature, SignedHeaders: signedHeaders, Date: date };
    const missing = Object.entries(present).flatMap(([name, value]) => (value ? [] : [name]));
    return refuse({ reason: 'missing-components', place: 'header', missing, authorization });
  }
  const { accessKeyId, scope } = parseScopedKey(credential, 'header');
  const signingName = scope.service.toLowerCase();
  const head: AuthorizationHead = { accessKeyId, scope, signedHeaderList: signedHeaders, signingName };
  return { head, signature, date };
}

function parsePresigned(parameters: ReadonlyMap<string, string>): Credential {
  const algorithm = parameters.get('X-Amz-Algorithm');
  if (algorithm === undefined) return { kind: 'legacy', accessKeyId: parameters.get('AWSAccessKeyId') ?? '' };
  if (algorithm !== algorithmV4) refuse({ reason: 'unsupported-algorithm', place: 'query', algorithm });
  const required = ['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];
  const missing = required.filter((name) => !parameters.get(name));
  if (missing.length > 0) refuse({ reason: 'missing-components', place: 'query', missing, authorization: '' });
  const scopedKey = parseScopedKey(parameters.get('X-Amz-Credential') ?? '', 'query');
  const expires = parameters.get('X-Amz-Expires');
  if (expires === undefined && isS3Signing(scopedKey.scope.service)) {
    refuse({ reason: 'missing-components', place: 'query', missing: ['X-Amz-Expires'], authorization: '' });
  }
  return {
    kind: 'presigned',
    ...scopedKey,
    signedHeaderList: parameters.get('X-Amz-SignedHeaders') ?? '',
    signature: parameters.get('X-Amz-Signature') ?? '',
    ...parseSigningDate(parameters.get('X-Amz-Date') ?? '', 'query'),
    expiresSeconds: expires === undefined ? undefined : parseExpires(expires),
    sessionToken: parameters.get('X-Amz-Security-Token'),
  };
}

/** Any name is a region here, as long as it could be one: it is part of keys, host names and ARNs. */
const regionName = /^[A-Za-z0-9-]{1,64}$/;

function parseScopedKey(credential: string, place: SignaturePlace): { accessKeyId: string; scope: CredentialScope } {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || date === undefined || !region || !service || terminator === undefined || rest.length > 0) {
    return refuse({ reason: 'malformed-credential', place, credential });
  }
  if (!/^\d{8}$/.test(date)) refuse({ reason: 'malformed-scope-date', place, date });
  if (!regionName.test(region)) refuse({ reason: 'malformed-region', place, region });
  if (terminator !== 'aws4_request') refuse({ reason: 'malformed-terminator', place, terminator });
  return { accessKeyId, scope: { date, region, service } };
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) refuse({ reason: 'malformed-expires', problem: 'not-a-number' });
  const seconds = Number(text);
  if (seconds < 0) refuse({ reason: 'malformed-expires', problem: 'negative' });
  if (seconds > longestExpiresSeconds) refuse({ reason: 'malformed-expires', problem: 'too-large' });
  return seconds;
}

interface SigningDate {
  readonly amzDate: string;
  readonly signedAtMs: TimestampMs;
}

// All requests of a second carry the same date, and reading one is a good part of reading a credential.
let lastDate: SigningDate = { amzDate: '', signedAtMs: 0 };

/** X-Amz-Date in ISO 8601's basic format, or a Date header in whichever form HTTP or ISO allow. */
function parseSigningDate(text: string, place: SignaturePlace): SigningDate {
  if (text === lastDate.amzDate && text !== '') return lastDate;
  const isBasic = /^\d{8}T\d{6}Z$/.test(text);
  const signedAtMs = isBasic ? parseIso(extendedDate(text)) : place === 'header' ? parseIso(text) : undefined;
  if (signedAtMs === undefined) return refuse({ reason: 'malformed-date', place, date: text });
  lastDate = { amzDate: isBasic ? text : formatAmzDate(signedAtMs), signedAtMs };
  return lastDate;
}

/** `20260102T030405Z` to `2026-01-02T03:04:05Z`. */
function extendedDate(basic: string): string {
  const day = `${basic.slice(0, 4)}-${basic.slice(4, 6)}-${basic.slice(6, 8)}`;
  return `${day}T${basic.slice(9, 11)}:${basic.slice(11, 13)}:${basic.slice(13)}`;
}

/** `20260102T030405Z`. */
export function formatAmzDate(atMs: TimestampMs): string {
  return formatIso(atMs, 'seconds').replace(/[-:]/g, '');
}

function mayBePresigned(query: string): boolean {
  return query.includes('X-Amz-Algorithm=') || query.includes('AWSAccessKeyId=') || query.includes('X-Amz-Credential=');
}

/** The first value of each authentication parameter, or undefined when the query is not signed after all. */
function authParametersOf(query: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!/^(?:X-Amz-|AWSAccessKeyId$|Signature$)/.test(name) || parameters.has(name)) continue;
    parameters.set(name, equals < 0 ? '' : decodeQueryText(part.slice(equals + 1)));
  }
  const isSigned =
    parameters.has('X-Amz-Algorithm') || (parameters.has('AWSAccessKeyId') && parameters.has('Signature'));
  return isSigned || parameters.has('X-Amz-Credential') ? parameters : undefined;
}
