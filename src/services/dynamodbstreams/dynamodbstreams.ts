// DynamoDB Streams' manifest. The records are written by DynamoDB, in the changes that they tell of.

import type { Service } from '../../aws/service.ts';
import { tablePolicies } from '../dynamodb/index.ts';
import { dynamodbstreamsAuthorization } from './dynamodbstreams.authorization.ts';
import { recordOperations } from './records.operations.ts';
import { streamOperations } from './streams.operations.ts';

export const dynamodbstreams: Service = {
  id: 'dynamodbstreams',
  operations: streamOperations,
  asyncOperations: recordOperations,
  authorization: dynamodbstreamsAuthorization,
  resourcePolicies: tablePolicies,
};
