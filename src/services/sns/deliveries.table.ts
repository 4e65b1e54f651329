// Deliveries that are not done yet: to web servers and functions, and to queues that could not take them for a reason
// that may pass.
// A row goes when the message has arrived, or has been given up.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row } from '../../kernel/table.ts';
import type { RetryPolicy } from './delivery-policy.ts';
import type { EnvelopeMembers } from './envelope.ts';
import type { SignatureVersion } from './signatures.ts';

/** What a queue is sent, in SendMessage's words. */
export interface QueueParcel {
  readonly kind: 'queue';
  readonly queueArn: string;
  readonly input: {
    readonly MessageBody: string;
    readonly MessageAttributes?: Readonly<
      Record<string, { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: Uint8Array }>
    >;
    readonly MessageGroupId?: string;
    readonly MessageDeduplicationId?: string;
  };
}

/** Signed when it is sent. */
interface SignedParcel {
  readonly members: EnvelopeMembers;
  readonly topicArn: string;
  readonly unsubscribeUrl?: string;
  readonly attributes?: Readonly<Record<string, { readonly dataType: string; readonly value: string | Uint8Array }>>;
  readonly signatureVersion?: SignatureVersion;
  /** Where this cloud is reached: the certificate's URL begins so. */
  readonly endpoint: string;
}

export interface WebParcel extends SignedParcel {
  readonly kind: 'web';
  readonly url: string;
  /** The message alone, instead of the envelope. */
  readonly isRaw: boolean;
  readonly contentType: string;
}

export interface FunctionParcel extends SignedParcel {
  readonly kind: 'function';
  readonly functionArn: string;
}

export interface DeliverySpec {
  readonly subscriptionArn: string;
  readonly parcel: QueueParcel | WebParcel | FunctionParcel;
  readonly retry: RetryPolicy;
  /** How many messages the subscriber gets in a second at most. */
  readonly perSecond?: number;
  /** The subscription's dead-letter queue. */
  readonly deadLetterArn?: string;
}

export interface DeliveryStatus {
  readonly failedAttempts: number;
  readonly notBeforeMs: TimestampMs;
  readonly lastError?: string;
}

export type DeliveryRow = Row<DeliverySpec, DeliveryStatus>;

/** In the order in which they were asked for. */
export const deliveries = defineTable<DeliverySpec, DeliveryStatus>({
  name: 'sns.deliveries',
  initialStatus: { failedAttempts: 0, notBeforeMs: 0 },
});
