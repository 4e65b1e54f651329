// How an object is shown to whoever may read it.

import type { GetObjectOutput } from '../../generated/s3.types.ts';
import { type CustomerKey, keyMissing } from './customer-keys.ts';
import { restoreHeader } from './object-restore.ts';
import { describeEncryption } from './object-traits.ts';
import { invalidRequest } from './s3.errors.ts';
import type { ObjectVersion } from './version-record.ts';

export function checkCustomerKey({ encryption }: ObjectVersion, customerKey: CustomerKey | undefined): void {
  if (encryption.kind !== 'customer') {
    if (customerKey) {
      throw invalidRequest('The encryption parameters are not applicable to this object.');
    }
    return;
  }
  if (!customerKey) throw keyMissing();
  if (customerKey.md5 !== encryption.keyMd5) {
    throw invalidRequest('The provided encryption parameters did not match the ones used originally.');
  }
}

export function describeObject(record: ObjectVersion): GetObjectOutput {
  const { headers, tags, retention, legalHold } = record;
  return {
    AcceptRanges: 'bytes',
    LastModified: record.modifiedMs,
    ETag: `"${record.etag}"`,
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    Expires: headers.expiresMs,
    WebsiteRedirectLocation: headers.redirect,
    Metadata: record.metadata,
    ...describeEncryption(record.encryption),
    // AWS names every class but the one that objects have by default.
    ...(record.storageClass !== 'STANDARD' && { StorageClass: record.storageClass as 'STANDARD_IA' }),
    ...(tags && { TagCount: Object.keys(tags).length }),
    ...(retention && { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.untilMs }),
    ...(legalHold !== undefined && { ObjectLockLegalHoldStatus: legalHold ? 'ON' : 'OFF' }),
    ...(record.replication && { ReplicationStatus: record.replication }),
    Restore: restoreHeader(record),
  };
}
