// SelectObjectContent: a query over one object, answered as a stream of events.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/selecting-content-from-objects.html

import { awsError } from '../../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../../aws/operation.ts';
import type { S3Api, SelectObjectContentEventStream } from '../../../generated/s3.types.ts';
import { openBody } from '../bodies.ts';
import { type CustomerKey, parseCustomerKey } from '../customer-keys.ts';
import { findObject } from '../find-object.ts';
import { isReadable } from '../object-restore.ts';
import { checkCustomerKey } from '../read-object.ts';
import type { ObjectVersion } from '../version-record.ts';
import { readColumns, readCsv } from './csv-input.ts';
import { decompress, type Meter } from './decompress.ts';
import { readJsonLines, readJsonValues } from './json-input.ts';
import { cutLines } from './lines.ts';
import { parseQuery } from './parse-query.ts';
import { type Header, makeHeader, type SelectRecord } from './records.ts';
import { type QueryRun, startQuery } from './run-query.ts';
import { checkSelectRequest, type ScannedBytes, type SelectRequest, scannedBytes } from './select-request.ts';

export const selectOperations = {
  async SelectObjectContent(ctx, input) {
    const request = checkSelectRequest(input);
    const query = parseQuery(input.Expression);
    for (;;) {
      const { record } = await findObject(ctx, input, 's3:GetObject');
      const customerKey = parseCustomerKey(input);
      checkCustomerKey(record, customerKey);
      if (!isReadable(record, ctx.nowMs)) {
        throw awsError('InvalidObjectState', "The operation is not valid for the object's storage class", 403, {
          StorageClass: record.storageClass,
        });
      }
      const scan = scannedBytes(input.ScanRange, record.bytes, request);
      const run = startQuery(query, request.output, ctx.nowMs);
      const source = await openSource(ctx, record, customerKey, request, scan);
      if (source) return { Payload: await begun(answer(source, run, request)) };
    }
  },
} satisfies AsyncOperations<S3Api>;

interface Source {
  readonly records: AsyncIterable<readonly SelectRecord[]>;
  readonly meter: Meter;
}

/** Undefined when the body went away since its record was read. */
async function openSource(
  { drivers }: AsyncOperationContext,
  record: ObjectVersion,
  customerKey: CustomerKey | undefined,
  request: SelectRequest,
  scan: ScannedBytes | undefined,
): Promise<Source | undefined> {
  const open = (start: number) =>
    openBody(drivers.objects, record, { start, end: record.bytes }, customerKey).then((body) => body && piecesOf(body));
  const { csv, json, compression } = request;
  // From one delimiter before: whether a record begins at the first byte is told by what stands before it.
  const delimiterBytes = csv ? Buffer.byteLength(csv.recordDelimiter) : 1;
  const start = scan ? Math.max(0, scan.start - delimiterBytes) : 0;
  const opened = await open(start);
  if (!opened) return undefined;
  const meter: Meter = { scanned: 0, processed: 0 };
  const pieces = decompress(opened, compression, meter);
  const part = scan && { skipsFirst: scan.start > 0, lastStart: scan.last - start };
  if (!csv) return { records: json === 'LINES' ? readJsonLines(pieces, part ?? {}) : readJsonValues(pieces), meter };
  let header: Header | undefined;
  if (part?.skipsFirst && csv.headerInfo === 'USE') {
    const head = await open(0);
    if (!head) return undefined;
    header = await readHeader(head, request);
  }
  return { records: readCsv(pieces, { format: csv, header, ...part }), meter };
}

/** As much as is looked through in one turn. */
const longestPieceBytes = 256 * 1024;

async function* piecesOf(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = body instanceof Uint8Array ? [body] : body;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += longestPieceBytes) yield piece.subarray(at, at + longestPieceBytes);
  }
}

async function readHeader(head: AsyncIterable<Uint8Array>, { csv }: SelectRequest): Promise<Header | undefined> {
  if (!csv) return undefined;
  for await (const lines of cutLines(head, Buffer.from(csv.recordDelimiter))) {
    for (const line of lines) {
      const names = readColumns(csv, line);
      if (names) return makeHeader(names);
    }
  }
  return undefined;
}

/** So much is gathered before it is sent. */
const batchCharacters = 64 * 1024;
/** After so many bytes something is sent even when nothing was found: the connection is alive. */
const quietBytes = 4 * 1024 * 1024;

type Events = AsyncGenerator<SelectObjectContentEventStream>;

async function* answer({ records, meter }: Source, run: QueryRun, { tellsProgress }: SelectRequest): Events {
  let text = '';
  let returned = 0;
  let toldAt = 0;
  const details = () => ({
    Details: { BytesScanned: meter.scanned, BytesProcessed: meter.processed, BytesReturned: returned },
  });
  const flushed = () => {
    const Payload = Buffer.from(text);
    text = '';
    returned += Payload.byteLength;
    return { Records: { Payload } };
  };
  reading: for await (const batch of records) {
    for (const record of batch) {
      const found = run.push(record);
      if (found === undefined) break reading;
      text += found;
      if (text.length >= batchCharacters) yield flushed();
    }
    if (meter.processed - toldAt >= quietBytes) {
      toldAt = meter.processed;
      yield tellsProgress ? { Progress: details() } : { Cont: {} };
    }
  }
  text += run.end();
  if (text !== '') yield flushed();
  if (tellsProgress) yield { Progress: details() };
  yield { Stats: details() };
  yield { End: {} };
}

/** Waits for the first event: until then an error can be the answer. */
async function begun(events: Events): Promise<AsyncIterable<SelectObjectContentEventStream>> {
  const first = await events.next();
  return (async function* () {
    try {
      if (!first.done) yield first.value;
      yield* events;
    } finally {
      await events.return(undefined);
    }
  })();
}
