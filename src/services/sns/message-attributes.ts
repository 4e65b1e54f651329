// Message attributes of publications: what they may be, and how subscribers see them.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html

import type { MessageAttribute } from '../../drivers/messages/messages.ts';
import type { MessageAttributeValue } from '../../generated/sns.types.ts';
import { parameterValueInvalid } from './sns.errors.ts';

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export function parseMessageAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> | undefined,
): MessageAttributes | undefined {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [name, parseMessageAttribute(name, value)]));
}

function parseMessageAttribute(name: string, value: MessageAttributeValue): MessageAttribute {
  const { DataType, StringValue, BinaryValue } = value;
  checkName(name);
  if (!DataType)
    throw parameterValueInvalid(`The message attribute '${name}' must contain non-empty message attribute type.`);
  const kind = /^(String|Number|Binary)(?:\..+)?$/s.exec(DataType)?.[1];
  if (kind === undefined || DataType.length > 256)
    throw parameterValueInvalid(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const [content, other] = kind === 'Binary' ? [BinaryValue, StringValue] : [StringValue, BinaryValue];
  if (content === undefined && other !== undefined)
    throw parameterValueInvalid(
      `The message attribute '${name}' with type '${kind}' must use field '${kind === 'Binary' ? 'Binary' : 'String'}'.`,
    );
  if (content === undefined || content.length === 0)
    throw parameterValueInvalid(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
    );
  if (kind === 'Number' && !isNumber(content as string))
    throw parameterValueInvalid(`Could not cast message attribute '${name}' value to number.`);
  return { dataType: DataType, value: content };
}

const longestName = 256;

/** Names beginning with `AWS.` are for messages to mobile endpoints. */
function checkName(name: string): void {
  if (name.length > longestName)
    throw parameterValueInvalid(`Length of message attribute name must be less than ${longestName} bytes.`);
  const other = /[^A-Za-z0-9_.-]/.exec(name)?.[0] ?? (name === '' ? '' : undefined);
  if (other !== undefined) {
    const character = other.codePointAt(0)?.toString(16).toUpperCase() ?? '0';
    throw parameterValueInvalid(
      `Invalid non-alphanumeric character '#x${character}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.startsWith('.'))
    throw parameterValueInvalid("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.'))
    throw parameterValueInvalid("Invalid message attribute name ending with character '.' was found.");
  if (name.includes('..')) throw parameterValueInvalid("Message attribute name can not have successive '.' character.");
}

const isNumber = (text: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);

/** As they stand in the envelope. */
export function describeAttributes(
  attributes: MessageAttributes,
): Readonly<Record<string, { readonly Type: string; readonly Value: string }>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, value }]) => [
      name,
      { Type: dataType, Value: typeof value === 'string' ? value : Buffer.from(value).toString('base64') },
    ]),
  );
}

export function attributeBytes(attributes: MessageAttributes | undefined): number {
  let bytes = 0;
  for (const [name, { dataType, value }] of Object.entries(attributes ?? {}))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType) + Buffer.byteLength(value);
  return bytes;
}
