// Which objects a bucket's replication is for, and where they go.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html

import type { ReplicationRule } from '../../generated/s3.types.ts';
import type { BucketSpec } from './buckets.table.ts';
import type { VersionRecord } from './version-record.ts';

export function replicationRules(spec: BucketSpec, key: string, record: VersionRecord): readonly ReplicationRule[] {
  const rules = (spec.replication?.Rules ?? [])
    .filter(({ Status }) => Status === 'Enabled')
    .filter((rule) => isForKey(rule, key) && isForTags(rule, record))
    .filter(
      (rule) => record.kind === 'object' || rule.DeleteMarkerReplication?.Status === 'Enabled' || isFirstVersion(rule),
    );
  // Of rules with the same destination the one of the highest priority counts.
  const byBucket = new Map<string, ReplicationRule>();
  for (const rule of rules.toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))) {
    byBucket.set(rule.Destination.Bucket, rule);
  }
  return [...byBucket.values()];
}

/** Rules of the first version of the schema have no filter, and replicate delete markers. */
const isFirstVersion = (rule: ReplicationRule): boolean => rule.Filter === undefined;

function isForKey({ Prefix, Filter }: ReplicationRule, key: string): boolean {
  return key.startsWith(Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '');
}

function isForTags({ Filter }: ReplicationRule, record: VersionRecord): boolean {
  const wanted = [...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])];
  if (wanted.length === 0) return true;
  return record.kind === 'object' && wanted.every(({ Key, Value }) => record.tags?.[Key] === Value);
}

const replicatedEvents = /^ObjectCreated:|^ObjectRemoved:DeleteMarkerCreated$|^ObjectTagging:|^ObjectAcl:/;

export function isReplicated(spec: BucketSpec, name: string, key: string, record: VersionRecord): boolean {
  if (!spec.replication || !replicatedEvents.test(name) || record.replication === 'REPLICA') return false;
  if (record.kind === 'object' && record.encryption.kind === 'customer') return false;
  return replicationRules(spec, key, record).length > 0;
}
