// DynamoDB Streams' errors.

import { type AwsError, awsError } from '../../aws/errors.ts';

export function invalidStreamArn(streamArn: string): AwsError {
  return awsError('ValidationException', `Invalid StreamArn: Invalid ResourceArn provided as input ${streamArn}`);
}

export function streamNotFound(streamArn: string): AwsError {
  return awsError('ResourceNotFoundException', `Requested resource not found: Stream: ${streamArn} not found`);
}

export function shardNotFound(shardId: string, streamArn: string): AwsError {
  return awsError(
    'ResourceNotFoundException',
    `Requested resource not found: Shard: ${shardId} in Stream: ${streamArn} not found`,
  );
}

export function invalidIterator(): AwsError {
  return awsError('ValidationException', 'Invalid ShardIterator');
}

export function expiredIterator(): AwsError {
  return awsError('ExpiredIteratorException', 'Iterator expired. The iterator was created more than 15 minutes ago.');
}

export function trimmedAccess(): AwsError {
  return awsError(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}
