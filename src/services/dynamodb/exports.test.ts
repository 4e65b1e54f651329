// Exports to S3 and imports from it, through the official clients.

import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeInput,
  ImportTableCommand,
  type ImportTableInput,
  ListExportsCommand,
  ListImportsCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;
let s3: ReturnType<TestCloud['s3']>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
  s3 = cloud.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'exports' }));
});
afterAll(() => cloud.stop());

type Item = Record<string, AttributeValue>;

const put = (TableName: string, Item: Item) => client.send(new PutItemCommand({ TableName, Item }));

async function createTable(TableName: string): Promise<string> {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  return TableDescription?.TableArn ?? '';
}

async function makeExport(input: Omit<ExportTableToPointInTimeInput, 'S3Bucket'> & { S3Bucket?: string }) {
  const started = await client.send(new ExportTableToPointInTimeCommand({ S3Bucket: 'exports', ...input }));
  await cloud.cloud.settle();
  const { ExportArn } = started.ExportDescription ?? {};
  return (await client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription ?? {};
}

async function read(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'exports', Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function linesOf(manifest: string | undefined): Promise<readonly string[]> {
  const summary = JSON.parse((await read(manifest ?? '')).toString());
  const files = (await read(summary.manifestFilesS3Key)).toString().trim().split('\n');
  const lines: string[] = [];
  for (const file of files) {
    const { dataFileS3Key, md5Checksum, itemCount } = JSON.parse(file);
    const bytes = await read(dataFileS3Key);
    expect(createHash('md5').update(bytes).digest('base64')).toBe(md5Checksum);
    const found = gunzipSync(bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    expect(found).toHaveLength(itemCount);
    lines.push(...found);
  }
  return lines;
}

type Line = { readonly Item: { readonly pk: { readonly S: string } } };
const byKey = (a: Line, b: Line) => (a.Item.pk.S < b.Item.pk.S ? -1 : 1);

describe('a full export', () => {
  it('shows the table as it was at one moment, with manifests and checksums', async () => {
    const TableArn = await createTable('full');
    await put('full', { pk: { S: 'a' }, n: { N: '1.50' }, b: { B: Buffer.from('bytes') } });
    await put('full', { pk: { S: 'b' }, old: { BOOL: true } });
    await cloud.pass(60_000);
    const ExportTime = new Date(cloud.clock.now());
    await cloud.pass(60_000);
    await put('full', { pk: { S: 'b' }, old: { BOOL: false } });
    await put('full', { pk: { S: 'c' } });
    const done = await makeExport({ TableArn, ExportTime, S3Prefix: 'some/where' });
    expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 2, ExportType: 'FULL_EXPORT' });
    expect(done.ExportManifest).toMatch(/^some\/where\/AWSDynamoDB\/\d{14}-[0-9a-f]{8}\/manifest-summary\.json$/);
    const lines = (await linesOf(done.ExportManifest)).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines).toContainEqual({ Item: { pk: { S: 'a' }, n: { N: '1.5' }, b: { B: 'Ynl0ZXM=' } } });
    expect(lines).toContainEqual({ Item: { pk: { S: 'b' }, old: { BOOL: true } } });
    const folder = done.ExportManifest?.replace('manifest-summary.json', '');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'exports', Prefix: folder }));
    expect(Contents.map(({ Key }) => Key?.slice(folder?.length)).filter((name) => !name?.startsWith('data/'))).toEqual([
      '_started',
      'manifest-files.json',
      'manifest-files.md5',
      'manifest-summary.json',
      'manifest-summary.md5',
    ]);
    const { ExportSummaries } = await client.send(new ListExportsCommand({ TableArn }));
    expect(ExportSummaries).toEqual([
      { ExportArn: done.ExportArn, ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' },
    ]);
  });

  it('holds what its filter takes, and of that what was asked for', async () => {
    const TableArn = await createTable('filtered');
    for (const n of ['1', '2', '3']) await put('filtered', { pk: { S: n }, n: { N: n }, rest: { S: 'x' } });
    const FilterSpecification = {
      FilterExpression: 'n >= :two',
      ProjectionExpression: 'pk, #n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':two': { N: '2' } },
    };
    const done = await makeExport({ TableArn, FilterSpecification });
    expect(done).toMatchObject({ ItemCount: 2, FilterSpecification });
    const lines = (await linesOf(done.ExportManifest)).map((line) => JSON.parse(line)).sort(byKey);
    expect(lines).toEqual(['2', '3'].map((n) => ({ Item: { pk: { S: n }, n: { N: n } } })));
    await expect(makeExport({ TableArn, FilterSpecification: { FilterExpression: 'n >=' } })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('goes on when its table goes', async () => {
    const TableArn = await createTable('gone');
    await put('gone', { pk: { S: 'a' } });
    // Inside the cloud, where what is asked for first is done first.
    const scope = { account: '000000000000', region: 'us-east-1' };
    const inside = cloud.cloud.client('dynamodb', scope, rootPrincipal(scope.account));
    const started = inside.ExportTableToPointInTime({ S3Bucket: 'exports', TableArn });
    const deleted = inside.DeleteTable({ TableName: 'gone' });
    const { ExportDescription } = await started;
    await deleted;
    await cloud.cloud.settle();
    const { ExportArn } = ExportDescription ?? {};
    const done = (await client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription;
    expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 1 });
  });

  it('tells what S3 said of the bucket, and what is wrong with a request', async () => {
    const TableArn = await createTable('refused');
    const failed = await makeExport({ TableArn, S3Bucket: 'there-is-no-such-bucket' });
    expect(failed).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' });
    await expect(makeExport({ TableArn: `${TableArn}s` })).rejects.toMatchObject({ name: 'TableNotFoundException' });
    await expect(makeExport({ TableArn, ExportTime: new Date(0) })).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
    });
    await makeExport({ TableArn, ClientToken: 'once' });
    await expect(makeExport({ TableArn, ClientToken: 'once', S3Prefix: 'x' })).rejects.toMatchObject({
      name: 'ExportConflictException',
    });
  });
});

it('exports increments: what each changed item was before and after', async () => {
  const TableArn = await createTable('changes');
  for (const pk of ['kept', 'changed', 'deleted', 'later']) await put('changes', { pk: { S: pk }, v: { N: '1' } });
  await cloud.pass(60_000);
  const fromMs = cloud.clock.now();
  await put('changes', { pk: { S: 'at its beginning' }, v: { N: '1' } });
  await cloud.pass(60_000);
  await put('changes', { pk: { S: 'changed' }, v: { N: '2' } });
  await put('changes', { pk: { S: 'changed' }, v: { N: '3' } });
  await put('changes', { pk: { S: 'new' }, v: { N: '1' } });
  await put('changes', { pk: { S: 'brief' } });
  for (const pk of ['brief', 'deleted'])
    await client.send(new DeleteItemCommand({ TableName: 'changes', Key: { pk: { S: pk } } }));
  const wroteMs = cloud.clock.now();
  await cloud.pass(20 * 60_000);
  const toMs = cloud.clock.now();
  await put('changes', { pk: { S: 'at its end' } });
  await cloud.pass(60_000);
  for (const pk of ['changed', 'later']) await put('changes', { pk: { S: pk }, v: { N: '9' } });
  const IncrementalExportSpecification = { ExportFromTime: new Date(fromMs), ExportToTime: new Date(toMs) };
  const input = { TableArn, ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification } as const;
  const done = await makeExport(input);
  expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 5, ExportType: 'INCREMENTAL_EXPORT' });
  const Metadata = { WriteTimestampMicros: { N: String(wroteMs * 1000) } };
  const lines = (await linesOf(done.ExportManifest)).map((line) => JSON.parse(line));
  const image = (pk: string, v: string) => ({ pk: { S: pk }, v: { N: v } });
  expect(lines).toHaveLength(5);
  expect(lines).toContainEqual(expect.objectContaining({ Keys: { pk: { S: 'at its beginning' } } }));
  expect(lines).toContainEqual({
    Metadata,
    Keys: { pk: { S: 'changed' } },
    OldImage: image('changed', '1'),
    NewImage: image('changed', '3'),
  });
  expect(lines).toContainEqual({ Metadata, Keys: { pk: { S: 'new' } }, NewImage: image('new', '1') });
  expect(lines).toContainEqual({ Metadata, Keys: { pk: { S: 'deleted' } }, OldImage: image('deleted', '1') });
  expect(lines).toContainEqual({ Metadata, Keys: { pk: { S: 'brief' } } });
  const short = { ExportFromTime: new Date(toMs - 1000), ExportToTime: new Date(toMs) };
  await expect(makeExport({ ...input, IncrementalExportSpecification: short })).rejects.toThrow(/less than 15 minutes/);
});

describe('an import', () => {
  const definition = (TableName: string): ImportTableInput['TableCreationParameters'] => ({
    TableName,
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'n', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      { IndexName: 'byN', KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });

  async function importTable(name: string, prefix: string, more: Partial<ImportTableInput>) {
    const started = await client.send(
      new ImportTableCommand({
        S3BucketSource: { S3Bucket: 'exports', S3KeyPrefix: prefix },
        InputFormat: 'DYNAMODB_JSON',
        TableCreationParameters: definition(name),
        ...more,
      }),
    );
    await cloud.cloud.settle();
    const { ImportArn } = started.ImportTableDescription ?? {};
    return (await client.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription ?? {};
  }

  const object = (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: 'exports', Key, Body }));
  const scan = async (TableName: string, IndexName?: string) =>
    (await client.send(new ScanCommand({ TableName, IndexName }))).Items ?? [];

  it('takes what an export wrote, in both formats', async () => {
    const TableArn = await createTable('round');
    const item: Item = {
      pk: { S: 'every "type"\n{' },
      n: { N: '-12345678901234567890.123456789012345678' },
      big: { N: '1000000000000000000000000000000' },
      b: { B: Uint8Array.of(0, 255) },
      bool: { BOOL: true },
      nothing: { NULL: true },
      l: { L: [{ S: "it's" }, { M: { deep: { N: '0' } } }] },
      ss: { SS: ['a', 'b'] },
      ns: { NS: ['1', '2.5'] },
      bs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
    };
    await put('round', item);
    for (const ExportFormat of ['DYNAMODB_JSON', 'ION'] as const) {
      const done = await makeExport({ TableArn, ExportFormat, S3Prefix: ExportFormat });
      const data = done.ExportManifest?.replace('manifest-summary.json', 'data/') ?? '';
      const table = `round-${ExportFormat}`;
      const more = { InputFormat: ExportFormat, InputCompressionType: 'GZIP' } as const;
      expect(await importTable(table, data, more)).toMatchObject({ ImportStatus: 'COMPLETED', ImportedItemCount: 1 });
      expect(await scan(table)).toEqual([item]);
      expect(await scan(table, 'byN')).toEqual([item]);
    }
    const [line] = await linesOf((await makeExport({ TableArn, ExportFormat: 'ION' })).ExportManifest);
    expect(line).toMatch(/^\$ion_1_0 \{Item:\{.*\$dynamodb_SS::\["a","b"\]/);
  });

  it('reads CSV with quotes, a header of its own or a given one, and other delimiters', async () => {
    await object('csv/a', 'pk,n,text\r\na,1,"x,\n""y"""\nb,2,\n');
    expect(await importTable('csv', 'csv/', { InputFormat: 'CSV' })).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportedItemCount: 2,
    });
    expect(await scan('csv')).toEqual(
      expect.arrayContaining([
        { pk: { S: 'a' }, n: { N: '1' }, text: { S: 'x,\n"y"' } },
        { pk: { S: 'b' }, n: { N: '2' }, text: { S: '' } },
      ]),
    );
    await object('tabs', gzipSync('a\t1\n'));
    const Csv = { Delimiter: '\t', HeaderList: ['pk', 'n'] };
    await importTable('tabs', 'tabs', {
      InputFormat: 'CSV',
      InputFormatOptions: { Csv },
      InputCompressionType: 'GZIP',
    });
    expect(await scan('tabs')).toEqual([{ pk: { S: 'a' }, n: { N: '1' } }]);
  });

  it('unpacks Zstandard', async () => {
    const text = Buffer.from('{"Item":{"pk":{"S":"z"}}}');
    // A frame with one block that is stored as it is.
    const block = Buffer.from([(text.length << 3) | 1, 0, 0]);
    await object('zstd', Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length]), block, text]));
    await importTable('zstd', 'zstd', { InputCompressionType: 'ZSTD' });
    expect(await scan('zstd')).toEqual([{ pk: { S: 'z' } }]);
  });

  it('counts what is no item, and keeps what is', async () => {
    await object(
      'bad/a',
      [
        '{"Item":{"pk":{"S":"good"}}}',
        '{"pk":{"S":"no wrapper"}}',
        '{"Item":{"pk":{"N":"1"}}}',
        '{"Item":{"n":{"N":"1"}}}',
        'not JSON at all',
      ].join('\n'),
    );
    await object('bad/b', gzipSync('{"Item":{"pk":{"S":"packed"}}}'));
    const done = await importTable('bad', 'bad/', {});
    expect(done).toMatchObject({ ImportStatus: 'FAILED', FailureCode: 'ItemValidationError', ImportedItemCount: 1 });
    expect(done.ErrorCount).toBe((done.ProcessedItemCount ?? 0) - 1);
    expect(await scan('bad')).toEqual([{ pk: { S: 'good' } }]);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'bad' }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 1 });
  });

  it('leaves no table when there is nothing to read from', async () => {
    const S3BucketSource = { S3Bucket: 'there-is-no-such-bucket' };
    const done = await importTable('nowhere', '', { S3BucketSource });
    expect(done).toMatchObject({ ImportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' });
    await expect(client.send(new DescribeTableCommand({ TableName: 'nowhere' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(importTable('round', '', {})).rejects.toMatchObject({ name: 'ResourceInUseException' });
    const { ImportSummaryList } = await client.send(new ListImportsCommand({ TableArn: done.TableArn }));
    expect(ImportSummaryList).toMatchObject([{ ImportArn: done.ImportArn, ImportStatus: 'FAILED' }]);
  });
});
