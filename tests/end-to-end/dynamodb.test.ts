// DynamoDB's longer works as the AWS CLI sees them, each with a kill in between: an export, an import of it, a replica in
// another region.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess } from './cloud-process.ts';
import { isInstalled } from './host.ts';

const reason = isInstalled('aws') ? undefined : 'the AWS CLI is not installed';
if (reason) process.stderr.write(`skipped: DynamoDB by the AWS CLI, because: ${reason}\n`);

const minuteMs = 60_000;

const words = (text: string): readonly string[] => text.split(' ');

describe.skipIf(reason !== undefined)('DynamoDB', { timeout: 20 * minuteMs }, () => {
  let cloud: CloudProcess;
  let aws: Aws;
  let elsewhere: Aws;

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    aws = createAws(cloud);
    elsewhere = createAws({ endpoint: cloud.endpoint, region: 'eu-west-1' });
    await aws('s3', 'mb', 's3://tables');
    await aws(
      ...words('dynamodb create-table --table-name songs --billing-mode PAY_PER_REQUEST'),
      ...words('--attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH'),
    );
    for (const id of ['a', 'b', 'c'])
      await aws(...words('dynamodb put-item --table-name songs --item'), `{"id":{"S":"${id}"},"n":{"N":"1.50"}}`);
  });

  afterAll(() => cloud?.dispose());

  async function killed(): Promise<void> {
    await cloud.kill('SIGKILL');
    await cloud.start();
  }

  /** Asks until it is so, as the CLI's waiters do. */
  async function until(wanted: string, ask: () => Promise<string>): Promise<void> {
    await expect.poll(ask, { timeout: 2 * minuteMs, interval: 250 }).toBe(wanted);
  }

  it('exports a table to a bucket and imports it again', async () => {
    await aws(
      ...words('dynamodb update-continuous-backups --table-name songs'),
      ...words('--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true'),
    );
    const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/songs';
    const exportArn = await aws(
      ...words(`dynamodb export-table-to-point-in-time --table-arn ${table} --s3-bucket tables --s3-prefix out`),
      ...words('--query ExportDescription.ExportArn --output text'),
    );
    await killed();
    await until('COMPLETED', () =>
      aws(
        ...words(`dynamodb describe-export --export-arn ${exportArn}`),
        ...words('--query ExportDescription.ExportStatus --output text'),
      ),
    );
    const manifest = await aws(
      ...words(`dynamodb describe-export --export-arn ${exportArn}`),
      ...words('--query ExportDescription.ExportManifest --output text'),
    );
    const prefix = manifest.replace(/manifest-summary\.json$/, 'data/');
    const importArn = await aws(
      ...words('dynamodb import-table --input-format DYNAMODB_JSON --input-compression-type GZIP'),
      ...words(`--s3-bucket-source S3Bucket=tables,S3KeyPrefix=${prefix} --table-creation-parameters`),
      JSON.stringify({
        TableName: 'copies',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
      ...words('--query ImportTableDescription.ImportArn --output text'),
    );
    await killed();
    await until('COMPLETED', () =>
      aws(
        ...words(`dynamodb describe-import --import-arn ${importArn}`),
        ...words('--query ImportTableDescription.ImportStatus --output text'),
      ),
    );
    const items = await aws(...words('dynamodb scan --table-name copies --query Items[].id.S --output text'));
    expect(items.split('\t').sort()).toEqual(['a', 'b', 'c']);
  });

  it('keeps a replica in another region', async () => {
    await aws(
      ...words('dynamodb update-table --table-name songs --replica-updates'),
      '[{"Create":{"RegionName":"eu-west-1"}}]',
    );
    await killed();
    await until('ACTIVE', () =>
      aws(
        ...words('dynamodb describe-table --table-name songs'),
        ...words('--query Table.Replicas[0].ReplicaStatus --output text'),
      ),
    );
    await elsewhere(...words('dynamodb put-item --table-name songs --item'), '{"id":{"S":"d"},"n":{"N":"2"}}');
    await aws(...words('dynamodb delete-item --table-name songs --key'), '{"id":{"S":"a"}}');
    await killed();
    for (const there of [aws, elsewhere])
      await until('b,c,d', async () => {
        const ids = await there(...words('dynamodb scan --table-name songs --query Items[].id.S --output text'));
        return ids.split('\t').sort().join();
      });
  });
});
