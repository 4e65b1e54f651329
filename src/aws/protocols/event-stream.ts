// The binary framing of event streams (application/vnd.amazon.eventstream): each message has typed headers, a payload
// and two checksums. Used by Lambda's response streaming, S3 Select and CloudWatch Logs' live tail.

import { crc32 } from 'node:zlib';
import { AwsError } from '../errors.ts';
import type { Member, StructureShape } from '../model.ts';
import { asBuffer } from './protocol.ts';

export type EventHeaderValue = string | number | boolean | Uint8Array | { readonly timestampMs: number };

export interface EventMessage {
  readonly headers: Readonly<Record<string, EventHeaderValue>>;
  readonly payload: Uint8Array;
}

const preludeBytes = 12;
const checksumBytes = 4;
/** AWS's own limit of a message. */
const largestMessageBytes = 24 * 1024 * 1024;

export function encodeEventMessage({ headers, payload }: EventMessage): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const total = preludeBytes + head.length + payload.byteLength + checksumBytes;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, preludeBytes);
  message.set(payload, preludeBytes + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - checksumBytes)), total - checksumBytes);
  return message;
}

function encodeHeader(name: string, value: EventHeaderValue): Buffer {
  const key = Buffer.from(name);
  return Buffer.concat([Buffer.from([key.length]), key, encodeHeaderValue(value)]);
}

function encodeHeaderValue(value: EventHeaderValue): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 0 : 1]);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : asBuffer(value);
    const head = Buffer.from([typeof value === 'string' ? 7 : 6, 0, 0]);
    head.writeUInt16BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  }
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    const bytes = Buffer.from([4, 0, 0, 0, 0]);
    bytes.writeInt32BE(value, 1);
    return bytes;
  }
  const bytes = Buffer.from([typeof value === 'number' ? 5 : 8, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigInt64BE(BigInt(Math.trunc(typeof value === 'number' ? value : value.timestampMs)), 1);
  return bytes;
}

/** Thrown for bytes that are not whole, or do not match their checksums. */
export class EventStreamError extends Error {}

/** Decodes the messages of a stream as they arrive, however its bytes are cut. */
export async function* decodeEventMessages(source: AsyncIterable<Uint8Array>): AsyncGenerator<EventMessage> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    pending = pending.length === 0 ? asBuffer(chunk) : Buffer.concat([pending, chunk]);
    for (let size = messageSize(pending); size !== undefined && pending.length >= size; size = messageSize(pending)) {
      yield decodeEventMessage(pending.subarray(0, size));
      pending = pending.subarray(size);
    }
  }
  if (pending.length > 0) throw new EventStreamError('the stream ended within a message');
}

function messageSize(bytes: Buffer): number | undefined {
  if (bytes.length < preludeBytes) return undefined;
  const size = bytes.readUInt32BE(0);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8))
    throw new EventStreamError('the prelude does not match its checksum');
  const headBytes = bytes.readUInt32BE(4);
  if (size > largestMessageBytes || headBytes + preludeBytes + checksumBytes > size)
    throw new EventStreamError('the lengths of a message are impossible');
  return size;
}

export function decodeEventMessage(bytes: Uint8Array): EventMessage {
  const message = asBuffer(bytes);
  const size = messageSize(message);
  if (size !== message.length) throw new EventStreamError('the message is not whole');
  const end = size - checksumBytes;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end))
    throw new EventStreamError('the message does not match its checksum');
  const headEnd = preludeBytes + message.readUInt32BE(4);
  return { headers: decodeHeaders(message.subarray(preludeBytes, headEnd)), payload: message.subarray(headEnd, end) };
}

function decodeHeaders(bytes: Buffer): Record<string, EventHeaderValue> {
  const headers = { __proto__: null } as unknown as Record<string, EventHeaderValue>;
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new EventStreamError('a header is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString();
    headers[name] = decodeHeaderValue(take(1).readUInt8(), take);
  }
  return headers;
}

function decodeHeaderValue(type: number, take: (length: number) => Buffer): EventHeaderValue {
  switch (type) {
    case 0:
      return true;
    case 1:
      return false;
    case 2:
      return take(1).readInt8();
    case 3:
      return take(2).readInt16BE();
    case 4:
      return take(4).readInt32BE();
    case 5:
      return Number(take(8).readBigInt64BE());
    case 6:
      return take(take(2).readUInt16BE());
    case 7:
      return take(take(2).readUInt16BE()).toString();
    case 8:
      return { timestampMs: Number(take(8).readBigInt64BE()) };
    case 9:
      return take(16).toString('hex');
    default:
      throw new EventStreamError(`there is no header type ${type}`);
  }
}

export interface EventEncoding {
  readonly contentType: string;
  /** The body of an event or exception: those members of a structure that are neither headers nor the payload. */
  readonly encodeMembers: (
    members: readonly Member[],
    event: Readonly<Record<string, unknown>>,
    structureName: string,
  ) => string;
  /** The output's other members, where they cannot travel in HTTP headers. */
  readonly initialResponse?: string;
}

/** `events` are unions: objects with one member of the stream's shape each. */
export async function* encodeEventStream(
  stream: Member,
  events: AsyncIterable<unknown> | undefined,
  encoding: EventEncoding,
): AsyncGenerator<Uint8Array> {
  const { contentType, initialResponse } = encoding;
  if (initialResponse !== undefined) {
    yield encodeEventMessage({
      headers: eventHeaders('initial-response', contentType),
      payload: Buffer.from(initialResponse),
    });
  }
  const shape = stream.shape as StructureShape;
  try {
    for await (const event of events ?? [])
      yield encodeEvent(shape, event as Readonly<Record<string, unknown>>, encoding);
  } catch (error) {
    // Once a stream has begun, an error can only be told in its own words, as its last event.
    if (!(error instanceof AwsError)) throw error;
    yield encodeException(shape, error, encoding);
  }
}

function eventHeaders(type: string, contentType: string | undefined): Record<string, EventHeaderValue> {
  return {
    ':event-type': type,
    ...(contentType !== undefined && { ':content-type': contentType }),
    ':message-type': 'event',
  };
}

function encodeEvent(shape: StructureShape, union: Readonly<Record<string, unknown>>, encoding: EventEncoding): Buffer {
  const member = shape.members.find(({ name }) => union[name] !== undefined);
  if (!member) throw new Error(`an event of ${shape.name} has none of its members`);
  const event = union[member.name] as Readonly<Record<string, unknown>>;
  const parts = (member.shape as StructureShape).members;
  const payloadMember = parts.find(({ eventPayload }) => eventPayload);
  const headers: Record<string, EventHeaderValue> = {};
  for (const { name, eventHeader } of parts)
    if (eventHeader && event[name] !== undefined) headers[name] = event[name] as EventHeaderValue;
  const inBody = parts.filter(({ eventHeader, eventPayload }) => !eventHeader && !eventPayload);
  const { type, payload } = payloadMember
    ? encodePayload(payloadMember, event[payloadMember.name], encoding)
    : {
        type: inBody.length === 0 ? undefined : encoding.contentType,
        payload: inBody.length === 0 ? '' : encoding.encodeMembers(inBody, event, member.shape.name),
      };
  return encodeEventMessage({
    headers: { ...headers, ...eventHeaders(member.name, type) },
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
  });
}

function encodePayload(
  member: Member,
  value: unknown,
  encoding: EventEncoding,
): { type: string; payload: string | Uint8Array } {
  const { shape } = member;
  if (shape.type === 'blob')
    return { type: 'application/octet-stream', payload: (value as Uint8Array | undefined) ?? new Uint8Array(0) };
  if (shape.type === 'string') return { type: 'text/plain', payload: String(value ?? '') };
  const members = shape.type === 'structure' ? shape.members : [];
  return {
    type: encoding.contentType,
    payload: encoding.encodeMembers(members, (value as Record<string, unknown> | undefined) ?? {}, shape.name),
  };
}

function encodeException(shape: StructureShape, error: AwsError, encoding: EventEncoding): Buffer {
  const member = shape.members.find(
    (candidate) => candidate.name === error.code || candidate.shape.name === error.code,
  );
  if (!member) {
    const headers = { ':message-type': 'error', ':error-code': error.code, ':error-message': error.message };
    return encodeEventMessage({ headers, payload: new Uint8Array(0) });
  }
  const members = (member.shape as StructureShape).members;
  const messageName = members.find(({ name }) => name.toLowerCase() === 'message')?.name ?? 'message';
  const payload = Buffer.from(
    encoding.encodeMembers(members, { ...error.fields, [messageName]: error.message }, member.shape.name),
  );
  return encodeEventMessage({
    headers: { ':exception-type': member.name, ':content-type': encoding.contentType, ':message-type': 'exception' },
    payload,
  });
}
