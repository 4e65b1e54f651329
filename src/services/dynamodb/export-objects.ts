// The objects of an export, as AWS lays them out: gzipped lines of items, a manifest that lists those objects, a manifest
// that sums up, and a checksum beside each manifest.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AsyncClient } from '../../aws/operation.ts';
import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import type { ServiceApis } from '../../generated/apis.ts';
import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import { filterOf } from './export-filter.ts';
import { type Exported, pieceOf } from './export-snapshot.ts';
import { type ExportRow, exportArn, exportFolder } from './exports.table.ts';
import { ionText, loadIon } from './ion.ts';
import { tableArn } from './tables.table.ts';

const textOfAnObject = 8 * 1024 * 1024;
const readAtOnce = 500;
const compress = promisify(gzip);

export interface ExportTotals {
  readonly items: number;
  readonly bytes: number;
}

type S3 = Pick<AsyncClient<ServiceApis['s3']>, 'PutObject'>;

/** Shows that the bucket can be written to before anything is gathered. */
export async function announceExport(s3: S3, row: ExportRow): Promise<void> {
  await put(s3, row, `${exportFolder(row.spec, row.id)}/_started`, Buffer.alloc(0));
}

export async function writeExport(s3: S3, items: Items, row: ExportRow, endedAtMs: TimestampMs): Promise<ExportTotals> {
  const listed: string[] = [];
  let total: ExportTotals = { items: 0, bytes: 0 };
  for await (const { text, totals } of texts(items, row)) {
    listed.push(JSON.stringify(await putData(s3, row, listed.length, text, totals.items)));
    total = { items: total.items + totals.items, bytes: total.bytes + totals.bytes };
  }
  const folder = exportFolder(row.spec, row.id);
  await putManifest(s3, row, `${folder}/manifest-files`, `${listed.join('\n')}\n`);
  await putManifest(s3, row, `${folder}/manifest-summary`, JSON.stringify(summaryOf(row, total, endedAtMs)));
  return total;
}

/** The lines of one object after the other; at least one, which may be empty. */
async function* texts(items: Items, { spec }: ExportRow): AsyncGenerator<{ text: string; totals: ExportTotals }> {
  const format = await formatOf(spec.format);
  const pick = filterOf(spec.filter);
  const space = Buffer.from(spec.scratchSpace, 'hex');
  let lines: string[] = [];
  let length = 0;
  let totals = { items: 0, bytes: 0 };
  let after: Buffer | undefined;
  for (let isFirst = true; ; ) {
    let seen = 0;
    await items.visit({ from: space, to: afterPrefix(space), after }, (key, value) => {
      seen += 1;
      after = Buffer.from(key);
      const piece = pieceOf(spec, value, pick);
      if (piece) {
        const line = format(piece.shown);
        lines.push(line, '\n');
        length += line.length + 1;
        totals = { items: totals.items + 1, bytes: totals.bytes + piece.bytes };
      }
      return seen < readAtOnce && length < textOfAnObject;
    });
    const isOver = seen === 0;
    if (length >= textOfAnObject || (isOver && (isFirst || length > 0))) {
      yield { text: lines.join(''), totals };
      isFirst = false;
      lines = [];
      length = 0;
      totals = { items: 0, bytes: 0 };
    }
    if (isOver) return;
  }
}

async function formatOf(format: 'DYNAMODB_JSON' | 'ION'): Promise<(shown: Exported) => string> {
  if (format === 'DYNAMODB_JSON') return (shown) => JSON.stringify(shown);
  const ion = await loadIon();
  return (shown) => ionText(ion, { ...shown });
}

/** Data of incremental exports lies beside the folders of all of them. */
async function putData(s3: S3, row: ExportRow, index: number, text: string, itemCount: number) {
  const { spec, id } = row;
  // The same name each time, so that an export that is made again after a crash leaves nothing behind.
  const name = createHash('sha256').update(`${id}/${index}`).digest('hex').slice(0, 26);
  const folder = exportFolder(spec, spec.window ? 'data' : `${id}/data`);
  const dataFileS3Key = `${folder}/${name}.${spec.format === 'ION' ? 'ion' : 'json'}.gz`;
  const bytes = await compress(text);
  const etag = await put(s3, row, dataFileS3Key, bytes);
  return { itemCount, md5Checksum: md5Of(bytes), etag, dataFileS3Key };
}

async function putManifest(s3: S3, row: ExportRow, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await put(s3, row, `${name}.json`, bytes);
  await put(s3, row, `${name}.md5`, Buffer.from(md5Of(bytes)));
}

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

/** Returns the entity tag, without its quotes. */
async function put(s3: S3, { spec }: ExportRow, key: string, bytes: Buffer): Promise<string> {
  const { ETag = '' } = await s3.PutObject({
    Bucket: spec.bucket,
    Key: key,
    Body: Readable.from(bytes.length === 0 ? [] : [bytes]),
    ...(spec.bucketOwner !== undefined && { ExpectedBucketOwner: spec.bucketOwner }),
    ...(spec.sseAlgorithm === 'KMS' && { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: spec.sseKeyId }),
  });
  return ETag.replaceAll('"', '');
}

function summaryOf(row: ExportRow, { items, bytes }: ExportTotals, endedAtMs: TimestampMs) {
  const { spec, id, createdAtMs } = row;
  const { window } = spec;
  return {
    version: window ? '2023-08-01' : '2020-06-30',
    exportArn: exportArn(row, spec, id),
    startTime: formatIso(createdAtMs),
    endTime: formatIso(endedAtMs),
    tableArn: tableArn(row, spec.tableName),
    tableId: spec.table.tableId,
    ...(window
      ? { exportFromTime: formatIso(window.fromMs), exportToTime: formatIso(window.toMs) }
      : { exportTime: formatIso(spec.exportTimeMs) }),
    s3Bucket: spec.bucket,
    s3Prefix: spec.prefix ?? null,
    s3SseAlgorithm: spec.sseAlgorithm ?? 'AES256',
    s3SseKmsKeyId: spec.sseKeyId ?? null,
    manifestFilesS3Key: `${exportFolder(spec, id)}/manifest-files.json`,
    billedSizeBytes: bytes,
    itemCount: items,
    outputFormat: spec.format,
    ...(window && { outputView: window.viewType, exportType: spec.type }),
  };
}
