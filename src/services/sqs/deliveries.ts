// What services deliver to queues: SendMessage for many queues at once, in one commit, each let in by its own policy.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import type { ResourceRef } from '../../aws/resource-ref.ts';
import type { Parcel } from '../../drivers/messages/messages.ts';
import { type MessageInput, prepareMessage } from './new-messages.ts';
import { queues, refOf } from './queues.table.ts';
import { queueDoesNotExist } from './sqs.errors.ts';

/** A message that a service delivers to a queue. */
export interface QueueDelivery {
  /** By its name. */
  readonly queue: ResourceRef;
  readonly principal: Principal;
  /** The same object where several queues get the same. */
  readonly input: MessageInput;
}

/** Of the deliveries that failed, by their places: what SendMessage would have thrown. The others are on disk. */
export type QueueDeliveryFailures = ReadonlyMap<number, unknown>;

/** The messages are in their queues' order when this returns, before anything is waited for. */
export async function deliverToQueues(
  ctx: AsyncOperationContext,
  deliveries: readonly QueueDelivery[],
): Promise<QueueDeliveryFailures> {
  const parcels: Parcel[] = [];
  let failures: Map<number, unknown> | undefined;
  let valid: MessageInput | undefined;
  for (let place = 0; place < deliveries.length; place++) {
    const delivery = deliveries[place] as QueueDelivery;
    try {
      if (delivery.input !== valid) validate(ctx, delivery);
      valid = delivery.input;
      parcels.push(parcelOf(ctx, delivery));
    } catch (error) {
      failures ??= new Map();
      failures.set(place, error);
    }
  }
  try {
    if (parcels.length > 0) await ctx.drivers.messages.sendAll(parcels);
    return failures ?? noFailures;
  } catch (error) {
    return new Map(deliveries.map((_, place) => [place, failures?.get(place) ?? error]));
  }
}

const noFailures: QueueDeliveryFailures = new Map();

function validate(ctx: AsyncOperationContext, { queue, input }: QueueDelivery): void {
  ctx.validate('sqs', 'SendMessage', { QueueUrl: `/${queue.account}/${queue.id}`, ...input });
}

function parcelOf(ctx: AsyncOperationContext, { queue, principal, input }: QueueDelivery): Parcel {
  ctx.admit({ serviceId: 'sqs', operationName: 'SendMessage', principal, receiver: queue, input });
  const row = ctx.get(queues, queue, queue.id);
  if (!row) throw queueDoesNotExist();
  const { random, request } = ctx;
  return { queue: refOf(row), message: prepareMessage({ random, principal, request }, row.spec, input) };
}
