// Message attributes: what they may be, how long they make a message, and the MD5 by which clients check that they
// arrived. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import { createHash, hash } from 'node:crypto';
import type { MessageAttribute } from '../../drivers/messages/messages.ts';
import type { MessageAttributeValue } from '../../generated/sqs.types.ts';
import { invalidAttributeContents, invalidParameterValue, unsupportedOperation } from './sqs.errors.ts';

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const mostAttributes = 10;

/** XML 1.0's characters, which is what messages may be made of; a lone surrogate is none. */
export const invalidCharacters =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Checked; undefined when there are none. */
export function parseMessageAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> | undefined,
): MessageAttributes | undefined {
  if (!given) return undefined;
  const entries = Object.entries(given);
  if (entries.length === 0) return undefined;
  if (entries.length > mostAttributes)
    throw invalidParameterValue(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${mostAttributes}].`,
    );
  // Without a prototype: `__proto__` is a name like others.
  const parsed = { __proto__: null } as unknown as Record<string, MessageAttribute>;
  for (const [name, value] of entries) {
    checkAttributeName(name);
    parsed[name] = parseMessageAttribute(name, value);
  }
  return parsed;
}

function checkAttributeName(name: string): void {
  if (name === '') throw invalidParameterValue('The request must contain non-empty message attribute name.');
  if (name.length > 256) throw invalidParameterValue(`Length of message attribute name must be less than 256 bytes.`);
  // Letters of any script, whatever the message says.
  if (!/^[\p{L}\p{N}_.-]+$/u.test(name))
    throw invalidParameterValue(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    );
  if (/^\.|\.$|\.\./.test(name))
    throw invalidParameterValue(
      `The message attribute name '${name}' is invalid. Attribute name must not start or end with a period or contain successive periods.`,
    );
  if (/^(aws|amazon)\./i.test(name))
    throw invalidParameterValue(
      `The message attribute name '${name}' is invalid. Attribute name must not start with reserved prefixes.`,
    );
}

export function parseMessageAttribute(name: string, value: MessageAttributeValue): MessageAttribute {
  const { DataType, StringValue, BinaryValue } = value;
  if (value.StringListValues?.length || value.BinaryListValues?.length)
    throw unsupportedOperation('Message attribute list values in SendMessage operation are not supported.');
  if (!DataType)
    throw invalidParameterValue(`The message attribute '${name}' must contain non-empty message attribute type.`);
  const kind = /^(String|Number|Binary)(?:\..*)?$/s.exec(DataType)?.[1];
  if (kind === undefined || invalidCharacters.test(DataType))
    throw invalidParameterValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  if (DataType.length > 256)
    throw invalidParameterValue(`Length of message attribute type must be less than 256 bytes.`);
  const content = kind === 'Binary' ? BinaryValue : StringValue;
  if (content === undefined || content.length === 0)
    throw invalidParameterValue(`Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`);
  const invalid = typeof content === 'string' ? invalidCharacters.exec(content) : null;
  if (invalid) throw invalidAttributeContents(name, invalid[0]);
  if (kind === 'Number' && !isNumber(content as string))
    throw invalidParameterValue(`Can't cast the value of message attribute '${name}' to a number.`);
  return { dataType: DataType, value: content };
}

const isNumber = (text: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);

/** Names, types and values count against a message's size. */
export function attributeBytes(attributes: MessageAttributes | undefined): number {
  if (!attributes) return 0;
  let bytes = 0;
  for (const [name, { dataType, value }] of Object.entries(attributes))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType) + byteLength(value);
  return bytes;
}

const byteLength = (value: string | Uint8Array): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;

export const md5Of = (text: string): string => hash('md5', text, 'hex');

/** In the order of their names: name, type, a byte for the kind, value; each with its length in four bytes before it. */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const digest = createHash('md5');
  const add = (part: string | Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(byteLength(part));
    digest.update(length).update(part);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { dataType, value } = attributes[name] as MessageAttribute;
    add(name);
    add(dataType);
    digest.update(Buffer.of(typeof value === 'string' ? 1 : 2));
    add(value);
  }
  return digest.digest('hex');
}

/** Those that a receiver asked for: by name, by `prefix.*`, or all. */
export function selectAttributes(
  attributes: MessageAttributes | undefined,
  names: readonly string[],
): MessageAttributes | undefined {
  if (!attributes || names.length === 0) return undefined;
  if (names.includes('All') || names.includes('.*') || names.includes('*')) return attributes;
  const isWanted = (name: string) =>
    names.some((wanted) => wanted === name || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2))));
  const selected = Object.entries(attributes).filter(([name]) => isWanted(name));
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}

export function describeAttribute({ dataType, value }: MessageAttribute): MessageAttributeValue {
  return typeof value === 'string'
    ? { StringValue: value, DataType: dataType }
    : { BinaryValue: value, DataType: dataType };
}
