// Subscriptions. They lie beside their topic, whoever owns them.

import { hash } from 'node:crypto';
import type { OperationContext } from '../../aws/operation.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { topicArnOf } from './topics.table.ts';

export type Protocol = 'http' | 'https' | 'email' | 'email-json' | 'sms' | 'sqs' | 'application' | 'lambda';

export interface SubscriptionSpec {
  readonly topicName: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  /** The account that subscribed. */
  readonly owner: string;
  readonly principalArn: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** By whom the endpoint consented; absent while it is asked. */
  readonly confirmation?: 'authenticated' | 'by token';
  /** Only with a signature may it be unsubscribed. */
  readonly authenticateOnUnsubscribe: boolean;
  readonly token: string;
  readonly expiresAtMs: TimestampMs;
}

export type SubscriptionRow = Row<SubscriptionSpec, null>;

/** By `topic:uuid`, as in their ARN. */
export const subscriptions = defineSpecTable<SubscriptionSpec>({
  name: 'sns.subscriptions',
  indexes: {
    byTopic: ({ spec }) => [spec.topicName],
    byEndpoint: ({ spec }) => [endpointKey(spec)],
  },
});

/** Endpoints may be longer than a key. */
export function endpointKey(spec: Pick<SubscriptionSpec, 'topicName' | 'protocol' | 'endpoint'>): string {
  return hash('sha256', `${spec.topicName}\n${spec.protocol}\n${spec.endpoint}`, 'hex');
}

/** Of all that are subscribed to a topic, pending or not. */
export const protocolsOf = (
  ctx: OperationContext,
  topic: Pick<SubscriptionRow, 'account' | 'region' | 'id'>,
): readonly Protocol[] =>
  [...ctx.tableIn(subscriptions, topic).by('byTopic', topic.id)].map(({ spec }) => spec.protocol);

export const subscriptionArnOf = (row: Pick<SubscriptionRow, 'account' | 'region' | 'id'>): string => topicArnOf(row);

export function subscriptionTopicArn(row: SubscriptionRow): string {
  return topicArnOf({ ...row, id: row.spec.topicName });
}

/** After that, an unconfirmed subscription is gone. */
export const tokenValidForMs = 2 * 24 * 3600_000;
