// The checks that a client may ask for, beside the MD5 of every body: computed while the bytes stream by, and compared
// with what the headers or trailers say. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

import { createHash, hash } from 'node:crypto';
import type { Age } from './canonical-users.ts';
import { type CrcAlgorithm, combineCrc, createCrc, type RunningCrc } from './crc.ts';
import { badDigest, invalidRequest } from './s3.errors.ts';
import { createXxhash, isXxhash, loadXxhash, xxhashAlgorithms } from './xxhash.ts';

export const checksumAlgorithms = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  ...xxhashAlgorithms,
] as const;

export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; for a composite one followed by `-` and the number of parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** Members of inputs and outputs, by algorithm. */
export interface ChecksumFields {
  ChecksumCRC32?: string | undefined;
  ChecksumCRC32C?: string | undefined;
  ChecksumCRC64NVME?: string | undefined;
  ChecksumSHA1?: string | undefined;
  ChecksumSHA256?: string | undefined;
  ChecksumSHA512?: string | undefined;
  ChecksumMD5?: string | undefined;
  ChecksumXXHASH64?: string | undefined;
  ChecksumXXHASH3?: string | undefined;
  ChecksumXXHASH128?: string | undefined;
}

export interface Expectation {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when it comes in a trailer. */
  readonly value: string | undefined;
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
};

/** To be awaited before checksums of these are computed, where it is something to wait for. */
export const prepareChecksums = (algorithms: readonly ChecksumAlgorithm[]): Promise<void> | undefined =>
  algorithms.some(isXxhash) ? loadXxhash() : undefined;

export function createChecksum(algorithm: ChecksumAlgorithm): RunningCrc {
  if (isCrc(algorithm)) return createCrc(algorithm);
  if (isXxhash(algorithm)) return createXxhash(algorithm);
  const hash = createHash(algorithm.toLowerCase());
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** In Base64, of bytes that are all there. */
export function checksumBytes(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  if (!isCrc(algorithm) && !isXxhash(algorithm)) return hash(algorithm.toLowerCase(), bytes, 'base64');
  const running = createChecksum(algorithm);
  running.update(bytes);
  return running.digest().toString('base64');
}

export function isCrc(algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm {
  return algorithm === 'CRC32' || algorithm === 'CRC32C' || algorithm === 'CRC64NVME';
}

export const headerOf = (algorithm: string): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** From a header, in whatever case. */
export function requireType(type: string): ChecksumType {
  const known = type.toUpperCase();
  if (known !== 'COMPOSITE' && known !== 'FULL_OBJECT') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  return known;
}

/** A name from a header, in whatever case; undefined for one that S3 does not know. */
export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase());
}

export function requireAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = parseAlgorithm(name);
  if (!algorithm)
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]',
    );
  return algorithm;
}

const fieldNames = {
  CRC32: 'ChecksumCRC32',
  CRC32C: 'ChecksumCRC32C',
  CRC64NVME: 'ChecksumCRC64NVME',
  SHA1: 'ChecksumSHA1',
  SHA256: 'ChecksumSHA256',
  SHA512: 'ChecksumSHA512',
  MD5: 'ChecksumMD5',
  XXHASH64: 'ChecksumXXHASH64',
  XXHASH3: 'ChecksumXXHASH3',
  XXHASH128: 'ChecksumXXHASH128',
} as const satisfies Readonly<Record<ChecksumAlgorithm, keyof ChecksumFields>>;

/** What a request says its body must come to; undefined when it says nothing. */
export function expectationOf(
  fields: ChecksumFields & { readonly ChecksumAlgorithm?: string | undefined },
  trailerHeader: string | undefined,
  { isCurrent }: Age = {},
): Expectation | undefined {
  const given = checksumAlgorithms.filter((algorithm) => fields[fieldNames[algorithm]] !== undefined);
  if (given.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [algorithm] = given;
  const announced = fields.ChecksumAlgorithm === undefined ? undefined : requireAlgorithm(fields.ChecksumAlgorithm);
  const trailing = /x-amz-checksum-(\w+)/i.exec(trailerHeader ?? '')?.[1];
  if (algorithm && trailing !== undefined) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const named = algorithm ?? (trailing === undefined ? undefined : requireAlgorithm(trailing));
  if (announced && named && announced !== named) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  if (algorithm) {
    const value = fields[fieldNames[algorithm]] as string;
    if (!isDigest(algorithm, value)) {
      // What was written against Ceph expects the other code.
      const message = `Value for ${headerOf(algorithm)} header is invalid.`;
      throw isCurrent ? invalidRequest(message) : badDigest(message);
    }
    return { algorithm, value };
  }
  if (named) return { algorithm: named, value: undefined };
  if (announced)
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  return undefined;
}

export function isDigest(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.byteLength === digestBytes[algorithm] && bytes.toString('base64') === value;
}

/** Throws unless what was computed is what was said, in the header or at last in a trailer. */
export function checkExpectation(
  { algorithm, value }: Expectation,
  computed: string,
  trailers: ReadonlyMap<string, string> | undefined,
): void {
  const expected = value ?? trailers?.get(headerOf(algorithm));
  if (expected === undefined) {
    throw invalidRequest(`The value specified in the x-amz-trailer header is not supported`);
  }
  if (value === undefined && !isDigest(algorithm, expected)) {
    throw invalidRequest(`Value for ${headerOf(algorithm)} trailing header is invalid.`);
  }
  if (expected !== computed) {
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
  }
}

export function describeChecksum(checksum: Checksum | undefined): ChecksumFields & { ChecksumType?: ChecksumType } {
  if (!checksum) return {};
  return { [fieldNames[checksum.algorithm]]: checksum.value, ChecksumType: checksum.type };
}

/** As `describeChecksum`, of a part. */
export function describePartChecksum(checksum: Checksum | undefined): ChecksumFields {
  return checksum ? { [fieldNames[checksum.algorithm]]: checksum.value } : {};
}

export interface PartChecksum {
  readonly bytes: number;
  readonly value: string;
}

/** The check of an object from those of its parts. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartChecksum[],
): string {
  if (type === 'FULL_OBJECT' && isCrc(algorithm)) {
    const [first, ...rest] = parts.map(({ value }) => Buffer.from(value, 'base64'));
    let combined = first as Buffer;
    for (const [index, part] of rest.entries()) {
      combined = combineCrc(algorithm, combined, part, (parts[index + 1] as PartChecksum).bytes);
    }
    return combined.toString('base64');
  }
  const running = createChecksum(algorithm);
  for (const { value } of parts) running.update(Buffer.from(value, 'base64'));
  return `${running.digest().toString('base64')}-${parts.length}`;
}
