// AssumeRoleWithSAML: keys of a role for whom a SAML provider vouches. Nothing signs the request but the provider's answer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html

import { createHash } from 'node:crypto';
import { parseArn } from '../../aws/arn.ts';
import type { KeyValue } from '../../aws/authorization.ts';
import { noPolicies } from '../../aws/authorize.ts';
import type { AsyncOperations, OperationContext } from '../../aws/operation.ts';
import type { AssumeRoleWithSAMLRequest, StsApi, Tag } from '../../generated/sts.types.ts';
import { parseSamlMetadata, type SamlProviderRow, samlProviderKey, samlProviders } from '../iam/index.ts';
import { checkDuration, findRole, openRoleSession } from './role-sessions.ts';
import type { Assertion, readAssertion } from './saml-assertions.ts';
import { parseSessionPolicies, parseSessionTags } from './session-limits.ts';
import { expiredToken, idpRejectedClaim, invalidIdentityToken, validationError } from './sts.errors.ts';
import { federatedPrincipal, requireTrust } from './trust.ts';

const attributePrefix = 'https://aws.amazon.com/SAML/Attributes/';

export const samlOperations = {
  async AssumeRoleWithSAML(ctx, input) {
    // XML signatures take a quarter of a megabyte of code, which few ever need.
    const { readAssertion: read } = await import('./saml-assertions.ts');
    return ctx.transact((inner) => assumeRole(inner, input, read));
  },
} satisfies AsyncOperations<StsApi>;

function assumeRole(ctx: OperationContext, input: AssumeRoleWithSAMLRequest, read: typeof readAssertion) {
  const { RoleArn, PrincipalArn } = input;
  const limits = parseSessionPolicies(input);
  const provider = requireProvider(ctx, RoleArn, PrincipalArn);
  const { entityId, certificates } = parseSamlMetadata(provider.spec.metadata);
  const assertion = read(input.SAMLAssertion, certificates);
  if (assertion.issuer !== entityId) throw invalidIdentityToken('Issuer not present in specified provider');
  checkTimes(assertion, ctx.nowMs);
  const recipient = requireRecipient(assertion);
  requireRoleAttribute(assertion, RoleArn, PrincipalArn);
  const sessionName = requireSessionName(assertion);
  const tags = tagsIn(assertion);
  const sourceIdentity = attributeOf(assertion, 'SourceIdentity');
  const nameQualifier = qualifierOf(assertion, provider);
  const keys: Record<string, KeyValue> = {
    'saml:aud': recipient,
    'saml:iss': assertion.issuer,
    'saml:sub': assertion.subject,
    'saml:sub_type': assertion.subjectType,
    'saml:namequalifier': nameQualifier,
    'saml:doc': `${provider.account}/${provider.spec.name}`,
    'sts:rolesessionname': sessionName,
    'sts:sourceidentity': sourceIdentity,
  };
  const role = requireTrust(
    ctx,
    {
      principal: federatedPrincipal(PrincipalArn, `${PrincipalArn}:${assertion.subject}`),
      policies: noPolicies,
      roleArn: RoleArn,
      role: findRole(ctx, RoleArn),
      keys,
      requestTags: tags.tags,
    },
    [
      'AssumeRoleWithSAML',
      ...(tags.tags ? (['TagSession'] as const) : []),
      ...(sourceIdentity !== undefined ? (['SetSourceIdentity'] as const) : []),
    ],
  );
  const seconds = checkDuration(role, secondsOf(assertion, input.DurationSeconds, ctx.nowMs));
  const session = {
    ...limits,
    ...tags,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    federatedProvider: PrincipalArn,
  };
  return {
    ...openRoleSession(ctx, { role, sessionName, seconds, session }),
    Subject: assertion.subject,
    SubjectType: assertion.subjectType,
    Issuer: assertion.issuer,
    Audience: recipient,
    NameQualifier: nameQualifier,
  };
}

function requireProvider(ctx: OperationContext, roleArn: string, providerArn: string): SamlProviderRow {
  findRole(ctx, roleArn);
  const account = parseArn(roleArn)?.account ?? '';
  const key = samlProviderKey(account, providerArn);
  const row = key === undefined ? undefined : ctx.tableIn(samlProviders, { account, region: '' }).get(key);
  if (!row) throw invalidIdentityToken("Specified provider doesn't exist");
  return row;
}

function checkTimes({ notBeforeMs, notOnOrAfterMs }: Assertion, nowMs: number): void {
  const leewayMs = 5 * 60_000;
  if (notBeforeMs !== undefined && notBeforeMs > nowMs + leewayMs) {
    throw invalidIdentityToken('Response is not valid yet');
  }
  if (notOnOrAfterMs === undefined) throw invalidIdentityToken('Invalid SAML response: it has no end');
  if (notOnOrAfterMs <= nowMs) throw expiredToken('Token must be redeemed within 5 minutes of issuance');
}

const isSignIn = (url: string): boolean =>
  /^https:\/\/(?:[\w-]+\.)?signin\.aws\.amazon\.com\/(?:saml|static\/saml\/.*)/.test(url);

/** Made for AWS, and for nobody else. */
function requireRecipient({ recipients, audiences }: Assertion): string {
  const recipient = recipients.find(isSignIn);
  if (recipient === undefined) throw invalidIdentityToken('Recipient does not match the sign-in endpoint');
  if (!audiences.some((audience) => audience === 'urn:amazon:webservices' || isSignIn(audience))) {
    throw invalidIdentityToken('Audience is not AWS');
  }
  return recipient;
}

const attributeOf = ({ attributes }: Assertion, name: string): string | undefined =>
  attributes.get(attributePrefix + name)?.[0];

/** The provider says which roles of whose: `role,provider`, in either order. */
function requireRoleAttribute({ attributes }: Assertion, roleArn: string, providerArn: string): void {
  const pairs = attributes.get(`${attributePrefix}Role`);
  if (!pairs) throw invalidIdentityToken('Your request included an invalid SAML response: no Role attribute');
  const isNamed = pairs.some((pair) => {
    const parts = pair.split(',').map((part) => part.trim());
    return parts.includes(roleArn) && parts.includes(providerArn);
  });
  if (!isNamed) throw idpRejectedClaim('The role and the provider are not among those that the assertion names');
}

function requireSessionName(assertion: Assertion): string {
  const name = attributeOf(assertion, 'RoleSessionName');
  if (name === undefined) throw invalidIdentityToken('RoleSessionName is required in AuthnResponse');
  if (!/^[\w+=,.@-]{2,64}$/.test(name))
    throw validationError('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  return name;
}

const tagPrefix = `${attributePrefix}PrincipalTag:`;

function tagsIn({ attributes }: Assertion) {
  const tags = [...attributes].flatMap(([name, [Value = '']]): Tag[] =>
    name.startsWith(tagPrefix) ? [{ Key: name.slice(tagPrefix.length), Value }] : [],
  );
  return parseSessionTags(tags, attributes.get(`${attributePrefix}TransitiveTagKeys`));
}

/** The shortest of what is asked, what the assertion says, and when the provider's own session ends. */
function secondsOf(assertion: Assertion, asked: number | undefined, nowMs: number): number | undefined {
  const said = attributeOf(assertion, 'SessionDuration');
  const { sessionNotOnOrAfterMs } = assertion;
  const bounds = [
    asked,
    said === undefined ? undefined : Number(said),
    sessionNotOnOrAfterMs === undefined ? undefined : Math.floor((sessionNotOnOrAfterMs - nowMs) / 1000),
  ].filter((bound): bound is number => bound !== undefined && Number.isFinite(bound));
  return bounds.length === 0 ? undefined : Math.max(900, Math.min(...bounds));
}

/** Tells subjects of the same name apart: a hash of issuer, account and provider. */
function qualifierOf({ issuer }: Assertion, { account, spec }: SamlProviderRow): string {
  return createHash('sha1').update(`${issuer}${account}/${spec.name}`).digest('base64');
}
