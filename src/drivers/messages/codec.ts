// What is kept of a queue as bytes, and back. All texts of a message are written as one: that is one call into the system's
// code instead of eight, and reading takes them out of it without copies.

import type { ByteReader, ByteWriter } from '../journal/bytes.ts';
import type { MessageAttribute } from './messages.ts';
import type { MessageState, QueueCounters, RecentEntry, StoredMessage } from './storage.ts';

export interface Codec<Value> {
  encode(writer: ByteWriter, value: Value): void;
  decode(reader: ByteReader): Value;
}

/** 0 stands for a text that is not there. */
const lengthOf = (text: string | undefined): number => (text === undefined ? 0 : text.length + 1);

const longestRepeated = 64 * 1024;

/** Of the last message; its bytes only when it came again. */
let latest = { body: '', bodyMd5: '', senderId: '', bytes: undefined as Buffer | undefined };

/**
 * Body, digest and sender of what came before as well: a topic's message comes once for each of its queues. Undefined the first
 * time, and where a character takes more than one byte.
 */
function repeatedBytes({ body, bodyMd5, senderId }: StoredMessage): Buffer | undefined {
  if (body !== latest.body || bodyMd5 !== latest.bodyMd5 || senderId !== latest.senderId) {
    latest = { body, bodyMd5, senderId, bytes: undefined };
    return undefined;
  }
  const length = body.length + bodyMd5.length + senderId.length;
  if (!latest.bytes && length <= longestRepeated) latest.bytes = Buffer.from(body + bodyMd5 + senderId);
  return latest.bytes?.length === length ? latest.bytes : undefined;
}

export const messageCodec: Codec<StoredMessage> = {
  encode(writer, message) {
    const { messageId, body, bodyMd5, senderId, traceHeader, group, deduplicationId, deadLetterSource } = message;
    writer.float(message.sentAtMs);
    writer.count(messageId.length);
    writer.count(body.length);
    writer.count(bodyMd5.length);
    writer.count(senderId.length);
    writer.count(lengthOf(traceHeader));
    writer.count(lengthOf(group));
    writer.count(lengthOf(deduplicationId));
    writer.count(lengthOf(deadLetterSource));
    let optional = '';
    if (traceHeader !== undefined) optional += traceHeader;
    if (group !== undefined) optional += group;
    if (deduplicationId !== undefined) optional += deduplicationId;
    if (deadLetterSource !== undefined) optional += deadLetterSource;
    const repeated = optional === '' ? repeatedBytes(message) : undefined;
    if (!repeated || !writer.textBefore(messageId, repeated))
      writer.text(messageId + body + bodyMd5 + senderId + optional);
    encodeAttributes(writer, message.attributes);
  },
  decode(reader) {
    const sentAtMs = reader.float();
    const idLength = reader.count();
    const bodyLength = reader.count();
    const md5Length = reader.count();
    const senderLength = reader.count();
    const traceLength = reader.count();
    const groupLength = reader.count();
    const deduplicationLength = reader.count();
    const sourceLength = reader.count();
    const optional = [traceLength, groupLength, deduplicationLength, sourceLength];
    let end = idLength + bodyLength + md5Length + senderLength;
    for (const length of optional) end += Math.max(0, length - 1);
    const text = reader.text(end);
    end = 0;
    const next = (length: number): string => {
      end += length;
      return text.slice(end - length, end);
    };
    const nextIfThere = (length: number) => (length === 0 ? undefined : next(length - 1));
    return {
      messageId: next(idLength),
      body: next(bodyLength),
      bodyMd5: next(md5Length),
      senderId: next(senderLength),
      sentAtMs,
      traceHeader: nextIfThere(traceLength),
      group: nextIfThere(groupLength),
      deduplicationId: nextIfThere(deduplicationLength),
      deadLetterSource: nextIfThere(sourceLength),
      attributes: decodeAttributes(reader),
    };
  },
};

type Attributes = Readonly<Record<string, MessageAttribute>>;

function encodeAttributes(writer: ByteWriter, attributes: Attributes | undefined): void {
  if (!attributes) {
    writer.count(0);
    return;
  }
  const entries = Object.entries(attributes);
  writer.count(entries.length);
  for (const [name, { dataType, value }] of entries) {
    const isText = typeof value === 'string';
    writer.count(name.length);
    writer.count(dataType.length);
    writer.count(value.length * 2 + Number(isText));
    writer.text(isText ? name + dataType + value : name + dataType);
    if (!isText) writer.raw(value);
  }
}

function decodeAttributes(reader: ByteReader): Attributes | undefined {
  const count = reader.count();
  if (count === 0) return undefined;
  const attributes: [string, MessageAttribute][] = [];
  for (let i = 0; i < count; i++) {
    const nameLength = reader.count();
    const valueAt = nameLength + reader.count();
    const size = reader.count();
    const isText = size % 2 === 1;
    const length = Math.floor(size / 2);
    const text = reader.text(isText ? valueAt + length : valueAt);
    const value = isText ? text.slice(valueAt) : reader.raw(length);
    attributes.push([text.slice(0, nameLength), { dataType: text.slice(nameLength, valueAt), value }]);
  }
  return Object.fromEntries(attributes);
}

export const stateCodec: Codec<MessageState> = {
  encode(writer, state) {
    writer.float(state.visibleAtMs);
    writer.float(state.firstReceivedAtMs);
    writer.float(state.receivedAtMs);
    writer.count(state.receiveCount);
    encodeText(writer, state.group);
  },
  decode: (reader) => ({
    visibleAtMs: reader.float(),
    firstReceivedAtMs: reader.float(),
    receivedAtMs: reader.float(),
    receiveCount: reader.count(),
    group: decodeText(reader),
  }),
};

export const countersCodec: Codec<QueueCounters> = {
  encode(writer, { total, lastPosition, floor }) {
    writer.float(total);
    writer.float(lastPosition);
    writer.float(floor);
  },
  decode: (reader) => ({ total: reader.float(), lastPosition: reader.float(), floor: reader.float() }),
};

export const recentCodec: Codec<RecentEntry> = {
  encode(writer, { expiresAtMs, messageId, receipts }) {
    writer.float(expiresAtMs);
    encodeText(writer, messageId);
    writer.count(receipts.length);
    for (const { position, receiveCount } of receipts) {
      writer.float(position);
      writer.count(receiveCount);
    }
  },
  decode(reader) {
    const expiresAtMs = reader.float();
    const messageId = decodeText(reader) ?? '';
    const receipts = [];
    for (let left = reader.count(); left > 0; left--)
      receipts.push({ position: reader.float(), receiveCount: reader.count() });
    return { expiresAtMs, messageId, receipts };
  },
};

function encodeText(writer: ByteWriter, text: string | undefined): void {
  writer.count(lengthOf(text));
  if (text !== undefined) writer.text(text);
}

function decodeText(reader: ByteReader): string | undefined {
  const length = reader.count();
  return length === 0 ? undefined : reader.text(length - 1);
}
