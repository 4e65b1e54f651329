// Object lock: what cannot be removed, by whom it can after all, and what a bucket says by default.

import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectRetentionCommand,
  PutBucketVersioningCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

const someday = new Date(Date.UTC(2090, 0, 1));
const sooner = new Date(Date.UTC(2080, 0, 1));

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'locks');
  Bucket = await calls.newBucket({ ObjectLockEnabledForBucket: true });
});
afterAll(() => cloud.stop());

const locked = async (Key: string, ObjectLockMode: 'GOVERNANCE' | 'COMPLIANCE') => {
  const { VersionId } = await calls.put(Bucket, Key, 'x', { ObjectLockMode, ObjectLockRetainUntilDate: someday });
  return { Bucket, Key, VersionId };
};
const remove = (about: object, BypassGovernanceRetention?: boolean) =>
  client.send(new DeleteObjectCommand({ ...(about as { Bucket: string; Key: string }), BypassGovernanceRetention }));
const retain = (about: object, Retention: object, BypassGovernanceRetention?: boolean) =>
  client.send(
    new PutObjectRetentionCommand({
      ...(about as { Bucket: string; Key: string }),
      Retention,
      BypassGovernanceRetention,
    }),
  );
const denied = {
  name: 'AccessDenied',
  message: 'Access Denied because object protected by object lock.',
  ...status(403),
};

describe('a version that is retained', () => {
  test('can be marked as deleted, but not removed', async () => {
    const about = await locked('k', 'GOVERNANCE');
    expect(await remove({ Bucket, Key: 'k' })).toMatchObject({ DeleteMarker: true });
    await expect(remove(about)).rejects.toMatchObject(denied);
    const { Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k', VersionId: about.VersionId }] } }),
    );
    expect(Errors).toMatchObject([{ Code: 'AccessDenied', Key: 'k', Message: denied.message }]);
  });

  test('by governance gives way to who says so', async () => {
    const about = await locked('governed', 'GOVERNANCE');
    await expect(retain(about, { Mode: 'GOVERNANCE', RetainUntilDate: sooner })).rejects.toMatchObject(status(403));
    await retain(about, { Mode: 'GOVERNANCE', RetainUntilDate: sooner }, true);
    await remove(about, true);
  });

  test('for compliance gives way to nobody, and can only be prolonged', async () => {
    const about = await locked('complied', 'COMPLIANCE');
    await expect(remove(about, true)).rejects.toMatchObject(denied);
    for (const retention of [
      { Mode: 'COMPLIANCE', RetainUntilDate: sooner },
      { Mode: 'GOVERNANCE', RetainUntilDate: someday },
      {},
    ]) {
      await expect(retain(about, retention, true)).rejects.toMatchObject(status(403));
    }
    const longer = new Date(someday.getTime() + 1000);
    await retain(about, { Mode: 'COMPLIANCE', RetainUntilDate: longer });
    const { Retention } = await client.send(new GetObjectRetentionCommand(about));
    expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: longer });
  });
});

test('a legal hold keeps a version until it is lifted', async () => {
  const { VersionId } = await calls.put(Bucket, 'held', 'x', { ObjectLockLegalHoldStatus: 'ON' });
  const about = { Bucket, Key: 'held', VersionId };
  await expect(remove(about, true)).rejects.toMatchObject(denied);
  await client.send(new PutObjectLegalHoldCommand({ ...about, LegalHold: { Status: 'OFF' } }));
  await remove(about);
});

describe('a bucket', () => {
  test('says how long its objects are retained by default', async () => {
    const own = await calls.newBucket({ ObjectLockEnabledForBucket: true });
    const ObjectLockConfiguration = {
      ObjectLockEnabled: 'Enabled' as const,
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } },
    };
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: own, ObjectLockConfiguration }));
    await calls.put(own, 'k');
    const head = await calls.head(own, 'k');
    expect(head.ObjectLockMode).toBe('GOVERNANCE');
    const heldMs = (head.ObjectLockRetainUntilDate?.getTime() ?? 0) - (head.LastModified?.getTime() ?? 0);
    expect(Math.round(heldMs / 3600_000)).toBe(72);
  });

  test('with object lock keeps versions from then on', async () => {
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await expect(
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
    ).rejects.toMatchObject({ name: 'InvalidBucketState', ...status(409) });
  });

  test('without object lock takes no locks', async () => {
    const own = await calls.newBucket();
    await calls.put(own, 'k');
    await expect(
      retain({ Bucket: own, Key: 'k' }, { Mode: 'GOVERNANCE', RetainUntilDate: someday }),
    ).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(calls.put(own, 'k', 'x', { ObjectLockLegalHoldStatus: 'ON' })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
  });

  test.each([
    [
      { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 0 } } },
      'InvalidRetentionPeriod',
    ],
    [
      { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 36_501 } } },
      'InvalidRetentionPeriod',
    ],
    [
      { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1, Years: 1 } } },
      'MalformedXML',
    ],
    [{ ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'SOMETIMES', Days: 1 } } }, 'MalformedXML'],
    [{ ObjectLockEnabled: 'No' }, 'MalformedXML'],
    [{}, 'MalformedXML'],
    [undefined, 'MissingRequestBodyError'],
  ])('refuses %j', async (configuration, name) => {
    const ObjectLockConfiguration = configuration as never;
    await expect(
      client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration })),
    ).rejects.toMatchObject({ name });
  });

  test('cannot be asked for MFA delete, which would need a device', async () => {
    const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
    await expect(
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });
});
