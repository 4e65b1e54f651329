// What a publication must be like, and what is kept of it while it goes out. Pure.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

import { hash } from 'node:crypto';
import type { PublishInput } from '../../generated/sns.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { attributeBytes, type MessageAttributes, parseMessageAttributes } from './message-attributes.ts';
import { invalidParameter } from './sns.errors.ts';
import { type TopicSpec, usualMessageBytes } from './topics.table.ts';

export type PublicationInput = Omit<PublishInput, 'TopicArn' | 'TargetArn' | 'PhoneNumber'>;

export interface Publication {
  readonly messageId: string;
  /** What every protocol gets that has no text of its own. */
  readonly message: string;
  /** Texts by protocol, with `MessageStructure: json`. */
  readonly byProtocol?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly attributes?: MessageAttributes;
  readonly publishedAtMs: TimestampMs;
  readonly group?: string;
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
}

export interface Receiver {
  /** Of the mobile endpoint that it is for, whose text is enough. */
  readonly platform?: string;
  readonly mostBytes?: number;
}

export function parsePublication(
  input: PublicationInput,
  messageId: string,
  publishedAtMs: TimestampMs,
  { platform = 'default', mostBytes = usualMessageBytes }: Receiver = {},
): Publication {
  const { Message, Subject, MessageStructure } = input;
  if (Message === '') throw invalidParameter('Empty message');
  if (Subject !== undefined && !isSubject(Subject)) throw invalidParameter('Subject');
  const attributes = parseMessageAttributes(input.MessageAttributes);
  if (Buffer.byteLength(Message) + attributeBytes(attributes) > mostBytes) throw invalidParameter('Message too long');
  if (MessageStructure !== undefined && MessageStructure !== 'json' && MessageStructure !== '')
    throw invalidParameter('MessageStructure');
  const byProtocol = MessageStructure === 'json' ? parseStructure(Message, platform) : undefined;
  return {
    messageId,
    message: byProtocol?.['default'] ?? byProtocol?.[platform] ?? Message,
    ...(byProtocol && { byProtocol }),
    ...(Subject !== undefined && { subject: Subject }),
    ...(attributes && { attributes }),
    publishedAtMs,
  };
}

export function publicationBytes({ Message, MessageAttributes }: PublicationInput): number {
  return Buffer.byteLength(Message) + attributeBytes(parseMessageAttributes(MessageAttributes));
}

/** One line that begins with something to be seen. */
const isSubject = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be in it
  text.length > 0 && text.length <= 100 && !/[\u0000-\u001f\u007f]/.test(text) && !/^\s/.test(text);

function parseStructure(text: string, platform = 'default'): Readonly<Record<string, string>> {
  const fault = () => invalidParameter('Message Structure - JSON message body failed to parse');
  let document: unknown;
  try {
    document = JSON.parse(text) as unknown;
  } catch {
    throw fault();
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw fault();
  const texts = Object.fromEntries(Object.entries(document).filter((entry) => typeof entry[1] === 'string'));
  if (texts['default'] === undefined && texts[platform] === undefined)
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  return texts as Readonly<Record<string, string>>;
}

export function checkStructure({ Message, MessageStructure }: PublicationInput): void {
  if (MessageStructure === 'json') parseStructure(Message);
}

export function messageFor(protocol: string, { message, byProtocol }: Publication): string {
  return (byProtocol && Object.hasOwn(byProtocol, protocol) ? byProtocol[protocol] : undefined) ?? message;
}

const idPattern = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/** Group and deduplication id as the kind of topic wants them; `deduplicationKey` tells what is a duplicate. */
export function fifoMembers(
  { isFifo, attributes }: TopicSpec,
  { MessageGroupId, MessageDeduplicationId, Message }: PublicationInput,
): Pick<Publication, 'group' | 'deduplicationId'> & { readonly deduplicationKey?: string } {
  if (MessageGroupId !== undefined && !idPattern.test(MessageGroupId)) throw invalidParameter('MessageGroupId');
  if (!isFifo) {
    if (MessageDeduplicationId !== undefined)
      throw invalidParameter(
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      );
    return MessageGroupId === undefined ? {} : { group: MessageGroupId };
  }
  if (MessageGroupId === undefined) throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
  const byContent = attributes['ContentBasedDeduplication'] === 'true';
  if (MessageDeduplicationId === undefined && !byContent)
    throw invalidParameter(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  if (MessageDeduplicationId !== undefined && !idPattern.test(MessageDeduplicationId))
    throw invalidParameter('MessageDeduplicationId');
  const deduplicationId = MessageDeduplicationId ?? hash('sha256', Message, 'hex');
  const isByGroup = attributes['FifoThroughputScope'] === 'MessageGroup';
  const deduplicationKey = isByGroup ? `${deduplicationId} ${MessageGroupId}` : deduplicationId;
  return { group: MessageGroupId, deduplicationId, deduplicationKey };
}
