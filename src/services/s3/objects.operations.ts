// PutObject, GetObject, HeadObject, GetObjectAttributes.

import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { answerStatus } from '../../aws/protocols/protocol.ts';
import type { GetObjectRequest, HeadObjectRequest, S3Api } from '../../generated/s3.types.ts';
import { type ByteRange, openBody, readPartList } from './bodies.ts';
import type { BucketRow } from './buckets.table.ts';
import type { Age } from './canonical-users.ts';
import { type Checksum, describeChecksum, describePartChecksum } from './checksums.ts';
import { type CustomerKey, parseCustomerKey } from './customer-keys.ts';
import { type FoundObject, findObject, shownVersionId } from './find-object.ts';
import { expirationHeader } from './lifecycle-rules.ts';
import { checkCount, pageSize } from './list-parameters.ts';
import { isReadable } from './object-restore.ts';
import { checkRead } from './preconditions.ts';
import { putObject } from './put-object.ts';
import { formatContentRange, parseRange } from './ranges.ts';
import { checkCustomerKey, describeObject, type ShownObject } from './read-object.ts';
import { requireBucketRow } from './require-bucket.ts';
import { invalidArgument, invalidRequest, noSuchKey } from './s3.errors.ts';
import { checkNoList, checkNoPart } from './stray-parameters.ts';
import type { ObjectVersion } from './version-record.ts';

export const objectOperations = {
  async PutObject(ctx, input) {
    checkNoPart(ctx);
    if (input.WriteOffsetBytes !== undefined) {
      throw awsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, {
        Header: 'x-amz-write-offset-bytes',
      });
    }
    return putObject(ctx, requireBucketRow(ctx, input), input);
  },

  async GetObject(ctx, input) {
    checkNoList(ctx);
    checkReadHeaders(ctx, input);
    for (;;) {
      const found = await findObject(ctx, input, 's3:GetObject');
      const { record } = found;
      const { customerKey, range, shown } = await inspect(ctx, found, input);
      if (!isReadable(record, ctx.nowMs)) throw invalidObjectState(record);
      const whole = { start: 0, end: record.bytes };
      // What goes to a client is sent piece by piece.
      const pieces = ctx.request ? 'lent' : 'kept';
      const Body = await openBody(ctx.drivers.objects, record, range ?? whole, customerKey, pieces);
      if (!Body) continue; // it was replaced since; what is there now will do
      shown.Body = Body;
      return finished(shown, range, input, expirationOf(found, input));
    }
  },

  async HeadObject(ctx, input) {
    checkReadHeaders(ctx, input);
    const found = await findObject(ctx, input, 's3:GetObject');
    const { range, shown } = await inspect(ctx, found, input);
    return finished(shown, range, input, expirationOf(found, input));
  },

  /** S3 has made no torrents since 2022. */
  async GetObjectTorrent(ctx, input) {
    await findObject(ctx, input, 's3:GetObjectTorrent');
    throw noSuchKey(input.Key);
  },

  async GetObjectAttributes(ctx, input) {
    requireBucketRow(ctx, input);
    const wanted = new Set<string>(
      (input.ObjectAttributes ?? [])
        .flatMap((name) => name.split(','))
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    );
    for (const name of wanted) {
      if (!attributeNames.includes(name)) {
        throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', name);
      }
    }
    if (wanted.size === 0) {
      throw invalidRequest(
        'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
      );
    }
    const { bucket, record } = await findObject(ctx, input, 's3:GetObject');
    checkCustomerKey(record, parseCustomerKey(input));
    return {
      LastModified: record.modifiedMs,
      VersionId: shownVersionId(bucket, record),
      ...(wanted.has('ETag') && { ETag: record.etag }),
      ...(wanted.has('Checksum') &&
        record.checksum && { Checksum: describeChecksum(withoutCount(bucket, record.checksum)) }),
      ...(wanted.has('ObjectParts') &&
        record.partCount !== undefined && { ObjectParts: await describeParts(ctx, bucket, record, input) }),
      ...(wanted.has('StorageClass') && { StorageClass: record.storageClass as 'STANDARD' }),
      ...(wanted.has('ObjectSize') && { ObjectSize: record.bytes }),
    };
  },
} satisfies AsyncOperations<S3Api>;

/** Here alone AWS leaves the number of parts out; what was written against Ceph expects it where there are several. */
const withoutCount = ({ spec }: BucketRow, checksum: Checksum): Checksum => ({
  ...checksum,
  value: checksum.value.replace(spec.isCurrent ? /-\d+$/ : /-1$/, ''),
});

const attributeNames = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

interface Inspected {
  readonly customerKey: CustomerKey | undefined;
  readonly range: ByteRange | undefined;
  readonly shown: ShownObject;
}

/** All that GET and HEAD have in common: conditions, keys, ranges, headers. */
async function inspect(
  ctx: AsyncOperationContext,
  { bucket, record }: FoundObject,
  input: GetObjectRequest | HeadObjectRequest,
): Promise<Inspected> {
  const customerKey = parseCustomerKey(input);
  const part = input.PartNumber === undefined ? undefined : await rangeOfPart(ctx, bucket, record, input.PartNumber);
  checkCustomerKey(record, customerKey);
  checkRead(input, record, ctx.nowMs);
  const range = part?.range ?? parseRange(input.Range, record.bytes);
  const shown = describeObject(record, ctx.nowMs);
  shown.VersionId = shownVersionId(bucket, record);
  shown.ContentLength = range ? range.end - range.start : record.bytes;
  if (range && record.bytes > 0) shown.ContentRange = formatContentRange(range, record.bytes);
  if (input.PartNumber !== undefined) shown.PartsCount = record.partCount;
  const isWhole = !range || (range.start === 0 && range.end === record.bytes);
  if (input.ChecksumMode?.toUpperCase() === 'ENABLED' && (isWhole || part)) {
    Object.assign(shown, describeChecksum(checksumOfRead(bucket, record, part, isWhole)));
  }
  return { customerKey, range, shown };
}

/** Of one part when one is asked for; its kind is that of the whole. */
function checksumOfRead(
  { spec }: BucketRow,
  { checksum }: ObjectVersion,
  part: PartToRead | undefined,
  isWhole: boolean,
): Checksum | undefined {
  if (!checksum || !part?.checksum) return checksum;
  if (isWhole && checksum.type !== 'COMPOSITE') return checksum;
  return spec.isCurrent && checksum.type !== 'COMPOSITE' ? undefined : { ...part.checksum, type: checksum.type };
}

interface PartToRead {
  readonly range: ByteRange;
  readonly checksum?: Checksum | undefined;
}

async function rangeOfPart(
  ctx: AsyncOperationContext,
  { spec }: BucketRow,
  record: ObjectVersion,
  number: number,
): Promise<PartToRead> {
  if (record.partCount === undefined || record.body.kind !== 'parts') {
    if (number !== 1) throw noSuchPart(ctx, spec, number, record.partCount ?? 1);
    return { range: { start: 0, end: record.bytes } };
  }
  const parts = (await readPartList(ctx.drivers.objects, record.body.id)) ?? [];
  const part = parts[number - 1];
  if (!part) throw noSuchPart(ctx, spec, number, parts.length);
  const start = parts.slice(0, number - 1).reduce((sum, { bytes }) => sum + bytes, 0);
  return { range: { start, end: start + part.bytes }, checksum: part.checksum };
}

/** AWS answers GET as it answers HEAD; programs that were written against Ceph expect the older code. */
function noSuchPart({ request }: AsyncOperationContext, { isCurrent }: Age, requested: number, actual: number) {
  const [code, status] =
    isCurrent || request?.method === 'HEAD' ? (['InvalidPartNumber', 416] as const) : (['InvalidPart', 400] as const);
  return awsError(code, 'The requested partnumber is not satisfiable', status, {
    PartNumberRequested: requested,
    ActualPartCount: actual,
  });
}

function invalidObjectState({ storageClass }: ObjectVersion) {
  return awsError('InvalidObjectState', "The operation is not valid for the object's storage class", 403, {
    StorageClass: storageClass,
  });
}

const overrideNames = [
  ['ResponseCacheControl', 'CacheControl'],
  ['ResponseContentDisposition', 'ContentDisposition'],
  ['ResponseContentEncoding', 'ContentEncoding'],
  ['ResponseContentLanguage', 'ContentLanguage'],
  ['ResponseContentType', 'ContentType'],
  ['ResponseExpires', 'Expires'],
] as const;

/** Of the current version only, and only when it is not asked for by its id. */
function expirationOf({ bucket, record }: FoundObject, { Key, VersionId }: GetObjectRequest): string | undefined {
  return VersionId === undefined ? expirationHeader(bucket, Key, record) : undefined;
}

/** With the status of a range, and what the request wants shown otherwise. */
function finished(
  shown: ShownObject,
  range: ByteRange | undefined,
  input: GetObjectRequest | HeadObjectRequest,
  expiration: string | undefined,
): ShownObject {
  shown.Expiration = expiration;
  for (const [from, to] of overrideNames) {
    if (input[from] !== undefined) Object.assign(shown, { [to]: input[from] });
  }
  return range ? Object.assign(shown, { [answerStatus]: 206 }) : shown;
}

/** What is wrong whatever the object is. */
function checkReadHeaders(
  { principal, request }: AsyncOperationContext,
  input: GetObjectRequest | HeadObjectRequest,
): void {
  const { PartNumber: number, Range: range } = input;
  if (number !== undefined && range !== undefined) {
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  }
  if (number !== undefined && (number < 1 || number > 10_000)) {
    throw invalidArgument(
      'Part number must be an integer between 1 and 10000, inclusive',
      'partNumber',
      String(number),
    );
  }
  const encryption = request?.headers['x-amz-server-side-encryption'];
  if (encryption !== undefined) {
    throw invalidArgument(
      'x-amz-server-side-encryption header is not supported for this operation.',
      'x-amz-server-side-encryption',
      encryption,
    );
  }
  if (principal.kind === 'anonymous' && overrideNames.some(([from]) => input[from] !== undefined)) {
    throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
  }
  for (const [from] of overrideNames) {
    const value = input[from];
    if (typeof value !== 'string' || !/[\u0100-\uffff]/.test(value)) continue;
    const name = from.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();
    throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, value);
  }
}

async function describeParts(
  { drivers }: AsyncOperationContext,
  { spec }: BucketRow,
  { body, partCount, checksum }: ObjectVersion,
  asked: { readonly MaxParts?: number | undefined; readonly PartNumberMarker?: number | undefined },
) {
  const most = pageSize(asked.MaxParts, 'max-parts');
  const after = checkCount(asked.PartNumberMarker ?? 0, 'part-number-marker');
  // Only parts that have checks of their own are told of, but what was written against Ceph wants all.
  if (spec.isCurrent && checksum?.type !== 'COMPOSITE') return { TotalPartsCount: partCount };
  const parts = body.kind === 'parts' ? ((await readPartList(drivers.objects, body.id)) ?? []) : [];
  const rest = parts.filter(({ number }) => number > after);
  const page = rest.slice(0, most);
  const isTruncated = rest.length > page.length;
  return {
    TotalPartsCount: partCount,
    PartNumberMarker: after,
    MaxParts: most,
    IsTruncated: isTruncated,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    Parts: page.map((part) => ({ PartNumber: part.number, Size: part.bytes, ...describePartChecksum(part.checksum) })),
  };
}
