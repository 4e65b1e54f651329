// Inventory, analytics, metrics and intelligent tiering configurations, and the reports of the first.

import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteBucketMetricsConfigurationCommand,
  DeleteObjectCommand,
  GetBucketIntelligentTieringConfigurationCommand,
  GetBucketInventoryConfigurationCommand,
  GetBucketMetricsConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketMetricsConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { periodStart } from './inventory.reconciler.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  for (const Bucket of ['configured', 'listed', 'inventories']) await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.stop());

const Bucket = 'configured';
const putMetrics = (Id: string, inside = Id) =>
  client.send(new PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration: { Id: inside } }));

describe('configurations', () => {
  test('are put, got, listed in pages and deleted', async () => {
    for (let i = 0; i < 101; i += 1) await putMetrics(`m${String(i).padStart(3, '0')}`);
    const first = await client.send(new ListBucketMetricsConfigurationsCommand({ Bucket }));
    expect(first.MetricsConfigurationList).toHaveLength(100);
    const { NextContinuationToken: ContinuationToken, IsTruncated } = first;
    expect(IsTruncated).toBe(true);
    const second = await client.send(new ListBucketMetricsConfigurationsCommand({ Bucket, ContinuationToken }));
    expect(second.MetricsConfigurationList).toEqual([{ Id: 'm100' }]);
    const Id = 'm100';
    expect((await client.send(new GetBucketMetricsConfigurationCommand({ Bucket, Id }))).MetricsConfiguration).toEqual({
      Id,
    });
    await client.send(new DeleteBucketMetricsConfigurationCommand({ Bucket, Id }));
    const missing = { name: 'NoSuchConfiguration', $metadata: { httpStatusCode: 404 } };
    await expect(client.send(new GetBucketMetricsConfigurationCommand({ Bucket, Id }))).rejects.toMatchObject(missing);
    await expect(client.send(new DeleteBucketMetricsConfigurationCommand({ Bucket, Id }))).rejects.toMatchObject(
      missing,
    );
    await expect(putMetrics('a', 'b')).rejects.toMatchObject({ name: 'IdMismatch' });
    await expect(putMetrics('a b')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  test('of intelligent tiering have days that AWS allows', async () => {
    const put = (Days: number) =>
      client.send(
        new PutBucketIntelligentTieringConfigurationCommand({
          Bucket,
          Id: 'archive',
          IntelligentTieringConfiguration: {
            Id: 'archive',
            Status: 'Enabled',
            Tierings: [{ Days, AccessTier: 'ARCHIVE_ACCESS' }],
          },
        }),
      );
    await expect(put(89)).rejects.toMatchObject({ name: 'InvalidArgument' });
    await put(90);
    const found = await client.send(new GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 'archive' }));
    expect(found.IntelligentTieringConfiguration?.Tierings).toEqual([{ Days: 90, AccessTier: 'ARCHIVE_ACCESS' }]);
  });

  test('that would have to be acted on are refused', async () => {
    const destination = { Format: 'CSV' as const, Bucket: 'arn:aws:s3:::inventories' };
    await expect(
      client.send(
        new PutBucketAnalyticsConfigurationCommand({
          Bucket,
          Id: 'a',
          AnalyticsConfiguration: {
            Id: 'a',
            StorageClassAnalysis: {
              DataExport: { OutputSchemaVersion: 'V_1', Destination: { S3BucketDestination: destination } },
            },
          },
        }),
      ),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

describe('an inventory', () => {
  const inventory = (Id: string, more: Partial<InventoryConfiguration> = {}): InventoryConfiguration => ({
    Id,
    IsEnabled: true,
    IncludedObjectVersions: 'All',
    Schedule: { Frequency: 'Daily' },
    OptionalFields: ['Size', 'ETag', 'StorageClass'],
    Destination: { S3BucketDestination: { Bucket: 'arn:aws:s3:::inventories', Format: 'CSV', Prefix: 'reports' } },
    ...more,
  });
  const put = (InventoryConfiguration: InventoryConfiguration) =>
    client.send(
      new PutBucketInventoryConfigurationCommand({
        Bucket: 'listed',
        Id: InventoryConfiguration.Id ?? '',
        InventoryConfiguration,
      }),
    );
  const read = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'inventories', Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const manifests = async () => {
    await cloud.cloud.settle();
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'inventories' }));
    return Contents.flatMap(({ Key = '' }) => (Key.endsWith('/manifest.json') ? [Key] : []));
  };

  test('is delivered with its manifest, once in its time, where S3 may', async () => {
    await client.send(
      new PutBucketVersioningCommand({ Bucket: 'listed', VersioningConfiguration: { Status: 'Enabled' } }),
    );
    for (const Key of ['a b', 'gone']) {
      await client.send(new PutObjectCommand({ Bucket: 'listed', Key, Body: 'hello' }));
    }
    await client.send(new DeleteObjectCommand({ Bucket: 'listed', Key: 'gone' }));
    await put(inventory('early'));
    expect(await manifests()).toEqual([]);
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::inventories/*',
      Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::listed' } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: 'inventories', Policy }));
    await put(inventory('early', { IsEnabled: false }));
    await put(inventory('all'));
    const [key = '', ...others] = await manifests();
    expect(others).toEqual([]);
    expect(key).toMatch(/^reports\/listed\/all\/\d{4}-\d\d-\d\dT\d\d-\d\dZ\/manifest\.json$/);
    const text = await read(key);
    expect((await read(key.replace('.json', '.checksum'))).toString()).toBe(
      createHash('md5').update(text).digest('hex'),
    );
    const manifest = JSON.parse(text.toString()) as {
      readonly files: readonly { readonly key: string; readonly size: number; readonly MD5checksum: string }[];
    };
    expect(manifest).toMatchObject({
      sourceBucket: 'listed',
      destinationBucket: 'arn:aws:s3:::inventories',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag, StorageClass',
    });
    const [file] = manifest.files;
    const data = await read(file?.key ?? '');
    expect(data.byteLength).toBe(file?.size);
    expect(createHash('md5').update(data).digest('hex')).toBe(file?.MD5checksum);
    const lines = gunzipSync(data).toString().trimEnd().split('\n');
    const md5 = createHash('md5').update('hello').digest('hex');
    expect(lines.map((line) => line.replace(/"[\w.]{32}","(true|false)"/, '"id","$1"'))).toEqual([
      `"listed","a%20b","id","true","false","5","${md5}","STANDARD"`,
      '"listed","gone","id","true","true","","",""',
      `"listed","gone","id","false","false","5","${md5}","STANDARD"`,
    ]);
    await put(inventory('all', { OptionalFields: [] }));
    expect(await manifests()).toEqual([key]);
  });

  test('is kept as it was given', async () => {
    const weekly = inventory('weekly', { IsEnabled: false, Schedule: { Frequency: 'Weekly' } });
    await put(weekly);
    const found = await client.send(new GetBucketInventoryConfigurationCommand({ Bucket: 'listed', Id: 'weekly' }));
    expect(found.InventoryConfiguration).toEqual(weekly);
    const all = await client.send(new ListBucketInventoryConfigurationsCommand({ Bucket: 'listed' }));
    expect(all.InventoryConfigurationList?.map(({ Id }) => Id)).toEqual(['all', 'early', 'weekly']);
  });

  test.each([
    ['InvalidS3DestinationBucket', { Format: 'CSV', Bucket: 'arn:aws:s3:::nowhere-to-be' }],
    ['InvalidS3DestinationBucket', { Format: 'CSV', Bucket: 'arn:aws:s3:::inventories', AccountId: '111111111111' }],
    ['NotImplemented', { Format: 'ORC', Bucket: 'arn:aws:s3:::inventories' }],
  ] as const)('is refused with %s for a destination that will not do', async (name, S3BucketDestination) => {
    await expect(put(inventory('bad', { Destination: { S3BucketDestination } }))).rejects.toMatchObject({ name });
  });

  test('is of days and of weeks that begin on Sundays', () => {
    const wednesday = Date.UTC(2026, 10, 25, 13);
    expect(periodStart('Daily', wednesday)).toBe(Date.UTC(2026, 10, 25));
    expect(periodStart('Weekly', wednesday)).toBe(Date.UTC(2026, 10, 22));
  });
});
