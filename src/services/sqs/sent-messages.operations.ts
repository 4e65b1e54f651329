// SendMessage, SendMessageBatch: answered when the messages are on disk.

import type { AsyncOperations } from '../../aws/operation.ts';
import type { NewMessage, SentMessage } from '../../drivers/messages/messages.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import { checkBatch, describeBatch, prepareBatch } from './batches.ts';
import {
  checkEntrySize,
  checkFifoMembers,
  digestsOf,
  formatSequenceNumber,
  largestMessageBytes,
  messageBytes,
  prepareMessage,
} from './new-messages.ts';
import { type QueueSpec, refOf } from './queues.table.ts';
import { requireQueueOf } from './queues.ts';
import { batchRequestTooLong } from './sqs.errors.ts';

export const sentMessageOperations = {
  async SendMessage(ctx, input) {
    const queue = requireQueueOf(ctx, input.QueueUrl);
    const message = prepareMessage(ctx, queue.spec, input);
    const [sent] = await ctx.drivers.messages.send(refOf(queue), [message]);
    return describeSent(queue.spec, message, sent as SentMessage);
  },

  async SendMessageBatch(ctx, { QueueUrl, Entries }) {
    const queue = requireQueueOf(ctx, QueueUrl);
    checkBatch(Entries, 'SendMessageBatchRequestEntry');
    const bytes = Entries.reduce((sum, entry) => sum + messageBytes(entry), 0);
    if (bytes > largestMessageBytes) throw batchRequestTooLong(bytes, largestMessageBytes);
    for (const entry of Entries) checkFifoMembers(queue.spec, entry);
    const { good, failed } = prepareBatch(Entries, (entry) => {
      checkEntrySize(queue.spec, entry);
      return prepareMessage(ctx, queue.spec, entry);
    });
    const sent =
      good.length === 0
        ? []
        : await ctx.drivers.messages.send(
            refOf(queue),
            good.map(({ item }) => item),
          );
    const Successful = good.map(({ id, item }, i) => ({
      Id: id,
      ...describeSent(queue.spec, item, sent[i] as SentMessage),
    }));
    return describeBatch(Successful, failed);
  },
} satisfies AsyncOperations<SqsApi>;

function describeSent({ isFifo }: QueueSpec, message: NewMessage, { messageId, position }: SentMessage) {
  // What is copied stands last: V8 takes a microsecond for a member that is added to a copy.
  const described = { MessageId: messageId, ...digestsOf(message) };
  return isFifo ? { SequenceNumber: formatSequenceNumber(position), ...described } : described;
}
