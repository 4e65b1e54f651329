// Signature Version 2 of S3, which AWS takes no more for buckets made since 2020, but which tools of that time still
// send. Verified as S3 did. https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html

import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseHttpDate, type TimestampMs } from '../kernel/clock.ts';
import { awsError } from './errors.ts';
import type { WireRequest } from './protocols/protocol.ts';
import { pathStyleOf } from './s3-address.ts';
import { decodeQueryText } from './sigv4-canonical.ts';
import { formatAmzDate } from './sigv4-credential.ts';
import { refuse } from './sigv4-fault.ts';

export interface LegacySignature {
  readonly accessKeyId: string;
  readonly signature: string;
  /** Absent in the header form. */
  readonly expiresSeconds: number | undefined;
}

const allowedSkewMs = 15 * 60_000;

/** Parameters that are part of what is signed. */
const signedParameters = new Set([
  'acl',
  'accelerate',
  'analytics',
  'cors',
  'delete',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'select-type',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
]);

export function parseLegacySignature({ headers, query }: Pick<WireRequest, 'headers' | 'query'>): LegacySignature {
  const authorization = headers['authorization'];
  if (authorization !== undefined) {
    const [, accessKeyId, signature] = /^AWS ([^:]+):(\S+)$/.exec(authorization) ?? [];
    if (accessKeyId === undefined || signature === undefined) {
      throw awsError(
        'InvalidArgument',
        'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature',
        400,
        {
          ArgumentName: 'Authorization',
          ArgumentValue: authorization,
        },
      );
    }
    return { accessKeyId, signature, expiresSeconds: undefined };
  }
  const parameters = new Map(parametersOf(query));
  const expires = Number(parameters.get('Expires'));
  if (!Number.isFinite(expires)) {
    throw awsError(
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
      403,
    );
  }
  return {
    accessKeyId: parameters.get('AWSAccessKeyId') ?? '',
    signature: parameters.get('Signature') ?? '',
    expiresSeconds: expires,
  };
}

function parametersOf(query: string): [string, string][] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [decodeQueryText(part), '']
        : [decodeQueryText(part.slice(0, equals)), decodeQueryText(part.slice(equals + 1))];
    });
}

/** Throws SignatureRefused unless the owner of the secret signed this request, lately. */
export function verifyLegacySignature(
  request: WireRequest,
  { accessKeyId, signature, expiresSeconds }: LegacySignature,
  secretAccessKey: string,
  nowMs: TimestampMs,
): void {
  if (expiresSeconds === undefined) checkDate(request.headers, nowMs);
  else if (expiresSeconds * 1000 < nowMs) {
    refuse({ reason: 'expired', expiresSeconds: undefined, expiresAtMs: expiresSeconds * 1000, nowMs });
  }
  const path = pathStyleOf(request);
  const stringToSign = stringToSignOf(request, path, expiresSeconds);
  if (isSignatureOf(stringToSign, secretAccessKey, signature)) return;
  // Some clients sign a bucket by itself with a slash at its end, and some without.
  const isBucket = /^\/[^/]+$/.test(path);
  if (isBucket && isSignatureOf(stringToSignOf(request, `${path}/`, expiresSeconds), secretAccessKey, signature))
    return;
  refuse({ reason: 'mismatch', accessKeyId, signature, stringToSign });
}

function isSignatureOf(stringToSign: string, secretAccessKey: string, signature: string): boolean {
  const given = Buffer.from(signature);
  // Headers are bytes; what a URL carries in their stead is text.
  return (['latin1', 'utf8'] as const).some((encoding) => {
    const expected = Buffer.from(createHmac('sha1', secretAccessKey).update(stringToSign, encoding).digest('base64'));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function checkDate(headers: WireRequest['headers'], nowMs: TimestampMs): undefined {
  const text = headers['x-amz-date'] ?? headers['date'];
  const atMs = text === undefined ? undefined : parseHttpDate(text);
  if (atMs === undefined || atMs < 0) {
    return refuse({ reason: 'missing-components', place: 'header', missing: ['Date'], authorization: '' });
  }
  const amzDate = formatAmzDate(atMs);
  if (atMs < nowMs - allowedSkewMs) {
    refuse({ reason: 'too-late', place: 'header', amzDate, nowMs, allowedMs: allowedSkewMs });
  }
  if (atMs > nowMs + allowedSkewMs) {
    refuse({ reason: 'too-early', place: 'header', amzDate, nowMs, allowedMs: allowedSkewMs });
  }
}

function stringToSignOf(request: WireRequest, path: string, expiresSeconds: number | undefined): string {
  const { method, headers } = request;
  const date =
    expiresSeconds === undefined
      ? headers['x-amz-date'] === undefined
        ? (headers['date'] ?? '')
        : ''
      : expiresSeconds;
  const amzHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-amz-'))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s*\n\s+/g, ' ')}\n`);
  const resource = path + signedQuery(request.query);
  return `${method}\n${headers['content-md5'] ?? ''}\n${headers['content-type'] ?? ''}\n${date}\n${amzHeaders.join('')}${resource}`;
}

/** Whoever sends `?policy=` signs `?policy`, as minio-go does: a parameter without a value is its name. */
function signedQuery(query: string): string {
  const signed = parametersOf(query)
    .filter(([name]) => signedParameters.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return text === '' ? '' : `?${text}`;
}
