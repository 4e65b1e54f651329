// Finding a topic by its ARN. Whether the caller may use it was decided before: see sns.authorization.ts.

import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { invalidParameter, topicDoesNotExist } from './sns.errors.ts';
import { parseTopicArn, type TopicRow, topics } from './topics.table.ts';

export function requireTopic(ctx: OperationContext, arn: string): TopicRow {
  const address = parseTopicArn(arn);
  if (!address) throw invalidArn('TopicArn', arn);
  if (address.region !== ctx.region) throw invalidParameter('TopicArn');
  const topic = ctx.tableIn(topics, address).get(address.name);
  if (!topic) throw topicDoesNotExist();
  return topic;
}

/** The same for an operation that needs nothing else of the rows. */
export function requireTopicOf(ctx: AsyncOperationContext, arn: string): TopicRow {
  const address = parseTopicArn(arn);
  if (!address) throw invalidArn('TopicArn', arn);
  if (address.region !== ctx.region) throw invalidParameter('TopicArn');
  const topic = ctx.get(topics, address, address.name);
  if (!topic) throw topicDoesNotExist();
  return topic;
}

export function invalidArn(parameter: string, arn: string) {
  const elements = arn.split(':').length;
  return invalidParameter(
    elements < 6 ? `${parameter} Reason: An ARN must have at least 6 elements, not ${elements}` : parameter,
  );
}
