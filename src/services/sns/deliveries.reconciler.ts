// Carries out the deliveries that have a row, with the pauses of their retry policies; what cannot be delivered goes to
// the subscription's dead-letter queue, and then the row goes.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { type DeliveryRow, deliveries, type QueueParcel, type WebParcel } from './deliveries.table.ts';
import { nextDelayMs } from './delivery-policy.ts';
import { type EnvelopeMembers, formatEnvelope, signEnvelope } from './envelope.ts';
import { type DeliveryFailure, deadLetterParcel, queueAttributes, sendToQueue } from './queue-delivery.ts';
import { signingKeyOfWorld } from './signing-key.ts';

const patienceMs = 15_000;

export function createDeliveriesReconciler(world: World): Reconciler {
  const { store, clock } = world;
  return {
    name: 'sns.deliveries',
    concurrency: 64,
    keys: () => [...store.listAll(deliveries)].map(({ id }) => id),
    wakes: ({ table, key, before }) => (table === deliveries.name && !before ? [key.id] : []),
    async reconcile(id) {
      const row = store.find(deliveries, id);
      if (!row) return undefined;
      const waitMs = row.status.notBeforeMs - clock.now();
      if (waitMs > 0) return waitMs;
      const failure = await attempt(world, row);
      if (!failure) return finish(world, row);
      const failedAttempts = row.status.failedAttempts + 1;
      const delayMs = failure.isPermanent ? undefined : nextDelayMs(row.spec.retry, failedAttempts);
      if (delayMs === undefined) return giveUp(world, row, failure);
      const status = { failedAttempts, notBeforeMs: clock.now() + delayMs, lastError: failure.message };
      store.changeStatuses((transaction) => transaction.table(deliveries, row).update(id, () => status));
      return delayMs;
    },
  };
}

function finish({ store }: World, row: DeliveryRow): undefined {
  store.changeStatuses((transaction) => transaction.table(deliveries, row).remove(row.id));
}

function attempt(world: World, { spec }: DeliveryRow): Promise<DeliveryFailure | undefined> {
  const { parcel, subscriptionArn } = spec;
  return parcel.kind === 'queue'
    ? sendToQueue(world.client, parcel, subscriptionArn)
    : sendToWeb(world, parcel, subscriptionArn);
}

async function giveUp(world: World, row: DeliveryRow, failure: DeliveryFailure): Promise<number | undefined> {
  const { deadLetterArn, subscriptionArn, parcel } = row.spec;
  world.log.warn('a message could not be delivered', { subscription: subscriptionArn, ...failure });
  if (deadLetterArn !== undefined) {
    const letter = deadLetterParcel(deadLetterArn, letterInput(parcel), failure, row.id);
    const lost = await sendToQueue(world.client, letter, subscriptionArn);
    if (lost && !lost.isPermanent) throw new Error(`the dead-letter queue does not take it: ${lost.message}`);
    if (lost) world.log.warn('nor could its dead-letter queue take it', { subscription: subscriptionArn, ...lost });
  }
  return finish(world, row);
}

function letterInput(parcel: QueueParcel | WebParcel): QueueParcel['input'] {
  if (parcel.kind === 'queue') return parcel.input;
  const { isRaw, members, attributes } = parcel;
  return {
    MessageBody: isRaw ? String(members['Message']) : formatEnvelope(members, { attributes }),
    ...(isRaw && attributes && { MessageAttributes: queueAttributes(attributes) }),
  };
}

async function sendToWeb(
  world: World,
  parcel: WebParcel,
  subscriptionArn: string,
): Promise<DeliveryFailure | undefined> {
  const { url, members, isRaw } = parcel;
  const body = isRaw ? String(members['Message']) : await envelope(world, parcel);
  try {
    const { status } = await world.drivers.web.send({
      method: 'POST',
      url,
      headers: headersOf(parcel, members, subscriptionArn),
      body,
      timeoutMs: patienceMs,
    });
    if (status >= 200 && status < 300) return undefined;
    // A client's error will be one the next time, too; being too quick will not.
    const isPermanent = status >= 400 && status < 500 && status !== 429;
    return { code: 'HTTPError', message: `the endpoint answered with status ${status}`, isPermanent };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'ConnectionError', message: message || 'no connection', isPermanent: false };
  }
}

async function envelope(world: World, { members, attributes, unsubscribeUrl, signatureVersion, endpoint }: WebParcel) {
  const key = await signingKeyOfWorld(world);
  const signature = await signEnvelope(members, key, signatureVersion ?? '1', endpoint);
  return formatEnvelope(members, { signature, unsubscribeUrl, attributes });
}

function headersOf(parcel: WebParcel, members: EnvelopeMembers, subscriptionArn: string): Record<string, string> {
  const isNotification = members.Type === 'Notification';
  return {
    'content-type': parcel.contentType,
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': members.Type,
    'x-amz-sns-message-id': members.MessageId,
    'x-amz-sns-topic-arn': parcel.topicArn,
    ...((isNotification || members.Type === 'UnsubscribeConfirmation') && {
      'x-amz-sns-subscription-arn': subscriptionArn,
    }),
    ...(parcel.isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
  };
}
