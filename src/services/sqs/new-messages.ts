// What a message must be like to be taken in, and what is kept of it. Pure.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import { hash } from 'node:crypto';
import type { RequestContext } from '../../aws/operation.ts';
import type { NewMessage } from '../../drivers/messages/messages.ts';
import type { SendMessageRequest } from '../../generated/sqs.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import {
  attributeBytes,
  invalidCharacters,
  md5Of,
  md5OfAttributes,
  parseMessageAttribute,
  parseMessageAttributes,
} from './message-attributes.ts';
import { type QueueSpec, secondsOf } from './queues.table.ts';
import { invalidMessageContents, invalidParameter, invalidParameterValue, missingParameter } from './sqs.errors.ts';

export type MessageInput = Omit<SendMessageRequest, 'QueueUrl'>;

/** AWS raised it from 256 KiB in August 2025; also of a whole batch. */
export const largestMessageBytes = 1_048_576;

/** Who sends it, where its id comes from, and the request, which may carry a trace. */
export type Sending = Pick<RequestContext, 'random' | 'principal' | 'request'>;

/** With a new id, unless it is to have one that was made with others. */
export function prepareMessage(sending: Sending, spec: QueueSpec, input: MessageInput, id?: string): NewMessage {
  const { random, principal, request } = sending;
  const { MessageBody: body } = input;
  const { bytes, md5 } = examineBody(body);
  const attributes = parseMessageAttributes(input.MessageAttributes);
  checkSize(bytes + attributeBytes(attributes), secondsOf(spec, 'MaximumMessageSize'));
  const traceHeader = traceHeaderOf(input) ?? request?.headers['x-amzn-trace-id'];
  const fifo = fifoMembers(spec, input);
  const message: Mutable<NewMessage> = {
    messageId: id ?? newUuid(random),
    body,
    bodyMd5: md5,
    senderId: principal.userId,
    delayMs: delaySecondsOf(spec, input) * 1000,
  };
  if (attributes) message.attributes = attributes;
  if (traceHeader !== undefined) message.traceHeader = traceHeader;
  return fifo ? Object.assign(message, fifo) : message;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export function messageBytes({ MessageBody, MessageAttributes }: MessageInput): number {
  let bytes = Buffer.byteLength(MessageBody);
  if (!MessageAttributes) return bytes;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '');
    bytes += BinaryValue?.byteLength ?? Buffer.byteLength(StringValue ?? '');
  }
  return bytes;
}

export interface DigestsOfRest {
  readonly MD5OfMessageAttributes?: string;
  readonly MD5OfMessageSystemAttributes?: string;
}

/** What the sender is told to check beside the body; undefined for most messages, which have nothing else. */
export function digestsOfRest({ attributes, traceHeader }: NewMessage): DigestsOfRest | undefined {
  if (!attributes && traceHeader === undefined) return undefined;
  return {
    ...(attributes && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    ...(traceHeader !== undefined && {
      MD5OfMessageSystemAttributes: md5OfAttributes({ AWSTraceHeader: { dataType: 'String', value: traceHeader } }),
    }),
  };
}

/** Twenty digits that grow with the position. */
export function formatSequenceNumber(position: number): string {
  return `188${String(position).padStart(17, '0')}`;
}

let examined = { body: '', bytes: 0, md5: '' };

/** What a topic publishes comes once for each of its queues. */
function examineBody(body: string): { readonly bytes: number; readonly md5: string } {
  if (body === '') throw missingParameter('MessageBody');
  if (examined.body === body) return examined;
  const invalid = invalidCharacters.exec(body);
  if (invalid) throw invalidMessageContents(invalid[0]);
  examined = { body, bytes: Buffer.byteLength(body), md5: md5Of(body) };
  return examined;
}

function checkSize(bytes: number, most: number): void {
  if (bytes > most)
    throw invalidParameterValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
    );
}

/** Of an entry of a batch, which AWS words otherwise. */
export function checkEntrySize(spec: QueueSpec, bytes: number): void {
  const most = secondsOf(spec, 'MaximumMessageSize');
  if (bytes > most)
    throw invalidParameterValue(
      `One or more parameters cannot be validated. Reason: Message must be shorter than ${most} bytes.`,
    );
}

const mostDelaySeconds = 900;

function delaySecondsOf(spec: QueueSpec, { DelaySeconds }: MessageInput): number {
  if (DelaySeconds === undefined) return secondsOf(spec, 'DelaySeconds');
  if (DelaySeconds < 0 || DelaySeconds > mostDelaySeconds)
    throw invalidParameter('DelaySeconds', DelaySeconds, `DelaySeconds must be >= 0 and <= ${mostDelaySeconds}.`);
  if (!spec.isFifo) return DelaySeconds;
  if (DelaySeconds !== 0) {
    throw invalidParameter(
      'DelaySeconds',
      DelaySeconds,
      'The request include parameter that is not valid for this queue type.',
    );
  }
  return secondsOf(spec, 'DelaySeconds');
}

function traceHeaderOf({ MessageSystemAttributes }: MessageInput): string | undefined {
  if (!MessageSystemAttributes) return undefined;
  for (const [name, value] of Object.entries(MessageSystemAttributes)) {
    if (name !== 'AWSTraceHeader')
      throw invalidParameterValue(
        `Message system attribute name '${name}' is invalid. Valid names are AWSTraceHeader.`,
      );
    const { dataType, value: content } = parseMessageAttribute(name, value);
    if (dataType !== 'String' || typeof content !== 'string')
      throw invalidParameterValue(`The message system attribute 'AWSTraceHeader' must be of the type String.`);
    return content;
  }
  return undefined;
}

const idPattern = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

export function checkId(
  name: 'MessageGroupId' | 'MessageDeduplicationId' | 'ReceiveRequestAttemptId',
  value: string,
): string {
  if (idPattern.test(value)) return value;
  throw invalidParameter(
    name,
    value,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

/** A standard queue takes groups as well: they are its tenants. */
function fifoMembers(spec: QueueSpec, input: MessageInput): Partial<NewMessage> | undefined {
  const { MessageGroupId, MessageDeduplicationId } = input;
  if (!spec.isFifo) {
    if (MessageDeduplicationId !== undefined) {
      throw invalidParameter(
        'MessageDeduplicationId',
        MessageDeduplicationId,
        'The request includes a parameter that is not valid for this queue type.',
      );
    }
    return MessageGroupId === undefined ? undefined : { group: checkId('MessageGroupId', MessageGroupId) };
  }
  if (MessageGroupId === undefined) throw missingParameter('MessageGroupId');
  const group = checkId('MessageGroupId', MessageGroupId);
  const deduplicationId = deduplicationIdOf(spec, input);
  const isByGroup = spec.attributes['DeduplicationScope'] === 'messageGroup';
  return { group, deduplicationId, deduplicationKey: isByGroup ? `${deduplicationId} ${group}` : deduplicationId };
}

function deduplicationIdOf(spec: QueueSpec, { MessageDeduplicationId, MessageBody }: MessageInput): string {
  if (MessageDeduplicationId !== undefined) return checkId('MessageDeduplicationId', MessageDeduplicationId);
  if (spec.attributes['ContentBasedDeduplication'] === 'true') return hash('sha256', MessageBody, 'hex');
  throw invalidParameterValue(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

/** Missing members of a FIFO message fail a whole batch, not their entry, and under a code of their own. */
export function checkFifoMembers(spec: QueueSpec, input: MessageInput): void {
  if (!spec.isFifo) return;
  if (input.MessageGroupId === undefined)
    throw invalidParameterValue('The request must contain the parameter MessageGroupId.');
  deduplicationIdOf(spec, { ...input, MessageDeduplicationId: input.MessageDeduplicationId && 'given' });
}
