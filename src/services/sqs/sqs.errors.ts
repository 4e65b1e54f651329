// Every error of SQS, in AWS's codes and words. Codes are shapes of the model where it has one; the query protocol then
// says `AWS.SimpleQueueService.…` by itself.

import { type AwsError, awsError } from '../../aws/errors.ts';

export const queueDoesNotExist = (): AwsError => awsError('QueueDoesNotExist', 'The specified queue does not exist.');

export const queueNameExists = (attribute: string): AwsError =>
  awsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  );

export const queueDeletedRecently = (): AwsError =>
  awsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  );

export const purgeQueueInProgress = (name: string): AwsError =>
  awsError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`, 403);

export const invalidAddress = (url: string): AwsError =>
  awsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`, 404);

/** LocalStack's words, at its path. */
export const onlyReceiveMessage = (): AwsError =>
  awsError('InvalidRequest', 'This endpoint only accepts ReceiveMessage calls');

export const invalidParameterValue = (message: string): AwsError => awsError('InvalidParameterValue', message);

export const invalidParameter = (name: string, value: string | number, reason: string): AwsError =>
  invalidParameterValue(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

export const missingParameter = (name: string): AwsError =>
  awsError('MissingParameter', `The request must contain the parameter ${name}.`);

export const unknownAttribute = (name: string): AwsError =>
  awsError('InvalidAttributeName', `Unknown Attribute ${name}.`);

export const invalidAttributeName = (message: string): AwsError => awsError('InvalidAttributeName', message);

export const invalidAttributeValue = (name: string, reason?: string): AwsError =>
  awsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.${reason ? ` Reason: ${reason}` : ''}`);

export const attributeConflict = (message: string): AwsError => awsError('InvalidAttributeValue', message);

export const receiptHandleIsInvalid = (handle: string): AwsError =>
  awsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);

export const receiptHandleOfOtherQueue = (handle: string): AwsError =>
  awsError('ReceiptHandleIsInvalid', `The receipt handle "${handle}" is not valid for this queue.`);

export const receiptHandleExpired = (handle: string): AwsError =>
  invalidParameter('ReceiptHandle', handle, 'The receipt handle has expired.');

export const notAvailableForChange = (handle: string): AwsError =>
  invalidParameter(
    'ReceiptHandle',
    handle,
    'Message does not exist or is not available for visibility timeout change.',
  );

export const overLimit = (message: string): AwsError => awsError('OverLimit', message, 403);

export const tooManyInFlight = (most: number): AwsError =>
  overLimit(`The number of messages in flight has reached the limit of ${most}.`);

export const emptyBatchRequest = (entryShape: string): AwsError =>
  awsError('EmptyBatchRequest', `There should be at least one ${entryShape} in the request.`);

export const tooManyEntries = (count: number): AwsError =>
  awsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${count}.`);

export const invalidBatchEntryId = (): AwsError =>
  awsError(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  );

export const batchEntryIdsNotDistinct = (id: string): AwsError =>
  awsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);

export const batchRequestTooLong = (bytes: number, most: number): AwsError =>
  awsError('BatchRequestTooLong', `Batch requests cannot be longer than ${most} bytes. You have sent ${bytes} bytes.`);

const invalidCharacter = (character: string, place: string): string =>
  `Invalid binary character '#x${character.charCodeAt(0).toString(16).toUpperCase()}' was found in the message ${place}, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`;

export const invalidMessageContents = (character: string): AwsError =>
  awsError('InvalidMessageContents', invalidCharacter(character, 'body'));

export const invalidAttributeContents = (name: string, character: string): AwsError =>
  invalidParameterValue(invalidCharacter(character, `attribute '${name}'`));

export const resourceNotFound = (message: string): AwsError => awsError('ResourceNotFoundException', message, 404);

export const unsupportedOperation = (message: string): AwsError => awsError('UnsupportedOperation', message);

export const accessDenied = (message: string): AwsError => awsError('AccessDenied', message, 403);
