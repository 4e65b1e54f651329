// The engine of SQS's messages: queues that keep what was accepted until it is removed, hide what was received until
// its deadline passes, and hold back a FIFO group while one of its messages is out. It knows nothing of AWS's wording.

import type { TimestampMs } from '../../kernel/clock.ts';

export interface QueueRef {
  /** Never used again: a queue that is made anew under an old name has another one. */
  readonly id: string;
  readonly isFifo: boolean;
}

export interface MessageAttribute {
  readonly dataType: string;
  readonly value: string | Uint8Array;
}

export interface MessageContent {
  readonly messageId: string;
  readonly body: string;
  readonly bodyMd5: string;
  readonly senderId: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  readonly traceHeader?: string | undefined;
  /** Of a FIFO queue: handed out in order, to one receiver at a time. Of a standard one: none may crowd the others out. */
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** ARN of the queue it was moved away from. */
  readonly deadLetterSource?: string | undefined;
}

export interface NewMessage extends MessageContent {
  readonly delayMs: number;
  /** A second message with the same key, within the window, is accepted but not kept. */
  readonly deduplicationKey?: string | undefined;
}

export interface Parcel {
  readonly queue: QueueRef;
  readonly message: NewMessage;
}

export interface SentMessage {
  /** Of the message that was kept: for a duplicate, the first one's. */
  readonly messageId: string;
  /** Grows within the queue. */
  readonly position: number;
}

/** Names one receipt of a message. */
export interface Receipt {
  readonly position: number;
  /** How often the message had been received then. */
  readonly receiveCount: number;
}

export interface ReceivedMessage extends MessageContent, Receipt {
  readonly sentAtMs: TimestampMs;
  readonly firstReceivedAtMs: TimestampMs;
}

export interface ReceiveRequest {
  readonly most: number;
  readonly visibilityMs: number;
  /** Messages sent longer ago are no longer there. */
  readonly retentionMs: number;
  readonly mostInFlight: number;
  readonly deadLetter?: DeadLetter;
  /** The same id, within the window, gets the same messages again. FIFO only. */
  readonly attemptId?: string;
}

/** Where a message goes instead of being received once more. */
export interface DeadLetter {
  readonly queue: QueueRef;
  readonly maxReceiveCount: number;
  /** ARN of the queue that it leaves. */
  readonly source: string;
}

export interface Patience {
  /** How long to wait for a message when there is none. */
  readonly waitMs: number;
  /** Ends the wait when aborted. Asked for only when it comes to waiting. */
  readonly signal: () => AbortSignal;
  /** The request as it would be made by now, whenever something may have come; the first one when absent. */
  readonly renew?: () => ReceiveRequest;
}

export interface ReceiveResult {
  readonly messages: readonly ReceivedMessage[];
  /** Nothing was handed out because too much is out already. */
  readonly isOverLimit: boolean;
}

/** `stale`: a FIFO message that was received again, or is visible again, since. */
export type RemoveOutcome = 'removed' | 'gone' | 'stale';

export interface VisibilityChange {
  readonly receipt: Receipt;
  readonly visibilityMs: number;
}

export type VisibilityOutcome = 'changed' | 'gone' | 'visible' | 'beyond-limit';

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface MoveRequest {
  /** Where all go; when absent, each goes back to where it came from. */
  readonly to?: QueueRef;
  /** Queues by their ARNs. */
  readonly sources: Readonly<Record<string, QueueRef>>;
  readonly most: number;
  /** A new message id for each. */
  readonly newMessageId: () => string;
}

export interface MoveResult {
  readonly moved: number;
  /** Messages whose source is not known; they stay. */
  readonly homeless: number;
}

export interface PeekedMessage extends MessageContent {
  readonly position: number;
  readonly sentAtMs: TimestampMs;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: TimestampMs | undefined;
  readonly isVisible: boolean;
}

export interface Messages {
  /** Resolves when the messages are on disk. */
  send(queue: QueueRef, messages: readonly NewMessage[]): Promise<readonly SentMessage[]>;
  /** The same for messages to many queues, in one commit. */
  sendAll(parcels: readonly Parcel[]): Promise<readonly SentMessage[]>;
  receive(queue: QueueRef, request: ReceiveRequest, patience?: Patience): Promise<ReceiveResult>;
  remove(queue: QueueRef, receipts: readonly Receipt[]): Promise<readonly RemoveOutcome[]>;
  changeVisibility(queue: QueueRef, changes: readonly VisibilityChange[]): Promise<readonly VisibilityOutcome[]>;
  count(queue: QueueRef, retentionMs: number): Promise<QueueCounts>;
  /** Takes all messages that are there now. */
  purge(queue: QueueRef): Promise<void>;
  /** Takes messages whose time is over. Resolves to when the oldest that is left was sent. */
  expire(queue: QueueRef, retentionMs: number): Promise<TimestampMs | undefined>;
  /** Moves visible messages elsewhere, as new ones. */
  move(from: QueueRef, request: MoveRequest): Promise<MoveResult>;
  /** Shows messages without receiving them. */
  peek(queue: QueueRef, most: number): Promise<readonly PeekedMessage[]>;
  /** The ids of all queues that something is kept of. */
  queues(): Promise<readonly string[]>;
  /** Forgets a queue, in steps. Who waits for its messages gets none. */
  clear(queueId: string): Promise<void>;
  close(): Promise<void>;
}

export const deduplicationWindowMs = 5 * 60_000;

/** From the receipt on; changing it does not move this limit. */
export const longestVisibilityMs = 12 * 3600_000;
