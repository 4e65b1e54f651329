// A publication on its way to its topic's subscribers. Queues get it at once, before the publisher is answered; what
// cannot be done at once is a row before the publisher is answered.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import { deliverToQueues, type QueueDelivery } from '../sqs/index.ts';
import { type DeliverySpec, deliveries } from './deliveries.table.ts';
import { effectivePolicy } from './delivery-policy.ts';
import {
  type EnvelopeMembers,
  formatEnvelope,
  notificationMembers,
  type Signature,
  signEnvelope,
  unsubscribeUrl,
} from './envelope.ts';
import { describeAttributes } from './message-attributes.ts';
import { type OutboxSpec, outbox, outboxId } from './outbox.table.ts';
import { messageFor, type Publication } from './publications.ts';
import { type DeliveryFailure, failureOf, sendToQueue } from './queue-delivery.ts';
import { type QueueInput, type QueuePublication, queueInputs } from './queue-parcels.ts';
import { signingKeyOf } from './signing-key.ts';
import type { Subscriber } from './subscribers.ts';
import type { SubscriptionRow } from './subscriptions.table.ts';
import { type TopicRow, topicArnOf } from './topics.table.ts';

export interface FanOut extends QueuePublication {
  readonly subscribers: readonly Subscriber[];
}

/** For the queues that get the message in an envelope: the same text, and so the same signature. */
export async function signFor(
  ctx: AsyncOperationContext,
  topic: TopicRow,
  subscribers: readonly Subscriber[],
  publication: Publication,
): Promise<Signature | undefined> {
  const isSigned = !topic.spec.isFifo && subscribers.some(({ queue, isRaw }) => queue !== undefined && !isRaw);
  if (!isSigned) return undefined;
  const members = notificationMembers(publication, messageFor('sqs', publication), topicArnOf(topic));
  return signEnvelope(members, await signingKeyOf(ctx), signatureVersionOf(topic), ctx.endpoint);
}

export const signatureVersionOf = ({ spec }: TopicRow): '1' | '2' =>
  spec.attributes['SignatureVersion'] === '2' ? '2' : '1';

/** Begins with all queues in one go, so that publications reach them in the order in which this is called. */
export async function fanOut(ctx: AsyncOperationContext, work: FanOut): Promise<void> {
  const others = work.subscribers.filter(({ queue }) => queue === undefined);
  const late = await deliverTogether(ctx, work);
  if (late.length + others.length === 0) return;
  const rows = [...late, ...others.flatMap((subscriber) => lateDelivery(ctx, work, subscriber) ?? [])];
  const letters = others.flatMap((subscriber) => letterFor(work, subscriber) ?? []);
  if (rows.length + letters.length === 0) return;
  ctx.transact((inner) => {
    for (const spec of rows) inner.table(deliveries).insert(outboxId(ctx.nowMs, work.publication.messageId), spec);
    for (const spec of letters) inner.table(outbox).insert(outboxId(ctx.nowMs, spec.messageId), spec);
  });
}

/** To all queues in one commit. Resolves to the deliveries that have to be tried again later. */
async function deliverTogether(ctx: AsyncOperationContext, work: FanOut): Promise<readonly DeliverySpec[]> {
  const inputFor = queueInputs(ctx.endpoint, work);
  const receivers: Subscriber[] = [];
  const sent: QueueDelivery[] = [];
  for (const subscriber of work.subscribers) {
    const { queue } = subscriber;
    if (!queue) continue;
    receivers.push(subscriber);
    sent.push({ queue: queue.ref, principal: queue.principal, input: inputFor(subscriber) });
  }
  if (sent.length === 0) return [];
  const late: DeliverySpec[] = [];
  for (const [place, error] of await deliverToQueues(ctx, sent)) {
    const receiver = receivers[place] as Subscriber;
    const delivery = await afterFailure(ctx, receiver, inputFor(receiver), failureOf(error));
    if (delivery) late.push(delivery);
  }
  return late;
}

/** The delivery, when trying it again could help. */
async function afterFailure(
  ctx: AsyncOperationContext,
  { row, arn }: Subscriber,
  input: QueueInput,
  failure: DeliveryFailure,
): Promise<DeliverySpec | undefined> {
  const delivery: DeliverySpec = {
    subscriptionArn: arn,
    parcel: { kind: 'queue', queueArn: row.spec.endpoint, input },
    retry: serviceRetryPolicy,
    ...deadLetterOf(row),
  };
  if (!failure.isPermanent) return delivery;
  ctx.log.warn('a message could not be delivered', { subscription: arn, ...failure });
  if (delivery.deadLetterArn === undefined) return undefined;
  const letter = { kind: 'queue', queueArn: delivery.deadLetterArn, input } as const;
  const lost = await sendToQueue(ctx.client.bind(ctx), letter, arn);
  if (lost && !lost.isPermanent) return { subscriptionArn: arn, parcel: letter, retry: serviceRetryPolicy };
  if (lost) ctx.log.warn('nor could its dead-letter queue take it', { subscription: arn, ...lost });
  return undefined;
}

/** AWS tries its own services for 23 days; the row is looked at for as long as that. */
export const serviceRetryPolicy = {
  numRetries: 100_015,
  numNoDelayRetries: 3,
  numMinDelayRetries: 2,
  minDelayTarget: 1,
  numMaxDelayRetries: 100_000,
  maxDelayTarget: 20,
  backoffFunction: 'exponential',
} as const;

export function deadLetterOf({ spec }: SubscriptionRow): { readonly deadLetterArn?: string } {
  const policy = spec.attributes['RedrivePolicy'];
  if (policy === undefined) return {};
  return { deadLetterArn: (JSON.parse(policy) as { deadLetterTargetArn: string }).deadLetterTargetArn };
}

/** To a web server or a function. */
function lateDelivery(
  { endpoint }: AsyncOperationContext,
  { topic, publication }: FanOut,
  { row, arn, isRaw }: Subscriber,
): DeliverySpec | undefined {
  const { spec } = row;
  if (spec.protocol !== 'http' && spec.protocol !== 'https' && spec.protocol !== 'lambda') return undefined;
  const policy = effectivePolicy(topic.spec.attributes['DeliveryPolicy'], spec.attributes['DeliveryPolicy']);
  const members: EnvelopeMembers = notificationMembers(
    publication,
    messageFor(spec.protocol, publication),
    topicArnOf(topic),
  );
  const common = {
    members,
    topicArn: topicArnOf(topic),
    unsubscribeUrl: unsubscribeUrl(endpoint, arn),
    ...(publication.attributes && { attributes: publication.attributes }),
    signatureVersion: signatureVersionOf(topic),
    endpoint,
  };
  const isWeb = spec.protocol !== 'lambda';
  return {
    subscriptionArn: arn,
    parcel: isWeb
      ? { kind: 'web', url: spec.endpoint, isRaw, contentType: policy.contentType, ...common }
      : { kind: 'function', functionArn: spec.endpoint, ...common },
    retry: isWeb ? policy.retry : serviceRetryPolicy,
    ...(isWeb && policy.perSecond !== undefined && { perSecond: policy.perSecond }),
    ...deadLetterOf(row),
  };
}

const letterKinds: Readonly<Partial<Record<SubscriptionRow['spec']['protocol'], OutboxSpec['kind']>>> = {
  email: 'email',
  'email-json': 'email',
  sms: 'sms',
  application: 'application',
};

/** What is kept of a message that would leave the cloud. */
function letterFor({ topic, publication }: FanOut, { row, arn }: Subscriber): OutboxSpec | undefined {
  const { protocol, endpoint: to } = row.spec;
  const kind = letterKinds[protocol];
  if (kind === undefined) return undefined;
  const { messageId, subject, attributes } = publication;
  const message = messageFor(protocol, publication);
  const isJson = protocol === 'email-json';
  return {
    kind,
    to,
    messageId,
    message: isJson
      ? formatEnvelope(notificationMembers(publication, message, topicArnOf(topic)), { attributes })
      : message,
    ...(subject !== undefined && { subject }),
    topicArn: topicArnOf(topic),
    subscriptionArn: arn,
    ...(attributes && { attributes: describeAttributes(attributes) }),
  };
}
