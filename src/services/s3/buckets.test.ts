// Buckets: names, regions, quota, what a new one is like, who may do what with them and their objects.

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectAclCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ObjectCannedACL,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { serviceQuotas } from '../service-quotas/service-quotas.ts';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { canonicalUserId } from './canonical-users.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { createS3, s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;

const account = '000000000000';
const stranger = '111111111111';

beforeAll(async () => {
  cloud = await startTestCloud([s3, serviceQuotas]);
  client = cloud.client();
  calls = createCalls(client, 'buckets');
});
afterAll(() => cloud.stop());

const create = (Bucket: string, more: object = {}, by = client) =>
  by.send(new CreateBucketCommand({ Bucket, ...more }));

describe('a new bucket', () => {
  test('is in the region that it is asked for', async () => {
    await create('in-frankfurt', { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } });
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket: 'in-frankfurt' }));
    expect(LocationConstraint).toBe('eu-central-1');
    expect((await client.send(new HeadBucketCommand({ Bucket: 'in-frankfurt' }))).BucketRegion).toBe('eu-central-1');
    const Bucket = await calls.newBucket();
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
  });

  test.each([
    ['us-east-1', 'us-east-1', 'InvalidLocationConstraint'],
    ['us-east-1', 'nowhere', 'InvalidLocationConstraint'],
    ['us-west-2', 'us-east-1', 'IllegalLocationConstraintException'],
    ['us-west-2', 'eu-central-1', 'IllegalLocationConstraintException'],
  ])('cannot be made through %s in %s', async (region, LocationConstraint, name) => {
    const regional = cloud.client(account, region);
    const more = { CreateBucketConfiguration: { LocationConstraint } };
    await expect(create('nowhere-to-be', more, regional)).rejects.toMatchObject({ name });
  });

  test('is told the region by whoever signed for none', async () => {
    const lost = cloud.client(account, 'US');
    await expect(create('made-by-s3cmd', {}, lost)).rejects.toMatchObject({
      name: 'AuthorizationHeaderMalformed',
      Region: 'us-east-1',
      ...status(400),
    });
  });

  test('is one of so many', async () => {
    const many = cloud.client('999999999999');
    for (let i = 0; i < 100; i++) await create(`many-${i}`, {}, many);
    await expect(create('one-too-many', {}, many)).rejects.toMatchObject({ name: 'TooManyBuckets', ...status(400) });
    await many.send(new DeleteBucketCommand({ Bucket: 'many-0' }));
    await create('not-too-many', {}, many);
    const here = { account: '999999999999', region: 'us-east-1' };
    const quotas = cloud.cloud.client('service-quotas', here, rootPrincipal(here.account));
    await quotas.RequestServiceQuotaIncrease({ ServiceCode: 's3', QuotaCode: 'L-DC2B2D3D', DesiredValue: 101 });
    await create('one-more-now', {}, many);
  });

  test('has a name that nobody else has', async () => {
    const Bucket = await calls.newBucket();
    await create(Bucket); // in the oldest region the owner may do it again
    await expect(create(Bucket, {}, cloud.client(stranger))).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
      ...status(409),
    });
  });

  test('can have a name that only its account can use', async () => {
    const more = { BucketNamespace: 'account-regional' };
    await create(`mine-${account}-us-east-1-an`, more);
    await expect(create(`mine-${stranger}-us-east-1-an`, more)).rejects.toMatchObject(status(400));
  });

  test('can refuse keys of customers', async () => {
    const Bucket = await calls.newBucket();
    const Rules = [{ BlockedEncryptionTypes: { EncryptionType: ['SSE-C' as const] } }];
    await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    const keyed = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 'k').toString('latin1') };
    await expect(calls.put(Bucket, 'k', 'x', keyed)).rejects.toMatchObject(status(403));
    await calls.put(Bucket, 'k');
  });
});

describe('a bucket as AWS makes it now', () => {
  let current: TestCloud;
  let modern: S3Client;
  const Bucket = 'current';

  beforeAll(async () => {
    current = await startTestCloud([createS3({ newBuckets: 'current' })]);
    modern = current.client();
    await create(Bucket, {}, modern);
  });
  afterAll(() => current.stop());

  test('has no access lists, and no public access', async () => {
    const { OwnershipControls } = await modern.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    const { PublicAccessBlockConfiguration } = await modern.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
    const put = createCalls(modern, 'current').put;
    await expect(put(Bucket, 'k', 'x', { ACL: 'public-read' })).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
    });
    const listed = { ACL: 'public-read' as const };
    await expect(create('public', listed, modern)).rejects.toMatchObject({
      name: 'InvalidBucketAclWithObjectOwnership',
    });
    await expect(create('public', { ...listed, ObjectOwnership: 'ObjectWriter' }, modern)).rejects.toMatchObject({
      name: 'InvalidBucketAclWithBlockPublicAccessError',
    });
  });

  test('tells ids of owners and no display names, and neither takes an empty token nor shows StartAfter beside one', async () => {
    const { Owner } = await modern.send(new GetBucketAclCommand({ Bucket }));
    expect(Object.keys(Owner ?? {})).toEqual(['ID']);
    expect(Object.keys((await modern.send(new ListBucketsCommand({}))).Owner ?? {})).toEqual(['ID']);
    const list = (more: object) => modern.send(new ListObjectsV2Command({ Bucket, ...more }));
    await expect(list({ ContinuationToken: '' })).rejects.toThrow('The continuation token provided is incorrect');
    const { put } = createCalls(modern, 'current');
    for (const key of ['tokens/1', 'tokens/2']) await put(Bucket, key);
    const { NextContinuationToken } = await list({ Prefix: 'tokens/', MaxKeys: 1 });
    const rest = await list({ ContinuationToken: NextContinuationToken, StartAfter: 'a' });
    expect(rest.StartAfter).toBeUndefined();
  });

  test('is encrypted with S3’s own key, and is again when it loses another', async () => {
    const algorithm = async () => {
      const { ServerSideEncryptionConfiguration: configuration } = await modern.send(
        new GetBucketEncryptionCommand({ Bucket }),
      );
      return configuration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
    };
    expect(await algorithm()).toBe('AES256');
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
    await modern.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    expect(await algorithm()).toBe('aws:kms');
    expect((await createCalls(modern, 'current').put(Bucket, 'k')).ServerSideEncryption).toBe('aws:kms');
    await modern.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await algorithm()).toBe('AES256');
  });
});

describe('access lists', () => {
  const anonymous = async (Bucket: string, key: string) => (await fetch(`${cloud.endpoint}/${Bucket}/${key}`)).status;

  test.each<[ObjectCannedACL, number, number]>([
    ['private', 403, 403],
    ['public-read', 200, 200],
    ['authenticated-read', 403, 200],
  ])('%s lets strangers (%d) and other accounts (%d) in', async (ACL, code, otherCode) => {
    const Bucket = await calls.newBucket();
    await calls.put(Bucket, 'k', 'x', { ACL });
    expect(await anonymous(Bucket, 'k')).toBe(code);
    const other = createCalls(cloud.client(stranger), 'other');
    const read = other.get(Bucket, 'k').then(
      () => 200,
      ({ $metadata }) => $metadata.httpStatusCode,
    );
    expect(await read).toBe(otherCode);
  });

  test('grant accounts what they name them for', async () => {
    const Bucket = await calls.newBucket();
    await calls.put(Bucket, 'k');
    const other = cloud.client(stranger);
    const grantee = `id="${canonicalUserId(stranger)}"`;
    await client.send(new PutObjectAclCommand({ Bucket, Key: 'k', GrantReadACP: grantee }));
    const { Grants } = await other.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(Grants).toMatchObject([{ Permission: 'READ_ACP', Grantee: { ID: canonicalUserId(stranger) } }]);
    await expect(createCalls(other, 'other').get(Bucket, 'k')).rejects.toMatchObject(status(403));
    await client.send(new PutBucketAclCommand({ Bucket, GrantWrite: grantee }));
    await other.send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
    // What others write is theirs, where lists are in use.
    await expect(calls.get(Bucket, 'theirs')).rejects.toMatchObject(status(403));
    await other.send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x', ACL: 'bucket-owner-full-control' }));
    expect(await calls.get(Bucket, 'theirs')).toBe('x');
  });

  test.each([
    ['id of nobody', { GrantRead: `id="${'0'.repeat(64)}"` }, 'InvalidArgument'],
    ['unknown group', { GrantRead: 'uri="http://example.com"' }, 'InvalidArgument'],
    ['address', { GrantRead: 'emailAddress="a@example.com"' }, 'UnresolvableGrantByEmailAddress'],
    ['list and grants at once', { ACL: 'private', GrantRead: `id="${canonicalUserId(stranger)}"` }, 'InvalidRequest'],
    ['list of no name', { ACL: 'everything' }, 'InvalidArgument'],
  ])('are refused with an %s', async (_what, headers, name) => {
    const Bucket = await calls.newBucket();
    await expect(calls.put(Bucket, 'k', 'x', headers)).rejects.toMatchObject({ name });
  });

  test('mean nothing where the owner of the bucket owns everything', async () => {
    const Bucket = await calls.newBucket();
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
    await client.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    await expect(calls.put(Bucket, 'k', 'x', { ACL: 'public-read' })).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
    });
    await calls.put(Bucket, 'k', 'x', { ACL: 'bucket-owner-full-control' });
  });

  test('and policies that are public can be blocked', async () => {
    const Bucket = await calls.newBucket();
    await calls.put(Bucket, 'k', 'x', { ACL: 'public-read' });
    const block = (PublicAccessBlockConfiguration: object) =>
      client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    await expect(block({})).rejects.toMatchObject({ name: 'InvalidRequest' });
    await block({ IgnorePublicAcls: true, BlockPublicAcls: true, BlockPublicPolicy: true });
    expect(await anonymous(Bucket, 'k')).toBe(403);
    await expect(calls.put(Bucket, 'k', 'x', { ACL: 'public-read' })).rejects.toMatchObject(status(403));
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await expect(client.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toMatchObject(status(403));
    await block({ RestrictPublicBuckets: true });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await calls.put(Bucket, 'restricted');
    expect(await anonymous(Bucket, 'restricted')).toBe(403);
    await block({ BlockPublicAcls: false });
    expect(await anonymous(Bucket, 'restricted')).toBe(200);
  });

  test('are not what a policy may let everybody else in by', async () => {
    const Bucket = await calls.newBucket();
    const statement = {
      Effect: 'Allow',
      NotPrincipal: { AWS: `arn:aws:iam::${stranger}:root` },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await expect(client.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toMatchObject({
      name: 'MalformedPolicy',
    });
  });

  test('are not about nobody', async () => {
    const Bucket = await calls.newBucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = [{ Effect: 'Deny', Principal: { AWS: [] }, Action: 's3:GetObject', Resource }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await expect(client.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toThrow('Invalid principal');
  });
});
