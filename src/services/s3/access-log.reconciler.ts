// Delivers access logs: what was noted becomes objects of the target bucket, a minute's worth at a time. Lines go when
// they are delivered, so a crash delivers some of them twice, and none of them never.

import { isDeepStrictEqual } from 'node:util';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { LoggingEnabled, TargetGrant } from '../../generated/s3.types.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { isPartitionedByEvents, type LogEntry, logObjectKey, mayDeliverLogs } from './access-log.ts';
import { type BucketRow, type BucketSpec, buckets } from './buckets.table.ts';
import { canonicalUserId } from './canonical-users.ts';
import { bucketPrefix } from './object-index.ts';
import { bucketsWith } from './pending-buckets.ts';

const deliverEveryMs = 60_000;
const linesInObject = 10_000;
const dayMs = 24 * 3600_000;

export function createAccessLogReconciler(world: World): Reconciler {
  const { store, clock, random, log } = world;
  const { index } = world.drivers.objects;

  const findBucket = (bucketId: string): BucketRow | undefined => {
    for (const row of store.listAll(buckets)) if (row.spec.bucketId === bucketId) return row;
    return undefined;
  };

  async function readLines(bucketId: string): Promise<readonly { entry: Buffer; noted: LogEntry }[]> {
    const from = bucketPrefix('log', bucketId);
    const lines: { entry: Buffer; noted: LogEntry }[] = [];
    await index.visit({ from, to: afterPrefix(from) }, (entry, value) => {
      lines.push({ entry: Buffer.from(entry), noted: JSON.parse(value) as LogEntry });
      return lines.length < linesInObject;
    });
    return lines;
  }

  async function deliver(source: BucketRow, logging: LoggingEnabled, noted: readonly LogEntry[]): Promise<void> {
    const target = store.find(buckets, logging.TargetBucket);
    const [first] = noted;
    if (!first) return;
    const atMs = isPartitionedByEvents(logging) ? first.atMs : clock.now();
    const Key = logObjectKey(source, logging, atMs, random.bytes(8));
    const scope = { account: source.account, region: source.spec.region };
    const isStillThere = target?.account === source.account;
    if (!isStillThere || !mayDeliverLogs({ nowMs: clock.now(), region: scope.region }, source, target, Key)) {
      log.warn('an access log could not be delivered', { bucket: source.id, target: logging.TargetBucket });
      return;
    }
    const text = noted.map(({ line }) => `${line}\n`).join('');
    const as = servicePrincipal('logging.s3', source.account);
    const Body = (async function* () {
      yield Buffer.from(text);
    })();
    const grants = target.spec.ownership === 'BucketOwnerEnforced' ? {} : grantHeaders(source, logging.TargetGrants);
    await world
      .client('s3', scope, as)
      .PutObject({ Bucket: target.id, Key, Body, ContentType: 'text/plain', ...grants });
  }

  return {
    name: 's3.access-logs',
    concurrency: 4,
    async keys() {
      const ids = await bucketsWith(index, 'log');
      for (const { spec } of store.listAll(buckets)) if (spec.logging) ids.add(spec.bucketId);
      return ids;
    },
    wakes({ table, before, after }) {
      if (table !== buckets.name) return [];
      const [was, is] = [before?.spec, after?.spec] as (BucketSpec | undefined)[];
      const id = (is ?? was)?.bucketId;
      return id !== undefined && !isDeepStrictEqual(was?.logging, is?.logging) ? [id] : [];
    },
    async reconcile(bucketId) {
      const source = findBucket(bucketId);
      const logging = source?.spec.logging;
      for (;;) {
        const lines = await readLines(bucketId);
        if (source && logging) {
          for (const group of groupsOf(logging, lines)) await deliver(source, logging, group);
        }
        const writes = lines.map(({ entry }) => ({ key: entry }));
        if (writes.length > 0) await index.change({ reads: [], decide: () => ({ writes, result: undefined }) });
        if (lines.length < linesInObject) return logging ? deliverEveryMs : undefined;
      }
    },
  };
}

/** One object a day of events, where that is in its name. */
function groupsOf(
  logging: LoggingEnabled,
  lines: readonly { readonly noted: LogEntry }[],
): Iterable<readonly LogEntry[]> {
  const groups = new Map<number, LogEntry[]>();
  for (const { noted } of lines) {
    const day = isPartitionedByEvents(logging) ? Math.floor(noted.atMs / dayMs) : 0;
    const group = groups.get(day);
    if (group) group.push(noted);
    else groups.set(day, [noted]);
  }
  return groups.values();
}

/** The bucket's owner can do everything with the log, and others what the configuration grants them. */
function grantHeaders(source: BucketRow, grants: readonly TargetGrant[] = []) {
  if (grants.length === 0) return {};
  const owner = `id="${canonicalUserId(source.account)}"`;
  const whom = (permission: string) =>
    grants.flatMap(({ Grantee, Permission }) =>
      Permission === permission ? [Grantee?.ID ? `id="${Grantee.ID}"` : `uri="${Grantee?.URI ?? ''}"`] : [],
    );
  const readers = whom('READ');
  return {
    GrantFullControl: [owner, ...whom('FULL_CONTROL')].join(', '),
    ...(readers.length > 0 && { GrantRead: readers.join(', ') }),
  };
}
