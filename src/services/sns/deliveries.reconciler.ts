// Carries out the deliveries that have a row, with the pauses of their retry policies; what cannot be delivered goes to
// the subscription's dead-letter queue, and then the row goes.

import type { World } from '../../aws/service.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { type DeliveryRow, type DeliverySpec, deliveries, type QueueParcel } from './deliveries.table.ts';
import { nextDelayMs } from './delivery-policy.ts';
import { formatEnvelope } from './envelope.ts';
import { invokeFunction } from './function-delivery.ts';
import { type DeliveryFailure, queueAttributes, sendToQueue } from './queue-delivery.ts';
import { sendToWeb } from './web-delivery.ts';

export function createDeliveriesReconciler(world: World): Reconciler {
  const { store, clock } = world;
  const turns = createTurns();
  const places = createPlaces();
  return {
    name: 'sns.deliveries',
    concurrency: 128,
    keys: () => [...store.listAll(deliveries)].map(({ id }) => id),
    wakes: ({ table, key, before }) => (table === deliveries.name && !before ? [key.id] : []),
    async reconcile(id) {
      const row = store.find(deliveries, id);
      if (!row) return undefined;
      const waitMs = row.status.notBeforeMs - clock.now();
      if (waitMs > 0) return waitMs;
      const fullMs = places.fullForMs(row.spec);
      if (fullMs > 0) return fullMs;
      const turnMs = turns.take(row.spec, clock.now());
      if (turnMs > 0) return turnMs;
      const failure = await places.within(row.spec, () => attempt(world, row));
      if (!failure) return finish(world, row);
      const failedAttempts = row.status.failedAttempts + 1;
      const delayMs = failure.isPermanent ? undefined : delayAfter(row, failedAttempts, clock.now());
      if (delayMs === undefined) return giveUp(world, row, failure);
      const status = { failedAttempts, notBeforeMs: clock.now() + delayMs, lastError: failure.message };
      store.changeStatuses((transaction) => transaction.table(deliveries, row).update(id, () => status));
      return delayMs;
    },
  };
}

/** AWS gives a web server an hour in all, whatever the policy says. */
const longestForWebMs = 3600_000;

/** Undefined when it was tried often enough. */
function delayAfter({ spec, createdAtMs }: DeliveryRow, failedAttempts: number, nowMs: TimestampMs) {
  const delayMs = nextDelayMs(spec.retry, failedAttempts);
  const isTooLate = spec.parcel.kind === 'web' && nowMs + (delayMs ?? 0) > createdAtMs + longestForWebMs;
  return isTooLate ? undefined : delayMs;
}

/** When a subscriber that gets no more than so many messages a second may have the next. Forgotten with the process. */
function createTurns() {
  const nextMs = new Map<string, TimestampMs>();
  return {
    /** 0 when it is this delivery's turn; else how long to wait before asking again. */
    take({ subscriptionArn, perSecond }: DeliverySpec, nowMs: TimestampMs): number {
      if (perSecond === undefined) return 0;
      const waitMs = (nextMs.get(subscriptionArn) ?? 0) - nowMs;
      if (waitMs > 0) return waitMs;
      if (nextMs.size > mostTurns) nextMs.clear();
      nextMs.set(subscriptionArn, nowMs + 1000 / perSecond);
      return 0;
    },
  };
}

const mostTurns = 10_000;

/** So many deliveries to one subscriber are under way at most: one that does not answer would hold up all the others. */
const mostPlaces = 16;
const placeLooksAgainMs = 100;

function createPlaces() {
  const taken = new Map<string, { underWay: number; turnedAway: number }>();
  return {
    /** 0 when there is a place; else how long to wait before asking again: not all at once. */
    fullForMs({ subscriptionArn }: DeliverySpec): number {
      const found = taken.get(subscriptionArn);
      if (!found || found.underWay < mostPlaces) return 0;
      found.turnedAway += 1;
      return placeLooksAgainMs * Math.ceil(found.turnedAway / mostPlaces);
    },
    async within<T>({ subscriptionArn }: DeliverySpec, deliver: () => Promise<T>): Promise<T> {
      const found = taken.get(subscriptionArn) ?? { underWay: 0, turnedAway: 0 };
      taken.set(subscriptionArn, found);
      found.underWay += 1;
      try {
        return await deliver();
      } finally {
        found.underWay -= 1;
        found.turnedAway = 0;
        if (found.underWay === 0) taken.delete(subscriptionArn);
      }
    },
  };
}

function finish({ store }: World, row: DeliveryRow): undefined {
  store.changeStatuses((transaction) => transaction.table(deliveries, row).remove(row.id));
}

function attempt(world: World, { spec }: DeliveryRow): Promise<DeliveryFailure | undefined> {
  const { parcel, subscriptionArn } = spec;
  if (parcel.kind === 'queue') return sendToQueue(world.client, parcel, subscriptionArn);
  if (parcel.kind === 'function') return invokeFunction(world, parcel, subscriptionArn);
  return sendToWeb(world, parcel, subscriptionArn);
}

async function giveUp(world: World, row: DeliveryRow, failure: DeliveryFailure): Promise<number | undefined> {
  const { deadLetterArn, subscriptionArn, parcel } = row.spec;
  world.log.warn('a message could not be delivered', { subscription: subscriptionArn, ...failure });
  if (deadLetterArn !== undefined) {
    const letter: QueueParcel = { kind: 'queue', queueArn: deadLetterArn, input: letterInput(parcel) };
    const lost = await sendToQueue(world.client, letter, subscriptionArn);
    if (lost && !lost.isPermanent) throw new Error(`the dead-letter queue does not take it: ${lost.message}`);
    if (lost) world.log.warn('nor could its dead-letter queue take it', { subscription: subscriptionArn, ...lost });
  }
  return finish(world, row);
}

function letterInput(parcel: DeliverySpec['parcel']): QueueParcel['input'] {
  if (parcel.kind === 'queue') return parcel.input;
  const { members, attributes } = parcel;
  const isRaw = parcel.kind === 'web' && parcel.isRaw;
  return {
    MessageBody: isRaw ? String(members['Message']) : formatEnvelope(members, { attributes }),
    ...(isRaw && attributes && { MessageAttributes: queueAttributes(attributes) }),
  };
}
