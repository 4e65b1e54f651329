// TagResource, UntagResource, ListTagsForResource, AddPermission, RemovePermission.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { SnsApi } from '../../generated/sns.types.ts';
import { resourceDoesNotExist } from './sns.errors.ts';
import { addTags, describeTags } from './sns-tags.ts';
import { policyOf } from './topic-attributes.ts';
import { addPermission, removePermission } from './topic-policy.ts';
import { parseTopicArn, type TopicRow, type TopicSpec, topicArnOf, topics } from './topics.table.ts';
import { requireTopic } from './topics.ts';

export const topicSettingOperations = {
  TagResource(ctx, { ResourceArn, Tags }) {
    const topic = requireTagged(ctx, ResourceArn);
    const tags = addTags(topic.spec.tags, Tags);
    ctx.tableIn(topics, topic).update(topic.id, (spec) => ({ ...spec, tags }));
    return {};
  },

  UntagResource(ctx, { ResourceArn, TagKeys }) {
    const topic = requireTagged(ctx, ResourceArn);
    const tags = Object.fromEntries(Object.entries(topic.spec.tags).filter(([key]) => !TagKeys.includes(key)));
    ctx.tableIn(topics, topic).update(topic.id, (spec) => ({ ...spec, tags }));
    return {};
  },

  ListTagsForResource(ctx, { ResourceArn }) {
    return { Tags: describeTags(requireTagged(ctx, ResourceArn).spec.tags) };
  },

  AddPermission(ctx, { TopicArn, Label, AWSAccountId, ActionName }) {
    const topic = requireTopic(ctx, TopicArn);
    const policy = addPermission(policyOf(topic), topicArnOf(topic), {
      label: Label,
      accountIds: AWSAccountId,
      actions: ActionName,
    });
    ctx.tableIn(topics, topic).update(topic.id, (spec) => withPolicy(spec, policy));
    return {};
  },

  RemovePermission(ctx, { TopicArn, Label }) {
    const topic = requireTopic(ctx, TopicArn);
    const policy = removePermission(policyOf(topic), Label);
    ctx.tableIn(topics, topic).update(topic.id, (spec) => withPolicy(spec, policy));
    return {};
  },
} satisfies Operations<SnsApi>;

function requireTagged(ctx: OperationContext, arn: string): TopicRow {
  const address = parseTopicArn(arn);
  const topic = address && ctx.table(topics).get(address.name);
  if (!topic || topicArnOf(topic) !== arn) throw resourceDoesNotExist();
  return topic;
}

function withPolicy(spec: TopicSpec, policy: string): TopicSpec {
  return { ...spec, attributes: { ...spec.attributes, Policy: policy } };
}
