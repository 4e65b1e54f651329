// What S3 answers to a signature it refuses. Its words, unlike other services', say what it had expected, and a mismatch
// shows the string that it signed, which is how people find out what their client did.

import { formatIso } from '../kernel/clock.ts';
import { type AwsError, awsError, type ErrorFields } from './errors.ts';
import type { SignatureFault, SignaturePlace } from './sigv4-fault.ts';

export const expiresMessages = {
  'not-a-number': 'X-Amz-Expires should be a number',
  negative: 'X-Amz-Expires must be non-negative',
  'too-large':
    'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
};

const mismatchMessage =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';

export function s3SignatureError(fault: SignatureFault): AwsError {
  switch (fault.reason) {
    case 'missing':
      return awsError('AccessDenied', 'Access Denied', 403);
    case 'unknown-scheme':
      return awsError(
        'InvalidArgument',
        'Unsupported Authorization Type',
        400,
        authorizationArgument(fault.authorization),
      );
    case 'unsupported-algorithm':
      return fault.place === 'header'
        ? awsError(
            'InvalidRequest',
            'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
          )
        : awsError('AuthorizationQueryParametersError', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
    case 'legacy':
      return awsError(
        'InvalidRequest',
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      );
    case 'several-mechanisms':
      return awsError(
        'InvalidArgument',
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      );
    case 'malformed-component':
      return malformedHeader(`the authorization component "${fault.component}" is malformed.`);
    case 'missing-components':
      return s3MissingComponents(fault.place, fault.missing);
    case 'malformed-credential':
      return s3Malformed(
        fault.place,
        'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      );
    case 'malformed-scope-date':
      return s3Malformed(
        fault.place,
        `incorrect date format "${fault.date}". This date in the credential must be in the format "yyyyMMdd".`,
      );
    case 'malformed-region':
      return s3Malformed(fault.place, `the region '${fault.region}' is wrong; expecting 'us-east-1'`);
    case 'malformed-terminator':
      return s3Malformed(fault.place, `incorrect terminal "${fault.terminator}". This endpoint uses "aws4_request".`);
    case 'malformed-date':
      return fault.place === 'header'
        ? needsDate()
        : queryError(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
    case 'malformed-expires':
      return awsError('AuthorizationQueryParametersError', expiresMessages[fault.problem], 403);
    case 'scope-date-differs':
      return s3ScopeDateDiffers(fault.place, fault.scopeDate, fault.amzDate.slice(0, 8));
    default:
      return s3RefusedRequest(fault);
  }
}

type S3RequestFault = Extract<
  SignatureFault,
  {
    reason:
      | 'too-early'
      | 'too-late'
      | 'expired'
      | 'host-not-signed'
      | 'headers-not-signed'
      | 'content-sha256-missing'
      | 'content-sha256-malformed'
      | 'content-sha256-differs'
      | 'mismatch'
      | 'unknown-access-key'
      | 'invalid-token'
      | 'expired-token';
  }
>;

function s3RefusedRequest(fault: S3RequestFault): AwsError {
  switch (fault.reason) {
    case 'too-early':
    case 'too-late':
      if (fault.place === 'query') return awsError('AccessDenied', 'Request is not yet valid', 403);
      return awsError(
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
        403,
        {
          RequestTime: fault.amzDate,
          ServerTime: formatIso(fault.nowMs, 'seconds'),
          MaxAllowedSkewMilliseconds: fault.allowedMs,
        },
      );
    case 'expired':
      return awsError('AccessDenied', 'Request has expired', 403, {
        ...(fault.expiresSeconds !== undefined && { 'X-Amz-Expires': fault.expiresSeconds }),
        Expires: formatIso(fault.expiresAtMs, 'seconds'),
        ServerTime: formatIso(fault.nowMs, 'seconds'),
      });
    case 'host-not-signed':
      return headersNotSigned(['host']);
    case 'headers-not-signed':
      return headersNotSigned(fault.headers);
    case 'content-sha256-missing':
      return awsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
    case 'content-sha256-malformed':
      return awsError(
        'InvalidArgument',
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
        400,
        {
          ArgumentName: 'x-amz-content-sha256',
          ArgumentValue: fault.declared,
        },
      );
    case 'content-sha256-differs':
      return awsError(
        'XAmzContentSHA256Mismatch',
        `The provided 'x-amz-content-sha256' header does not match what was computed.`,
        400,
        {
          ClientComputedContentSHA256: fault.declared,
          S3ComputedContentSHA256: fault.computed,
        },
      );
    case 'mismatch':
      return awsError('SignatureDoesNotMatch', mismatchMessage, 403, s3MismatchFields(fault));
    case 'unknown-access-key':
      return awsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403, {
        AWSAccessKeyId: fault.accessKeyId,
      });
    case 'invalid-token':
      return awsError('InvalidToken', 'The provided token is malformed or otherwise invalid.', 400, {
        'Token-0': fault.token,
      });
    case 'expired-token':
      return awsError('ExpiredToken', 'The provided token has expired.', 400, { 'Token-0': fault.token });
  }
}

function malformedHeader(detail: string): AwsError {
  return awsError('AuthorizationHeaderMalformed', `The authorization header is malformed; ${detail}`);
}

function queryError(message: string): AwsError {
  return awsError('AuthorizationQueryParametersError', message);
}

function s3Malformed(place: SignaturePlace, detail: string): AwsError {
  return place === 'header'
    ? malformedHeader(detail)
    : queryError(`Error parsing the X-Amz-Credential parameter; ${detail}`);
}

function s3MissingComponents(place: SignaturePlace, missing: readonly string[]): AwsError {
  if (place === 'query') {
    return queryError(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const components = missing.filter((name) => name !== 'Date');
  if (components.length === 0) return needsDate();
  if (components.length === 1) return malformedHeader(`missing ${components[0]}.`);
  return malformedHeader(
    'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
  );
}

function needsDate(): AwsError {
  return awsError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header', 403);
}

function s3ScopeDateDiffers(place: SignaturePlace, scopeDate: string, requestDate: string): AwsError {
  const detail = `Invalid credential date "${scopeDate}". This date is not the same as X-Amz-Date: "${requestDate}".`;
  return place === 'header' ? malformedHeader(detail) : queryError(detail);
}

function headersNotSigned(headers: readonly string[]): AwsError {
  return awsError('AccessDenied', 'There were headers present in the request which were not signed', 403, {
    HeadersNotSigned: headers.join(', '),
  });
}

function authorizationArgument(authorization: string): ErrorFields {
  return { ArgumentName: 'Authorization', ArgumentValue: authorization };
}

function s3MismatchFields(fault: Extract<SignatureFault, { reason: 'mismatch' }>): ErrorFields {
  return {
    AWSAccessKeyId: fault.accessKeyId,
    StringToSign: fault.stringToSign,
    SignatureProvided: fault.signature,
    StringToSignBytes: spacedHex(fault.stringToSign),
    ...(fault.canonicalRequest !== undefined && {
      CanonicalRequest: fault.canonicalRequest,
      CanonicalRequestBytes: spacedHex(fault.canonicalRequest),
    }),
  };
}

function spacedHex(text: string): string {
  return Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/..(?!$)/g, '$& ');
}
