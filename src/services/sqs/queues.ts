// Finding a queue by its URL or ARN. Whether the caller may use it was decided before: see sqs.authorization.ts.

import { parseArn } from '../../aws/arn.ts';
import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { parseQueueUrl } from './queue-urls.ts';
import { type QueueRow, queues } from './queues.table.ts';
import { queueDoesNotExist } from './sqs.errors.ts';

export function requireQueue(ctx: OperationContext, queueUrl: string): QueueRow {
  const address = parseQueueUrl(queueUrl, ctx);
  const queue = address && ctx.tableIn(queues, address).get(address.name);
  if (!queue) throw queueDoesNotExist();
  return queue;
}

export function requireQueueOf(ctx: AsyncOperationContext, queueUrl: string): QueueRow {
  const address = parseQueueUrl(queueUrl, ctx);
  const queue = address && ctx.get(queues, address, address.name);
  if (!queue) throw queueDoesNotExist();
  return queue;
}

export function findByArn(ctx: OperationContext, arn: string): QueueRow | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'sqs') return undefined;
  return ctx.tableIn(queues, parsed).get(parsed.resource);
}
