// What a bucket may be called. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

import { type AwsError, awsError } from '../../aws/errors.ts';

const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !reservedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !reservedSuffixes.some((suffix) => name.endsWith(suffix))
  );
}

/** Names from before the rules were made stricter exist; only what could never have been one is refused on sight. */
export function mayNameBucket(name: string): boolean {
  return /^[A-Za-z0-9._-]{3,255}$/.test(name);
}

export function checkBucketName(name: string): void {
  if (!isBucketName(name)) throw invalidBucketName(name);
}

export function invalidBucketName(name: string): AwsError {
  return awsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
}
