// Tokens that STS signs for others: they verify with the keys that their issuer publishes, and open a role of another
// account that trusts the issuer.

import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodeWeb } from '../../src/drivers/web/node-web.ts';
import { allow, documentOf, neighbour, type People, type Person, startPeople } from './identities.ts';

let people: People;
let ann: Person;
let issuer: string;

beforeAll(async () => {
  people = await startPeople(createNodeWeb());
  ann = await people.user('ann', [allow('sts:GetWebIdentityToken')]);
});
afterAll(() => people.stop());

const claimsOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

async function publishedKey(token: string) {
  const read = async (url: string) => (await (await fetch(url)).json()) as Readonly<Record<string, unknown>>;
  const configuration = await read(`${issuer}/.well-known/openid-configuration`);
  const { keys } = await read(String(configuration['jwks_uri']));
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const key = (keys as readonly (JsonWebKey & { readonly kid: string })[]).find((each) => each.kid === kid);
  return createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
}

it('are made once the account lets them be', async () => {
  const asked = { Audience: ['https://api.example.com'], SigningAlgorithm: 'RS256' };
  await expect(ann.sts.getWebIdentityToken(asked)).rejects.toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
  });
  const { iam } = people.root();
  await expect(iam.getOutboundWebIdentityFederationInfo({})).rejects.toMatchObject({
    name: 'FeatureDisabledException',
  });
  const { IssuerIdentifier = '' } = await iam.enableOutboundWebIdentityFederation({});
  issuer = IssuerIdentifier;
  await expect(iam.enableOutboundWebIdentityFederation({})).rejects.toMatchObject({ name: 'FeatureEnabledException' });
  expect(await iam.getOutboundWebIdentityFederationInfo({})).toMatchObject({
    IssuerIdentifier: issuer,
    JwtVendingEnabled: true,
  });
});

it.each([
  ['RS256', 'sha256'],
  ['ES384', 'sha384'],
])('verify with the published keys: %s', async (SigningAlgorithm, hash) => {
  const { WebIdentityToken: token = '', Expiration } = await ann.sts.getWebIdentityToken({
    Audience: ['https://api.example.com'],
    SigningAlgorithm,
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  const [head = '', body = '', signature = ''] = token.split('.');
  const key = { key: await publishedKey(token), dsaEncoding: 'ieee-p1363' as const };
  expect(verify(hash, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  const claims = claimsOf(token);
  expect(claims).toMatchObject({
    iss: issuer,
    aud: 'https://api.example.com',
    sub: 'arn:aws:iam::000000000000:user/ann',
    'https://sts.amazonaws.com/': { aws_account: '000000000000', request_tags: { team: 'a' } },
  });
  expect(claims.exp - claims.iat).toBe(300);
  expect(Expiration?.getTime()).toBe(claims.exp * 1000);
});

it('open a role of an account that trusts the issuer', async () => {
  const { iam, sts } = people.root(neighbour);
  const { OpenIDConnectProviderArn } = await iam.createOpenIDConnectProvider({
    Url: issuer,
    ClientIDList: ['partner'],
    ThumbprintList: ['0'.repeat(40)],
  });
  const { Role } = await iam.createRole({
    RoleName: 'guest',
    AssumeRolePolicyDocument: documentOf({
      Effect: 'Allow',
      Principal: { Federated: OpenIDConnectProviderArn ?? '' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
  });
  const { WebIdentityToken } = await ann.sts.getWebIdentityToken({ Audience: ['partner'], SigningAlgorithm: 'ES384' });
  const { AssumedRoleUser } = await sts.assumeRoleWithWebIdentity({
    RoleArn: Role?.Arn ?? '',
    RoleSessionName: 'from-ann',
    WebIdentityToken,
  });
  expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${neighbour}:assumed-role/guest/from-ann`);
});

it('are refused to who may not, and to sessions that end before them', async () => {
  const asked = { Audience: ['x'], SigningAlgorithm: 'ES384', DurationSeconds: 3600 };
  const limited = await people.user('limited', [
    { ...allow('sts:GetWebIdentityToken'), Condition: { NumericLessThan: { 'sts:DurationSeconds': '600' } } },
  ]);
  await expect(limited.sts.getWebIdentityToken(asked)).rejects.toMatchObject({ name: 'AccessDenied' });
  await limited.sts.getWebIdentityToken({ ...asked, DurationSeconds: 300 });
  await expect(ann.sts.getWebIdentityToken({ ...asked, SigningAlgorithm: 'HS256' })).rejects.toMatchObject({
    name: 'ValidationError',
  });
  const { iam } = people.root();
  await iam.disableOutboundWebIdentityFederation({});
  await expect(ann.sts.getWebIdentityToken(asked)).rejects.toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
  });
  expect((await iam.enableOutboundWebIdentityFederation({})).IssuerIdentifier).toBe(issuer);
});
