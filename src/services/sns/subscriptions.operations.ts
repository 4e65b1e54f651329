// Subscribe, ConfirmSubscription, Unsubscribe, ListSubscriptions, ListSubscriptionsByTopic, Get- and
// SetSubscriptionAttributes. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { SnsApi, Subscription } from '../../generated/sns.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { replays } from './archive.table.ts';
import { parseReplayPolicy } from './archive.ts';
import { sendConfirmation } from './confirmations.ts';
import { checkEndpoint, checkMessageSize, checkProtocol, needsConfirmation } from './endpoints.ts';
import { pageOf } from './pages.ts';
import {
  filterPolicyLimitExceeded,
  invalidParameter,
  invalidSetting,
  subscriptionDoesNotExist,
  subscriptionLimitExceeded,
} from './sns.errors.ts';
import { attributesOfNew, describeSubscriptionAttributes, mergeAttributes } from './subscription-attributes.ts';
import {
  endpointKey,
  protocolsOf,
  type SubscriptionRow,
  type SubscriptionSpec,
  subscriptionArnOf,
  subscriptions,
  subscriptionTopicArn,
  tokenValidForMs,
} from './subscriptions.table.ts';
import { parseTopicArn, type TopicRow, topics } from './topics.table.ts';
import { invalidArn, requireTopic } from './topics.ts';

export const subscriptionOperations = {
  Subscribe(ctx, { TopicArn, Protocol, Endpoint = '', Attributes = {}, ReturnSubscriptionArn = false }) {
    const topic = requireTopic(ctx, TopicArn);
    const protocol = checkProtocol(ctx, Protocol);
    checkEndpoint(ctx, protocol, Endpoint, topic.spec.isFifo);
    const attributes = attributesOfNew(Attributes);
    checkDeadLetters(topic, Endpoint, attributes);
    const table = ctx.tableIn(subscriptions, topic);
    const shape = { topicName: topic.id, protocol, endpoint: Endpoint };
    const [known] = table.by('byEndpoint', endpointKey(shape));
    if (known && differs(known.spec.attributes, attributes))
      throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
    if (!known) {
      checkLimits(ctx, topic, { isNew: true, isFiltered: 'FilterPolicy' in attributes });
      checkMessageSize(topic.spec, [...protocolsOf(ctx, topic), protocol]);
    }
    const isPending = needsConfirmation(protocol, Endpoint, ctx.account);
    const row =
      known ??
      table.insert(`${topic.id}:${newUuid(ctx.random)}`, {
        ...shape,
        owner: ctx.account,
        principalArn: ctx.principal.arn,
        attributes,
        ...(!isPending && { confirmation: 'authenticated' as const }),
        authenticateOnUnsubscribe: false,
        token: Buffer.from(ctx.random.bytes(128)).toString('hex'),
        expiresAtMs: ctx.nowMs + tokenValidForMs,
      });
    if (!known) changeReplay(ctx, topic, row, Attributes);
    if (row.spec.confirmation === undefined) {
      // Its token is sent again, and good for as long as a new one.
      if (known) table.update(row.id, (spec) => ({ ...spec, expiresAtMs: ctx.nowMs + tokenValidForMs }));
      sendConfirmation(ctx, topic, row, 'SubscriptionConfirmation');
    }
    const isShown = row.spec.confirmation !== undefined || ReturnSubscriptionArn;
    return { SubscriptionArn: isShown ? subscriptionArnOf(row) : 'pending confirmation' };
  },

  ConfirmSubscription(ctx, { TopicArn, Token, AuthenticateOnUnsubscribe }) {
    const address = parseTopicArn(TopicArn);
    if (!address) throw invalidArn('TopicArn', TopicArn);
    if (!/^[0-9a-f]{128,}$/.test(Token)) throw invalidSetting('Invalid token');
    // Whoever has the token may, from anywhere: it is a link that is followed. AWS looks for nothing but the token.
    const table = ctx.tableIn(subscriptions, address);
    const row =
      [...table.by('byTopic', address.name)].find(({ spec }) => spec.token === Token) ??
      [...table.list()].find(({ spec }) => spec.token === Token);
    if (!row) throw invalidParameter('Token');
    const { confirmation = ctx.principal.kind === 'anonymous' ? 'by token' : 'authenticated' } = row.spec;
    table.update(row.id, (spec) => ({
      ...spec,
      confirmation,
      authenticateOnUnsubscribe: spec.authenticateOnUnsubscribe || AuthenticateOnUnsubscribe === 'true',
    }));
    return { SubscriptionArn: subscriptionArnOf(row) };
  },

  Unsubscribe(ctx, { SubscriptionArn }) {
    const row = findSubscription(ctx, SubscriptionArn);
    if (!row) {
      if (!parseTopicArn(SubscriptionArn)) throw invalidArn('SubscriptionArn', SubscriptionArn);
      if (SubscriptionArn.split(':').length < 7) throw invalidParameter('SubscriptionId');
      return {};
    }
    if (ctx.principal.kind === 'anonymous' && row.spec.authenticateOnUnsubscribe)
      throw invalidParameter(
        'SubscriptionArn Reason: This subscription can only be unsubscribed with a signed request',
      );
    const topic = ctx.tableIn(topics, row).get(row.spec.topicName);
    ctx.tableIn(subscriptions, row).remove(row.id);
    ctx.tableIn(replays, row).remove(row.id);
    if (!topic) return {};
    ctx.tableIn(topics, row).update(topic.id, (spec) => ({
      ...spec,
      subscriptionsDeleted: spec.subscriptionsDeleted + 1,
    }));
    if (row.spec.confirmation !== undefined) sendConfirmation(ctx, topic, row, 'UnsubscribeConfirmation');
    return {};
  },

  ListSubscriptions(ctx, { NextToken }) {
    const { rows, nextToken } = pageOf(ctx, 'ListSubscriptions', NextToken, (afterId) =>
      ctx.table(subscriptions).list(afterId),
    );
    return {
      Subscriptions: rows.map(describeSubscription),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  ListSubscriptionsByTopic(ctx, { TopicArn, NextToken }) {
    const topic = requireTopic(ctx, TopicArn);
    const rowsAfter = inOrder(ctx.tableIn(subscriptions, topic).by('byTopic', topic.id));
    const { rows, nextToken } = pageOf(ctx, `ListSubscriptionsByTopic ${topic.id}`, NextToken, rowsAfter);
    return {
      Subscriptions: rows.map(describeSubscription),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  GetSubscriptionAttributes(ctx, { SubscriptionArn }) {
    const row = requireSubscription(ctx, SubscriptionArn);
    const topic = ctx.tableIn(topics, row).get(row.spec.topicName);
    const replay = ctx.tableIn(replays, row).get(row.id);
    return { Attributes: describeSubscriptionAttributes(row, topic?.spec.attributes['DeliveryPolicy'], replay) };
  },

  SetSubscriptionAttributes(ctx, { SubscriptionArn, AttributeName, AttributeValue = '' }) {
    const row = requireSubscription(ctx, SubscriptionArn);
    const attributes = mergeAttributes(row.spec.attributes, { [AttributeName]: AttributeValue });
    const topic = ctx.tableIn(topics, row).get(row.spec.topicName);
    if (topic) checkDeadLetters(topic, row.spec.endpoint, attributes);
    if (topic && 'FilterPolicy' in attributes && !('FilterPolicy' in row.spec.attributes))
      checkLimits(ctx, topic, { isNew: false, isFiltered: true });
    const changed = ctx
      .tableIn(subscriptions, row)
      .update(row.id, (spec): SubscriptionSpec => ({ ...spec, attributes }));
    if (topic) changeReplay(ctx, topic, changed, { [AttributeName]: AttributeValue });
    return {};
  },
} satisfies Operations<SnsApi>;

const unset: Readonly<Record<string, string>> = {
  RawMessageDelivery: 'false',
  FilterPolicyScope: 'MessageAttributes',
};

function differs(present: SubscriptionSpec['attributes'], wanted: SubscriptionSpec['attributes']): boolean {
  return Object.entries(wanted).some(([name, value]) => (present[name] ?? unset[name]) !== value);
}

function checkDeadLetters(
  { spec }: TopicRow,
  endpoint: string,
  { RedrivePolicy }: SubscriptionSpec['attributes'],
): void {
  if (RedrivePolicy === undefined || !spec.isFifo || !endpoint.endsWith('.fifo')) return;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { readonly deadLetterTargetArn: string };
  if (!deadLetterTargetArn.endsWith('.fifo'))
    throw invalidParameter('RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.');
}

const mostFiltersOfTopic = 200;
const mostSubscribersOfFifo = 100;

/** AWS's default quotas that a test may run into. */
function checkLimits(
  ctx: OperationContext,
  topic: TopicRow,
  { isNew, isFiltered }: { readonly isNew: boolean; readonly isFiltered: boolean },
): void {
  if (!isFiltered && !(isNew && topic.spec.isFifo)) return;
  const rows = [...ctx.tableIn(subscriptions, topic).by('byTopic', topic.id)];
  if (isNew && topic.spec.isFifo && rows.length >= mostSubscribersOfFifo)
    throw subscriptionLimitExceeded(mostSubscribersOfFifo);
  const filters = rows.filter(({ spec }) => 'FilterPolicy' in spec.attributes).length;
  if (isFiltered && filters >= mostFiltersOfTopic) throw filterPolicyLimitExceeded(mostFiltersOfTopic);
}

/** A replay takes the place of one that is under way; no policy ends it. */
function changeReplay(
  ctx: OperationContext,
  topic: TopicRow,
  row: SubscriptionRow,
  changed: Readonly<Record<string, string>>,
): void {
  if (changed['ReplayPolicy'] === undefined) return;
  const table = ctx.tableIn(replays, row);
  table.remove(row.id);
  const policy = row.spec.attributes['ReplayPolicy'];
  if (policy === undefined) return;
  const replayWindow = parseReplayPolicy(policy, ctx.nowMs);
  if (topic.spec.attributes['ArchivePolicy'] === undefined)
    throw invalidParameter('ReplayPolicy Reason: the topic has no archive policy');
  table.insert(row.id, {
    replayId: newUuid(ctx.random),
    topicName: topic.id,
    endpoint: ctx.endpoint,
    ...replayWindow,
  });
}

function findSubscription(ctx: OperationContext, arn: string): SubscriptionRow | undefined {
  const address = parseTopicArn(arn);
  const id = /^arn:[^:]*:sns:[^:]*:[^:]*:(.+)$/.exec(arn)?.[1];
  return address && id !== undefined ? ctx.tableIn(subscriptions, address).get(id) : undefined;
}

function requireSubscription(ctx: OperationContext, arn: string): SubscriptionRow {
  const row = findSubscription(ctx, arn);
  const mayUse = row && (row.account === ctx.account || row.spec.owner === ctx.account) && row.region === ctx.region;
  if (mayUse) return row;
  if (arn.split(':').length < 6) throw invalidArn('SubscriptionArn', arn);
  throw subscriptionDoesNotExist();
}

function describeSubscription(row: SubscriptionRow): Subscription {
  const { owner, protocol, endpoint, confirmation } = row.spec;
  return {
    SubscriptionArn: confirmation === undefined ? 'PendingConfirmation' : subscriptionArnOf(row),
    Owner: owner,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: subscriptionTopicArn(row),
  };
}
