// What services deliver to queues: SendMessage for many queues at once, in one commit, each let in by its own policy.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import type { Parcel } from '../../drivers/messages/messages.ts';
import type { Scope } from '../../kernel/table.ts';
import { type MessageInput, prepareMessage } from './new-messages.ts';
import { queues, refOf } from './queues.table.ts';
import { queueDoesNotExist } from './sqs.errors.ts';

/** A message that a service delivers to a queue. */
export interface QueueDelivery {
  readonly queue: Scope & { readonly name: string };
  readonly principal: Principal;
  readonly input: MessageInput;
}

/** How a delivery ended: undefined when the message is on disk, else what SendMessage would have thrown. */
export type QueueDeliveryFailure = { readonly error: unknown } | undefined;

/** The messages are in their queues' order when this returns, before anything is waited for. */
export async function deliverToQueues(
  ctx: AsyncOperationContext,
  deliveries: readonly QueueDelivery[],
): Promise<readonly QueueDeliveryFailure[]> {
  const parcels: Parcel[] = [];
  const failures: QueueDeliveryFailure[] = [];
  for (const delivery of deliveries) {
    try {
      parcels.push(parcelOf(ctx, delivery));
      failures.push(undefined);
    } catch (error) {
      failures.push({ error });
    }
  }
  if (parcels.length === 0) return failures;
  try {
    await ctx.drivers.messages.sendAll(parcels);
    return failures;
  } catch (error) {
    return failures.map((failure) => failure ?? { error });
  }
}

function parcelOf(ctx: AsyncOperationContext, { queue, principal, input }: QueueDelivery): Parcel {
  const QueueUrl = `/${queue.account}/${queue.name}`;
  const call = { serviceId: 'sqs', operationName: 'SendMessage', scope: queue, principal } as const;
  const admitted = ctx.admit({ ...call, input: { QueueUrl, ...input } });
  const row = ctx.get(queues, queue, queue.name);
  if (!row) throw queueDoesNotExist();
  return { queue: refOf(row), message: prepareMessage(admitted, row.spec, input) };
}
