// What SQS has of its own on the query protocol: requests are sent to the queue's URL, which then need not be named a
// second time, and where not everything may be asked.

import { type AwsError, awsError } from '../errors.ts';
import type { OperationModel } from '../model.ts';
import type { WireRequest } from './protocol.ts';

const ofNoQueue = new Set(['CreateQueue', 'ListQueues']);

const isQueuePath = (path: string): boolean => /^\/(?:queue\/[^/]+\/)?\d{12}\/[^/]+$/.test(path);

export function withSqsDefaults(
  { name, input: shape }: OperationModel,
  { path, headers }: WireRequest,
  input: Record<string, unknown>,
): Record<string, unknown> {
  if (ofNoQueue.has(name) && isQueuePath(path)) throw notForThisEndpoint(name);
  if (path.length > 1 && shape.member('QueueUrl')) input['QueueUrl'] ??= `http://${headers['host'] ?? ''}${path}`;
  // Clients write an empty list as if it were a text.
  if (shape.member('Entries')) input['Entries'] ??= [];
  return input;
}

export const notForThisEndpoint = (action: string): AwsError =>
  awsError('InvalidAction', `The action ${action} is not valid for this endpoint.`);
