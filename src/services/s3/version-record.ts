// What is remembered of a version of an object, of a part and of a multipart upload.

import type { TimestampMs } from '../../kernel/clock.ts';
import type { Acl } from './acl.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import type { Tags } from './policy-conditions.ts';

/** Where the bytes are: nowhere when there are none, in the index (`small`: as text), in a file, or in the bodies of parts. */
export type BodyRef =
  | { readonly kind: 'none' }
  | { readonly kind: 'bytes' | 'small' | 'file' | 'parts'; readonly id: string };

export interface ObjectHeaders {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** As it came, a date or not. */
  readonly expires?: string | undefined;
  /** That of earlier versions. */
  readonly expiresMs?: TimestampMs | undefined;
  readonly redirect?: string | undefined;
}

/** How the body is encrypted. `customer`: with a key that only the client has; here is what the key is recognised by. */
export type Encryption =
  | { readonly kind: 'AES256' }
  | {
      readonly kind: 'aws:kms' | 'aws:kms:dsse';
      readonly keyId: string;
      readonly bucketKey?: boolean | undefined;
      readonly context?: string | undefined;
    }
  | { readonly kind: 'customer'; readonly keyMd5: string };

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly untilMs: TimestampMs;
}

export interface Restore {
  readonly requestedMs: TimestampMs;
  readonly readyMs: TimestampMs;
  readonly expiresMs: TimestampMs;
}

/** What the writer says of an object beside its bytes. */
export interface ObjectTraits {
  /** An account. */
  readonly owner: string;
  /** Absent: the owner's alone. */
  readonly acl?: Acl | undefined;
  readonly headers: ObjectHeaders;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly storageClass: string;
  readonly tags?: Tags | undefined;
  readonly encryption: Encryption;
  readonly retention?: Retention | undefined;
  readonly legalHold?: boolean | undefined;
}

export interface ObjectContent {
  readonly bytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
  readonly body: BodyRef;
  /** Where the bytes are encrypted with a customer's key. Hexadecimal; parts have their own. */
  readonly nonce?: string | undefined;
  /** Of an object that was uploaded in parts. */
  readonly partCount?: number | undefined;
  readonly uploadId?: string | undefined;
}

export interface ObjectVersion extends ObjectTraits, ObjectContent {
  readonly kind: 'object';
  /** `null` where the bucket did not keep versions when it was written. */
  readonly versionId: string;
  /** Grows with each version of all. */
  readonly order: number;
  readonly modifiedMs: TimestampMs;
  readonly restore?: Restore | undefined;
  readonly replication?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA' | undefined;
}

export interface DeleteMarker {
  readonly kind: 'marker';
  readonly versionId: string;
  readonly order: number;
  readonly modifiedMs: TimestampMs;
  readonly owner: string;
  readonly replication?: 'REPLICA' | undefined;
}

export type VersionRecord = ObjectVersion | DeleteMarker;

export interface PartRecord extends Omit<ObjectContent, 'partCount' | 'uploadId'> {
  readonly modifiedMs: TimestampMs;
}

/** The parts of a whole object, in order; kept under the id of its body. */
export interface PartList {
  readonly parts: readonly ListedPart[];
}

export interface ListedPart extends Pick<ObjectContent, 'bytes' | 'checksum' | 'body' | 'nonce'> {
  readonly number: number;
}

export interface UploadRecord extends ObjectTraits {
  readonly initiator: string;
  readonly startedMs: TimestampMs;
  /** Counts the parts that came, so that who ends the upload knows whether one came meanwhile. */
  readonly revision: number;
  /** What was there under its key when it began was removed since. */
  readonly sawRemoval?: boolean | undefined;
  /** What the parts and the whole are to be checked by. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: 'COMPOSITE' | 'FULL_OBJECT' } | undefined;
}

export const encodeRecord = (record: PartRecord | UploadRecord | PartList): string => JSON.stringify(record);

export const decodePart = (text: string): PartRecord => JSON.parse(text) as PartRecord;
export const decodeUpload = (text: string): UploadRecord => JSON.parse(text) as UploadRecord;
export const decodePartList = (text: string): PartList => JSON.parse(text) as PartList;
