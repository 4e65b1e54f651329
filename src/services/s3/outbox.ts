// What has happened to objects and has still to be told: notifications and replication. Noted in the same step of the
// index as what happened, so that neither is there without the other; the row wakes who tells it.

import type { AsyncOperationContext, RequestContext } from '../../aws/operation.ts';
import { defineSpecTable } from '../../kernel/table.ts';
import type { BucketRow } from './buckets.table.ts';
import { isNotified } from './notification-rules.ts';
import { isReplicated } from './replication-rules.ts';
import type { VersionRecord } from './version-record.ts';

export interface ObjectEvent {
  /** `ObjectCreated:Put`. */
  readonly name: string;
  readonly key: string;
  readonly versionId: string;
  /** Orders the events of one key. */
  readonly order: number;
  readonly bytes?: number;
  readonly etag?: string;
  readonly atMs: number;
  readonly requestId: string;
  readonly hostId: string;
  readonly sourceIp: string;
  readonly principalId: string;
  readonly account: string;
  readonly notifies: boolean;
  readonly replicates: boolean;
  /** Of X-Ray, passed on as it came. */
  readonly traceHeader?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What AWS calls the extended request id. */
export const hostIdOf = (requestId: string): string => Buffer.from(`cloudlet ${requestId}`).toString('base64');

/** On whose behalf something happened. */
export type Teller = Pick<RequestContext, 'nowMs' | 'requestId' | 'principal' | 'request'>;

/** Undefined when nobody has asked to be told of it. */
export function eventOf(
  ctx: Teller,
  bucket: BucketRow,
  name: string,
  key: string,
  record: VersionRecord,
  more?: Readonly<Record<string, unknown>>,
): ObjectEvent | undefined {
  const notifies = isNotified(bucket.spec.notification, name, key);
  const replicates = isReplicated(bucket.spec, name, key, record);
  if (!notifies && !replicates) return undefined;
  const traceHeader = ctx.request?.headers['x-amzn-trace-id'];
  return {
    name,
    key,
    versionId: record.versionId,
    order: record.order,
    ...(record.kind === 'object' && { bytes: record.bytes, etag: record.etag }),
    atMs: ctx.nowMs,
    requestId: ctx.requestId,
    hostId: hostIdOf(ctx.requestId),
    sourceIp: ctx.request?.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1',
    principalId: `AWS:${ctx.principal.userId}`,
    account: ctx.principal.account,
    notifies,
    replicates,
    ...(traceHeader !== undefined && { traceHeader }),
    ...(more && { more }),
  };
}

/** One row a bucket that has something to tell; touched to wake whoever does it. */
export const outboxes = defineSpecTable<{ readonly touched: number }>({ name: 's3.outboxes', isGlobal: true });

/** To be called after a change that may have noted an event. */
export function wakeOutbox(ctx: AsyncOperationContext, bucket: BucketRow): void {
  if (!bucket.spec.notification && !bucket.spec.replication) return;
  ctx.transact((inner) => {
    const rows = inner.tableIn(outboxes, bucket);
    const id = bucket.spec.bucketId;
    if (rows.has(id)) rows.update(id, ({ touched }) => ({ touched: touched + 1 }));
    else rows.insert(id, { touched: 0 });
  });
}
