// Topics.

import { formatArn, parseArn } from '../../aws/arn.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row, type Scope } from '../../kernel/table.ts';

export interface TopicSpec {
  readonly isFifo: boolean;
  /** Those that were set, by AWS's names. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly subscriptionsDeleted: number;
  /** With an archive policy: since when it has one. */
  readonly archivedSinceMs?: TimestampMs;
  /** Of a FIFO topic: the sequence number given out last. */
  readonly lastSequence: number;
}

export type TopicRow = Row<TopicSpec, null>;

/** Bytes of a message, and of a whole batch, where a topic does not say otherwise. */
export const usualMessageBytes = 262_144;

export function messageBytesOf({ attributes }: Pick<TopicSpec, 'attributes'>): number {
  return Number(attributes['MaximumMessageSize'] ?? usualMessageBytes);
}

/** By name. */
export const topics = defineSpecTable<TopicSpec>({ name: 'sns.topics' });

export function topicArnOf({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn({ service: 'sns', region, account, resource: id });
}

/** Where the topic is that an ARN names; a subscription's ARN names its topic too. */
export function parseTopicArn(arn: string): (Scope & { readonly name: string }) | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'sns') return undefined;
  const { account, region, resource } = parsed;
  return { account, region, name: resource.split(':')[0] ?? '' };
}

/** What FIFO topics accepted within the last minutes; by topic and deduplication id. */
export interface RecentPublicationSpec {
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly expiresAtMs: TimestampMs;
  /** Until it is with its subscribers, whoever asks again has it sent again: the cloud may have been killed meanwhile. */
  readonly isUnderWay?: true;
}

export const recentPublications = defineSpecTable<RecentPublicationSpec>({ name: 'sns.recentPublications' });
