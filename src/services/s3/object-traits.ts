// What a writer says of an object beside its bytes: headers, metadata, owner and access list, encryption, tags, locks.
// Put, copy, multipart uploads and forms all say it with the same members.

import { awsError } from '../../aws/errors.ts';
import type { RequestContext } from '../../aws/operation.ts';
import { type Acl, type AclHeaders, aclOfHeaders, isPublicAcl, namesAcl } from './acl.ts';
import { encryptionRuleOf } from './bucket-encryption.ts';
import type { BucketRow } from './buckets.table.ts';
import { type CustomerKeyHeaders, parseCustomerKey } from './customer-keys.ts';
import { longestKeyBytes } from './object-index.ts';
import { type LockHeaders, lockOf } from './object-locks.ts';
import { parseTagHeader } from './object-tags.ts';
import { accessDenied, invalidArgument } from './s3.errors.ts';
import type { Encryption, ObjectHeaders, ObjectTraits } from './version-record.ts';

export interface TraitHeaders extends AclHeaders, CustomerKeyHeaders, LockHeaders, EncryptionHeaders {
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Expires?: string | undefined;
  readonly Metadata?: { readonly [key: string]: string } | undefined;
  readonly StorageClass?: string | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
  readonly Tagging?: string | undefined;
}

export interface EncryptionHeaders extends CustomerKeyHeaders {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSEKMSEncryptionContext?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
}

export function traitsOf(ctx: RequestContext, bucket: BucketRow, headers: TraitHeaders): ObjectTraits {
  const { owner, acl } = ownershipOf(ctx, bucket, headers);
  const tags = parseTagHeader(headers.Tagging);
  const { retention, legalHold } = lockOf(ctx, bucket, headers);
  return {
    owner,
    acl,
    headers: headersOf(headers),
    metadata: headers.Metadata && checkMetadata(headers.Metadata),
    storageClass: storageClassOf(headers.StorageClass),
    tags: tags && Object.keys(tags).length > 0 ? tags : undefined,
    encryption: encryptionOf(ctx, bucket, headers),
    retention,
    legalHold,
  };
}

export function checkObjectKey(key: string): void {
  if (Buffer.byteLength(key) > longestKeyBytes) {
    throw awsError('KeyTooLongError', 'Your key is too long', 400, {
      Size: Buffer.byteLength(key),
      MaxSizeAllowed: longestKeyBytes,
    });
  }
  if (leadsOut(key)) throw awsError('InvalidURI', "Couldn't parse the specified URI.");
}

/**
 * Whether a key, read as a path, would at some point be above its bucket. Here it never is one, but S3 refuses these.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
function leadsOut(key: string): boolean {
  if (!key.includes('..')) return false;
  let depth = 0;
  return key.split('/').some((segment) => {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    return depth < 0;
  });
}

export function headersOf(headers: TraitHeaders): ObjectHeaders {
  const encoding = headers.ContentEncoding?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(', ');
  if (headers.WebsiteRedirectLocation !== undefined && !/^(?:\/|https?:\/\/)/.test(headers.WebsiteRedirectLocation)) {
    throw awsError(
      'InvalidRedirectLocation',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    );
  }
  return {
    contentType: headers.ContentType || 'binary/octet-stream',
    cacheControl: headers.CacheControl,
    contentDisposition: headers.ContentDisposition,
    contentEncoding: headers.ContentEncoding?.includes('aws-chunked') ? encoding || undefined : headers.ContentEncoding,
    contentLanguage: headers.ContentLanguage,
    expires: headers.Expires,
    redirect: headers.WebsiteRedirectLocation,
  };
}

const mostMetadataBytes = 2048;

function checkMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let bytes = 0;
  // Headers are bytes: a character that is not ASCII stands for one of them, as S3 takes it.
  for (const [name, value] of Object.entries(metadata)) bytes += name.length + value.length;
  if (bytes > mostMetadataBytes) {
    throw awsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      Size: bytes,
      MaxSizeAllowed: mostMetadataBytes,
    });
  }
  return metadata;
}

const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
];

export function storageClassOf(name: string | undefined): string {
  const storageClass = name ?? 'STANDARD';
  if (!storageClasses.includes(storageClass)) {
    throw awsError('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
      StorageClassRequested: storageClass,
    });
  }
  return storageClass;
}

/** Who owns what the caller writes, and who else may have to do with it. */
export function ownershipOf(
  ctx: RequestContext,
  bucket: BucketRow,
  headers: AclHeaders,
): { readonly owner: string; readonly acl: Acl | undefined } {
  const writer = ctx.principal.kind === 'anonymous' ? bucket.account : ctx.principal.account;
  if (bucket.spec.ownership === 'BucketOwnerEnforced') {
    checkNoAcl(headers);
    return { owner: bucket.account, acl: undefined };
  }
  const gives = bucket.spec.ownership === 'BucketOwnerPreferred' && headers.ACL === 'bucket-owner-full-control';
  const owner = gives ? bucket.account : writer;
  const acl = aclOfHeaders(headers, owner, bucket.account);
  if (acl && isPublicAcl(acl) && bucket.spec.publicAccessBlock?.BlockPublicAcls) throw accessDenied();
  return { owner, acl };
}

/** Where lists are disabled, only one that says what holds anyway is taken. */
export function checkNoAcl(headers: AclHeaders): void {
  if (!namesAcl(headers) || headers.ACL === 'bucket-owner-full-control') return;
  throw aclsNotSupported();
}

export function aclsNotSupported() {
  return awsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
}

export function encryptionOf(ctx: RequestContext, bucket: BucketRow, headers: EncryptionHeaders): Encryption {
  const asked = headers.ServerSideEncryption;
  if (asked !== undefined && headers.SSECustomerAlgorithm !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      'x-amz-server-side-encryption',
      asked,
    );
  }
  const customerKey = parseCustomerKey(headers);
  if (customerKey) {
    if (ruleOf(bucket)?.BlockedEncryptionTypes?.EncryptionType?.includes('SSE-C')) throw accessDenied();
    return { kind: 'customer', keyMd5: customerKey.md5 };
  }
  if (asked !== undefined) return askedEncryption(ctx, bucket, asked, headers);
  if (headers.SSEKMSKeyId !== undefined) {
    throw invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption-aws-kms-key-id',
      headers.SSEKMSKeyId,
    );
  }
  return defaultEncryption(ctx, bucket, headers);
}

function askedEncryption(
  ctx: RequestContext,
  bucket: BucketRow,
  asked: string,
  { SSEKMSKeyId, SSEKMSEncryptionContext, BucketKeyEnabled }: EncryptionHeaders,
): Encryption {
  if (asked === 'AES256') {
    if (SSEKMSKeyId !== undefined) {
      throw invalidArgument(
        'The encryption method specified is not supported',
        'x-amz-server-side-encryption-aws-kms-key-id',
        SSEKMSKeyId,
      );
    }
    return { kind: 'AES256' };
  }
  if (asked !== 'aws:kms' && asked !== 'aws:kms:dsse') {
    throw invalidArgument('The encryption method specified is not supported', 'x-amz-server-side-encryption', asked);
  }
  return {
    kind: asked,
    keyId: SSEKMSKeyId ?? keyOfBucket(bucket) ?? managedKey(ctx),
    bucketKey: BucketKeyEnabled,
    context: SSEKMSEncryptionContext,
  };
}

const ruleOf = ({ spec }: BucketRow) => encryptionRuleOf(spec);

const keyOfBucket = (bucket: BucketRow) => ruleOf(bucket)?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;

/** The key that AWS makes in an account for S3. */
const managedKey = ({ account, region }: RequestContext): string => `arn:aws:kms:${region}:${account}:alias/aws/s3`;

function defaultEncryption(
  ctx: RequestContext,
  bucket: BucketRow,
  { BucketKeyEnabled }: EncryptionHeaders,
): Encryption {
  const rule = ruleOf(bucket);
  const algorithm = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  if (algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') return { kind: 'AES256' };
  return {
    kind: algorithm,
    keyId: keyOfBucket(bucket) ?? managedKey(ctx),
    bucketKey: BucketKeyEnabled ?? rule?.BucketKeyEnabled,
  };
}

export interface DescribedEncryption {
  ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
  SSECustomerAlgorithm?: string;
  SSECustomerKeyMD5?: string;
}

export function describeEncryption(encryption: Encryption): DescribedEncryption {
  if (encryption.kind === 'customer') return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: encryption.keyMd5 };
  if (encryption.kind === 'AES256') return { ServerSideEncryption: 'AES256' };
  return {
    ServerSideEncryption: encryption.kind,
    SSEKMSKeyId: encryption.keyId,
    ...(encryption.bucketKey && { BucketKeyEnabled: true }),
  };
}
