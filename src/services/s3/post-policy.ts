// The policy of a browser's form: who signed it, until when it holds, and what it lets the form say.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AwsError, awsError } from '../../aws/errors.ts';
import { anonymousPrincipal, type Principal } from '../../aws/principal.ts';
import type { FrontWorld } from '../../aws/service.ts';
import { signatureError } from '../../aws/sigv4-errors.ts';
import { SignatureRefused } from '../../aws/sigv4-fault.ts';
import { signingKey } from '../../aws/sigv4-key.ts';
import { parseIso, type TimestampMs } from '../../kernel/clock.ts';
import { accessDenied } from './s3.errors.ts';

export type Fields = ReadonlyMap<string, string>;

export interface SizeLimits {
  readonly least: number;
  readonly most: number;
}

export interface FormSigner {
  readonly principal: Principal;
  readonly region: string;
}

/** A form without a policy comes from anybody. */
export function identifyForm(world: FrontWorld, fields: Fields, account: string): FormSigner {
  const policy = fields.get('policy');
  const signature = fields.get('x-amz-signature') ?? fields.get('signature');
  const isSigned = signature !== undefined || fields.has('awsaccesskeyid') || fields.has('x-amz-credential');
  if (policy === undefined && !isSigned) return { principal: anonymousPrincipal(account), region: 'us-east-1' };
  if (policy === undefined) throw missing('policy');
  if (!isSigned && !fields.has('x-amz-algorithm')) throw accessDenied();
  const isV4 = [...fields.keys()].some((name) => /^x-amz-(?:algorithm|credential|date|signature)$/.test(name));
  if (isV4 && !fields.has('x-amz-algorithm')) throw missing('X-Amz-Algorithm');
  if (signature === undefined) throw missing(isV4 ? 'X-Amz-Signature' : 'Signature');
  return isV4 ? identifyV4(world, fields, policy, signature) : identifyV2(world, fields, policy, signature);
}

function missing(field: string): AwsError {
  return awsError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`,
    400,
    { ArgumentName: field, ArgumentValue: '' },
  );
}

function identifyV4(world: FrontWorld, fields: Fields, policy: string, signature: string): FormSigner {
  const [accessKeyId = '', date = '', region = '', service = '', end] = (fields.get('x-amz-credential') ?? '').split(
    '/',
  );
  if (end !== 'aws4_request') throw missing('X-Amz-Credential');
  const { principal, secretAccessKey } = identifyKey(world, accessKeyId, fields.get('x-amz-security-token'));
  if (secretAccessKey !== undefined) {
    const key = signingKey(secretAccessKey, { date, region, service });
    checkSignature(createHmac('sha256', key).update(policy).digest('hex'), signature, accessKeyId, policy);
  }
  return { principal, region };
}

/** Old forms are signed in the old way, which S3 still takes here. */
function identifyV2(world: FrontWorld, fields: Fields, policy: string, signature: string): FormSigner {
  const accessKeyId = fields.get('awsaccesskeyid');
  if (accessKeyId === undefined) throw missing('AWSAccessKeyId');
  const { principal, secretAccessKey } = identifyKey(world, accessKeyId, fields.get('x-amz-security-token'));
  if (secretAccessKey !== undefined) {
    checkSignature(createHmac('sha1', secretAccessKey).update(policy).digest('base64'), signature, accessKeyId, policy);
  }
  return { principal, region: 'us-east-1' };
}

function identifyKey(world: FrontWorld, accessKeyId: string, sessionToken: string | undefined) {
  try {
    return world.identifyKey(accessKeyId, sessionToken);
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    throw signatureError(error.fault, { signingName: 's3', protocol: 'rest-xml' });
  }
}

function checkSignature(expected: string, given: string, accessKeyId: string, stringToSign: string): void {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw signatureError(
    { reason: 'mismatch', accessKeyId, signature: given, stringToSign },
    { signingName: 's3', protocol: 'rest-xml' },
  );
}

/** Checks the fields against the policy. Returns what it says of the file's size. */
export function checkPostPolicy(text: string, fields: Fields, nowMs: TimestampMs): SizeLimits | undefined {
  const document = parseDocument(text);
  const { expiration, conditions } = document;
  if (typeof expiration !== 'string') throw invalidDocument('Policy missing expiration.');
  const expiresMs = parseIso(expiration);
  if (expiresMs === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(expiration)) {
    throw invalidDocument(`Invalid 'expiration' value: '${expiration}'`);
  }
  if (expiresMs <= nowMs) throw awsError('AccessDenied', 'Invalid according to Policy: Policy expired.', 403);
  if (!Array.isArray(conditions)) throw invalidDocument('Policy missing conditions.');
  const named = new Set<string>();
  let limits: SizeLimits | undefined;
  for (const condition of conditions.flatMap(splitCondition)) {
    const found = checkCondition(condition, fields, named);
    if (found) limits = found;
  }
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

function parseDocument(text: string): { expiration?: unknown; conditions?: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw invalidDocument('Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null) throw invalidDocument('Invalid JSON.');
  return document;
}

/** `{"a": "b"}` is a condition with an operator. */
function splitCondition(condition: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(condition)) return [condition];
  if (typeof condition !== 'object' || condition === null) throw invalidDocument('Invalid conditions.');
  const entries = Object.entries(condition);
  if (entries.length !== 1)
    throw invalidDocument('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  return entries.map(([name, value]) => ['eq', `$${name}`, value]);
}

function checkCondition(condition: readonly unknown[], fields: Fields, named: Set<string>): SizeLimits | undefined {
  const [operator, subject, value] = condition;
  if (typeof operator !== 'string') throw invalidDocument('Invalid condition operator.');
  if (condition.length !== 3) throw invalidDocument(`Invalid ${operator} condition: wrong number of arguments.`);
  if (operator.toLowerCase() === 'content-length-range') {
    const [least, most] = [Number(subject), Number(value)];
    if (Number.isNaN(least) || Number.isNaN(most)) throw conditionFailed(condition);
    if (!Number.isInteger(least) || !Number.isInteger(most) || least < 0 || most < 0) {
      throw invalidDocument('Invalid content-length-range condition.');
    }
    return { least, most };
  }
  if (typeof subject !== 'string' || typeof value !== 'string') throw invalidDocument('Invalid condition.');
  if (!subject.startsWith('$')) throw conditionFailed(condition);
  const name = subject.slice(1).toLowerCase();
  named.add(name);
  const given = fields.get(name);
  const holds = matches(operator, given, value, name);
  if (holds === undefined) throw invalidDocument(`Invalid condition operator: ${operator}`);
  if (holds) return undefined;
  throw conditionFailed(condition);
}

function conditionFailed(condition: readonly unknown[]): AwsError {
  const shown = condition.map((part) => `"${part}"`).join(', ');
  return awsError('AccessDenied', `Invalid according to Policy: Policy Condition failed: [${shown}]`, 403);
}

function matches(asked: string, given: string | undefined, value: string, name: string): boolean | undefined {
  const operator = asked.toLowerCase();
  if (operator === 'eq') return given === value;
  if (operator !== 'starts-with') return undefined;
  if (given === undefined) return value === '' && name !== 'key';
  const parts = name === 'content-type' ? given.split(',') : [given];
  return parts.every((part) => part.trim().startsWith(value));
}

function invalidDocument(message: string): AwsError {
  return awsError('InvalidPolicyDocument', `Invalid Policy: ${message}`);
}
