// Errors of S3 Select, in AWS's codes and words.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#SelectObjectContentErrorCodeList

import { type AwsError, awsError } from '../../../aws/errors.ts';

export const expressionTooLong = (): AwsError =>
  awsError(
    'ExpressionTooLong',
    'The SQL expression is too long. The maximum byte-length for an SQL expression is 256 KB.',
  );

export const overMaxRecordSize = (): AwsError =>
  awsError(
    'OverMaxRecordSize',
    'The character number in one record is more than our max threshold, maxCharsPerRecord: 1,048,576',
  );

export const jsonParsingError = (): AwsError =>
  awsError('JSONParsingError', 'Error parsing JSON file. Check the file and try again.');

export const csvParsingError = (): AwsError =>
  awsError('CSVParsingError', 'Error parsing CSV file. Check the file and try again.');

export const invalidTextEncoding = (): AwsError =>
  awsError('InvalidTextEncoding', 'Invalid encoding type. Only UTF-8 encoding is supported.');

export const truncatedInput = (): AwsError =>
  awsError(
    'TruncatedInput',
    'Object decompression failed. Check that the object is properly compressed using the format specified in the request.',
  );

export const missingHeaders = (): AwsError =>
  awsError('MissingHeaders', 'Some headers in the query are missing from the file. Check the file and try again.');

export const unsupportedFunction = (name: string): AwsError =>
  awsError('UnsupportedFunction', `Encountered an unsupported SQL function: ${name}.`);

export const unsupportedStructure = (): AwsError =>
  awsError('UnsupportedSqlStructure', 'Encountered an unsupported SQL structure. Check the SQL Reference.');

export const castFailed = (value: string, type: string): AwsError =>
  awsError('CastFailed', `Attempt to convert from one data type to another using CAST failed: ${value} to ${type}.`);

export const invalidArguments = (what: string): AwsError =>
  awsError('EvaluatorInvalidArguments', `Incorrect number or type of arguments in the function call: ${what}.`);

export const invalidDataType = (): AwsError =>
  awsError('InvalidDataType', 'The SQL expression contains a data type that is not valid.');

export const likeInvalidInputs = (): AwsError =>
  awsError('LikeInvalidInputs', 'Invalid argument given to the LIKE clause in the SQL expression.');

export const invalidTimestampPattern = (pattern: string): AwsError =>
  awsError(
    'EvaluatorInvalidTimestampFormatPattern',
    `Timestamp format pattern is not valid in the SQL expression: ${pattern}.`,
  );

export const invalidCompressionFormat = (): AwsError =>
  awsError(
    'InvalidCompressionFormat',
    'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
  );
