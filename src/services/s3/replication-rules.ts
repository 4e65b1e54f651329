// Which objects a bucket's replication is for, and where they go.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html

import type { ReplicationRule } from '../../generated/s3.types.ts';
import type { BucketSpec } from './buckets.table.ts';
import type { VersionRecord } from './version-record.ts';

export function replicationRules(spec: BucketSpec, key: string, record: VersionRecord): readonly ReplicationRule[] {
  const rules = (spec.replication?.Rules ?? [])
    .filter(({ Status }) => Status === 'Enabled')
    .filter((rule) => isForKey(rule, key) && isForTags(rule, record) && isForEncryption(rule, record))
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

/** What is encrypted with a key of KMS stays where it is, unless a rule says otherwise. */
function isForEncryption({ SourceSelectionCriteria }: ReplicationRule, record: VersionRecord): boolean {
  if (record.kind !== 'object' || !record.encryption.kind.startsWith('aws:kms')) return true;
  return SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status === 'Enabled';
}

const settingEvents = /^Object(?:Tagging|Acl|Retention|LegalHold):/;

export const isChangeOfSettings = (eventName: string): boolean => settingEvents.test(eventName);

const isReplicatedEvent = (name: string): boolean =>
  name.startsWith('ObjectCreated:') || name === 'ObjectRemoved:DeleteMarkerCreated' || isChangeOfSettings(name);

export function isReplicated(spec: BucketSpec, name: string, key: string, record: VersionRecord): boolean {
  if (!spec.replication || !isReplicatedEvent(name) || record.replication === 'REPLICA') return false;
  // It was there before versions were kept, and so before there were rules.
  if (record.versionId === 'null') return false;
  return replicationRules(spec, key, record).length > 0;
}
