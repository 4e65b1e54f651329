// Queues, and the names that may not be used again yet.

import { formatArn } from '../../aws/arn.ts';
import type { QueueRef } from '../../drivers/messages/messages.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row, type Scope } from '../../kernel/table.ts';

export interface QueueSpec {
  /** Names the queue's messages: another one for a queue that is made anew under the same name. */
  readonly queueId: string;
  readonly isFifo: boolean;
  /** Those that were set, by AWS's names. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly lastModifiedAtMs: TimestampMs;
  readonly purgedAtMs?: TimestampMs;
}

export type QueueRow = Row<QueueSpec, null>;

/** By name. */
export const queues = defineSpecTable<QueueSpec>({
  name: 'sqs.queues',
  indexes: {
    byDeadLetterTarget: ({ spec }) => {
      const redrive = redriveOf(spec);
      return redrive ? [redrive.deadLetterTargetArn] : [];
    },
  },
});

/** By name. */
export const deletedQueues = defineSpecTable<{ readonly deletedAtMs: TimestampMs }>({ name: 'sqs.deletedQueues' });

export const nameRestsForMs = 60_000;

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** The policy was checked when it was set. */
export function redriveOf({ attributes }: Pick<QueueSpec, 'attributes'>): RedrivePolicy | undefined {
  const text = attributes['RedrivePolicy'];
  return text === undefined ? undefined : (JSON.parse(text) as RedrivePolicy);
}

export function refOf({ spec }: QueueRow): QueueRef {
  return { id: spec.queueId, isFifo: spec.isFifo };
}

export function arnOf({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn({ service: 'sqs', region, account, resource: id });
}

export function secondsOf(spec: Pick<QueueSpec, 'attributes'>, name: keyof typeof defaults): number {
  return Number(spec.attributes[name] ?? defaults[name]);
}

export const defaults = {
  VisibilityTimeout: '30',
  DelaySeconds: '0',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  MaximumMessageSize: '1048576',
} as const;

export function retentionMsOf(spec: Pick<QueueSpec, 'attributes'>): number {
  return secondsOf(spec, 'MessageRetentionPeriod') * 1000;
}
