// What AWS answers to a signature it refuses. S3 has its own words; EC2 says as little as it can; the query services
// and the JSON services share their words, under codes that differ by an `Exception` at the end.

import type { ProtocolName } from '../generated/index.ts';
import { type AwsError, awsError } from './errors.ts';
import { isS3Signing } from './sigv4-canonical.ts';
import { formatAmzDate } from './sigv4-credential.ts';
import type { SignatureFault } from './sigv4-fault.ts';
import { expiresMessages, s3SignatureError } from './sigv4-s3-errors.ts';

export interface RefusingService {
  readonly signingName: string;
  /** The protocol that the answer is written in. */
  readonly protocol: ProtocolName;
}

export function signatureError(fault: SignatureFault, service: RefusingService): AwsError {
  if (isS3Signing(service.signingName)) return s3SignatureError(fault);
  const said = commonError(fault);
  if (service.protocol === 'ec2') return ec2Error(fault, said);
  if (service.protocol === 'query' || service.protocol === 'rest-xml')
    return awsError(said.code, said.message, said.statusCode);
  const statusCode = service.protocol === 'rest-json' ? said.statusCode : 400;
  return awsError(jsonCodes[said.code] ?? said.code, said.message, statusCode);
}

interface Said {
  readonly code:
    | 'IncompleteSignature'
    | 'SignatureDoesNotMatch'
    | 'MissingAuthenticationToken'
    | 'InvalidClientTokenId'
    | 'ExpiredToken';
  readonly message: string;
  readonly statusCode: number;
}

const jsonCodes: Readonly<Record<Said['code'], string>> = {
  IncompleteSignature: 'IncompleteSignatureException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  InvalidClientTokenId: 'UnrecognizedClientException',
  ExpiredToken: 'ExpiredTokenException',
};

const incomplete = (message: string): Said => ({ code: 'IncompleteSignature', message, statusCode: 400 });
const mismatch = (message: string): Said => ({ code: 'SignatureDoesNotMatch', message, statusCode: 403 });
const unknownToken: Said = {
  code: 'InvalidClientTokenId',
  message: 'The security token included in the request is invalid.',
  statusCode: 403,
};

const mismatchMessage =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';

function commonError(fault: SignatureFault): Said {
  switch (fault.reason) {
    case 'missing':
      return {
        code: 'MissingAuthenticationToken',
        message: 'Request is missing Authentication Token',
        statusCode: 403,
      };
    case 'unknown-scheme':
      return incomplete(missingEquals(lastWord(fault.authorization), fault.authorization));
    case 'unsupported-algorithm':
      return incomplete(`Unsupported AWS 'algorithm': '${fault.algorithm}'.`);
    case 'legacy':
      return incomplete(
        'Signature Version 2 is no longer supported. Sign the request with Signature Version 4 (AWS4-HMAC-SHA256).',
      );
    case 'several-mechanisms':
      return incomplete(
        'Only one way of signing may be used: the Authorization header or the X-Amz-Algorithm query parameter.',
      );
    case 'malformed-component':
      return incomplete(missingEquals(fault.component, fault.authorization));
    case 'missing-components':
      return incomplete(
        fault.place === 'header' ? missingInHeader(fault.missing, fault.authorization) : missingInQuery(fault.missing),
      );
    case 'malformed-credential':
      return incomplete(
        `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${fault.credential}'`,
      );
    case 'malformed-scope-date':
      return mismatch(`Date in Credential scope must be in the format YYYYMMDD, got '${fault.date}'.`);
    case 'malformed-region':
      return mismatch(`Credential should be scoped to a valid region, not '${fault.region}'. `);
    case 'malformed-terminator':
      return mismatch(
        `Credential should be scoped with a valid terminator: 'aws4_request', not '${fault.terminator}'.`,
      );
    case 'malformed-date':
      return incomplete(
        `Date must be in ISO-8601 'basic format'. Got '${fault.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
    case 'malformed-expires':
      return incomplete(expiresMessages[fault.problem]);
    case 'scope-date-differs':
      return mismatch(
        `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
          `'${fault.scopeDate}' != '${fault.amzDate.slice(0, 8)}', from '${fault.amzDate}'.`,
      );
    case 'too-late':
    case 'too-early':
      return mismatch(skewMessage(fault));
    case 'expired':
      return mismatch(
        `Signature expired: ${formatAmzDate(fault.expiresAtMs)} is now earlier than ${formatAmzDate(fault.nowMs)}`,
      );
    case 'host-not-signed':
      return mismatch(`'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.`);
    case 'headers-not-signed':
      return mismatch(`'${fault.headers.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`);
    case 'content-sha256-missing':
    case 'content-sha256-malformed':
    case 'content-sha256-differs':
    case 'mismatch':
      return mismatch(`${mismatchMessage} Consult the service documentation for details.`);
    case 'unknown-access-key':
    case 'invalid-token':
      return unknownToken;
    case 'expired-token':
      return {
        code: 'ExpiredToken',
        message: 'The security token included in the request is expired',
        statusCode: 403,
      };
  }
}

/** EC2 does not tell an unknown key from a wrong signature. */
function ec2Error(fault: SignatureFault, said: Said): AwsError {
  switch (fault.reason) {
    case 'mismatch':
    case 'unknown-access-key':
    case 'invalid-token':
    case 'malformed-region':
    case 'scope-date-differs':
    case 'host-not-signed':
      return awsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
    case 'too-early':
    case 'too-late':
      return awsError('RequestExpired', 'Request has expired.', 400);
    case 'expired-token':
      return awsError('RequestExpired', 'Request has expired.', 400);
    default:
      return awsError(said.code, said.message, said.statusCode);
  }
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf(' ') + 1);
}

function missingEquals(component: string, authorization: string): string {
  return `'${component}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`;
}

function missingInHeader(missing: readonly string[], authorization: string): string {
  const named = missing.map((name) =>
    name === 'Date'
      ? `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.`
      : `Authorization header requires '${name}' parameter.`,
  );
  return `${named.join(' ')} Authorization=${authorization}`;
}

function missingInQuery(missing: readonly string[]): string {
  const named = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
  return `${named.join(' ')} Re-examine the query-string parameters.`;
}

function skewMessage(fault: Extract<SignatureFault, { reason: 'too-early' | 'too-late' }>): string {
  const now = formatAmzDate(fault.nowMs);
  const minutes = Math.round(fault.allowedMs / 60_000);
  if (fault.reason === 'too-late') {
    const limit = formatAmzDate(fault.nowMs - fault.allowedMs);
    return `Signature expired: ${fault.amzDate} is now earlier than ${limit} (${now} - ${minutes} min.)`;
  }
  const limit = formatAmzDate(fault.nowMs + fault.allowedMs);
  return `Signature not yet current: ${fault.amzDate} is still later than ${limit} (${now} + ${minutes} min.)`;
}
