// Who sends a browser's form: the key that signed its policy. A form without a policy comes from anybody.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html

import { createHmac, timingSafeEqual } from 'node:crypto';
import { defaultRegion } from '../../aws/account.ts';
import type { AwsError } from '../../aws/errors.ts';
import { anonymousPrincipal, type Principal } from '../../aws/principal.ts';
import type { FrontWorld } from '../../aws/service.ts';
import type { CredentialScope } from '../../aws/sigv4-credential.ts';
import { signatureError } from '../../aws/sigv4-errors.ts';
import { SignatureRefused } from '../../aws/sigv4-fault.ts';
import { signingKey } from '../../aws/sigv4-key.ts';
import type { Fields } from './post-policy.ts';
import { accessDenied, invalidArgument } from './s3.errors.ts';

export interface FormSigner {
  readonly principal: Principal;
  readonly region: string;
}

const v4Fields = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'] as const;

/** `account`: the one that a form without a policy, which comes from anybody, is a stranger to. */
export function identifyForm(world: FrontWorld, fields: Fields, account: string): FormSigner {
  const policy = fields.get('policy');
  const isSigned = ['x-amz-signature', 'signature', 'awsaccesskeyid', 'x-amz-credential'].some((name) =>
    fields.has(name),
  );
  const isV4 = v4Fields.some((name) => fields.has(name.toLowerCase()));
  if (policy === undefined) {
    if (!isSigned && !isV4) return { principal: anonymousPrincipal(account), region: defaultRegion };
    throw missingField('policy');
  }
  if (!isSigned && !fields.has('x-amz-algorithm')) throw accessDenied();
  return isV4 ? identifyV4(world, fields, policy) : identifyV2(world, fields, policy);
}

/** A field that is needed, and is not there or stands behind the file. */
export function missingField(field: string): AwsError {
  const message = `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`;
  return invalidArgument(message, field, '');
}

function required(fields: Fields, field: string): string {
  const value = fields.get(field.toLowerCase());
  if (value === undefined) throw missingField(field);
  return value;
}

function identifyV4(world: FrontWorld, fields: Fields, policy: string): FormSigner {
  const [algorithm, text, date, signature] = v4Fields.map((name) => required(fields, name)) as [
    string,
    string,
    string,
    string,
  ];
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    throw invalidArgument('Only AWS4-HMAC-SHA256 is supported', 'X-Amz-Algorithm', algorithm);
  }
  if (!/^\d{8}T\d{6}Z$/.test(date)) {
    throw invalidArgument('X-Amz-Date must be formated via ISO8601 Long format', 'X-Amz-Date', date);
  }
  const { accessKeyId, scope } = parseFormCredential(text);
  const { principal, secretAccessKey } = identifyKey(world, accessKeyId, fields.get('x-amz-security-token'));
  if (secretAccessKey !== undefined) {
    const key = signingKey(secretAccessKey, scope);
    checkSignature(createHmac('sha256', key).update(policy).digest('hex'), signature, accessKeyId, policy);
  }
  return { principal, region: scope.region };
}

function parseFormCredential(text: string): { readonly accessKeyId: string; readonly scope: CredentialScope } {
  const refuse = (message: string) => invalidArgument(message, 'x-amz-credential', text);
  const [accessKeyId, date, region, service, terminal, more] = text.split('/');
  if (
    !accessKeyId ||
    date === undefined ||
    !region ||
    service === undefined ||
    terminal === undefined ||
    more !== undefined
  ) {
    throw refuse('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (terminal !== 'aws4_request') throw refuse(`incorrect terminal "${terminal}". This endpoint uses "aws4_request".`);
  if (service !== 's3') throw refuse(`incorrect service "${service}". This endpoint belongs to "s3".`);
  if (!/^\d{8}$/.test(date)) {
    throw refuse(`incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`);
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** Old forms are signed in the old way, which S3 still takes here. */
function identifyV2(world: FrontWorld, fields: Fields, policy: string): FormSigner {
  const signature = required(fields, 'Signature');
  const accessKeyId = required(fields, 'AWSAccessKeyId');
  const { principal, secretAccessKey } = identifyKey(world, accessKeyId, fields.get('x-amz-security-token'));
  if (secretAccessKey !== undefined) {
    checkSignature(createHmac('sha1', secretAccessKey).update(policy).digest('base64'), signature, accessKeyId, policy);
  }
  return { principal, region: defaultRegion };
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
