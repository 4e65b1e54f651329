// Finding a topic by its ARN, and who may use it: its own account, and whom its policy lets in.

import type { OperationContext } from '../../aws/operation.ts';
import { authorizationError, invalidParameter, topicDoesNotExist } from './sns.errors.ts';
import { allowsInPolicy } from './topic-policy.ts';
import { parseTopicArn, type TopicRow, topicArnOf, topics } from './topics.table.ts';

/** For `action` (`Publish`), by the request's principal. */
export function requireTopic(ctx: OperationContext, arn: string, action: string): TopicRow {
  const address = parseTopicArn(arn);
  if (!address) throw invalidArn('TopicArn', arn);
  if (address.region !== ctx.region) throw topicDoesNotExist();
  const topic = ctx.tableIn(topics, address).get(address.name);
  if (!topic) throw topicDoesNotExist();
  if (!mayUse(ctx, topic, action)) throw authorizationError(ctx.principal.arn, action, arn);
  return topic;
}

export function invalidArn(parameter: string, arn: string) {
  const elements = arn.split(':').length;
  return invalidParameter(
    elements < 6 ? `${parameter} Reason: An ARN must have at least 6 elements, not ${elements}` : parameter,
  );
}

function mayUse({ principal }: OperationContext, topic: TopicRow, action: string): boolean {
  if (principal.account === topic.account || principal.kind === 'service') return true;
  const policy = topic.spec.attributes['Policy'];
  return (
    policy !== undefined && allowsInPolicy(policy, { principal, action: `sns:${action}`, resource: topicArnOf(topic) })
  );
}
