// Finding a queue by its URL or ARN, and who may use it: its own account, and whom its policy lets in.

import { parseArn } from '../../aws/arn.ts';
import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { allowsInPolicy } from './queue-policy.ts';
import { parseQueueUrl } from './queue-urls.ts';
import { arnOf, type QueueRow, queues } from './queues.table.ts';
import { accessDenied, queueDoesNotExist } from './sqs.errors.ts';

/** For `action` (`SendMessage`), by the request's principal. */
export function requireQueue(ctx: OperationContext, queueUrl: string, action: string): QueueRow {
  const address = parseQueueUrl(queueUrl, ctx);
  const queue = address && ctx.tableIn(queues, address).get(address.name);
  if (!queue) throw queueDoesNotExist();
  if (!mayUse(ctx, queue, action)) throw accessDenied(arnOf(queue));
  return queue;
}

export function requireQueueOf(ctx: AsyncOperationContext, queueUrl: string, action: string): QueueRow {
  return ctx.transact((inner) => requireQueue(inner, queueUrl, action));
}

export function findByArn(ctx: OperationContext, arn: string): QueueRow | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'sqs') return undefined;
  return ctx.tableIn(queues, parsed).get(parsed.resource);
}

function mayUse(ctx: OperationContext, queue: QueueRow, action: string): boolean {
  const { principal } = ctx;
  if (principal.account === queue.account || principal.kind === 'service') return true;
  const policy = queue.spec.attributes['Policy'];
  return policy !== undefined && allowsInPolicy(policy, { principal, action: `sqs:${action}`, resource: arnOf(queue) });
}
