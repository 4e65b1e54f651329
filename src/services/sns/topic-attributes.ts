// A topic's attributes: what each may be, and how they are shown.
// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html

import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import { archiveRetentionMs, isNoPolicy } from './archive.ts';
import { describeTopicPolicy, parseTopicPolicy as parseDeliveryPolicy } from './delivery-policy.ts';
import { invalidParameter } from './sns.errors.ts';
import { defaultPolicy, parseTopicPolicy } from './topic-policy.ts';
import { type TopicRow, topicArnOf } from './topics.table.ts';

type Attributes = Readonly<Record<string, string>>;

const feedbackAttribute =
  /^(HTTP|Firehose|Lambda|Application|SQS|SMS)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)$/;
const plain = new Set(['DisplayName', 'KmsMasterKeyId', 'TracingConfig']);
const fifoOnly = new Set(['ContentBasedDeduplication', 'FifoThroughputScope', 'ArchivePolicy']);

const leastMessageBytes = 1024;
const mostMessageBytes = 1_048_576;

/** In the form in which they are kept. Undefined for one that was set to nothing. */
export function parseTopicAttribute(name: string, value: string, isFifo: boolean): string | undefined {
  if (fifoOnly.has(name) && !isFifo) throw invalidParameter(name);
  switch (name) {
    case 'Policy':
      return value === '' ? undefined : parseTopicPolicy(value);
    case 'DeliveryPolicy':
      return value === '' ? undefined : parseDeliveryPolicy(value);
    case 'SignatureVersion':
      if (value !== '1' && value !== '2') throw invalidParameter('SignatureVersion');
      return value;
    case 'FifoTopic':
    case 'ContentBasedDeduplication':
      return parseBoolean(name, value);
    case 'FifoThroughputScope':
      if (value !== 'Topic' && value !== 'MessageGroup') throw invalidParameter('FifoThroughputScope');
      return value;
    case 'ArchivePolicy':
      if (isNoPolicy(value)) return undefined;
      archiveRetentionMs(value);
      return value;
    case 'MaximumMessageSize':
      if (!/^\d{4,7}$/.test(value) || Number(value) < leastMessageBytes || Number(value) > mostMessageBytes)
        throw invalidParameter(
          `MaximumMessageSize Reason: must be an integer between ${leastMessageBytes} and ${mostMessageBytes}`,
        );
      return String(Number(value));
    case 'DisplayName':
      if (value.length > 100) throw invalidParameter('DisplayName');
      return value;
    default:
      if (!plain.has(name) && !feedbackAttribute.test(name)) throw invalidParameter('AttributeName');
      return name === 'KmsMasterKeyId' && value === '' ? undefined : value;
  }
}

function parseBoolean(name: string, value: string): string {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw invalidParameter(name);
  return lower;
}

export interface SubscriptionCounts {
  readonly confirmed: number;
  readonly pending: number;
}

export function describeTopic(topic: TopicRow, counts: SubscriptionCounts, nowMs: TimestampMs): Attributes {
  const { isFifo, attributes, subscriptionsDeleted } = topic.spec;
  const arn = topicArnOf(topic);
  return {
    Policy: policyOf(topic),
    DisplayName: '',
    Owner: topic.account,
    TopicArn: arn,
    SubscriptionsConfirmed: String(counts.confirmed),
    SubscriptionsPending: String(counts.pending),
    SubscriptionsDeleted: String(subscriptionsDeleted),
    EffectiveDeliveryPolicy: describeTopicPolicy(attributes['DeliveryPolicy']),
    ...(isFifo && { FifoTopic: 'true', ContentBasedDeduplication: 'false' }),
    ...(attributes['ArchivePolicy'] !== undefined && { BeginningArchiveTime: formatIso(archiveBeginMs(topic, nowMs)) }),
    ...attributes,
  };
}

/** From when on publications can be replayed. */
function archiveBeginMs({ spec }: TopicRow, nowMs: TimestampMs): TimestampMs {
  return Math.max(spec.archivedSinceMs ?? 0, nowMs - archiveRetentionMs(spec.attributes['ArchivePolicy'] as string));
}

export function policyOf(topic: TopicRow): string {
  return topic.spec.attributes['Policy'] ?? defaultPolicy(topicArnOf(topic), topic.account);
}
