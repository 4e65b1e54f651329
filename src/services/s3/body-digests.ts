// Documents that come in requests (settings, lists of keys) are compared with what their headers say of them, as the
// bytes of objects are. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

import { createHash } from 'node:crypto';
import { loadServiceModel } from '../../aws/model.ts';
import type { RequestContext } from '../../aws/operation.ts';
import {
  type ChecksumFields,
  checkExpectation,
  checksumAlgorithms,
  createChecksum,
  expectationOf,
  headerOf,
} from './checksums.ts';
import { parseMd5 } from './put-object.ts';
import { badMd5, invalidRequest } from './s3.errors.ts';

/** AWS takes these only with an MD5 or a checksum; the model claims so of many more that it takes without. */
const needDigest: ReadonlySet<string> = new Set([
  'DeleteObjects',
  'PutBucketCors',
  'PutBucketLifecycleConfiguration',
  'PutBucketReplication',
  'PutBucketTagging',
  'PutObjectLegalHold',
  'PutObjectLockConfiguration',
  'PutObjectRetention',
]);

type Run<Context> = (ctx: Context, input: never) => unknown;

/** The same operations, which look first whether the document that came is the one that was sent. */
export function withBodyDigests<Context extends RequestContext, Operation extends Run<Context>>(
  operations: Readonly<Record<string, Operation>>,
): Readonly<Record<string, Operation>> {
  const checked = Object.entries(operations).map(([name, run]) => {
    const checking = (ctx: Context, input: never) => {
      checkBodyDigest(ctx, name);
      return run(ctx, input);
    };
    return [name, checking as Operation];
  });
  return Object.fromEntries(checked);
}

function checkBodyDigest({ body, request, trailers }: RequestContext, operationName: string): void {
  if (!body || !request || request.method === 'GET' || request.method === 'HEAD') return;
  const { headers } = request;
  const md5 = parseMd5(headers['content-md5']);
  // Of CompleteMultipartUpload the checksum is that of the object.
  const operation = loadServiceModel('s3').operation(operationName);
  const expected = operation?.checksum ? expectationOf(checksumsIn(headers), headers['x-amz-trailer']) : undefined;
  if (!md5 && !expected && needDigest.has(operationName)) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const received = md5 && createHash('md5').update(body).digest();
  if (received && !received.equals(md5)) throw badMd5(md5.toString('base64'), received);
  if (!expected) return;
  const computed = createChecksum(expected.algorithm);
  computed.update(body);
  checkExpectation(expected, computed.digest().toString('base64'), trailers);
}

function checksumsIn(headers: Readonly<Record<string, string>>): ChecksumFields {
  const given = checksumAlgorithms.flatMap((algorithm) => {
    const value = headers[headerOf(algorithm)];
    return value === undefined ? [] : [[`Checksum${algorithm}`, value]];
  });
  return Object.fromEntries(given);
}
