// Tokens of OpenID Connect providers: taken apart, checked against the provider's own keys, and read.
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation

import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import type { Web, WebAnswer } from '../../drivers/web/web.ts';
import { expiredToken, idpCommunicationError, invalidIdentityToken } from './sts.errors.ts';

export interface WebToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

const notAToken = () =>
  invalidIdentityToken(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );

export function parseToken(text: string): WebToken {
  const [header = '', payload = '', signature = '', ...rest] = text.split('.');
  const { alg, kid } = decodePart(header);
  const claims = decodePart(payload);
  if (rest.length > 0 || signature === '' || typeof alg !== 'string') throw notAToken();
  return {
    algorithm: alg,
    keyId: typeof kid === 'string' ? kid : undefined,
    claims,
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function decodePart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Worded below.
  }
  throw notAToken();
}

/** How each algorithm signs; symmetric ones and `none` are no algorithms here. */
const algorithms: Readonly<
  Record<string, { readonly hash: string; readonly keyType: string; readonly curve?: string }>
> = {
  RS256: { hash: 'sha256', keyType: 'rsa' },
  RS384: { hash: 'sha384', keyType: 'rsa' },
  RS512: { hash: 'sha512', keyType: 'rsa' },
  ES256: { hash: 'sha256', keyType: 'ec', curve: 'prime256v1' },
  ES384: { hash: 'sha384', keyType: 'ec', curve: 'secp384r1' },
  ES512: { hash: 'sha512', keyType: 'ec', curve: 'secp521r1' },
};

const patienceMs = 5_000;

const noKey = () =>
  invalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );

/** Fetches the keys that the issuer's discovery document names, and throws unless one of them signed the token. */
export async function verifyToken(web: Web, issuerUrl: string, token: WebToken): Promise<void> {
  const algorithm = algorithms[token.algorithm];
  if (!algorithm)
    throw invalidIdentityToken(`The algorithm ${token.algorithm} of the token's signature is not supported`);
  const discovery = await fetchJson(web, `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const keysUrl = discovery['jwks_uri'];
  if (typeof keysUrl !== 'string') throw noKey();
  const { keys } = await fetchJson(web, keysUrl);
  const candidates = (Array.isArray(keys) ? keys : [])
    .filter((key: JsonWebKey & { readonly kid?: unknown }) => token.keyId === undefined || key.kid === token.keyId)
    .flatMap((key: JsonWebKey) => importKey(key) ?? [])
    .filter((key) => key.asymmetricKeyType === algorithm.keyType && isOnCurve(key, algorithm.curve));
  if (candidates.length === 0) throw noKey();
  const isSigned = candidates.some((key) =>
    verify(algorithm.hash, Buffer.from(token.signed), { key, dsaEncoding: 'ieee-p1363' }, token.signature),
  );
  if (!isSigned) throw invalidIdentityToken('Provided Token is not a Valid Token: its signature does not match');
}

const isOnCurve = (key: KeyObject, curve: string | undefined): boolean =>
  curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve;

function importKey(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    // Of a kind that this host does not know: the provider may have others.
    return undefined;
  }
}

async function fetchJson(web: Web, url: string): Promise<Readonly<Record<string, unknown>>> {
  let answer: WebAnswer;
  try {
    answer = await web.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      body: '',
      timeoutMs: patienceMs,
    });
  } catch {
    throw idpCommunicationError();
  }
  if (answer.status !== 200) throw noKey();
  try {
    const value: unknown = JSON.parse(answer.body);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Worded below.
  }
  throw noKey();
}

/** How far the clocks of providers may be off. */
const leewaySeconds = 300;

export function checkTimes({ claims }: WebToken, nowMs: number): void {
  const now = Math.floor(nowMs / 1000);
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number') throw invalidIdentityToken('Missing a required claim: exp');
  if (typeof iat !== 'number') throw invalidIdentityToken('Missing a required claim: iat');
  if (exp <= now) {
    throw expiredToken(`Token expired: current date/time ${now} must be before the expiration date/time ${exp}`);
  }
  if (typeof nbf === 'number' && nbf > now + leewaySeconds) throw invalidIdentityToken('The token is not valid yet');
  if (iat > now + leewaySeconds) throw invalidIdentityToken('The token was issued in the future');
}

export const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((entry): entry is string => typeof entry === 'string');
