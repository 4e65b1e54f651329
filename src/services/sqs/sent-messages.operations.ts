// SendMessage, SendMessageBatch: answered when the messages are on disk.

import type { AsyncOperations } from '../../aws/operation.ts';
import type { NewMessage, SentMessage } from '../../drivers/messages/messages.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import { newUuids } from '../../kernel/ids.ts';
import { checkBatch, describeBatch, prepareBatch } from './batches.ts';
import {
  checkEntrySize,
  checkFifoMembers,
  type DigestsOfRest,
  digestsOfRest,
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
    const sizes = Entries.map(messageBytes);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > largestMessageBytes) throw batchRequestTooLong(bytes, largestMessageBytes);
    for (const entry of Entries) checkFifoMembers(queue.spec, entry);
    const ids = newUuids(ctx.random, Entries.length);
    const { good, failed } = prepareBatch(Entries, (entry, i) => {
      checkEntrySize(queue.spec, sizes[i] as number);
      return prepareMessage(ctx, queue.spec, entry, ids[i]);
    });
    const sent =
      good.length === 0
        ? []
        : await ctx.drivers.messages.send(
            refOf(queue),
            good.map(({ item }) => item),
          );
    const successful = good.map(({ id, item }, i) => {
      const { messageId, position } = sent[i] as SentMessage;
      const described = { Id: id, MessageId: messageId, MD5OfMessageBody: item.bodyMd5 };
      return withRest(described, queue.spec, item, position);
    });
    return describeBatch(successful, failed);
  },
} satisfies AsyncOperations<SqsApi>;

function describeSent(spec: QueueSpec, message: NewMessage, { messageId, position }: SentMessage) {
  return withRest({ MessageId: messageId, MD5OfMessageBody: message.bodyMd5 }, spec, message, position);
}

/** With what is told of some messages only, of which most have nothing: they are not copied. */
function withRest<Described extends object>(
  described: Described,
  { isFifo }: QueueSpec,
  message: NewMessage,
  position: number,
): Described & DigestsOfRest & { readonly SequenceNumber?: string } {
  const digests = digestsOfRest(message);
  if (!isFifo) return digests ? { ...described, ...digests } : described;
  return { ...described, ...digests, SequenceNumber: formatSequenceNumber(position) };
}
