// DynamoDB's front door: what DynamoDB Streams reads.

export { answer, type RawMember, rawItem, rawList, rawStructure, rawTimestamp } from './answer.ts';
export { tablePolicies } from './dynamodb.authorization.ts';
export { resourceNotFound, validationError } from './dynamodb.errors.ts';
export { recordKey, type StoredRecord, sequenceOfKey } from './stream-records.ts';
export { type ShardStatus, type StreamRow, shardsOf, streams } from './streams.table.ts';
export { streamArn } from './tables.table.ts';
