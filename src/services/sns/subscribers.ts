// Subscriptions as publications need them: confirmed, with their filters compiled and their queues' ARNs taken apart. Made
// once for each row, which lasts until the row is another.

import { parseArn } from '../../aws/arn.ts';
import { type Principal, servicePrincipal } from '../../aws/principal.ts';
import type { ResourceRef } from '../../aws/resource-ref.ts';
import { type Filter, FilteredMessage, filterOf } from './filter-match.ts';
import type { FilterPolicyScope } from './filter-policy.ts';
import { messageFor, type Publication } from './publications.ts';
import { type SubscriptionRow, subscriptionArnOf, subscriptionTopicArn } from './subscriptions.table.ts';

export interface Subscriber {
  readonly row: SubscriptionRow;
  readonly arn: string;
  readonly isRaw: boolean;
  /** Of a subscription that does not want everything. */
  readonly filter: Filter | undefined;
  /** Undefined where it is no queue that gets the messages. */
  readonly queue: ReceivingQueue | undefined;
}

export interface ReceivingQueue {
  readonly ref: ResourceRef;
  readonly isFifo: boolean;
  /** As whom SNS delivers there. */
  readonly principal: Principal;
}

const known = new WeakMap<SubscriptionRow, Subscriber>();

export function subscriberOf(row: SubscriptionRow): Subscriber {
  let subscriber = known.get(row);
  if (!subscriber) {
    subscriber = prepare(row);
    known.set(row, subscriber);
  }
  return subscriber;
}

function prepare(row: SubscriptionRow): Subscriber {
  const { attributes } = row.spec;
  const policy = attributes['FilterPolicy'];
  const scope = (attributes['FilterPolicyScope'] ?? 'MessageAttributes') as FilterPolicyScope;
  return {
    row,
    arn: subscriptionArnOf(row),
    isRaw: attributes['RawMessageDelivery'] === 'true',
    filter: policy === undefined ? undefined : filterOf(policy, scope),
    queue: queueOf(row),
  };
}

function queueOf(row: SubscriptionRow): ReceivingQueue | undefined {
  const { protocol, endpoint } = row.spec;
  const parsed = protocol === 'sqs' ? parseArn(endpoint) : undefined;
  if (!parsed) return undefined;
  const { account, region, resource: id } = parsed;
  return {
    ref: { arn: endpoint, account, region, id },
    isFifo: id.endsWith('.fifo'),
    principal: servicePrincipal('sns', account, { arn: subscriptionTopicArn(row), account: row.account }),
  };
}

/** Confirmed, and let through by their filters. */
export function selectSubscribers(rows: Iterable<SubscriptionRow>, publication: Publication): readonly Subscriber[] {
  const selected: Subscriber[] = [];
  let message: FilteredMessage | undefined;
  for (const row of rows) {
    if (row.spec.confirmation === undefined) continue;
    const subscriber = subscriberOf(row);
    if (subscriber.filter) {
      message ??= new FilteredMessage(messageFor('default', publication), publication.attributes);
      if (!subscriber.filter(message)) continue;
    }
    selected.push(subscriber);
  }
  return selected;
}
