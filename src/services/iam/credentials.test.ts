// MFA devices, certificates, keys and providers through the official client.

import { createSign, generateKeyPairSync } from 'node:crypto';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateAccountAliasCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  GetSSHPublicKeyCommand,
  type IAMClient,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListVirtualMFADevicesCommand,
  ResetServiceSpecificCredentialCommand,
  ResyncMFADeviceCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { type IamCloud, startIamCloud } from './iam-cloud.testing.ts';
import { stepAt, totpCode } from './totp.ts';

let cloud: IamCloud;
let iam: IAMClient;

beforeAll(async () => {
  cloud = await startIamCloud();
});

beforeEach(async () => {
  await cloud.cloud.reset();
  iam = cloud.iam();
  await iam.send(new CreateUserCommand({ UserName: 'alice' }));
});

afterAll(() => cloud.stop());

describe('a virtual MFA device', () => {
  const make = async () => {
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
    const { SerialNumber, Base32StringSeed, QRCodePNG } = VirtualMFADevice!;
    return { SerialNumber, QRCodePNG, seed: Buffer.from(Base32StringSeed!).toString() };
  };
  /** As the device shows them, `ago` steps ago and before that. */
  const codes = (seed: string, ago = 0) => {
    const now = stepAt(cloud.now()) - ago;
    return { AuthenticationCode1: totpCode(seed, now - 1), AuthenticationCode2: totpCode(seed, now) };
  };

  test('is enabled by two codes in a row, and no others', async () => {
    const { SerialNumber, QRCodePNG, seed } = await make();
    expect(Buffer.from(QRCodePNG!).subarray(1, 4).toString()).toBe('PNG');
    const enable = (given: ReturnType<typeof codes>) =>
      iam.send(new EnableMFADeviceCommand({ UserName: 'alice', SerialNumber, ...given }));
    await expect(enable({ AuthenticationCode1: '000000', AuthenticationCode2: '000000' })).rejects.toMatchObject({
      name: 'InvalidAuthenticationCodeException',
      $metadata: { httpStatusCode: 403 },
    });
    await enable(codes(seed));
    const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'alice' }));
    expect(MFADevices?.map((device) => device.SerialNumber)).toEqual([SerialNumber]);
    await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    const assigned = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }));
    expect(assigned.VirtualMFADevices?.[0]?.User?.UserName).toBe('alice');
    await iam.send(new DeactivateMFADeviceCommand({ UserName: 'alice', SerialNumber }));
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
  });

  test('whose clock is off is set right again', async () => {
    const { SerialNumber, seed } = await make();
    await iam.send(new EnableMFADeviceCommand({ UserName: 'alice', SerialNumber, ...codes(seed) }));
    const resync = (ago: number) =>
      iam.send(new ResyncMFADeviceCommand({ UserName: 'alice', SerialNumber, ...codes(seed, ago) }));
    await resync(60);
    await expect(resync(5_000)).rejects.toMatchObject({ name: 'InvalidAuthenticationCodeException' });
  });
});

describe('keys and certificates', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  test('an SSH public key comes in one form and is shown in both', async () => {
    const upload = (SSHPublicKeyBody: string) =>
      iam.send(new UploadSSHPublicKeyCommand({ UserName: 'alice', SSHPublicKeyBody }));
    const { SSHPublicKey } = await upload(pem);
    expect(SSHPublicKey?.Fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    const get = async (Encoding: 'SSH' | 'PEM') =>
      (
        await iam.send(
          new GetSSHPublicKeyCommand({ UserName: 'alice', SSHPublicKeyId: SSHPublicKey?.SSHPublicKeyId, Encoding }),
        )
      ).SSHPublicKey?.SSHPublicKeyBody;
    const line = await get('SSH');
    expect(line).toMatch(/^ssh-rsa AAAA/);
    expect(await get('PEM')).toBe(pem);
    await expect(upload(line!)).rejects.toMatchObject({ name: 'DuplicateSSHPublicKeyException' });
    await expect(upload('ssh-rsa nonsense')).rejects.toMatchObject({ name: 'InvalidPublicKeyException' });
  });

  test('a server certificate fits its key', async () => {
    const body = selfSigned(pem, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const upload = (PrivateKey: string) =>
      iam.send(new UploadServerCertificateCommand({ ServerCertificateName: 'web', CertificateBody: body, PrivateKey }));
    await expect(upload(other.export({ type: 'pkcs8', format: 'pem' }).toString())).rejects.toMatchObject({
      name: 'KeyPairMismatchException',
    });
    await upload(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const { ServerCertificate } = await iam.send(new GetServerCertificateCommand({ ServerCertificateName: 'web' }));
    expect(ServerCertificate).toMatchObject({
      CertificateBody: body,
      ServerCertificateMetadata: { Expiration: new Date('2036-01-01T00:00:00Z') },
    });
    await expect(
      iam.send(new UploadSigningCertificateCommand({ UserName: 'alice', CertificateBody: 'no certificate' })),
    ).rejects.toMatchObject({ name: 'MalformedCertificateException' });
    await iam.send(new UploadSigningCertificateCommand({ UserName: 'alice', CertificateBody: body }));
    await expect(
      iam.send(new UploadSigningCertificateCommand({ UserName: 'alice', CertificateBody: body })),
    ).rejects.toMatchObject({ name: 'DuplicateCertificateException' });
  });

  test('a service-specific credential shows its password once', async () => {
    const { ServiceSpecificCredential } = await iam.send(
      new CreateServiceSpecificCredentialCommand({ UserName: 'alice', ServiceName: 'codecommit.amazonaws.com' }),
    );
    expect(ServiceSpecificCredential).toMatchObject({ ServiceUserName: 'alice-at-000000000000', Status: 'Active' });
    const reset = await iam.send(
      new ResetServiceSpecificCredentialCommand({
        UserName: 'alice',
        ServiceSpecificCredentialId: ServiceSpecificCredential?.ServiceSpecificCredentialId,
      }),
    );
    expect(reset.ServiceSpecificCredential?.ServicePassword).not.toBe(ServiceSpecificCredential?.ServicePassword);
    await expect(
      iam.send(new CreateServiceSpecificCredentialCommand({ UserName: 'alice', ServiceName: 's3.amazonaws.com' })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await expect(
      iam.send(new ListServiceSpecificCredentialsCommand({ UserName: 'alice', ServiceName: 's3.amazonaws.com' })),
    ).rejects.toThrow('No such service s3.amazonaws.com is supported for Service Specific Credentials');
    const none = { UserName: 'alice', ServiceSpecificCredentialId: 'NONE'.repeat(5) };
    await expect(iam.send(new ResetServiceSpecificCredentialCommand(none))).rejects.toThrow(
      `No such credential ${none.ServiceSpecificCredentialId} exists`,
    );
    await expect(iam.send(new DeleteUserCommand({ UserName: 'alice' }))).rejects.toThrow(
      'Cannot delete entity, must remove referenced objects first.',
    );
  });
});

describe('providers', () => {
  test('an OIDC provider knows its clients', async () => {
    const { OpenIDConnectProviderArn } = await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: 'https://id.example.com/tenant/', ClientIDList: ['a'] }),
    );
    expect(OpenIDConnectProviderArn).toBe('arn:aws:iam::000000000000:oidc-provider/id.example.com/tenant');
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'b' }));
    const found = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    expect(found).toMatchObject({ Url: 'id.example.com/tenant', ClientIDList: ['a', 'b'] });
    await expect(iam.send(new CreateOpenIDConnectProviderCommand({ Url: 'nowhere' }))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  test('a SAML provider has metadata that can be read', async () => {
    const filler = `<!-- ${'x'.repeat(1000)} -->`;
    const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com" validUntil="2030-01-01T00:00:00Z">${filler}</EntityDescriptor>`;
    const create = (SAMLMetadataDocument: string) =>
      iam.send(new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument }));
    await expect(create('x'.repeat(1000))).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: 'Could not parse metadata',
    });
    const { SAMLProviderArn } = await create(metadata);
    const found = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    expect(found).toMatchObject({ SAMLMetadataDocument: metadata, ValidUntil: new Date('2030-01-01T00:00:00Z') });
  });
});

describe('the account', () => {
  test('has an alias that no other account has', async () => {
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'acme' }));
    const other = cloud.iam({ AccessKeyId: '111111111111' });
    await expect(other.send(new CreateAccountAliasCommand({ AccountAlias: 'acme' }))).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'The account alias acme already exists.',
    });
  });

  test('counts what it has', async () => {
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ Users: 1, UsersQuota: 5000, Groups: 0, AccountMFAEnabled: 0 });
  });

  test('reports on credentials, the same report for four hours', async () => {
    await expect(iam.send(new GetCredentialReportCommand({}))).rejects.toMatchObject({
      name: 'CredentialReportNotPresentException',
    });
    expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('STARTED');
    expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('COMPLETE');
    const { Content } = await iam.send(new GetCredentialReportCommand({}));
    const [head, rootLine, alice] = Buffer.from(Content!).toString().split('\n');
    expect(head?.split(',')).toHaveLength(22);
    expect(rootLine).toMatch(/^<root_account>,arn:aws:iam::000000000000:root,/);
    expect(alice).toMatch(/^alice,arn:aws:iam::000000000000:user\/alice,\d{4}-.*\+00:00,false,N\/A,N\/A,N\/A,false,/);
    cloud.advance(4 * 3600_000);
    // A request that is signed now would be four hours late.
    const here = { account: '000000000000', region: 'us-east-1' };
    const root = cloud.cloud.client('iam', here, rootPrincipal(here.account));
    await expect(root.GetCredentialReport({})).rejects.toMatchObject({ code: 'ReportExpired' });
  });
});

/** A certificate until 2036, put together by hand: X.509 version 1 needs no extensions. */
function selfSigned(publicKeyPem: string, privateKeyPem: string): string {
  const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
    const content = Buffer.concat(parts);
    const length =
      content.length < 128 ? Buffer.of(content.length) : Buffer.of(0x82, content.length >> 8, content.length & 0xff);
    return Buffer.concat([Buffer.of(tag), length, content]);
  };
  const sha256WithRsa = der(0x30, Buffer.from('06092a864886f70d01010b0500', 'hex'));
  const name = der(
    0x30,
    der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('web.example.com')))),
  );
  const time = (text: string) => der(0x17, Buffer.from(text));
  const spki = Buffer.from(publicKeyPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const validity = der(0x30, time('260101000000Z'), time('360101000000Z'));
  const body = der(0x30, der(0x02, Buffer.of(1)), sha256WithRsa, name, validity, name, spki);
  const signature = createSign('sha256').update(body).sign(privateKeyPem);
  const certificate = der(0x30, body, sha256WithRsa, der(0x03, Buffer.of(0), signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----`;
}
