// TagQueue, UntagQueue, ListQueueTags, AddPermission, RemovePermission.

import type { Operations } from '../../aws/operation.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import { addPermission, removePermission } from './queue-policy.ts';
import { checkTags } from './queue-tags.ts';
import { arnOf, type QueueSpec, queues } from './queues.table.ts';
import { requireQueue } from './queues.ts';
import { invalidParameterValue, missingParameter } from './sqs.errors.ts';

export const queueSettingOperations = {
  TagQueue(ctx, { QueueUrl, Tags }) {
    const queue = requireQueue(ctx, QueueUrl);
    if (Object.keys(Tags).length === 0) throw missingParameter('Tags');
    const tags = { ...queue.spec.tags, ...Tags };
    checkTags(queue.id, tags);
    ctx.tableIn(queues, queue).update(queue.id, (spec) => ({ ...spec, tags }));
    return {};
  },

  UntagQueue(ctx, { QueueUrl, TagKeys }) {
    const queue = requireQueue(ctx, QueueUrl);
    if (TagKeys.length === 0) throw invalidParameterValue('Tag keys must be between 1 and 128 characters in length.');
    const tags = Object.fromEntries(Object.entries(queue.spec.tags).filter(([key]) => !TagKeys.includes(key)));
    ctx.tableIn(queues, queue).update(queue.id, (spec) => ({ ...spec, tags }));
    return {};
  },

  ListQueueTags(ctx, { QueueUrl }) {
    const { spec } = requireQueue(ctx, QueueUrl);
    return Object.keys(spec.tags).length === 0 ? {} : { Tags: spec.tags };
  },

  AddPermission(ctx, { QueueUrl, Label, AWSAccountIds, Actions }) {
    const queue = requireQueue(ctx, QueueUrl);
    const policy = addPermission(queue.spec.attributes['Policy'], arnOf(queue), {
      label: Label,
      accountIds: AWSAccountIds,
      actions: Actions,
    });
    ctx.tableIn(queues, queue).update(queue.id, (spec) => withPolicy(spec, policy, ctx.nowMs));
    return {};
  },

  RemovePermission(ctx, { QueueUrl, Label }) {
    const queue = requireQueue(ctx, QueueUrl);
    const policy = removePermission(queue.spec.attributes['Policy'], Label);
    ctx.tableIn(queues, queue).update(queue.id, (spec) => withPolicy(spec, policy, ctx.nowMs));
    return {};
  },
} satisfies Operations<SqsApi>;

function withPolicy(spec: QueueSpec, policy: string | undefined, nowMs: number): QueueSpec {
  const { Policy: _, ...others } = spec.attributes;
  const attributes = policy === undefined ? others : { ...others, Policy: policy };
  return { ...spec, attributes, lastModifiedAtMs: nowMs };
}
