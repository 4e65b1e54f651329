// The JSON that subscribers get: notifications, and questions whether they want them.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html

import { formatIso, type TimestampMs } from '../../kernel/clock.ts';
import { describeAttributes } from './message-attributes.ts';
import type { Publication } from './publications.ts';
import { type SignatureVersion, signMembers } from './signatures.ts';
import { certificatePath, type SigningKeySpec } from './signing-keys.table.ts';

/** The members of an envelope that are the same however it is signed, in AWS's order. */
export type EnvelopeMembers = Readonly<Record<string, unknown>> & {
  readonly Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly MessageId: string;
};

/** Nothing in it depends on the subscriber, so that one signature does for all who get the same text. */
export function notificationMembers(publication: Publication, message: string, topicArn: string): EnvelopeMembers {
  const { messageId, sequenceNumber, subject, publishedAtMs } = publication;
  return {
    Type: 'Notification',
    MessageId: messageId,
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: message,
    Timestamp: formatIso(publishedAtMs),
  };
}

export interface ConfirmationRequest {
  readonly kind: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly messageId: string;
  readonly topicArn: string;
  readonly token: string;
  readonly endpoint: string;
  readonly atMs: TimestampMs;
}

export function confirmationMembers({
  kind,
  messageId,
  topicArn,
  token,
  endpoint,
  atMs,
}: ConfirmationRequest): EnvelopeMembers {
  const isNew = kind === 'SubscriptionConfirmation';
  const message = isNew
    ? `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
    : `You have chosen to deactivate subscription to the topic ${topicArn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
  return {
    Type: kind,
    MessageId: messageId,
    Token: token,
    TopicArn: topicArn,
    Message: message,
    SubscribeURL: `${endpoint}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`,
    Timestamp: formatIso(atMs),
  };
}

export interface Signature {
  readonly SignatureVersion: SignatureVersion;
  readonly Signature: string;
  readonly SigningCertURL: string;
}

export async function signEnvelope(
  members: EnvelopeMembers,
  key: SigningKeySpec,
  version: SignatureVersion,
  endpoint: string,
): Promise<Signature> {
  return {
    SignatureVersion: version,
    Signature: await signMembers(members, key, version),
    SigningCertURL: `${endpoint}${certificatePath(key.certificateId)}`,
  };
}

export interface EnvelopeTail {
  /** FIFO topics do not sign. */
  readonly signature?: Signature | undefined;
  readonly unsubscribeUrl?: string | undefined;
  readonly attributes?: Publication['attributes'];
}

export function formatEnvelope(
  members: EnvelopeMembers,
  { signature, unsubscribeUrl, attributes }: EnvelopeTail,
): string {
  const envelope = {
    ...members,
    ...signature,
    ...(unsubscribeUrl !== undefined && { UnsubscribeURL: unsubscribeUrl }),
    ...(attributes && { MessageAttributes: describeAttributes(attributes) }),
  };
  return JSON.stringify(envelope, null, 2);
}

/** The envelopes of a publication differ in this alone. */
export function envelopeMaker(
  members: EnvelopeMembers,
  tail: Omit<EnvelopeTail, 'unsubscribeUrl'>,
): (unsubscribeUrl: string) => string {
  const text = formatEnvelope(members, { ...tail, unsubscribeUrl: '' });
  // There is no second one: within a value a line does not end, and names further in stand further right.
  const name = '\n  "UnsubscribeURL": ';
  const at = text.indexOf(`${name}""`) + name.length;
  const [before, after] = [text.slice(0, at), text.slice(at + 2)];
  return (url) => before + JSON.stringify(url) + after;
}

export function unsubscribeUrl(endpoint: string, subscriptionArn: string): string {
  return `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`;
}
