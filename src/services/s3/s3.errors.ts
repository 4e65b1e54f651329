// Every error of S3 that more than one place throws, in AWS's codes and words.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList

import { type AwsError, awsError } from '../../aws/errors.ts';

export const accessDenied = (message = 'Access Denied'): AwsError => awsError('AccessDenied', message, 403);

export function noSuchBucket(bucket: string): AwsError {
  return awsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
}

export function noSuchKey(key: string, headers?: Readonly<Record<string, string>>): AwsError {
  return awsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key }, headers);
}

export function noSuchVersion(key: string, versionId: string): AwsError {
  return awsError('NoSuchVersion', 'The specified version does not exist.', 404, { Key: key, VersionId: versionId });
}

export function noSuchUpload(uploadId: string): AwsError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return awsError('NoSuchUpload', message, 404, { UploadId: uploadId });
}

/** A setting that the bucket does not have. */
export function noSuchConfiguration(code: string, message: string, bucket: string): AwsError {
  return awsError(code, message, 404, { BucketName: bucket });
}

export function invalidArgument(message: string, name?: string, value?: string): AwsError {
  return awsError('InvalidArgument', message, 400, {
    ...(name !== undefined && { ArgumentName: name }),
    ...(value !== undefined && { ArgumentValue: value }),
  });
}

export const invalidRequest = (message: string): AwsError => awsError('InvalidRequest', message);

export function malformedXml(): AwsError {
  return awsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

/** Where a document is needed and none came. */
export const missingBody = (): AwsError => awsError('MissingRequestBodyError', 'Request Body is empty');

export function preconditionFailed(condition: string): AwsError {
  return awsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    Condition: condition,
  });
}

/** Of an object whose current version is a delete marker, or of a marker that is asked for by its id. */
export function methodNotAllowed(
  method: string,
  resourceType: string,
  headers?: Readonly<Record<string, string>>,
): AwsError {
  const message = 'The specified method is not allowed against this resource.';
  return awsError('MethodNotAllowed', message, 405, { Method: method, ResourceType: resourceType }, headers);
}

export const badDigest = (message: string): AwsError => awsError('BadDigest', message);

/** `expected` in the form that the operation tells it in; what was computed is told in Base64. */
export function badMd5(expected: string, computed: Buffer): AwsError {
  return awsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400, {
    ExpectedDigest: expected,
    CalculatedDigest: computed.toString('base64'),
  });
}

export function invalidDigest(header: string): AwsError {
  return awsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400, { 'Content-MD5': header });
}

export function operationAborted(): AwsError {
  return awsError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    409,
  );
}

export function notImplemented(header: string): AwsError {
  return awsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, {
    Header: header,
  });
}

export function invalidBucketState(message: string): AwsError {
  return awsError('InvalidBucketState', message, 409);
}
