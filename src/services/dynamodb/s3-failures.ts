// What exports and imports tell of a bucket that does not let them: S3's own code and words.

import type { AwsError } from '../../aws/errors.ts';

export interface BucketFailure {
  readonly code: string;
  readonly message: string;
}

export function bucketFailure({ code, message, statusCode }: AwsError): BucketFailure {
  return {
    code: `S3${code}`,
    message: `${message} (Service: Amazon S3; Status Code: ${statusCode}; Error Code: ${code})`,
  };
}
