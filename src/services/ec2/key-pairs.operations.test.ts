// Key pairs from their making to their end, through validation and transactions.

import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients, testStartMs } from '../../aws/test-client.testing.ts';
import { publicKeyBlob } from './key-material.ts';
import { keyPairAsyncOperations, keyPairOperations } from './key-pairs.operations.ts';
import { keyPairs } from './key-pairs.table.ts';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;

beforeEach(() => {
  clients = createTestClients([{ id: 'ec2', operations: keyPairOperations, asyncOperations: keyPairAsyncOperations }]);
  ec2 = clients.client('ec2');
});

const line = (comment = 'me@here') => {
  const { publicKey } = generateKeyPairSync('ed25519');
  return Buffer.from(`ssh-ed25519 ${publicKeyBlob(publicKey).toString('base64')} ${comment}`);
};

const importKey = (KeyName: string, PublicKeyMaterial: Uint8Array = line()) =>
  ec2.ImportKeyPair({ KeyName, PublicKeyMaterial });

describe('CreateKeyPair', () => {
  test('gives the private key once, and keeps the public one', async () => {
    const created = await ec2.CreateKeyPair({
      KeyName: 'my key',
      TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(created).toMatchObject({ KeyName: 'my key', Tags: [{ Key: 'a', Value: 'b' }] });
    expect(created.KeyPairId).toMatch(/^key-0[0-9a-f]{16}$/);
    expect(created.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    const { KeyPairs } = await ec2.DescribeKeyPairs({ KeyNames: ['my key'], IncludePublicKey: true });
    expect(KeyPairs).toEqual([
      {
        KeyPairId: created.KeyPairId,
        KeyName: 'my key',
        KeyType: 'rsa',
        KeyFingerprint: created.KeyFingerprint,
        CreateTime: testStartMs,
        Tags: [{ Key: 'a', Value: 'b' }],
        PublicKey: expect.stringMatching(/^ssh-rsa AAAA\S+ my key$/),
      },
    ]);
    expect(JSON.stringify([...clients.store.listAll(keyPairs)])).not.toContain('PRIVATE');
  });

  test('in each type and format', async () => {
    const { KeyMaterial: pem } = await ec2.CreateKeyPair({ KeyName: 'a', KeyType: 'ed25519' });
    expect(pem).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    const { KeyMaterial: ppk } = await ec2.CreateKeyPair({ KeyName: 'b', KeyType: 'ed25519', KeyFormat: 'ppk' });
    expect(ppk).toMatch(/^PuTTY-User-Key-File-2: ssh-ed25519\n/);
  });

  test('refuses a name that is taken, also by somebody at the same time', async () => {
    await importKey('taken');
    await expect(ec2.CreateKeyPair({ KeyName: 'taken' })).rejects.toMatchObject({
      code: 'InvalidKeyPair.Duplicate',
      message: "The keypair 'taken' already exists.",
    });
    const both = await Promise.allSettled([
      ec2.CreateKeyPair({ KeyName: 'one' }),
      ec2.CreateKeyPair({ KeyName: 'one' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('is rolled back with DryRun', async () => {
    await expect(ec2.CreateKeyPair({ KeyName: 'dry', DryRun: true })).rejects.toMatchObject({
      code: 'DryRunOperation',
    });
    expect((await ec2.DescribeKeyPairs({})).KeyPairs).toEqual([]);
  });

  test.each([[''], [' '], [' leading'], ['ünicode'], ['x'.repeat(256)]])('refuses the name "%s"', async (KeyName) => {
    await expect(ec2.CreateKeyPair({ KeyName })).rejects.toMatchObject({
      code: expect.stringMatching(/^(MissingParameter|InvalidParameterValue)$/),
    });
  });

  test('refuses tags for something else', async () => {
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'a', Value: 'b' }] }];
    await expect(ec2.CreateKeyPair({ KeyName: 'k', TagSpecifications })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

describe('ImportKeyPair', () => {
  test('names the key after the pair', async () => {
    const material = line('me@here');
    const imported = await importKey('laptop', material);
    expect(imported.KeyFingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    const { KeyPairs = [] } = await ec2.DescribeKeyPairs({ IncludePublicKey: true });
    expect(KeyPairs[0]?.PublicKey).toBe(material.toString().replace('me@here', 'laptop'));
  });

  test('refuses what is no key, and a name that is taken', async () => {
    await expect(importKey('k', Buffer.from('hello'))).rejects.toMatchObject({
      code: 'InvalidKey.Format',
      message: 'Key is not in valid OpenSSH public key format',
    });
    await importKey('k');
    await expect(importKey('k')).rejects.toMatchObject({ code: 'InvalidKeyPair.Duplicate' });
  });
});

describe('DescribeKeyPairs', () => {
  test('by name, by id, by filter', async () => {
    const [a, b] = [await importKey('a'), await importKey('b')];
    const names = async (input: Parameters<typeof ec2.DescribeKeyPairs>[0]) =>
      (await ec2.DescribeKeyPairs(input)).KeyPairs?.map(({ KeyName }) => KeyName);
    expect((await names({}))?.sort()).toEqual(['a', 'b']);
    expect(await names({ KeyNames: ['b'] })).toEqual(['b']);
    expect(await names({ KeyPairIds: [a.KeyPairId as string] })).toEqual(['a']);
    expect(await names({ Filters: [{ Name: 'key-name', Values: ['b*'] }] })).toEqual(['b']);
    expect(await names({ Filters: [{ Name: 'fingerprint', Values: [b.KeyFingerprint as string] }] })).toEqual(['b']);
    expect(await names({ KeyNames: ['a'], Filters: [{ Name: 'key-name', Values: ['b'] }] })).toEqual([]);
    expect((await ec2.DescribeKeyPairs({})).KeyPairs?.[0]).not.toHaveProperty('PublicKey');
  });

  test('refuses names and ids that are not there', async () => {
    await expect(ec2.DescribeKeyPairs({ KeyNames: ['x'] })).rejects.toMatchObject({
      code: 'InvalidKeyPair.NotFound',
      message: "The key pair 'x' does not exist",
    });
    await expect(ec2.DescribeKeyPairs({ KeyPairIds: ['key-00000000000000000'] })).rejects.toMatchObject({
      code: 'InvalidKeyPair.NotFound',
    });
  });

  test('shows nobody else’s', async () => {
    await importKey('mine');
    expect((await clients.client('ec2', 'eu-west-1').DescribeKeyPairs({})).KeyPairs).toEqual([]);
    expect((await clients.client('ec2', 'us-east-1', '111111111111').DescribeKeyPairs({})).KeyPairs).toEqual([]);
  });
});

describe('DeleteKeyPair', () => {
  test('by name and by id, and again', async () => {
    const { KeyPairId } = await importKey('a');
    expect(await ec2.DeleteKeyPair({ KeyName: 'a' })).toEqual({ Return: true, KeyPairId });
    expect(await ec2.DeleteKeyPair({ KeyName: 'a' })).toEqual({ Return: true });
    const again = await importKey('a');
    expect(await ec2.DeleteKeyPair({ KeyPairId: again.KeyPairId })).toMatchObject({ KeyPairId: again.KeyPairId });
    expect((await ec2.DescribeKeyPairs({})).KeyPairs).toEqual([]);
    await expect(ec2.DeleteKeyPair({})).rejects.toMatchObject({ code: 'MissingParameter' });
  });
});
