// What each subscriber's queue gets of a publication: its text, or AWS's envelope around it. What is the same for all of
// them is put together once.

import type { QueueParcel } from './deliveries.table.ts';
import { envelopeMaker, notificationMembers, type Signature, unsubscribeUrl } from './envelope.ts';
import { messageFor, type Publication } from './publications.ts';
import { queueAttributes } from './queue-delivery.ts';
import type { Subscriber } from './subscribers.ts';
import { type TopicRow, topicArnOf } from './topics.table.ts';

export interface QueuePublication {
  readonly topic: TopicRow;
  readonly publication: Publication;
  /** Of the envelope; FIFO topics have none. */
  readonly signature?: Signature | undefined;
  /** From the topic's archive. */
  readonly isReplayed?: boolean;
}

export type QueueInput = QueueParcel['input'];

/** All whose queues get the same are given the same object. */
export function queueInputs(endpoint: string, work: QueuePublication): (subscriber: Subscriber) => QueueInput {
  const { topic, publication, signature, isReplayed = false } = work;
  const message = messageFor('sqs', publication);
  const attributes = isReplayed ? { ...publication.attributes, ...replayed } : publication.attributes;
  const rawAttributes = attributes && queueAttributes(attributes);
  const rawInput = inputsOf(publication, message, rawAttributes);
  let envelopeFor: ((unsubscribeUrl: string) => string) | undefined;
  return ({ isRaw, arn, queue }) => {
    const isFifo = queue?.isFifo === true;
    if (isRaw) return rawInput(isFifo);
    envelopeFor ??= envelopeMaker(notificationMembers(publication, message, topicArnOf(topic)), {
      signature,
      attributes,
    });
    return inputsOf(publication, envelopeFor(unsubscribeUrl(endpoint, arn)))(isFifo);
  };
}

const replayed = { Replayed: { dataType: 'String', value: 'true' } };

/** Standard queues take a group, but a FIFO topic's do not get any, and no deduplication id. */
function inputsOf(
  { group, deduplicationId }: Publication,
  body: string,
  attributes?: QueueInput['MessageAttributes'],
): (isFifo: boolean) => QueueInput {
  const standard: QueueInput = {
    MessageBody: body,
    ...(attributes && { MessageAttributes: attributes }),
  };
  const grouped = group === undefined ? standard : { MessageGroupId: group, ...standard };
  if (deduplicationId === undefined) return () => grouped;
  const fifo = { MessageDeduplicationId: deduplicationId, ...grouped };
  return (isFifo) => (isFifo ? fifo : standard);
}
