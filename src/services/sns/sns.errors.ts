// Every error of SNS, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

/** `Invalid parameter: …`, which is how nearly all of them begin. */
export const invalidParameter = (rest: string): AwsError => awsError('InvalidParameter', `Invalid parameter: ${rest}`);

export const parameterValueInvalid = (message: string): AwsError => awsError('ParameterValueInvalid', message);

const notFound = (what: string): AwsError => awsError('NotFound', `${what} does not exist`, 404);

export const topicDoesNotExist = (): AwsError => notFound('Topic');
export const subscriptionDoesNotExist = (): AwsError => notFound('Subscription');
export const platformApplicationDoesNotExist = (): AwsError => notFound('PlatformApplication');
export const endpointDoesNotExist = (): AwsError => notFound('Endpoint');

export const resourceDoesNotExist = (): AwsError => awsError('ResourceNotFound', 'Resource does not exist', 404);

export const tagLimitExceeded = (): AwsError =>
  awsError('TagLimitExceeded', 'Could not complete request: tag quota of per resource exceeded');

export const filterPolicyLimitExceeded = (most: number): AwsError =>
  awsError('FilterPolicyLimitExceeded', `The topic has reached its limit of ${most} filter policies`, 403);

export const subscriptionLimitExceeded = (most: number): AwsError =>
  awsError('SubscriptionLimitExceeded', `The topic has reached its limit of ${most} subscriptions`, 403);

/** Those of text messages begin otherwise. */
export const invalidSetting = (message: string): AwsError => awsError('InvalidParameter', message);

export const authorizationError = (message: string): AwsError => awsError('AuthorizationError', message, 403);

export const endpointDisabled = (): AwsError => awsError('EndpointDisabled', 'Endpoint is disabled');

export const platformApplicationDisabled = (): AwsError =>
  awsError('PlatformApplicationDisabled', 'PlatformApplication is disabled');

export const emptyBatchRequest = (): AwsError =>
  awsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");

export const tooManyEntries = (): AwsError =>
  awsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');

export const batchEntryIdsNotDistinct = (): AwsError =>
  awsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');

export const invalidBatchEntryId = (id: string): AwsError =>
  awsError(
    'InvalidBatchEntryId',
    `The Id of a batch entry in the batch request ${id.length > 80 ? 'is too long' : 'contains an impermissible character'}: ${id}`,
  );

export const batchRequestTooLong = (): AwsError =>
  awsError('BatchRequestTooLong', 'The length of all the messages put together is more than the limit.');

/** What AWS itself answers to a filter policy with a number that is out of its range. */
export const internalError = (): AwsError => awsError('InternalError', 'An internal error occurred', 500);

export const notBuilt = (what: string): AwsError =>
  awsError('UnsupportedOperation', `cloudlet does not support ${what} in SNS yet.`);
