// The policy of a browser's form: until when it holds, and what it lets the form say.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import { parseIso, type TimestampMs } from '../../kernel/clock.ts';

export type Fields = ReadonlyMap<string, string>;

export interface SizeLimits {
  readonly least: number;
  readonly most: number;
}

/** Checks the fields against the policy, whose document is read to its end first. Returns what it says of the file's size. */
export function checkPostPolicy(text: string, fields: Fields, nowMs: TimestampMs): SizeLimits | undefined {
  const json = decodePolicy(text);
  const { expiresMs, conditions } = parseDocument(json);
  if (expiresMs <= nowMs) throw awsError('AccessDenied', 'Invalid according to Policy: Policy expired.', 403);
  const parsed = conditions.map(parseCondition);
  let limits: SizeLimits | undefined;
  for (const condition of parsed) {
    if (condition.operator === 'content-length-range') limits = sizeLimitsOf(condition, json);
    else if (!holds(condition, fields)) throw conditionFailed(condition, json);
  }
  const named = new Set(parsed.map(fieldOf));
  for (const name of fields.keys()) {
    if (named.has(name) || isFree(name)) continue;
    throw awsError('AccessDenied', `Invalid according to Policy: Extra input fields: ${name}`, 403);
  }
  return limits;
}

/** Fields that no condition needs to speak of. */
function isFree(name: string): boolean {
  return (
    ['awsaccesskeyid', 'signature', 'x-amz-signature', 'policy', 'file'].includes(name) ||
    name.startsWith('x-ignore-') ||
    name.startsWith('x-amz-checksum-')
  );
}

function decodePolicy(text: string): string {
  const bare = text.replace(/\s/g, '');
  if (bare === '') throw invalidDocument("Expecting '{' but found End-of-Input");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) throw invalidDocument('invalid Base64 encoding.');
  return Buffer.from(bare, 'base64').toString();
}

interface PolicyDocument {
  readonly expiresMs: TimestampMs;
  readonly conditions: readonly unknown[];
}

function parseDocument(json: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw invalidJson();
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw invalidJson();
  const { expiration, conditions, ...others } = document as Readonly<Record<string, unknown>>;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) throw invalidDocument(`Unexpected: "${unexpected}"`);
  if (expiration === undefined) throw invalidDocument('Policy missing expiration.');
  if (typeof expiration !== 'string') throw invalidJson();
  const expiresMs = parseIso(expiration);
  if (expiresMs === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(expiration)) {
    throw invalidDocument(`Invalid 'expiration' value: '${expiration}'`);
  }
  if (conditions === undefined) throw invalidDocument('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalidDocument("Invalid 'conditions' value: must be a List.");
  return { expiresMs, conditions };
}

type Operator = 'eq' | 'starts-with' | 'content-length-range';

interface Condition {
  readonly operator: Operator;
  /** A field with its dollar sign, or the least size. */
  readonly subject: string | number;
  /** Text, or the most size. */
  readonly value: string | number;
  /** As the document has it. */
  readonly source: unknown;
}

function parseCondition(source: unknown): Condition {
  if (Array.isArray(source)) return parseList(source);
  if (typeof source !== 'object' || source === null) {
    throw invalidDocument('Invalid condition test: must be a List or Object.');
  }
  const [entry, ...others] = Object.entries(source);
  if (!entry || others.length > 0) {
    throw invalidDocument('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  const [name, value] = entry;
  if (typeof value !== 'string') throw invalidDocument('Invalid Simple-Condition: value must be a string.');
  return { operator: 'eq', subject: `$${name}`, value, source };
}

function parseList(source: readonly unknown[]): Condition {
  const [named, subject, value] = source;
  if (named === undefined) throw invalidDocument('Invalid Condition: missing operation identifier.');
  if (typeof named !== 'string') throw invalidJson();
  const operator = named.toLowerCase();
  if (operator !== 'eq' && operator !== 'starts-with' && operator !== 'content-length-range') {
    throw invalidDocument(`Invalid Condition: unknown operation '${named}'.`);
  }
  if (source.length !== 3) throw invalidDocument(`Invalid ${named}: wrong number of arguments.`);
  const mayBe = operator === 'content-length-range' ? ['string', 'number'] : ['string'];
  if (!mayBe.includes(typeof subject) || !mayBe.includes(typeof value)) throw invalidJson();
  return { operator, subject: subject as string | number, value: value as string | number, source };
}

function sizeLimitsOf(condition: Condition, json: string): SizeLimits {
  const [least, most] = [Number(condition.subject), Number(condition.value)];
  if (Number.isNaN(least) || Number.isNaN(most)) throw conditionFailed(condition, json);
  if (!Number.isInteger(least) || !Number.isInteger(most) || least < 0 || most < 0) throw invalidJson();
  return { least, most };
}

/** The field that a condition speaks of, in lower case; undefined for what does not begin with a dollar sign. */
function fieldOf({ operator, subject }: Condition): string | undefined {
  if (operator === 'content-length-range' || typeof subject !== 'string' || !subject.startsWith('$')) return undefined;
  return subject.slice(1).toLowerCase();
}

function holds(condition: Condition, fields: Fields): boolean {
  const name = fieldOf(condition);
  if (name === undefined) return false;
  const given = fields.get(name);
  const value = String(condition.value);
  if (condition.operator === 'eq') return given === value;
  if (given === undefined) return value === '' && name !== 'key';
  const parts = name === 'content-type' ? given.split(',') : [given];
  return parts.every((part) => part.trim().startsWith(value));
}

/** A list is told as the document writes it, with or without spaces; an object as the list that it stands for. */
function conditionFailed({ operator, subject, value, source }: Condition, json: string): AwsError {
  const spaced = JSON.stringify(Array.isArray(source) ? source : [operator, subject, value], null, 1)
    .replace(/^\[\n /, '[')
    .replace(/\n\]$/, ']')
    .replaceAll(',\n ', ', ');
  const compact = JSON.stringify(source);
  const shown = Array.isArray(source) && json.includes(compact) ? compact : spaced;
  return awsError('AccessDenied', `Invalid according to Policy: Policy Condition failed: ${shown}`, 403);
}

function invalidDocument(message: string): AwsError {
  return awsError('InvalidPolicyDocument', `Invalid Policy: ${message}`);
}

const invalidJson = (): AwsError => invalidDocument('Invalid JSON.');
