// AssumeRoleWithWebIdentity: keys of a role for whom an OpenID Connect provider vouches. Nothing signs the request but the
// provider's token.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

import { parseArn } from '../../aws/arn.ts';
import type { KeyValue } from '../../aws/authorization.ts';
import { noPolicies } from '../../aws/authorize.ts';
import type { AsyncOperations, OperationContext } from '../../aws/operation.ts';
import type { Session } from '../../aws/principal.ts';
import type { StsApi, Tag } from '../../generated/sts.types.ts';
import { type OidcProviderRow, oidcProviderArnOf, oidcProviders } from '../iam/index.ts';
import { checkDuration, findRole, openRoleSession } from './role-sessions.ts';
import { parseSessionPolicies, parseSessionTags } from './session-limits.ts';
import { invalidIdentityToken } from './sts.errors.ts';
import { federatedPrincipal, requireTrust } from './trust.ts';
import { checkTimes, parseToken, textsOf, verifyToken, type WebToken } from './web-tokens.ts';

export const webIdentityOperations = {
  async AssumeRoleWithWebIdentity(ctx, input) {
    const { RoleArn, RoleSessionName } = input;
    const limits = parseSessionPolicies(input);
    const token = parseToken(input.WebIdentityToken);
    const provider = ctx.transact((inner) => requireProvider(inner, RoleArn, token));
    const audience = requireAudience(provider, token);
    checkTimes(token, ctx.nowMs);
    await verifyToken(ctx.drivers.web, `${provider.spec.scheme}://${provider.spec.url}`, token);
    const subject = String(token.claims['sub'] ?? '');
    const { tags, sourceIdentity } = sessionClaims(token);
    const keys = claimKeys(provider.spec.url, token, audience);
    return ctx.transact((inner) => {
      const providerArn = oidcProviderArnOf(provider);
      const role = requireTrust(
        inner,
        {
          principal: federatedPrincipal(providerArn, `${providerArn}:${subject}`),
          policies: noPolicies,
          roleArn: RoleArn,
          role: findRole(inner, RoleArn),
          keys: { ...keys, 'sts:rolesessionname': RoleSessionName, 'sts:sourceidentity': sourceIdentity },
          requestTags: tags.tags,
        },
        [
          'AssumeRoleWithWebIdentity',
          ...(tags.tags ? (['TagSession'] as const) : []),
          ...(sourceIdentity !== undefined ? (['SetSourceIdentity'] as const) : []),
        ],
      );
      const session: Session = {
        issuedAtMs: inner.nowMs,
        ...limits,
        ...tags,
        ...(sourceIdentity !== undefined && { sourceIdentity }),
        federatedProvider: providerArn,
        federatedClaims: Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, textsOf(value)])),
      };
      const seconds = checkDuration(role, input.DurationSeconds);
      return {
        ...openRoleSession(inner, { role, sessionName: RoleSessionName, seconds, session }),
        SubjectFromWebIdentityToken: subject,
        Provider: providerArn,
        Audience: audience,
      };
    });
  },
} satisfies AsyncOperations<StsApi>;

/** The provider of the role's account whose URL the token names as its issuer. */
function requireProvider(ctx: OperationContext, roleArn: string, { claims }: WebToken): OidcProviderRow {
  const issuer = claims['iss'];
  if (typeof issuer !== 'string' || issuer === '') throw invalidIdentityToken('Missing a required claim: iss');
  findRole(ctx, roleArn);
  const account = parseArn(roleArn)?.account ?? '';
  const table = ctx.tableIn(oidcProviders, { account, region: '' });
  const url = issuer.replace(/^https?:\/\//, '');
  const row = table.get(url) ?? table.get(url.replace(/\/$/, ''));
  if (!row || !issuer.startsWith(`${row.spec.scheme}://`)) {
    throw invalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer}`);
  }
  return row;
}

/** Whom the token was made for: `azp`, where there is one, else `aud`. */
function requireAudience({ spec }: OidcProviderRow, { claims }: WebToken): string {
  const audiences = claims['azp'] === undefined ? textsOf(claims['aud']) : textsOf(claims['azp']);
  const known = audiences.find((audience) => spec.clientIds.includes(audience));
  if (known === undefined) throw invalidIdentityToken('Incorrect token audience');
  return known;
}

/** Claims are condition keys under the provider's name: `accounts.example.com:sub`. */
function claimKeys(url: string, { claims }: WebToken, audience: string): Readonly<Record<string, KeyValue>> {
  const prefix = url.toLowerCase();
  const keys: Record<string, KeyValue> = {};
  for (const [claim, value] of Object.entries(claims)) {
    const texts = (Array.isArray(value) ? value : [value]).filter((entry) =>
      /^(string|number|boolean)$/.test(typeof entry),
    );
    if (texts.length > 0) keys[`${prefix}:${claim.toLowerCase()}`] = texts.map(String);
  }
  keys[`${prefix}:aud`] = audience;
  return keys;
}

const tagsClaim = 'https://aws.amazon.com/tags';
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity';

/** Session tags and the source identity, which the provider writes into the token. */
function sessionClaims({ claims }: WebToken) {
  const nested = claims[tagsClaim] as
    | { readonly principal_tags?: unknown; readonly transitive_tag_keys?: unknown }
    | undefined;
  const given = typeof nested === 'object' && nested !== null ? nested : {};
  const tags = Object.entries((given.principal_tags ?? {}) as Record<string, unknown>).map(
    ([Key, value]): Tag => ({ Key, Value: textsOf(value)[0] ?? '' }),
  );
  const identity = claims[sourceIdentityClaim];
  return {
    tags: parseSessionTags(tags, textsOf(given.transitive_tag_keys)),
    sourceIdentity: typeof identity === 'string' ? identity : undefined,
  };
}
