// How an object is shown to whoever may read it.

import type { GetObjectOutput } from '../../generated/s3.types.ts';
import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
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

/** To be filled in further: one object, because there is one for every request. */
export type ShownObject = { -readonly [Name in keyof GetObjectOutput]: GetObjectOutput[Name] };

export function describeObject(record: ObjectVersion, nowMs: TimestampMs): ShownObject {
  const { headers, tags, retention, legalHold } = record;
  const shown: ShownObject = {
    AcceptRanges: 'bytes',
    LastModified: record.modifiedMs,
    ETag: `"${record.etag}"`,
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    Expires: headers.expires ?? (headers.expiresMs === undefined ? undefined : formatHttpDate(headers.expiresMs)),
    WebsiteRedirectLocation: headers.redirect,
    Metadata: record.metadata,
    // AWS names every class but the one that objects have by default.
    StorageClass: record.storageClass === 'STANDARD' ? undefined : (record.storageClass as 'STANDARD_IA'),
    TagCount: (tags && Object.keys(tags).length) || undefined,
    ObjectLockMode: retention?.mode,
    ObjectLockRetainUntilDate: retention?.untilMs,
    ObjectLockLegalHoldStatus: legalHold === undefined ? undefined : legalHold ? 'ON' : 'OFF',
    ReplicationStatus: record.replication,
    Restore: restoreHeader(record, nowMs),
  };
  if (record.encryption.kind === 'AES256') shown.ServerSideEncryption = 'AES256';
  else Object.assign(shown, describeEncryption(record.encryption));
  return shown;
}
