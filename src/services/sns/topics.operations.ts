// CreateTopic, DeleteTopic, ListTopics, GetTopicAttributes, SetTopicAttributes.
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { SnsApi } from '../../generated/sns.types.ts';
import { archivedId, archivedPublications, replays } from './archive.table.ts';
import { checkMessageSize } from './endpoints.ts';
import { pageOf } from './pages.ts';
import { invalidParameter } from './sns.errors.ts';
import { addTags } from './sns-tags.ts';
import { protocolsOf, subscriptions } from './subscriptions.table.ts';
import { describeTopic, parseTopicAttribute } from './topic-attributes.ts';
import { parseTopicArn, type TopicRow, type TopicSpec, topicArnOf, topics, usualMessageBytes } from './topics.table.ts';
import { invalidArn, requireTopic } from './topics.ts';

export const topicOperations = {
  CreateTopic(ctx, { Name, Attributes = {}, Tags = [], DataProtectionPolicy }) {
    if (DataProtectionPolicy) throw closedToNewCustomers();
    const isFifo = Attributes['FifoTopic']?.toLowerCase() === 'true';
    checkTopicName(Name, isFifo);
    const attributes = parseAttributes(Attributes, isFifo);
    const tags = addTags({}, Tags);
    const known = ctx.table(topics).get(Name);
    if (known) {
      const present: TopicSpec['attributes'] = { ...unset, ...known.spec.attributes };
      const differs = Object.entries(attributes).some(([name, value]) => present[name] !== value);
      if (differs) throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
      const differsInTags = Object.entries(tags).some(([key, value]) => known.spec.tags[key] !== value);
      if (differsInTags) throw invalidParameter('Tags Reason: Topic already exists with different tags');
      return { TopicArn: topicArnOf(known) };
    }
    const topic = ctx.table(topics).insert(Name, {
      isFifo,
      attributes,
      tags,
      subscriptionsDeleted: 0,
      ...(attributes['ArchivePolicy'] !== undefined && { archivedSinceMs: ctx.nowMs }),
      lastSequence: 0,
    });
    return { TopicArn: topicArnOf(topic) };
  },

  DeleteTopic(ctx, { TopicArn }) {
    const address = parseTopicArn(TopicArn);
    if (!address) throw invalidArn('TopicArn', TopicArn);
    if (!ctx.tableIn(topics, address).has(address.name)) return {};
    const topic = requireTopic(ctx, TopicArn);
    if (topic.spec.attributes['ArchivePolicy'] !== undefined) throw hasArchive();
    const rows = [...ctx.tableIn(subscriptions, topic).by('byTopic', topic.id)];
    for (const { id } of rows) {
      ctx.tableIn(subscriptions, topic).remove(id);
      ctx.tableIn(replays, topic).remove(id);
    }
    ctx.tableIn(topics, topic).remove(topic.id);
    return {};
  },

  ListTopics(ctx, { NextToken }) {
    const { rows, nextToken } = pageOf(ctx, 'ListTopics', NextToken, (afterId) => ctx.table(topics).list(afterId));
    return {
      Topics: rows.map((topic) => ({ TopicArn: topicArnOf(topic) })),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  GetTopicAttributes(ctx, { TopicArn }) {
    const topic = requireTopic(ctx, TopicArn);
    const rows = [...ctx.tableIn(subscriptions, topic).by('byTopic', topic.id)];
    const confirmed = rows.filter(({ spec }) => spec.confirmation !== undefined).length;
    return { Attributes: describeTopic(topic, { confirmed, pending: rows.length - confirmed }, ctx.nowMs) };
  },

  SetTopicAttributes(ctx, { TopicArn, AttributeName, AttributeValue = '' }) {
    const topic = requireTopic(ctx, TopicArn);
    if (AttributeName === 'FifoTopic') throw invalidParameter('AttributeName');
    const value = parseTopicAttribute(AttributeName, AttributeValue, topic.spec.isFifo);
    const spec = withAttribute(topic.spec, AttributeName, value);
    if (AttributeName === 'MaximumMessageSize') checkMessageSize(spec, protocolsOf(ctx, topic));
    ctx.tableIn(topics, topic).update(topic.id, () => spec);
    if (AttributeName === 'ArchivePolicy') changeArchive(ctx, topic, value);
    return {};
  },

  PutDataProtectionPolicy(ctx, { ResourceArn, DataProtectionPolicy }) {
    requireTopic(ctx, ResourceArn);
    if (DataProtectionPolicy !== '') throw closedToNewCustomers();
    return {};
  },

  GetDataProtectionPolicy(ctx, { ResourceArn }) {
    requireTopic(ctx, ResourceArn);
    throw noPolicy();
  },
} satisfies Operations<SnsApi>;

/** What says no more than AWS takes for granted. */
const unset: TopicSpec['attributes'] = {
  ContentBasedDeduplication: 'false',
  DisplayName: '',
  MaximumMessageSize: String(usualMessageBytes),
  SignatureVersion: '1',
};

/** As AWS did on April 30, 2026. */
const closedToNewCustomers = (): AwsError =>
  awsError(
    'InvalidParameter',
    'Invalid parameter: DataProtectionPolicy Reason: message data protection is no longer available to new customers',
  );

const hasArchive = (): AwsError =>
  awsError('InvalidState', 'Invalid state: Cannot delete a topic with an ArchivePolicy');

/** Of a topic whose policy changed. Without one, what was kept is gone. */
function changeArchive(ctx: OperationContext, topic: TopicRow, policy: string | undefined): void {
  const archivedSinceMs = policy === undefined ? undefined : (topic.spec.archivedSinceMs ?? ctx.nowMs);
  ctx.tableIn(topics, topic).update(topic.id, ({ archivedSinceMs: _, ...spec }) => ({
    ...spec,
    ...(archivedSinceMs !== undefined && { archivedSinceMs }),
  }));
  if (policy !== undefined) return;
  const archive = ctx.tableIn(archivedPublications, topic);
  const kept: string[] = [];
  for (const { id, spec } of archive.list(archivedId(topic.id, ''))) {
    if (spec.topicName !== topic.id) break;
    kept.push(id);
  }
  for (const id of kept) archive.remove(id);
}

const noPolicy = (): AwsError => awsError('NotFound', 'Data protection policy does not exist', 404);

function checkTopicName(name: string, isFifo: boolean): void {
  const rule = isFifo ? /^(?=.{1,256}$)[A-Za-z0-9_-]+\.fifo$/ : /^[A-Za-z0-9_-]{1,256}$/;
  if (!rule.test(name)) throw invalidParameter('Topic Name');
}

function parseAttributes(given: Readonly<Record<string, string>>, isFifo: boolean): TopicSpec['attributes'] {
  const parsed: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const kept = parseTopicAttribute(name, value, isFifo);
    // A topic that is not FIFO has no such attribute, though one may say so.
    if (kept !== undefined && !(name === 'FifoTopic' && kept === 'false')) parsed[name] = kept;
  }
  return parsed;
}

function withAttribute(spec: TopicSpec, name: string, value: string | undefined): TopicSpec {
  const { [name]: _, ...others } = spec.attributes;
  return { ...spec, attributes: value === undefined ? others : { ...others, [name]: value } };
}
