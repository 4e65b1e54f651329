// GetQueueAttributes and PurgeQueue: what has to do with a queue's messages as a whole.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import { describeAttributes } from './queue-attributes.ts';
import { arnOf, type QueueRow, queues, refOf, retentionMsOf } from './queues.table.ts';
import { requireQueue, requireQueueOf } from './queues.ts';
import { purgeQueueInProgress } from './sqs.errors.ts';

const purgeRestsForMs = 60_000;

export const queueContentOperations = {
  async GetQueueAttributes(ctx, { QueueUrl, AttributeNames = [] }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    if (AttributeNames.length === 0) return {};
    const counts = AttributeNames.some((name) => name === 'All' || name.startsWith('ApproximateNumber'))
      ? await countMessages(ctx, queue)
      : {};
    const facts = {
      QueueArn: arnOf(queue),
      ...counts,
      CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.spec.lastModifiedAtMs / 1000)),
    };
    const Attributes = describeAttributes(queue.spec, facts, AttributeNames);
    return Object.keys(Attributes).length === 0 ? {} : { Attributes };
  },

  async PurgeQueue(ctx, { QueueUrl }) {
    const queue = ctx.transact((inner) => {
      const found = requireQueue(inner, QueueUrl);
      const { purgedAtMs } = found.spec;
      if (purgedAtMs !== undefined && ctx.nowMs < purgedAtMs + purgeRestsForMs) throw purgeQueueInProgress(found.id);
      inner.tableIn(queues, found).update(found.id, (spec) => ({ ...spec, purgedAtMs: ctx.nowMs }));
      return found;
    });
    await ctx.drivers.messages.purge(refOf(queue));
    return {};
  },
} satisfies AsyncOperations<SqsApi>;

async function countMessages(ctx: AsyncOperationContext, queue: QueueRow) {
  const { visible, inFlight, delayed } = await ctx.drivers.messages.count(refOf(queue), retentionMsOf(queue.spec));
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}
