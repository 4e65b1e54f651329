// Access logs: what is noted of each request to a bucket that keeps one, whether S3 may deliver it, and under what name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html

import { noPolicies } from '../../aws/authorize.ts';
import type { Call, CallObserver } from '../../aws/calls.ts';
import type { RequestContext } from '../../aws/operation.ts';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type {
  CopyObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  LoggingEnabled,
} from '../../generated/s3.types.ts';
import { mayAccess } from './access.ts';
import { formatLogLine, formatLogPart, type LoggedPart } from './access-log-line.ts';
import { logDelivery } from './acl.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { parseCopySource } from './copy-source.ts';
import { logKey } from './object-index.ts';

export interface LogEntry {
  readonly atMs: number;
  readonly line: string;
}

/** Notes requests as they are answered; nobody waits for it. AWS delivers its logs "on a best effort basis" too. */
export function createAccessLog({ store, drivers, log }: Pick<World, 'store' | 'drivers' | 'log'>): CallObserver {
  return (call) => {
    const name = call.operation.service.id === 's3' ? bucketNameOf(call) : undefined;
    if (name === undefined) return;
    const bucket = findLogged(name);
    if (bucket)
      note(bucket, call.atMs, [
        formatLogLine(bucket, call),
        ...removedOf(call).map((part) => formatLogPart(bucket, call, part)),
      ]);
    const source = call.error ? undefined : sourceOf(call);
    const from = source && findLogged(source.bucket);
    if (from) note(from, call.atMs, [formatLogPart(from, call, source)]);
  };

  function findLogged(name: string): BucketRow | undefined {
    const bucket = store.find(buckets, name);
    return bucket?.spec.logging ? bucket : undefined;
  }

  function note({ id, spec: { bucketId } }: BucketRow, atMs: number, lines: readonly string[]): void {
    const values = lines.map((line) => JSON.stringify({ atMs, line } satisfies LogEntry));
    drivers.objects.index
      .change({
        reads: [],
        decide: (_, at) => ({
          writes: values.map((value) => ({ key: logKey(bucketId, at.nextSequence()), value })),
          result: undefined,
        }),
      })
      .catch((error: unknown) => log.warn('a request could not be noted in an access log', { bucket: id, error }));
  }
}

/** The single objects of DeleteObjects. */
function removedOf({ operation, input, output }: Call): readonly LoggedPart[] {
  if (operation.name !== 'DeleteObjects' || !output) return [];
  const { Delete } = input as DeleteObjectsRequest;
  const { Errors = [] } = output as DeleteObjectsOutput;
  return Delete.Objects.map(({ Key: key, VersionId: versionId }) => {
    const error = Errors.find((one) => one.Key === key && one.VersionId === versionId);
    const status = error === undefined ? 204 : (statusOfRefusal[error.Code ?? ''] ?? 400);
    return { operation: 'BATCH.DELETE.OBJECT', key, versionId, status, errorCode: error?.Code };
  });
}

const statusOfRefusal: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  NoSuchKey: 404,
  NoSuchVersion: 404,
  PreconditionFailed: 412,
};

/** What a copy was read from, which has a log of its own. */
function sourceOf({ operation, input }: Call): (LoggedPart & { readonly bucket: string }) | undefined {
  if (operation.name !== 'CopyObject' && operation.name !== 'UploadPartCopy') return undefined;
  const { bucket, key, versionId } = parseCopySource((input as CopyObjectRequest).CopySource);
  const what = operation.name === 'CopyObject' ? 'OBJECT' : 'PART';
  return { operation: `REST.COPY.${what}_GET`, bucket, key, versionId, status: 200 };
}

function bucketNameOf({ input }: Call): string | undefined {
  const { Bucket } = (input ?? {}) as { readonly Bucket?: unknown };
  return typeof Bucket === 'string' ? Bucket : undefined;
}

type Moment = Pick<RequestContext, 'nowMs' | 'region'>;

/** Whether the target's policy lets S3 (as `s3` or `logging.s3`), which is of no account here, write for the source. */
export function mayDeliver(
  { nowMs, region }: Moment,
  service: string,
  source: BucketRow,
  target: BucketRow,
  key: string,
): boolean {
  const from = { arn: `arn:aws:s3:::${source.id}`, account: source.account };
  const caller = { principal: servicePrincipal(service, service, from), policies: noPolicies, request: undefined };
  return mayAccess(
    { ...caller, accesses: [], account: target.account, region, nowMs },
    { bucket: target, action: 's3:PutObject', key },
  );
}

/** By the log delivery group's grants where lists are in use, or by the target's policy. */
export function mayDeliverLogs(moment: Moment, source: BucketRow, target: BucketRow, key: string): boolean {
  const granted = target.spec.acl.grants.flatMap(({ grantee, permission }) =>
    grantee.kind === 'group' && grantee.uri === logDelivery ? [permission] : [],
  );
  const has = (permission: 'WRITE' | 'READ_ACP') => granted.includes(permission) || granted.includes('FULL_CONTROL');
  if (target.spec.ownership !== 'BucketOwnerEnforced' && has('WRITE') && has('READ_ACP')) return true;
  return mayDeliver(moment, 'logging.s3', source, target, key);
}

/** `2026-11-29-20-15-00-` and some chance, below the prefix and, if asked for, the account, region, bucket and day. */
export function logObjectKey(source: BucketRow, logging: LoggingEnabled, atMs: number, chance: Uint8Array): string {
  const { TargetPrefix, TargetObjectKeyFormat: format } = logging;
  const unique = Buffer.from(chance).toString('hex').toUpperCase();
  const [date = '', time = ''] = new Date(atMs).toISOString().split(/[T.]/);
  if (!format?.PartitionedPrefix) return `${TargetPrefix}${date}-${time.replaceAll(':', '-')}-${unique}`;
  const isByEvents = isPartitionedByEvents(logging);
  const shown = isByEvents ? '00-00-00' : time.replaceAll(':', '-');
  const folders = [source.account, source.spec.region, source.id, ...date.split('-')].join('/');
  return `${TargetPrefix}${folders}/${date}-${shown}-${unique}`;
}

export const isPartitionedByEvents = ({ TargetObjectKeyFormat }: LoggingEnabled): boolean =>
  TargetObjectKeyFormat?.PartitionedPrefix?.PartitionDateSource === 'EventTime';
