// CloudTrail's errors, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

export const invalidLookupAttributes = (): AwsError =>
  awsError('InvalidLookupAttributesException', 'You can only specify one lookup attribute at a time.');

export const invalidTimeRange = (): AwsError =>
  awsError('InvalidTimeRangeException', 'Start time must be before or the same as end time.');

export const invalidMaxResults = (maxResults: number): AwsError =>
  awsError(
    'InvalidMaxResultsException',
    `The maximum results value ${maxResults} is not valid. It must be between 1 and 50.`,
  );

export const invalidNextToken = (): AwsError =>
  awsError('InvalidNextTokenException', 'The next token is invalid or expired.');
