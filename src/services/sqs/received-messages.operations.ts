// ReceiveMessage, and what is done with a receipt: DeleteMessage and ChangeMessageVisibility, one by one and in batches.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import { parseArn } from '../../aws/arn.ts';
import type { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type {
  DeadLetter,
  Receipt,
  ReceiveRequest,
  RemoveOutcome,
  VisibilityOutcome,
} from '../../drivers/messages/messages.ts';
import type { ReceiveMessageRequest, SqsApi } from '../../generated/sqs.types.ts';
import { checkBatch, describeBatch, failureOf, prepareBatch } from './batches.ts';
import { checkId } from './new-messages.ts';
import { arnOf, type QueueRow, queues, redriveOf, refOf, retentionMsOf, secondsOf } from './queues.table.ts';
import { requireQueueOf } from './queues.ts';
import { type ParsedHandle, parseReceiptHandle, parseReceiptHandles } from './receipt-handles.ts';
import { describeReceived, wantedMembers } from './received-messages.ts';
import {
  invalidParameter,
  missingParameter,
  notAvailableForChange,
  receiptHandleExpired,
  receiptHandleIsInvalid,
  receiptHandleOfOtherQueue,
  tooManyInFlight,
} from './sqs.errors.ts';

const mostInFlight = 120_000;
const longestVisibilitySeconds = 43_200;

export const receivedMessageOperations = {
  async ReceiveMessage(ctx, input) {
    const queue = requireQueueOf(ctx, input.QueueUrl);
    const waitSeconds = checkReceive(queue, input);
    const wanted = wantedMembers(input);
    const { messages, isOverLimit } = await ctx.drivers.messages.receive(
      refOf(queue),
      receiveRequestOf(ctx, queue, input),
      {
        waitMs: waitSeconds * 1000,
        signal: () => ctx.signal,
        // Settings may have changed since, and the dead-letter queue be gone.
        renew: () => receiveRequestOf(ctx, ctx.get(queues, queue, queue.id) ?? queue, input),
      },
    );
    // A long poll and a FIFO queue keep quiet about it.
    if (isOverLimit && waitSeconds === 0 && !queue.spec.isFifo) throw tooManyInFlight(mostInFlight);
    return messages.length === 0
      ? {}
      : { Messages: messages.map((message) => describeReceived(queue, message, wanted)) };
  },

  async DeleteMessage(ctx, { QueueUrl, ReceiptHandle }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    const receipt = requireReceipt(queue, ReceiptHandle, parseReceiptHandle(ReceiptHandle));
    const [outcome] = await ctx.drivers.messages.remove(refOf(queue), [receipt]);
    const error = removalError(outcome as RemoveOutcome, ReceiptHandle);
    if (error) throw error;
    return {};
  },

  async DeleteMessageBatch(ctx, { QueueUrl, Entries }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    checkBatch(Entries, 'DeleteMessageBatchRequestEntry');
    const handles = parseReceiptHandles(Entries.map(({ ReceiptHandle }) => ReceiptHandle));
    const { good, failed } = prepareBatch(Entries, ({ ReceiptHandle }, i) => ({
      handle: ReceiptHandle,
      receipt: requireReceipt(queue, ReceiptHandle, handles[i]),
    }));
    const receipts = good.map(({ item }) => item.receipt);
    const outcomes = receipts.length === 0 ? [] : await ctx.drivers.messages.remove(refOf(queue), receipts);
    return batchResult(good, failed, (handle, i) => removalError(outcomes[i] as RemoveOutcome, handle));
  },

  async ChangeMessageVisibility(ctx, { QueueUrl, ReceiptHandle, VisibilityTimeout }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    checkVisibility(VisibilityTimeout);
    const receipt = requireReceipt(queue, ReceiptHandle, parseReceiptHandle(ReceiptHandle));
    const change = { receipt, visibilityMs: VisibilityTimeout * 1000 };
    const [outcome] = await ctx.drivers.messages.changeVisibility(refOf(queue), [change]);
    const error = changeError(queue, outcome as VisibilityOutcome, ReceiptHandle, VisibilityTimeout);
    if (error) throw error;
    return {};
  },

  async ChangeMessageVisibilityBatch(ctx, { QueueUrl, Entries }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    checkBatch(Entries, 'ChangeMessageVisibilityBatchRequestEntry');
    const handles = parseReceiptHandles(Entries.map(({ ReceiptHandle }) => ReceiptHandle));
    const { good, failed } = prepareBatch(Entries, ({ ReceiptHandle, VisibilityTimeout }, i) => {
      if (VisibilityTimeout === undefined) throw missingParameter('VisibilityTimeout');
      checkVisibility(VisibilityTimeout);
      const receipt = requireReceipt(queue, ReceiptHandle, handles[i]);
      return { handle: ReceiptHandle, receipt, seconds: VisibilityTimeout };
    });
    const changes = good.map(({ item }) => ({ receipt: item.receipt, visibilityMs: item.seconds * 1000 }));
    const outcomes = changes.length === 0 ? [] : await ctx.drivers.messages.changeVisibility(refOf(queue), changes);
    return batchResult(good, failed, (handle, i) =>
      changeError(queue, outcomes[i] as VisibilityOutcome, handle, good[i]?.item.seconds ?? 0),
    );
  },
} satisfies AsyncOperations<SqsApi>;

/** Returns for how many seconds to wait. */
function checkReceive({ spec }: QueueRow, input: ReceiveMessageRequest): number {
  const { MaxNumberOfMessages: most = 1, WaitTimeSeconds, VisibilityTimeout } = input;
  if (most < 1 || most > 10)
    throw invalidParameter('MaxNumberOfMessages', most, 'Must be between 1 and 10, if provided.');
  const waitSeconds = WaitTimeSeconds ?? secondsOf(spec, 'ReceiveMessageWaitTimeSeconds');
  if (waitSeconds < 0 || waitSeconds > 20)
    throw invalidParameter('WaitTimeSeconds', waitSeconds, 'Must be >= 0 and <= 20, if provided.');
  if (VisibilityTimeout !== undefined) checkVisibility(VisibilityTimeout);
  if (input.ReceiveRequestAttemptId !== undefined && !spec.isFifo) {
    throw invalidParameter(
      'ReceiveRequestAttemptId',
      input.ReceiveRequestAttemptId,
      'The request includes a parameter that is not valid for this queue type.',
    );
  }
  if (input.ReceiveRequestAttemptId !== undefined) checkId('ReceiveRequestAttemptId', input.ReceiveRequestAttemptId);
  return waitSeconds;
}

function receiveRequestOf(ctx: AsyncOperationContext, queue: QueueRow, input: ReceiveMessageRequest): ReceiveRequest {
  const { spec } = queue;
  const deadLetter = deadLetterOf(ctx, queue);
  return {
    most: input.MaxNumberOfMessages ?? 1,
    visibilityMs: (input.VisibilityTimeout ?? secondsOf(spec, 'VisibilityTimeout')) * 1000,
    retentionMs: retentionMsOf(spec),
    mostInFlight,
    ...(deadLetter && { deadLetter }),
    ...(input.ReceiveRequestAttemptId !== undefined && { attemptId: input.ReceiveRequestAttemptId }),
  };
}

function checkVisibility(seconds: number): void {
  if (seconds < 0 || seconds > longestVisibilitySeconds)
    throw invalidParameter(
      'VisibilityTimeout',
      seconds,
      `VisibilityTimeout must be >= 0 and <= ${longestVisibilitySeconds}.`,
    );
}

/** None when the queue that it names is gone: messages then stay. */
function deadLetterOf(ctx: AsyncOperationContext, queue: QueueRow): DeadLetter | undefined {
  const redrive = redriveOf(queue.spec);
  const address = redrive && parseArn(redrive.deadLetterTargetArn);
  const target = address && ctx.get(queues, address, address.resource);
  return target && { queue: refOf(target), maxReceiveCount: redrive.maxReceiveCount, source: arnOf(queue) };
}

function requireReceipt({ spec }: QueueRow, handle: string, parsed: ParsedHandle | undefined): Receipt {
  if (!parsed) throw receiptHandleIsInvalid(handle);
  if (parsed.queueId !== spec.queueId) throw receiptHandleOfOtherQueue(handle);
  return parsed.receipt;
}

/** Removing what is gone is no error. */
function removalError(outcome: RemoveOutcome, handle: string): AwsError | undefined {
  return outcome === 'stale' ? receiptHandleExpired(handle) : undefined;
}

function changeError(
  { spec }: QueueRow,
  outcome: VisibilityOutcome,
  handle: string,
  seconds: number,
): AwsError | undefined {
  if (outcome === 'gone') return notAvailableForChange(handle);
  // A visible message stays visible. The model has MessageNotInflight for it, which nobody has seen AWS say.
  if (outcome === 'visible') return spec.isFifo ? receiptHandleExpired(handle) : undefined;
  if (outcome === 'changed') return undefined;
  return invalidParameter(
    'VisibilityTimeout',
    seconds,
    `Total VisibilityTimeout for the message is beyond the limit [${longestVisibilitySeconds} seconds]`,
  );
}

function batchResult(
  good: readonly { readonly id: string; readonly item: { readonly handle: string } }[],
  failed: ReturnType<typeof failureOf>[],
  errorOf: (handle: string, index: number) => AwsError | undefined,
) {
  const Successful: { Id: string }[] = [];
  good.forEach(({ id, item }, i) => {
    const error = errorOf(item.handle, i);
    if (error) failed.push(failureOf(id, error));
    else Successful.push({ Id: id });
  });
  return describeBatch(Successful, failed);
}
