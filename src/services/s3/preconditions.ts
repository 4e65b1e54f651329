// If-Match and its kin: what a reader or a writer says must be so of the object as it is.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import { formatHttpDate } from '../../kernel/clock.ts';
import type { Age } from './canonical-users.ts';
import { noSuchKey, preconditionFailed } from './s3.errors.ts';
import type { ObjectVersion, VersionRecord } from './version-record.ts';

export interface ReadConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: number | undefined;
  readonly IfUnmodifiedSince?: number | undefined;
}

type Dated = Pick<ObjectVersion, 'etag' | 'modifiedMs'>;

/** Dates on the wire have whole seconds. */
const wholeSeconds = (atMs: number): number => Math.floor(atMs / 1000) * 1000;

export function namesTag(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    // With its quotes, without them, or with one of them: AWS takes them all.
    const tag = part.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
    return tag === '*' || tag === etag;
  });
}

/** A date that is still to come says nothing. */
function isUnmodified(modifiedMs: number, sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && modifiedMs <= sinceMs && sinceMs <= nowMs;
}

export function checkRead(conditions: ReadConditions, record: Dated, nowMs: number): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  const modifiedMs = wholeSeconds(record.modifiedMs);
  if (IfMatch !== undefined) {
    if (!namesTag(IfMatch, record.etag)) throw preconditionFailed('If-Match');
  } else if (IfUnmodifiedSince !== undefined && modifiedMs > IfUnmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (IfNoneMatch !== undefined) {
    if (namesTag(IfNoneMatch, record.etag)) throw notModified(record);
  } else if (isUnmodified(modifiedMs, IfModifiedSince, nowMs)) {
    throw notModified(record);
  }
}

function notModified({ etag, modifiedMs }: Dated): AwsError {
  return awsError('NotModified', 'Not Modified', 304, undefined, {
    etag: `"${etag}"`,
    'last-modified': formatHttpDate(modifiedMs),
  });
}

export interface CopyConditions {
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: number | undefined;
  readonly CopySourceIfUnmodifiedSince?: number | undefined;
}

/** A copy that does not meet them fails in the same way whichever it is. */
export function checkCopySource(conditions: CopyConditions, record: Dated, nowMs: number): void {
  const { CopySourceIfMatch, CopySourceIfNoneMatch, CopySourceIfModifiedSince } = conditions;
  const modifiedMs = wholeSeconds(record.modifiedMs);
  if (CopySourceIfMatch !== undefined) {
    if (!namesTag(CopySourceIfMatch, record.etag)) throw preconditionFailed('x-amz-copy-source-If-Match');
  } else if (modifiedMs > (conditions.CopySourceIfUnmodifiedSince ?? Number.POSITIVE_INFINITY)) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since');
  }
  if (CopySourceIfNoneMatch !== undefined) {
    if (namesTag(CopySourceIfNoneMatch, record.etag)) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  } else if (isUnmodified(modifiedMs, CopySourceIfModifiedSince, nowMs)) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since');
  }
}

export interface WriteConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

/**
 * What AWS takes of these: one at a time, and no ETag that must not be. What was written against Ceph uses all of them,
 * and older buckets take them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteHeaders({ IfMatch, IfNoneMatch }: WriteConditions, { isCurrent }: Age): void {
  if (!isCurrent) return;
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    throw refused('If-Match,If-None-Match', 'Multiple conditional request headers present in the request');
  }
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw refused('If-None-Match');
  if (IfMatch === '*') throw refused('If-Match');
}

function refused(
  header: string,
  why = `We don't accept the provided value of ${header} header for this API`,
): AwsError {
  const message = 'A header you provided implies functionality that is not implemented';
  return awsError('NotImplemented', message, 501, { Header: header, additionalMessage: why });
}

/** An upload's condition must not have come to hold by a write or a removal that came after it began. */
export function checkUntouched(
  { IfMatch, IfNoneMatch }: WriteConditions,
  key: string,
  current: VersionRecord | undefined,
  { began, sawRemoval }: { readonly began: number; readonly sawRemoval: boolean },
): void {
  const sawWrite = current !== undefined && current.order >= began;
  if (!sawWrite && !sawRemoval) return;
  const header = IfMatch !== undefined ? 'If-Match' : IfNoneMatch !== undefined ? 'If-None-Match' : undefined;
  if (header === undefined) return;
  throw awsError(
    'ConditionalRequestConflict',
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    409,
    { Condition: header, Key: key },
  );
}

/** To be called in the step that writes, so that nobody comes between. */
export function checkWrite(
  { IfMatch, IfNoneMatch }: WriteConditions,
  key: string,
  current: VersionRecord | undefined,
): void {
  const object = current?.kind === 'object' ? current : undefined;
  if (IfNoneMatch !== undefined && object && namesTag(IfNoneMatch, object.etag)) {
    throw preconditionFailed('If-None-Match');
  }
  if (IfMatch !== undefined) {
    if (!object) throw noSuchKey(key);
    if (!namesTag(IfMatch, object.etag)) throw preconditionFailed('If-Match');
  }
}

export interface RemoveConditions {
  readonly IfMatch?: string | undefined;
  readonly IfMatchLastModifiedTime?: number | undefined;
  readonly IfMatchSize?: number | undefined;
}

export function checkRemove(conditions: RemoveConditions, key: string, record: VersionRecord | undefined): void {
  const { IfMatch, IfMatchLastModifiedTime, IfMatchSize } = conditions;
  const isConditional = [IfMatch, IfMatchLastModifiedTime, IfMatchSize].some((condition) => condition !== undefined);
  if (isConditional && !record) throw noSuchKey(key);
  const object = record?.kind === 'object' ? record : undefined;
  if (IfMatch !== undefined && !(object && namesTag(IfMatch, object.etag))) throw preconditionFailed('If-Match');
  if (IfMatchLastModifiedTime !== undefined) {
    if (!record || wholeSeconds(record.modifiedMs) !== wholeSeconds(IfMatchLastModifiedTime)) {
      throw preconditionFailed('x-amz-if-match-last-modified-time');
    }
  }
  if (IfMatchSize !== undefined && object?.bytes !== IfMatchSize) throw preconditionFailed('x-amz-if-match-size');
}
