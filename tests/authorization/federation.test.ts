// Roles for whom a provider vouches: OpenID Connect tokens checked against the keys that their issuer publishes, and SAML
// assertions checked against the provider's certificate. The requests themselves are signed by nobody.

import 'reflect-metadata';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { createFakeWeb } from '../../src/drivers/web/fake-web.ts';
import { account, allow, documentOf, type People, type Person, type Statement, startPeople } from './identities.ts';

const web = createFakeWeb();
let people: People;
let root: Person;

beforeAll(async () => {
  people = await startPeople(web);
  root = people.root();
});
afterAll(() => people.stop());

const nowSeconds = () => Math.floor(people.now() / 1000);

async function makeRole(name: string, trust: Statement, ...own: Statement[]) {
  await root.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: documentOf(trust) });
  if (own.length > 0)
    await root.iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: documentOf(...own) });
  return `arn:aws:iam::${account}:role/${name}`;
}

describe('AssumeRoleWithWebIdentity', () => {
  const issuer = 'https://idp.example.com/tenant';
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let RoleArn: string;

  const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  function token(claims: object = {}, header: object = {}, key: KeyObject = privateKey): string {
    const head = base64({ alg: 'RS256', kid: 'one', typ: 'JWT', ...header });
    const now = nowSeconds();
    const payload = base64({ iss: issuer, aud: 'app', sub: 'alice', iat: now, exp: now + 600, ...claims });
    const options = { key, dsaEncoding: 'ieee-p1363' as const };
    return `${head}.${payload}.${sign('sha256', Buffer.from(`${head}.${payload}`), options).toString('base64url')}`;
  }

  const assume = (WebIdentityToken: string, more: object = {}) =>
    root.sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'session', WebIdentityToken, ...more });

  beforeAll(async () => {
    await root.iam.createOpenIDConnectProvider({ Url: issuer, ClientIDList: ['app'] });
    RoleArn = await makeRole(
      'web',
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/idp.example.com/tenant` },
        Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        Condition: {
          StringEquals: { 'idp.example.com/tenant:sub': ['alice', 'carol'], 'idp.example.com/tenant:aud': 'app' },
        },
      },
      { ...allow('sqs:ListQueues'), Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } },
    );
  });

  beforeEach(() => {
    web.answerBy(({ url }) => {
      if (url === `${issuer}/.well-known/openid-configuration`) {
        return { body: JSON.stringify({ issuer, jwks_uri: 'https://idp.example.com/keys' }) };
      }
      const keys = [
        { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' },
        { ...elliptic.publicKey.export({ format: 'jwk' }), kid: 'two', use: 'sig' },
      ];
      return url === 'https://idp.example.com/keys' ? { body: JSON.stringify({ keys }) } : { status: 404 };
    });
  });

  it('gives keys to whom the role trusts, with the tags of the token', async () => {
    const tags = {
      'https://aws.amazon.com/tags': { principal_tags: { team: ['red'] }, transitive_tag_keys: ['team'] },
    };
    const answer = await assume(token(tags));
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'alice',
      Audience: 'app',
      Provider: `arn:aws:iam::${account}:oidc-provider/idp.example.com/tenant`,
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/web/session` },
    });
    await people.session(answer.Credentials).sqs.listQueues({});
    const plain = await assume(token());
    await expect(people.session(plain.Credentials).sqs.listQueues({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await assume(token({ sub: 'carol' }, { alg: 'ES256', kid: 'two' }, elliptic.privateKey));
  });

  it('refuses whom the role does not trust', async () => {
    await expect(assume(token({ sub: 'mallory' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('Not authorized to perform sts:AssumeRoleWithWebIdentity'),
    });
  });

  it('refuses forged tokens, of other algorithms too', async () => {
    const { privateKey: another } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [head, , signature] = token().split('.');
    const changed = base64({ iss: issuer, aud: 'app', sub: 'alice', iat: nowSeconds(), exp: nowSeconds() + 9999 });
    for (const forged of [
      token({}, {}, another),
      token({}, { kid: 'three' }),
      token({}, { alg: 'none' }),
      token({}, { alg: 'HS256' }),
      token({}, { alg: 'ES256', kid: 'one' }),
      `${head}.${changed}.${signature}`,
      'no.token.',
      'nothing at all',
    ]) {
      await expect(assume(forged)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
    }
  });

  it('refuses tokens that are over, for others, or of nobody known', async () => {
    const now = nowSeconds();
    await expect(assume(token({ iat: now - 900, exp: now - 1 }))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    await expect(assume(token({ aud: 'another' }))).rejects.toMatchObject({ message: 'Incorrect token audience' });
    await expect(assume(token({ azp: 'another' }))).rejects.toMatchObject({ message: 'Incorrect token audience' });
    await expect(assume(token({ iss: 'https://idp.example.net' }))).rejects.toMatchObject({
      message: 'No OpenIDConnect provider found in your account for https://idp.example.net',
    });
    await expect(assume(token({ iss: 'http://idp.example.com/tenant' }))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });

  it('says when the provider cannot be reached, or has no keys', async () => {
    web.answerBy(() => {
      throw new Error('no route to host');
    });
    await expect(assume(token())).rejects.toMatchObject({ name: 'IDPCommunicationErrorException' });
    web.answerBy(() => ({ status: 500 }));
    await expect(assume(token())).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });
});

describe('AssumeRoleWithSAML', () => {
  const entityId = 'https://saml.example.com';
  const PrincipalArn = `arn:aws:iam::${account}:saml-provider/corp`;
  let RoleArn: string;
  let signer: { readonly certificate: string; readonly key: string };
  let stranger: { readonly certificate: string; readonly key: string };

  async function makeSigner() {
    const algorithm = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      publicExponent: new Uint8Array([1, 0, 1]),
      modulusLength: 2048,
    };
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=idp',
      keys,
      signingAlgorithm: algorithm,
    });
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
    return { certificate: Buffer.from(made.rawData).toString('base64'), key };
  }

  interface Said {
    readonly subject?: string;
    readonly endMs?: number;
    readonly audience?: string;
    readonly role?: string;
    readonly more?: string;
  }

  function assertion(
    { subject = 'alice', endMs = 300_000, audience = 'urn:amazon:webservices', role, more = '' }: Said,
    id = '_1',
  ) {
    const at = (ms: number) => new Date(people.now() + ms).toISOString();
    const attribute = (name: string, value: string) =>
      `<Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}"><AttributeValue>${value}</AttributeValue></Attribute>`;
    return `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" IssueInstant="${at(0)}" Version="2.0"><Issuer>${entityId}</Issuer><Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${subject}</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="${at(endMs)}" Recipient="https://signin.aws.amazon.com/saml"/></SubjectConfirmation></Subject><Conditions NotBefore="${at(-1000)}" NotOnOrAfter="${at(endMs)}"><AudienceRestriction><Audience>${audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>${attribute('Role', role ?? `${RoleArn},${PrincipalArn}`)}${attribute('RoleSessionName', subject)}${attribute('SessionDuration', '1800')}${more}</AttributeStatement></Assertion>`;
  }

  const respond = (inside: string) =>
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_0" Version="2.0">${inside}</samlp:Response>`;

  function signed(document: string, { key } = signer, id = '_1'): string {
    const xml = new SignedXml({
      privateKey: key,
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    });
    xml.addReference({
      xpath: `//*[@ID='${id}']`,
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    });
    xml.computeSignature(document, { location: { reference: `//*[@ID='${id}']/*[1]`, action: 'after' } });
    return xml.getSignedXml();
  }

  const assume = (document: string) =>
    root.sts.assumeRoleWithSAML({ RoleArn, PrincipalArn, SAMLAssertion: Buffer.from(document).toString('base64') });

  beforeAll(async () => {
    [signer, stranger] = [await makeSigner(), await makeSigner()];
    const filling = '<!-- '.padEnd(1000, '.').concat(' -->');
    await root.iam.createSAMLProvider({
      Name: 'corp',
      SAMLMetadataDocument: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}">${filling}<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${signer.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`,
    });
    RoleArn = await makeRole('saml', {
      Effect: 'Allow',
      Principal: { Federated: PrincipalArn },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    });
  });

  it('gives keys to whom the provider names', async () => {
    const answer = await assume(signed(respond(assertion({}))));
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/saml/alice` },
      Subject: 'alice',
      SubjectType: 'persistent',
      Issuer: entityId,
      Audience: 'https://signin.aws.amazon.com/saml',
    });
    expect(answer.Credentials?.Expiration?.getTime()).toBe((nowSeconds() + 1800) * 1000);
    const caller = await people.session(answer.Credentials).sts.getCallerIdentity({});
    expect(caller.Arn).toBe(`arn:aws:sts::${account}:assumed-role/saml/alice`);
  });

  it('takes a signature over the whole answer', async () => {
    await assume(signed(respond(`<Status/>${assertion({})}`), signer, '_0'));
  });

  it('refuses what is unsigned, signed by others, or changed', async () => {
    const good = signed(respond(assertion({})));
    for (const bad of [
      respond(assertion({})),
      signed(respond(assertion({})), stranger),
      good.replaceAll('alice', 'admin'),
      good.replace('</samlp:Response>', '<x/></samlp:Response>').replace('alice', 'alicf'),
      'no xml at all',
    ]) {
      await expect(assume(bad)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
    }
  });

  it('reads nothing but what was signed', async () => {
    // The signed assertion is still there, and another one that nobody signed stands before it, or around it.
    const good = signed(respond(assertion({ subject: 'alice' })));
    const evil = assertion({ subject: 'admin' }, '_2');
    const before = good.replace('<Assertion', `${evil}<Assertion`);
    expect((await assume(before)).Subject).toBe('alice');
    const inner = /<Assertion[\s\S]*<\/Assertion>/.exec(good)?.[0] ?? '';
    const around = respond(evil.replace('</Assertion>', `${inner}</Assertion>`));
    expect((await assume(around)).Subject).toBe('alice');
    const twice = respond(`${assertion({ subject: 'admin' })}${inner}`);
    await expect(assume(twice)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });

  it('refuses what is over, made for others, or about other roles', async () => {
    await expect(assume(signed(respond(assertion({ endMs: -1000 }))))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    await expect(assume(signed(respond(assertion({ audience: 'https://example.com' }))))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
    await expect(assume(signed(respond(assertion({ role: `${RoleArn}x,${PrincipalArn}` }))))).rejects.toMatchObject({
      name: 'IDPRejectedClaimException',
    });
  });
});
