// Every error of Service Quotas, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

export const illegalArgument = (message: string): AwsError => awsError('IllegalArgumentException', message);

export const noSuchResource = (message: string): AwsError => awsError('NoSuchResourceException', message);

export const noSuchService = (): AwsError =>
  noSuchResource(
    'This service is not available in the current Region. Choose a different Region or a different service.',
  );

export const noSuchQuota = (): AwsError =>
  noSuchResource('The request failed because the specified service quota does not exist.');

export const noSuchRequest = (): AwsError => noSuchResource('The request failed because the request does not exist.');

export const invalidPaginationToken = (): AwsError =>
  awsError('InvalidPaginationTokenException', 'The pagination token is invalid.');

export const tooManyTags = (): AwsError =>
  awsError('TooManyTagsException', "You've exceeded the number of tags allowed for a resource.");
