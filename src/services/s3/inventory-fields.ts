// The columns of inventory reports.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents

import type { InventoryConfiguration } from '../../generated/s3.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { canonicalUserId } from './canonical-users.ts';
import type { ListedVersion } from './listing.ts';
import type { ObjectVersion } from './version-record.ts';

/** Of an object; what is not one (a delete marker) has all of them empty but two. */
export const inventoryFields: Readonly<Record<string, (record: ObjectVersion) => string>> = {
  Size: ({ bytes }) => String(bytes),
  LastModifiedDate: ({ modifiedMs }) => formatIso(modifiedMs),
  StorageClass: ({ storageClass }) => storageClass,
  ETag: ({ etag }) => etag,
  IsMultipartUploaded: ({ partCount }) => String(partCount !== undefined),
  ReplicationStatus: ({ replication = '' }) => replication,
  EncryptionStatus: ({ encryption }) => encryptionNames[encryption.kind],
  ObjectLockRetainUntilDate: ({ retention }) => (retention ? formatIso(retention.untilMs) : ''),
  ObjectLockMode: ({ retention }) => retention?.mode ?? '',
  ObjectLockLegalHoldStatus: ({ legalHold }) => (legalHold === undefined ? '' : legalHold ? 'ON' : 'OFF'),
  IntelligentTieringAccessTier: ({ storageClass }) => (storageClass === 'INTELLIGENT_TIERING' ? 'FREQUENT' : ''),
  BucketKeyStatus: ({ encryption }) => ('bucketKey' in encryption && encryption.bucketKey ? 'ENABLED' : 'DISABLED'),
  ChecksumAlgorithm: ({ checksum }) => checksum?.algorithm ?? '',
  ObjectOwner: ({ owner }) => canonicalUserId(owner),
};

const encryptionNames = {
  AES256: 'SSE-S3',
  'aws:kms': 'SSE-KMS',
  'aws:kms:dsse': 'DSSE-KMS',
  customer: 'SSE-C',
} as const;

const versionColumns = ['VersionId', 'IsLatest', 'IsDeleteMarker'];

export function columnsOf({ IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): readonly string[] {
  return ['Bucket', 'Key', ...(IncludedObjectVersions === 'All' ? versionColumns : []), ...OptionalFields];
}

/** Every value is quoted; keys are encoded as in URLs. */
export function reportLine(bucket: string, configuration: InventoryConfiguration, listed: ListedVersion): string {
  const { key, record, isLatest } = listed;
  const isMarker = record.kind === 'marker';
  const version =
    configuration.IncludedObjectVersions === 'All'
      ? [record.versionId === 'null' ? '' : record.versionId, String(isLatest), String(isMarker)]
      : [];
  const fields = (configuration.OptionalFields ?? []).map((field) => {
    if (!isMarker) return inventoryFields[field]?.(record) ?? '';
    return field === 'LastModifiedDate' ? formatIso(record.modifiedMs) : '';
  });
  const values = [bucket, encodeURIComponent(key).replaceAll('%2F', '/'), ...version, ...fields];
  return `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`;
}
