// Scalars that travel as text: form fields, XML text, headers, query parameters and path labels.

import type { Member, Shape, TimestampFormat } from '../model.ts';
import { asBuffer, type Fault } from './protocol.ts';
import { formatTimestamp, type IsoFraction, parseTimestamp } from './timestamps.ts';

/** Gives the value, or the fault that the protocol is to refuse it with. */
export type TextReader = (text: string) => unknown | TextFault;

/** Told apart from values by its class, so that a value is never wrapped. */
export class TextFault {
  readonly fault: Fault;
  constructor(fault: Fault) {
    this.fault = fault;
  }
}

export function textReader(member: Member, wireName: string): TextReader {
  const { shape } = member;
  const wrong = (text: string, type: string) =>
    new TextFault({ member: wireName, value: text, reason: `'${text}' can not be converted to ${type}` });
  switch (shape.type) {
    case 'string':
      return (text) => text;
    case 'boolean':
      return (text) => parseBoolean(text) ?? wrong(text, 'a Boolean');
    case 'integer':
      return (text) => parseInteger(text, 2 ** 31 - 1) ?? wrong(text, 'an Integer');
    case 'long':
      return (text) => parseInteger(text, 2 ** 63) ?? wrong(text, 'a Long');
    case 'float':
    case 'double':
      return (text) => parseDecimal(text) ?? wrong(text, 'a Double');
    case 'timestamp':
      return (text) => parseTimestamp(text.trim()) ?? wrong(text, 'a Timestamp');
    case 'blob':
      return (text) => parseBase64(text) ?? wrong(text, 'a Blob');
    default:
      return (text) => wrong(text, 'a structure');
  }
}

export interface TextStyle {
  readonly timestamp: TimestampFormat;
  readonly fraction?: IsoFraction;
}

export function textWriter(member: Member, style: TextStyle): (value: unknown) => string {
  const format = member.timestampFormat ?? style.timestamp;
  switch (member.shape.type) {
    case 'timestamp': {
      // A lock holds to the millisecond.
      const fraction = style.fraction === 'zero' && member.name === 'RetainUntilDate' ? 'always' : style.fraction;
      return (value) => formatTimestamp(value as number, format, fraction);
    }
    case 'blob':
      return (value) => asBuffer(value as Uint8Array).toString('base64');
    case 'float':
    case 'double':
      return (value) => formatDecimal(value as number);
    default:
      return (value) => String(value);
  }
}

export function isScalar(shape: Shape): boolean {
  return shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map';
}

export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === '1') return true;
  return word === 'false' || word === '0' ? false : undefined;
}

export function parseInteger(text: string, largest: number): number | undefined {
  if (!/^\s*[+-]?\d{1,19}\s*$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -largest - 1 && value <= largest ? value : undefined;
}

export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'NaN' || trimmed === 'Infinity' || trimmed === '-Infinity') return Number(trimmed);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** NaN and the infinities are written by name. */
export function formatDecimal(value: number): string {
  return String(value);
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Line breaks are allowed, and padding may be missing, as with AWS's own decoder. */
export function parseBase64(text: string): Uint8Array | undefined {
  const packed = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!base64.test(packed) || packed.replace(/=+$/, '').length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(packed, 'base64'));
}
