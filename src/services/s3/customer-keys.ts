// SSE-C: bodies encrypted with a key that comes with each request and is never kept. AES-256 in counter mode, so that any
// part of a body can be read. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import { invalidArgument, invalidRequest } from './s3.errors.ts';
import type { ObjectTraits } from './version-record.ts';

export interface CustomerKey {
  readonly key: Buffer;
  /** Base64. */
  readonly md5: string;
}

export interface CustomerKeyHeaders {
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly SSECustomerKey?: string | undefined;
  readonly SSECustomerKeyMD5?: string | undefined;
}

/** AWS names this one whichever of the others is wrong. */
const header = 'x-amz-server-side-encryption';

/** Undefined when the request brings none. */
export function parseCustomerKey(headers: CustomerKeyHeaders): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: text, SSECustomerKeyMD5: md5 } = headers;
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
      header,
    );
  }
  if (algorithm !== 'AES256') {
    throw awsError(
      'InvalidEncryptionAlgorithmError',
      'The Encryption request you specified is not valid. Supported value: AES256.',
      400,
      { ArgumentName: header, ArgumentValue: algorithm },
    );
  }
  if (text === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
      header,
    );
  }
  const key = Buffer.from(text, 'base64');
  if (key.byteLength !== 32) {
    throw invalidArgument('The secret key was invalid for the specified algorithm.', header);
  }
  if (md5 === undefined) {
    throw invalidArgument('The secret key was invalid for the specified algorithm.', header);
  }
  if (createHash('md5').update(key).digest('base64') !== md5) {
    throw invalidArgument('The calculated MD5 hash of the key did not match the hash that was provided.', header);
  }
  return { key, md5 };
}

export function keyMissing() {
  return invalidRequest(
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  );
}

/** Every part must come with the key that the upload was started with. */
export function keyForPart(
  { record }: { readonly record: Pick<ObjectTraits, 'encryption'> },
  customerKey: CustomerKey | undefined,
): CustomerKey | undefined {
  const { encryption } = record;
  if (encryption.kind !== 'customer') {
    if (customerKey) {
      throw invalidRequest(
        'The multipart upload initiate requested no encryption. Subsequent part requests must not include encryption parameters.',
      );
    }
    return undefined;
  }
  if (!customerKey) {
    throw invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    );
  }
  if (customerKey.md5 !== encryption.keyMd5) {
    throw invalidRequest('The provided encryption parameters did not match the ones used originally.');
  }
  return customerKey;
}

/** Of one piece after the other. */
export function createEncryption({ key }: CustomerKey, nonce: Buffer): (piece: Uint8Array) => Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', key, nonce);
  return (piece) => cipher.update(piece);
}

const blockBytes = 16;

/** `at` is where the piece stands in its body. */
export function decryptPiece(piece: Uint8Array, { key }: CustomerKey, nonce: string, at: number): Buffer {
  const block = Math.floor(at / blockBytes);
  const counter = (BigInt(`0x${nonce}`) + BigInt(block)) & ((1n << 128n) - 1n);
  const cipher = createDecipheriv('aes-256-ctr', key, Buffer.from(counter.toString(16).padStart(32, '0'), 'hex'));
  cipher.update(Buffer.alloc(at - block * blockBytes));
  return cipher.update(piece);
}
