// A publication on its way to its topic's subscribers. Queues get it at once, before the publisher is answered; what
// cannot be done at once is a row before the publisher is answered.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import { type DeliverySpec, deliveries, type QueueParcel } from './deliveries.table.ts';
import { effectivePolicy } from './delivery-policy.ts';
import {
  type EnvelopeMembers,
  envelopeMaker,
  formatEnvelope,
  notificationMembers,
  type Signature,
  signEnvelope,
  unsubscribeUrl,
} from './envelope.ts';
import { passesFilter } from './filter-match.ts';
import type { FilterPolicyScope } from './filter-policy.ts';
import { describeAttributes } from './message-attributes.ts';
import { type OutboxSpec, outbox, outboxId } from './outbox.table.ts';
import { messageFor, type Publication } from './publications.ts';
import {
  type DeliveryFailure,
  deadLetterParcel,
  queueAttributes,
  sendToQueue,
  sendToQueues,
} from './queue-delivery.ts';
import { signingKeyOf } from './signing-key.ts';
import { type SubscriptionRow, subscriptionArnOf } from './subscriptions.table.ts';
import { type TopicRow, topicArnOf } from './topics.table.ts';

export interface FanOut {
  readonly topic: TopicRow;
  /** From the topic's archive. */
  readonly isReplayed?: boolean;
  readonly subscribers: readonly SubscriptionRow[];
  readonly publication: Publication;
  /** By text; FIFO topics have none. */
  readonly signatures: ReadonlyMap<string, Signature>;
}

/** Confirmed, and let through by their filters. */
export function selectSubscribers(
  subscriptions: Iterable<SubscriptionRow>,
  publication: Publication,
): readonly SubscriptionRow[] {
  return [...subscriptions].filter(({ spec }) => {
    if (spec.confirmation === undefined) return false;
    const policy = spec.attributes['FilterPolicy'];
    if (policy === undefined) return true;
    const scope = (spec.attributes['FilterPolicyScope'] ?? 'MessageAttributes') as FilterPolicyScope;
    return passesFilter(policy, scope, {
      body: messageFor('default', publication),
      attributes: publication.attributes,
    });
  });
}

/** One for each text that some queue gets in an envelope. */
export async function signFor(
  ctx: AsyncOperationContext,
  topic: TopicRow,
  subscribers: readonly SubscriptionRow[],
  publication: Publication,
): Promise<ReadonlyMap<string, Signature>> {
  const signatures = new Map<string, Signature>();
  const isSigned = !topic.spec.isFifo && subscribers.some(({ spec }) => spec.protocol === 'sqs' && !isRaw(spec));
  if (!isSigned) return signatures;
  const message = messageFor('sqs', publication);
  const members = notificationMembers(publication, message, topicArnOf(topic));
  const key = await signingKeyOf(ctx);
  signatures.set(message, await signEnvelope(members, key, signatureVersionOf(topic), ctx.endpoint));
  return signatures;
}

export const signatureVersionOf = ({ spec }: TopicRow): '1' | '2' =>
  spec.attributes['SignatureVersion'] === '2' ? '2' : '1';

const isRaw = ({ attributes }: SubscriptionRow['spec']): boolean => attributes['RawMessageDelivery'] === 'true';

/** Begins with all queues in one go, so that publications reach them in the order in which this is called. */
export async function fanOut(ctx: AsyncOperationContext, work: FanOut): Promise<void> {
  const toQueues: SubscriptionRow[] = [];
  const others: SubscriptionRow[] = [];
  for (const subscriber of work.subscribers) (subscriber.spec.protocol === 'sqs' ? toQueues : others).push(subscriber);
  const late = toQueues.length === 0 ? [] : await deliverTogether(ctx, work, toQueues);
  if (late.length + others.length === 0) return;
  const rows = [...late, ...others.flatMap((row) => lateDelivery(ctx, work, row) ?? [])];
  const letters = others.flatMap((subscriber) => letterFor(work, subscriber) ?? []);
  if (rows.length + letters.length === 0) return;
  ctx.transact((inner) => {
    for (const [i, spec] of rows.entries())
      inner.table(deliveries).insert(deliveryId(ctx.nowMs, work.publication.messageId, i), spec);
    for (const [i, spec] of letters.entries())
      inner.table(outbox).insert(deliveryId(ctx.nowMs, spec.messageId, i), spec);
  });
}

const deliveryId = (nowMs: number, messageId: string, index: number): string =>
  `${outboxId(nowMs, messageId)}-${String(index).padStart(6, '0')}`;

/** To all queues in one commit. Resolves to the deliveries that have to be tried again later. */
async function deliverTogether(
  ctx: AsyncOperationContext,
  work: FanOut,
  subscribers: readonly SubscriptionRow[],
): Promise<readonly DeliverySpec[]> {
  const parcelFor = parcelMaker(ctx.endpoint, work);
  const parcels = subscribers.map((subscriber) => parcelFor(subscriber));
  const failures = await sendToQueues(ctx, parcels, { arn: topicArnOf(work.topic), account: work.topic.account });
  const late: DeliverySpec[] = [];
  for (const [i, failure] of failures.entries()) {
    if (!failure) continue;
    const parcel = parcels[i] as QueueParcel;
    const delivery = await afterFailure(ctx, subscribers[i] as SubscriptionRow, parcel, failure);
    if (delivery) late.push(delivery);
  }
  return late;
}

/** The delivery, when trying it again could help. */
async function afterFailure(
  ctx: AsyncOperationContext,
  subscriber: SubscriptionRow,
  parcel: QueueParcel,
  failure: DeliveryFailure,
): Promise<DeliverySpec | undefined> {
  const subscriptionArn = subscriptionArnOf(subscriber);
  const delivery: DeliverySpec = {
    subscriptionArn,
    parcel,
    retry: serviceRetryPolicy,
    ...deadLetterOf(subscriber),
  };
  if (!failure.isPermanent) return delivery;
  ctx.log.warn('a message could not be delivered', { subscription: subscriptionArn, ...failure });
  if (delivery.deadLetterArn === undefined) return undefined;
  const letter = deadLetterParcel(delivery.deadLetterArn, parcel.input, failure, ctx.requestId);
  await sendToQueue(ctx.client.bind(ctx), letter, subscriptionArn);
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

/** What each subscriber's queue gets. What is the same for all of them is put together once. */
export function parcelMaker(
  endpoint: string,
  { topic, publication, signatures, isReplayed = false }: FanOut,
): (subscriber: SubscriptionRow) => QueueParcel {
  const message = messageFor('sqs', publication);
  const { group, deduplicationId } = publication;
  const attributes = isReplayed ? { ...publication.attributes, ...replayed } : publication.attributes;
  const rawAttributes = attributes && queueAttributes(attributes);
  let envelopeFor: ((unsubscribeUrl: string) => string) | undefined;
  const enveloped = (subscriber: SubscriptionRow): string => {
    envelopeFor ??= envelopeMaker(notificationMembers(publication, message, topicArnOf(topic)), {
      signature: signatures.get(message),
      attributes,
    });
    return envelopeFor(unsubscribeUrl(endpoint, subscriptionArnOf(subscriber)));
  };
  return (subscriber) => {
    const queueArn = subscriber.spec.endpoint;
    const raw = isRaw(subscriber.spec);
    return {
      kind: 'queue',
      queueArn,
      input: {
        MessageBody: raw ? message : enveloped(subscriber),
        ...(raw && rawAttributes && { MessageAttributes: rawAttributes }),
        ...(group !== undefined && { MessageGroupId: group }),
        ...(deduplicationId !== undefined && queueArn.endsWith('.fifo') && { MessageDeduplicationId: deduplicationId }),
      },
    };
  };
}

const replayed = { Replayed: { dataType: 'String', value: 'true' } };

/** To a web server or a function. */
function lateDelivery(
  { endpoint }: AsyncOperationContext,
  { topic, publication }: FanOut,
  subscriber: SubscriptionRow,
): DeliverySpec | undefined {
  const { spec } = subscriber;
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
    unsubscribeUrl: unsubscribeUrl(endpoint, subscriptionArnOf(subscriber)),
    ...(publication.attributes && { attributes: publication.attributes }),
    signatureVersion: signatureVersionOf(topic),
    endpoint,
  };
  const isWeb = spec.protocol !== 'lambda';
  return {
    subscriptionArn: subscriptionArnOf(subscriber),
    parcel: isWeb
      ? { kind: 'web', url: spec.endpoint, isRaw: isRaw(spec), contentType: policy.contentType, ...common }
      : { kind: 'function', functionArn: spec.endpoint, ...common },
    retry: isWeb ? policy.retry : serviceRetryPolicy,
    ...(isWeb && policy.perSecond !== undefined && { perSecond: policy.perSecond }),
    ...deadLetterOf(subscriber),
  };
}

const letterKinds: Readonly<Partial<Record<SubscriptionRow['spec']['protocol'], OutboxSpec['kind']>>> = {
  email: 'email',
  'email-json': 'email',
  sms: 'sms',
  application: 'application',
};

/** What is kept of a message that would leave the cloud. */
function letterFor({ topic, publication }: FanOut, subscriber: SubscriptionRow): OutboxSpec | undefined {
  const { protocol, endpoint: to } = subscriber.spec;
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
    subscriptionArn: subscriptionArnOf(subscriber),
    ...(attributes && { attributes: describeAttributes(attributes) }),
  };
}
