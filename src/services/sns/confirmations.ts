// Asks an endpoint whether it wants a topic's messages, or tells it that it gets no more.

import type { OperationContext } from '../../aws/operation.ts';
import { newUuid } from '../../kernel/ids.ts';
import { type DeliverySpec, deliveries, type WebParcel } from './deliveries.table.ts';
import { effectivePolicy } from './delivery-policy.ts';
import { type ConfirmationRequest, confirmationMembers, formatEnvelope } from './envelope.ts';
import { serviceRetryPolicy, signatureVersionOf } from './fan-out.ts';
import { outbox, outboxId } from './outbox.table.ts';
import { type SubscriptionRow, subscriptionArnOf } from './subscriptions.table.ts';
import { type TopicRow, topicArnOf } from './topics.table.ts';

export function sendConfirmation(
  ctx: OperationContext,
  topic: TopicRow,
  subscription: SubscriptionRow,
  kind: ConfirmationRequest['kind'],
): void {
  const { protocol, endpoint: to, token } = subscription.spec;
  const messageId = newUuid(ctx.random);
  const topicArn = topicArnOf(topic);
  const members = confirmationMembers({ kind, messageId, topicArn, token, endpoint: ctx.endpoint, atMs: ctx.nowMs });
  const subscriptionArn = subscriptionArnOf(subscription);
  const id = outboxId(ctx.nowMs, messageId);
  if (protocol === 'email' || protocol === 'email-json') {
    const message =
      protocol === 'email' ? `${members['Message']}\n${members['SubscribeURL']}` : formatEnvelope(members, {});
    const subject = `AWS Notification - ${kind === 'SubscriptionConfirmation' ? 'Subscription' : 'Unsubscribe'} Confirmation`;
    ctx.table(outbox).insert(id, { kind: 'email', to, messageId, message, subject, topicArn, subscriptionArn });
    return;
  }
  if (protocol === 'sqs' && kind === 'SubscriptionConfirmation') {
    const parcel = { kind: 'queue', queueArn: to, input: { MessageBody: formatEnvelope(members, {}) } } as const;
    ctx.table(deliveries).insert(id, { subscriptionArn, parcel, retry: serviceRetryPolicy });
    return;
  }
  if (protocol !== 'http' && protocol !== 'https') return;
  const policy = effectivePolicy(
    topic.spec.attributes['DeliveryPolicy'],
    subscription.spec.attributes['DeliveryPolicy'],
  );
  const parcel: WebParcel = {
    kind: 'web',
    url: to,
    members,
    topicArn,
    isRaw: false,
    contentType: policy.contentType,
    signatureVersion: signatureVersionOf(topic),
    endpoint: ctx.endpoint,
  };
  ctx.table(deliveries).insert(id, { subscriptionArn, parcel, retry: policy.retry } satisfies DeliverySpec);
}
