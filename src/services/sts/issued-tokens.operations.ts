// GetWebIdentityToken: a token that says who the caller is, for whoever trusts this account's issuer.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html

import { createPrivateKey, sign } from 'node:crypto';
import { credentials } from '../../aws/credentials.table.ts';
import type { AsyncOperationContext, AsyncOperations, OperationContext } from '../../aws/operation.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { GetWebIdentityTokenRequest, StsApi } from '../../generated/sts.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { outboundFederationOf } from '../iam/index.ts';
import { outboundFederationDisabled, sessionDurationEscalation, validationError } from './sts.errors.ts';
import { hashes, isTokenAlgorithm } from './token-keys.table.ts';
import { ensureTokenKey } from './token-keys.ts';

const defaultSeconds = 300;

export const issuedTokenOperations = {
  async GetWebIdentityToken(ctx, input) {
    const { SigningAlgorithm: algorithm, DurationSeconds = defaultSeconds } = input;
    if (!isTokenAlgorithm(algorithm)) throw validationError(`${algorithm} is not one of RS256, ES384`);
    const issuer = ctx.transact((inner) => checkIssuer(inner, DurationSeconds));
    const key = await ensureTokenKey(ctx, algorithm);
    const issuedAt = Math.floor(ctx.nowMs / 1000);
    const expiresAt = issuedAt + DurationSeconds;
    const head = encoded({ alg: algorithm, kid: key.keyId, typ: 'JWT' });
    const body = encoded({
      ...claimsOf(ctx, input),
      iss: issuer,
      iat: issuedAt,
      exp: expiresAt,
      jti: newUuid(ctx.random),
    });
    const signature = sign(hashes[algorithm], Buffer.from(`${head}.${body}`), {
      key: createPrivateKey(key.privateKeyPem),
      dsaEncoding: 'ieee-p1363',
    });
    return { WebIdentityToken: `${head}.${body}.${signature.toString('base64url')}`, Expiration: expiresAt * 1000 };
  },
} satisfies AsyncOperations<StsApi>;

/** The account's issuer; a token must not outlive the session that asks for it. */
function checkIssuer(ctx: OperationContext, seconds: number): string {
  const federation = outboundFederationOf(ctx);
  if (!federation?.isEnabled) throw outboundFederationDisabled();
  const { accessKeyId } = ctx.principal;
  const endsAtMs = accessKeyId === undefined ? undefined : ctx.find(credentials, accessKeyId)?.spec.expiresAtMs;
  if (endsAtMs !== undefined && endsAtMs < ctx.nowMs + seconds * 1000) throw sessionDurationEscalation();
  return federation.issuer;
}

function claimsOf(ctx: AsyncOperationContext, { Audience, Tags }: GetWebIdentityTokenRequest) {
  const { principal, policies } = ctx;
  const sub = principal.session?.roleArn ?? principal.arn;
  const organization = policies.organizationOf?.(principal.account);
  const { sourceIdentity } = principal.session ?? {};
  return {
    sub,
    aud: Audience.length === 1 ? Audience[0] : Audience,
    'https://sts.amazonaws.com/': {
      aws_account: principal.account,
      source_region: ctx.region,
      principal_id: sub,
      ...(organization && { org_id: organization.id }),
      principal_tags: { ...policies.tags, ...principal.session?.tags },
      ...(Tags && { request_tags: tagsByKey(Tags) }),
      ...(sourceIdentity !== undefined && { source_identity: sourceIdentity }),
    },
  };
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
