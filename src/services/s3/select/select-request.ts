// Checks what a request says of its input and output.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html

import { type AwsError, awsError } from '../../../aws/errors.ts';
import type { ScanRange, SelectObjectContentRequest } from '../../../generated/s3.types.ts';
import { malformedXml } from '../s3.errors.ts';
import { type CsvFormat, csvFormatOf } from './csv-input.ts';
import type { Compression } from './decompress.ts';
import { csvOutput, jsonOutput, type Output } from './output.ts';
import { invalidCompressionFormat } from './select.errors.ts';

export interface SelectRequest {
  readonly csv: CsvFormat | undefined;
  readonly json: 'LINES' | 'DOCUMENT' | undefined;
  readonly compression: Compression;
  readonly output: Output;
  readonly tellsProgress: boolean;
}

export function checkSelectRequest(input: SelectObjectContentRequest): SelectRequest {
  const { InputSerialization, OutputSerialization, ExpressionType } = input;
  const { CSV: csv, JSON: json, Parquet, CompressionType = 'NONE' } = InputSerialization;
  if (ExpressionType !== 'SQL') {
    throw awsError('InvalidExpressionType', 'The ExpressionType is not valid. Only SQL expressions are supported.');
  }
  if (Parquet) throw notBuilt('Parquet');
  if ((csv === undefined) === (json === undefined)) throw malformedXml();
  if (CompressionType !== 'NONE' && CompressionType !== 'GZIP' && CompressionType !== 'BZIP2') {
    throw invalidCompressionFormat();
  }
  if (json && json.Type !== 'LINES' && json.Type !== 'DOCUMENT') {
    throw awsError('InvalidJsonType', 'The JsonType is not valid. Only DOCUMENT and LINES are supported.');
  }
  return {
    csv: csv && checkedCsv(csvFormatOf(csv)),
    json: json?.Type as SelectRequest['json'],
    compression: CompressionType,
    output: outputOf(OutputSerialization),
    tellsProgress: input.RequestProgress?.Enabled ?? false,
  };
}

const notBuilt = (format: string): AwsError =>
  awsError('NotImplemented', `A header you provided implies functionality that is not implemented: ${format}`, 501);

function checkedCsv(format: CsvFormat): CsvFormat {
  if (!['NONE', 'IGNORE', 'USE'].includes(format.headerInfo)) {
    throw awsError(
      'InvalidFileHeaderInfo',
      'The FileHeaderInfo is not valid. Only NONE, USE, and IGNORE are supported.',
    );
  }
  const single = [format.quote, format.quoteEscape, format.comments];
  const delimiters = [format.recordDelimiter, format.fieldDelimiter];
  if (single.some((text) => text.length > 1) || delimiters.some((text) => text.length > 2)) {
    throw awsError(
      'InvalidRequestParameter',
      'The value of a parameter in the SelectRequest element is not valid. Check the service API documentation and try again.',
    );
  }
  return format;
}

function outputOf({ CSV: csv, JSON: json }: SelectObjectContentRequest['OutputSerialization']): Output {
  if ((csv === undefined) === (json === undefined)) throw malformedXml();
  if (json) return jsonOutput(json);
  const quoteFields = csv?.QuoteFields as string | undefined;
  if (quoteFields !== undefined && quoteFields !== 'ALWAYS' && quoteFields !== 'ASNEEDED') {
    throw awsError('InvalidQuoteFields', 'The QuoteFields is not valid. Only ALWAYS and ASNEEDED are supported.');
  }
  return csvOutput(csv ?? {});
}

export interface ScannedBytes {
  readonly start: number;
  /** Records that begin after this byte are not read. */
  readonly last: number;
}

/** Which records are read, by the byte that they begin with; undefined for all of them. */
export function scannedBytes(
  range: ScanRange | undefined,
  bytes: number,
  { csv, json, compression }: SelectRequest,
): ScannedBytes | undefined {
  if (range?.Start === undefined && range?.End === undefined) return undefined;
  if (compression !== 'NONE' || json === 'DOCUMENT' || csv?.allowsQuotedDelimiter) {
    throw awsError(
      'UnsupportedScanRangeInput',
      'Scan range queries are not supported on this type of object. Scan ranges are supported for uncompressed CSV without quoted record delimiters and for JSON lines.',
    );
  }
  const { Start, End } = range;
  const isWhole = (value: number | undefined) => value === undefined || (Number.isInteger(value) && value >= 0);
  if (!isWhole(Start) || !isWhole(End) || (Start !== undefined && (Start >= bytes || (End ?? bytes) < Start))) {
    throw awsError('InvalidScanRange', 'The provided scan range is not valid.');
  }
  // Only an end means: so many bytes at the end.
  if (Start === undefined) return { start: Math.max(0, bytes - (End as number)), last: bytes };
  return { start: Start, last: End ?? bytes };
}
