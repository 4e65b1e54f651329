import { describe, expect, it } from 'vitest';
import { verifySignature } from './sigv4.ts';
import { parseCredential } from './sigv4-credential.ts';
import { signatureError } from './sigv4-errors.ts';
import { type SignatureFault, SignatureRefused } from './sigv4-fault.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const scope = (service: string) => `AKIDEXAMPLE/20260102/us-east-1/${service}/aws4_request`;
const goodHeader = (service: string) => ({
  host: 'localhost',
  'x-amz-date': '20260102T030405Z',
  'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  authorization: `AWS4-HMAC-SHA256 Credential=${scope(service)}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
});

const services = {
  s3: { signingName: 's3', protocol: 'rest-xml' },
  ec2: { signingName: 'ec2', protocol: 'ec2' },
  sts: { signingName: 'sts', protocol: 'query' },
  dynamodb: { signingName: 'dynamodb', protocol: 'json' },
  lambda: { signingName: 'lambda', protocol: 'rest-json' },
} as const;

function refusal(service: keyof typeof services, headers: Record<string, string>, query = '') {
  try {
    const request = { method: 'GET', path: '/', query, headers, body: new Uint8Array(0) };
    verifySignature(request, parseCredential(headers, query), 'secret', nowMs);
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    const { code, statusCode, message, fields } = signatureError(error.fault, services[service]);
    return { code, statusCode, message, fields };
  }
  throw new Error('was not refused');
}

describe('a wrong signature', () => {
  it.each([
    ['ec2', 'AuthFailure', 401],
    ['sts', 'SignatureDoesNotMatch', 403],
    ['dynamodb', 'InvalidSignatureException', 400],
    ['lambda', 'InvalidSignatureException', 403],
    ['s3', 'SignatureDoesNotMatch', 403],
  ] as const)('is for %s %s, %i', (service, code, statusCode) => {
    const headers = goodHeader(service);
    headers.authorization = headers.authorization.replace('x-amz-date,', 'x-amz-content-sha256;x-amz-date,');
    expect(refusal(service, headers)).toMatchObject({ code, statusCode });
  });

  it('shows what S3 signed', () => {
    const headers = goodHeader('s3');
    headers.authorization = headers.authorization.replace('x-amz-date,', 'x-amz-content-sha256;x-amz-date,');
    expect(refusal('s3', headers).fields).toMatchObject({
      AWSAccessKeyId: 'AKIDEXAMPLE',
      SignatureProvided: '0'.repeat(64),
      StringToSign: expect.stringMatching(
        /^AWS4-HMAC-SHA256\n20260102T030405Z\n20260102\/us-east-1\/s3\/aws4_request\n/,
      ),
      StringToSignBytes: expect.stringMatching(/^41 57 53 34 /),
      CanonicalRequest: `GET\n/\n\nhost:localhost\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20260102T030405Z\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD`,
    });
  });
});

describe('an Authorization header', () => {
  const withAuthorization = (service: keyof typeof services, authorization: string, headers = {}) =>
    refusal(service, { ...goodHeader(service), authorization, ...headers });

  it('is missing', () => {
    expect(refusal('sts', {})).toMatchObject({
      code: 'MissingAuthenticationToken',
      statusCode: 403,
      message: 'Request is missing Authentication Token',
    });
    expect(refusal('dynamodb', {})).toMatchObject({ code: 'MissingAuthenticationTokenException', statusCode: 400 });
    expect(refusal('s3', {})).toMatchObject({ code: 'AccessDenied', statusCode: 403 });
  });

  it('is not one of AWS', () => {
    expect(withAuthorization('sts', 'Digest x')).toMatchObject({
      code: 'IncompleteSignature',
      message: `'x' not a valid key=value pair (missing equal-sign) in Authorization header: 'Digest x'.`,
    });
    expect(withAuthorization('s3', 'Digest x')).toMatchObject({
      code: 'InvalidArgument',
      message: 'Unsupported Authorization Type',
    });
    expect(parseCredential({ authorization: 'Bearer x' }, '')).toEqual({ kind: 'anonymous' });
  });

  it('uses SigV4A', () => {
    const authorization =
      'AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20260102/s3/aws4_request, SignedHeaders=host, Signature=30';
    expect(withAuthorization('sts', authorization)).toMatchObject({
      code: 'IncompleteSignature',
      message: `Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.`,
    });
    expect(withAuthorization('s3', authorization)).toMatchObject({ code: 'InvalidRequest' });
  });

  it('uses Signature Version 2', () => {
    expect(parseCredential({ authorization: 'AWS AKIDEXAMPLE:c2lnbmF0dXJl' }, '')).toEqual({
      kind: 'legacy',
      accessKeyId: 'AKIDEXAMPLE',
    });
    expect(withAuthorization('s3', 'AWS AKIDEXAMPLE:c2lnbmF0dXJl')).toMatchObject({
      code: 'InvalidRequest',
      message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    });
    const query = 'Action=X&AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=abc%3D';
    expect(parseCredential({}, query)).toEqual({ kind: 'legacy', accessKeyId: 'AKIDEXAMPLE' });
    expect(refusal('sts', {}, query)).toMatchObject({ code: 'IncompleteSignature' });
  });

  it('lacks parts', () => {
    expect(refusal('sts', { authorization: 'AWS4-HMAC-SHA256 Credential=x' })).toMatchObject({
      code: 'IncompleteSignature',
      statusCode: 400,
      message:
        `Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. ` +
        `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=x`,
    });
    expect(withAuthorization('s3', 'AWS4-HMAC-SHA256 Credential=x')).toMatchObject({
      code: 'AuthorizationHeaderMalformed',
      message:
        'The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    });
    expect(withAuthorization('s3', `AWS4-HMAC-SHA256 Credential=${scope('s3')}, SignedHeaders=host`).message).toBe(
      'The authorization header is malformed; missing Signature.',
    );
  });

  it.each([
    [
      'Credential',
      {
        sts: `'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential, SignedHeaders=host, Signature=0'.`,
        s3: 'The authorization header is malformed; the authorization component "Credential" is malformed.',
      },
    ],
    [
      'Credential=a/b/c',
      {
        sts: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c'`,
        s3: 'The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      },
    ],
    [
      'Credential=a/2026/r/sts/aws4_request',
      {
        sts: `Date in Credential scope must be in the format YYYYMMDD, got '2026'.`,
        s3: 'The authorization header is malformed; incorrect date format "2026". This date in the credential must be in the format "yyyyMMdd".',
      },
    ],
    [
      'Credential=a/20260102/us_east/sts/aws4_request',
      {
        sts: `Credential should be scoped to a valid region, not 'us_east'. `,
        s3: `The authorization header is malformed; the region 'us_east' is wrong; expecting 'us-east-1'`,
      },
    ],
    [
      'Credential=a/20260102/r/sts/aws5',
      {
        sts: `Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.`,
        s3: 'The authorization header is malformed; incorrect terminal "aws5". This endpoint uses "aws4_request".',
      },
    ],
    [
      'Credential=a/20260103/r/s3/aws4_request',
      {
        sts: `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260103' != '20260102', from '20260102T030405Z'.`,
        s3: 'The authorization header is malformed; Invalid credential date "20260103". This date is not the same as X-Amz-Date: "20260102".',
      },
    ],
  ])('has the malformed %s', (credential, messages) => {
    const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
    expect({
      sts: withAuthorization('sts', authorization).message,
      s3: withAuthorization('s3', authorization).message,
    }).toEqual(messages);
  });

  it('has a date that is none, or in the form of HTTP', () => {
    expect(refusal('sts', { ...goodHeader('sts'), 'x-amz-date': 'soon' })).toMatchObject({
      code: 'IncompleteSignature',
      message: expect.stringContaining(`Got 'soon'`),
    });
    expect(refusal('s3', { ...goodHeader('s3'), 'x-amz-date': 'soon' })).toMatchObject({
      code: 'AccessDenied',
      message: 'AWS authentication requires a valid Date or x-amz-date header',
    });
    const { 'x-amz-date': _, ...headers } = goodHeader('sts');
    expect(parseCredential({ ...headers, date: 'Fri, 02 Jan 2026 03:04:05 GMT' }, '')).toMatchObject({
      amzDate: '20260102T030405Z',
      signedAtMs: nowMs,
    });
  });

  it('comes with a presigned query', () => {
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x`;
    expect(refusal('s3', goodHeader('s3'), query)).toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('Only one auth mechanism allowed'),
    });
    expect(refusal('sts', goodHeader('sts'), query)).toMatchObject({ code: 'IncompleteSignature' });
  });

  it('does not sign what it must', () => {
    const unsigned = { ...goodHeader('s3'), 'x-amz-acl': 'public-read' };
    expect(refusal('s3', unsigned)).toMatchObject({
      code: 'AccessDenied',
      statusCode: 403,
      fields: { HeadersNotSigned: 'x-amz-acl' },
    });
    const headers = goodHeader('sts');
    headers.authorization = headers.authorization.replace('host;', '');
    expect(refusal('sts', headers)).toMatchObject({
      code: 'SignatureDoesNotMatch',
      message: `'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.`,
    });
  });

  it('needs a payload hash for S3', () => {
    const { 'x-amz-content-sha256': _, ...headers } = goodHeader('s3');
    expect(refusal('s3', headers)).toMatchObject({
      code: 'InvalidRequest',
      message: 'Missing required header for this request: x-amz-content-sha256',
    });
  });
});

describe('a time that is off', () => {
  it('is told in the words of each service', () => {
    const late = (service: string) => ({ ...goodHeader(service), 'x-amz-date': '20260102T010000Z' });
    const early = (service: string) => ({ ...goodHeader(service), 'x-amz-date': '20260102T050000Z' });
    expect(refusal('dynamodb', late('dynamodb'))).toMatchObject({
      code: 'InvalidSignatureException',
      message: 'Signature expired: 20260102T010000Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)',
    });
    expect(refusal('sts', early('sts'))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      message:
        'Signature not yet current: 20260102T050000Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)',
    });
    expect(refusal('ec2', late('ec2'))).toMatchObject({
      code: 'RequestExpired',
      statusCode: 400,
      message: 'Request has expired.',
    });
    expect(refusal('s3', early('s3'))).toMatchObject({
      code: 'RequestTimeTooSkewed',
      statusCode: 403,
      fields: {
        RequestTime: '20260102T050000Z',
        ServerTime: '2026-01-02T03:04:05Z',
        MaxAllowedSkewMilliseconds: 900_000,
      },
    });
  });
});

describe('a presigned URL', () => {
  const presigned = (changes: Record<string, string | undefined>) => {
    const all = {
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': scope('s3'),
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': '0'.repeat(64),
      ...changes,
    };
    return Object.entries(all)
      .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
      .join('&');
  };
  it.each([
    [{ 'X-Amz-Signature': undefined }, /^Query-string authentication version 4 requires/],
    [{ 'X-Amz-Expires': undefined }, /^Query-string authentication version 4 requires/],
    [{ 'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256' }, /^X-Amz-Algorithm only supports/],
    [{ 'X-Amz-Credential': 'a/b' }, /^Error parsing the X-Amz-Credential parameter; the Credential is mal-formed/],
    [{ 'X-Amz-Date': '2026-01-02' }, /^X-Amz-Date must be in the ISO8601 Long Format/],
    [{ 'X-Amz-Credential': scope('s3').replace('0102', '0103') }, /^Invalid credential date "20260103"/],
  ])('with %j is refused', (changes, message) => {
    expect(refusal('s3', { host: 'localhost' }, presigned(changes))).toMatchObject({
      code: 'AuthorizationQueryParametersError',
      statusCode: 400,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['soon', /^X-Amz-Expires should be a number/],
    ['-1', /^X-Amz-Expires must be non-negative/],
    ['604801', /^X-Amz-Expires must be less than a week/],
  ])('that is to last %s is refused', (expires, message) => {
    expect(refusal('s3', { host: 'localhost' }, presigned({ 'X-Amz-Expires': expires }))).toMatchObject({
      code: 'AuthorizationQueryParametersError',
      statusCode: 403,
      message: expect.stringMatching(message),
    });
  });

  it('has expired, or begins later', () => {
    expect(refusal('s3', { host: 'localhost' }, presigned({ 'X-Amz-Date': '20260102T030304Z' }))).toMatchObject({
      code: 'AccessDenied',
      message: 'Request has expired',
      fields: { 'X-Amz-Expires': 60, Expires: '2026-01-02T03:04:04Z', ServerTime: '2026-01-02T03:04:05Z' },
    });
    expect(refusal('s3', { host: 'localhost' }, presigned({ 'X-Amz-Date': '20260102T033000Z' })).message).toBe(
      'Request is not yet valid',
    );
  });
});

describe('a key', () => {
  it.each([
    ['ec2', 'AuthFailure', 401],
    ['sts', 'InvalidClientTokenId', 403],
    ['dynamodb', 'UnrecognizedClientException', 400],
    ['lambda', 'UnrecognizedClientException', 403],
    ['s3', 'InvalidAccessKeyId', 403],
  ] as const)('that nobody knows is for %s %s, %i', (service, code, statusCode) => {
    const fault: SignatureFault = { reason: 'unknown-access-key', accessKeyId: 'AKIDEXAMPLE' };
    expect(signatureError(fault, services[service])).toMatchObject({ code, statusCode });
  });
});
