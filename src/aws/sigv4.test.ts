import { readFileSync } from 'node:fs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimedPayload, type VerifiableRequest, verifySignature } from './sigv4.ts';
import { parseCredential, type SignedCredential } from './sigv4-credential.ts';
import { SignatureRefused } from './sigv4-fault.ts';

const exampleSecret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

function verify(request: VerifiableRequest, secret: string, at: string) {
  return verifySignature(request, parseCredential(request.headers, request.query), secret, Date.parse(at));
}

function faultOf(run: () => unknown): SignatureRefused['fault'] {
  try {
    run();
  } catch (error) {
    if (error instanceof SignatureRefused) return error.fault;
    throw error;
  }
  throw new Error('was not refused');
}

function request(method: string, url: string, headers: Record<string, string>, body = ''): VerifiableRequest {
  const { host, pathname, search } = new URL(url);
  const path = url.slice(url.indexOf(host) + host.length).split('?', 1)[0] || pathname;
  return { method, path, query: search.slice(1), headers: { host, ...headers }, body: Buffer.from(body, 'latin1') };
}

describe("AWS's public examples", () => {
  // https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite: secret as above, service `service`.
  const suite: readonly [name: string, signature: string, request: VerifiableRequest, signed?: string][] = [
    [
      'get-vanilla',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
      request('GET', 'http://example.amazonaws.com/', {}),
    ],
    [
      'post-vanilla',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
      request('POST', 'http://example.amazonaws.com/', {}),
    ],
    [
      'get-vanilla-query-order-key-case',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      request('GET', 'http://example.amazonaws.com/?Param2=value2&Param1=value1', {}),
    ],
    [
      'get-unreserved',
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
      request(
        'GET',
        'http://example.amazonaws.com/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
        {},
      ),
    ],
    [
      'get-utf8',
      '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
      { ...request('GET', 'http://example.amazonaws.com/', {}), path: Buffer.from('/ሴ').toString('latin1') },
    ],
    [
      'get-header-value-trim',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
      request('GET', 'http://example.amazonaws.com/', { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' }),
      'host;my-header1;my-header2;x-amz-date',
    ],
    [
      'get-header-key-duplicate',
      'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
      request('GET', 'http://example.amazonaws.com/', { 'my-header1': 'value2,value2,value1' }),
      'host;my-header1;x-amz-date',
    ],
    [
      'post-x-www-form-urlencoded',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      request(
        'POST',
        'http://example.amazonaws.com/',
        { 'content-type': 'application/x-www-form-urlencoded' },
        'Param1=value1',
      ),
      'content-type;host;x-amz-date',
    ],
  ];
  it.each(suite)('%s', (_name, signature, unsigned, signedHeaders = 'host;x-amz-date') => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    const signed = { ...unsigned, headers: { ...unsigned.headers, 'x-amz-date': '20150830T123600Z', authorization } };
    expect(verify(signed, exampleSecret, '2015-08-30T12:36:00Z').payload.kind).toBe('sha256');
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const s3Host = 'http://examplebucket.s3.amazonaws.com';
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const welcome = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
  const s3Examples: readonly [name: string, signature: string, signed: string, request: VerifiableRequest][] = [
    [
      'GET Object',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      'host;range;x-amz-content-sha256;x-amz-date',
      request('GET', `${s3Host}/test.txt`, { range: 'bytes=0-9', 'x-amz-content-sha256': empty }),
    ],
    [
      'PUT Object',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      request(
        'PUT',
        `${s3Host}/test$file.text`,
        {
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
          'x-amz-content-sha256': welcome,
        },
        'Welcome to Amazon S3.',
      ),
    ],
    [
      'GET Bucket Lifecycle',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      'host;x-amz-content-sha256;x-amz-date',
      request('GET', `${s3Host}/?lifecycle`, { 'x-amz-content-sha256': empty }),
    ],
    [
      'GET Bucket',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      'host;x-amz-content-sha256;x-amz-date',
      request('GET', `${s3Host}/?max-keys=2&prefix=J`, { 'x-amz-content-sha256': empty }),
    ],
  ];
  it.each(s3Examples)('S3: %s', (_name, signature, signedHeaders, unsigned) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
    const signed = { ...unsigned, headers: { ...unsigned.headers, 'x-amz-date': '20130524T000000Z', authorization } };
    expect(verify(signed, s3Secret, '2013-05-24T00:01:00Z').payload.kind).toBe('sha256');
  });

  const presigned = request(
    'GET',
    `${s3Host}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    {},
  );
  it('S3: presigned GET, valid to the last second of its day', () => {
    expect(verify(presigned, s3Secret, '2013-05-25T00:00:00Z').payload).toEqual({ kind: 'unsigned' });
    expect(faultOf(() => verify(presigned, s3Secret, '2013-05-25T00:00:01Z'))).toMatchObject({
      reason: 'expired',
      expiresSeconds: 86400,
    });
  });
});

describe('botocore', () => {
  const file = JSON.parse(readFileSync(new URL('./sigv4.vectors.json', import.meta.url), 'utf8')) as {
    signedAt: string;
    vectors: {
      name: string;
      secret: string;
      method: string;
      path: string;
      query: string;
      headers: Record<string, string>;
      body: string;
    }[];
  };
  it.each(file.vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const signed = { ...vector, body: Buffer.from(vector.body, 'latin1') };
    expect(verify(signed, vector.secret, file.signedAt).payload).toBeDefined();
    expect(faultOf(() => verify(signed, `${vector.secret}x`, file.signedAt)).reason).toBe('mismatch');
  });
});

// What the JavaScript SDK would put on the wire for these parts.
const text = fc.string({ unit: fc.constantFrom(...'aZ09-._~ /+&=?%:@!$\'()*,;<>"\\^`{|}é漢😀'), maxLength: 12 });
const parts = fc.record({
  service: fc.constantFrom('s3', 'ec2', 'dynamodb', 'lambda'),
  region: fc.constantFrom('us-east-1', 'eu-central-1'),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
  segments: fc.array(fc.oneof(text, fc.constantFrom('', '.', '..')), { maxLength: 5 }),
  query: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'aAb-_.~ é%+') }),
    fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    { maxKeys: 4, noNullPrototype: true },
  ),
  headers: fc.dictionary(
    fc.stringMatching(/^x-amz-meta-[a-z]{1,4}$/),
    fc.string({ unit: fc.constantFrom(...'ab "\t,='), maxLength: 12 }),
    { maxKeys: 3, noNullPrototype: true },
  ),
  body: fc.uint8Array({ maxLength: 40 }),
  secret: fc.string({ minLength: 1, maxLength: 40 }),
  sessionToken: fc.option(fc.base64String({ minLength: 8, maxLength: 40 }), { nil: undefined }),
  atMs: fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }).map((ms) => Math.floor(ms / 1000) * 1000),
  presign: fc.boolean(),
});
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

const escapeAll = (raw: string) =>
  encodeURIComponent(raw).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

async function signBySdk(input: Parts): Promise<VerifiableRequest> {
  const signer = new SignatureV4({
    service: input.service,
    region: input.region,
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: input.secret,
      ...(input.sessionToken && { sessionToken: input.sessionToken }),
    },
    sha256: Sha256,
    uriEscapePath: input.service !== 's3',
  });
  const path = input.segments.map(escapeAll).join('/');
  const unsigned = new HttpRequest({
    method: input.method,
    protocol: 'http:',
    hostname: 'localhost',
    // To S3 a slash is a slash however it is written, so its clients never encode one.
    path: `/${input.service === 's3' ? path.replaceAll('%2F', '/') : path}`,
    query: input.query,
    headers: {
      host: 'localhost:4566',
      ...input.headers,
      ...(input.presign && input.service === 's3' && { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
    },
    ...(!(input.presign && input.service !== 's3') && { body: input.body }),
  });
  const signingDate = new Date(input.atMs);
  const signed = input.presign
    ? await signer.presign(unsigned, { signingDate, expiresIn: 300 })
    : await signer.sign(unsigned, { signingDate });
  const query = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => `${escapeAll(name)}=${escapeAll(one)}`),
  );
  const headers = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = input.presign && input.service !== 's3' ? new Uint8Array(0) : input.body;
  return { method: signed.method, path: signed.path, query: query.join('&'), headers, body };
}

describe('the JavaScript SDK', () => {
  it('signs what is verified, header and presigned, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (input) => {
        const signed = await signBySdk(input);
        const credential = parseCredential(signed.headers, signed.query) as SignedCredential;
        expect(credential).toMatchObject({
          kind: input.presign ? 'presigned' : 'header',
          accessKeyId: 'AKIDEXAMPLE',
          scope: { region: input.region, service: input.service },
          signedAtMs: input.atMs,
        });
        expect(credential.sessionToken).toBe(input.sessionToken);
        verifySignature(signed, credential, input.secret, input.atMs + 1000);
      }),
      { numRuns: 400 },
    );
  });

  it('signs every part: a changed one is refused', async () => {
    const changes: ((signed: VerifiableRequest) => VerifiableRequest)[] = [
      (signed) => ({ ...signed, method: signed.method === 'GET' ? 'HEAD' : 'GET' }),
      (signed) => ({ ...signed, path: `${signed.path}x` }),
      (signed) => ({ ...signed, query: signed.query === '' ? 'x' : `${signed.query}&x` }),
      (signed) => ({ ...signed, headers: { ...signed.headers, host: 'elsewhere' } }),
      (signed) => ({
        ...signed,
        query: signed.query.replace(/X-Amz-Expires=300/, 'X-Amz-Expires=301'),
        headers: { ...signed.headers, 'x-amz-date': '20300101T000000Z' },
      }),
    ];
    await fc.assert(
      fc.asyncProperty(parts, fc.nat({ max: changes.length - 1 }), async (input, which) => {
        const changed = changes[which]!(await signBySdk(input));
        const fault = faultOf(() =>
          verifySignature(changed, parseCredential(changed.headers, changed.query), input.secret, input.atMs),
        );
        expect(['mismatch', 'too-early', 'too-late', 'scope-date-differs', 'headers-not-signed']).toContain(
          fault.reason,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('declares the hash of its body, which is checked', async () => {
    const input = fc.sample(parts, { numRuns: 1, seed: 7 })[0]!;
    const signed = await signBySdk({ ...input, presign: false, body: Buffer.from('one') });
    const changed = { ...signed, body: Buffer.from('two') };
    expect(
      faultOf(() => verifySignature(changed, parseCredential(changed.headers, changed.query), input.secret, input.atMs))
        .reason,
    ).toBe('content-sha256-differs');
    const streamed = { ...signed, body: new Uint8Array(0), stream: (async function* () {})() };
    const { payload } = verifySignature(
      streamed,
      parseCredential(signed.headers, signed.query),
      input.secret,
      input.atMs,
    );
    expect(payload).toEqual({ kind: 'sha256', sha256: signed.headers['x-amz-content-sha256'] });
  });

  it('goes on being verified while more keys than are kept come and go', async () => {
    const input = { ...fc.sample(parts, { numRuns: 1, seed: 8 })[0]!, presign: false };
    const signed = await signBySdk(input);
    const credential = parseCredential(signed.headers, signed.query);
    for (let i = 0; i < 600; i++) faultOf(() => verifySignature(signed, credential, `wrong ${i}`, input.atMs));
    verifySignature(signed, credential, input.secret, input.atMs);
  });
});

describe('time', () => {
  const signed = async (service: string, presign = false) =>
    signBySdk({
      ...fc.sample(parts, { numRuns: 1, seed: 9 })[0]!,
      service,
      presign,
      secret: 's',
      atMs: Date.UTC(2026, 0, 2, 12),
    } as Parts);
  const reasonAt = (one: VerifiableRequest, offsetSeconds: number) => {
    const run = () =>
      verifySignature(
        one,
        parseCredential(one.headers, one.query),
        's',
        Date.UTC(2026, 0, 2, 12) + offsetSeconds * 1000,
      );
    try {
      run();
      return 'verified';
    } catch {
      return faultOf(run).reason;
    }
  };

  it.each([
    ['s3', 900],
    ['ec2', 900],
    ['sts', 900],
    ['dynamodb', 300],
    ['lambda', 300],
  ])('%s allows a skew of %i s', async (service, seconds) => {
    const one = await signed(service);
    expect([-seconds - 1, -seconds, seconds, seconds + 1].map((offset) => reasonAt(one, offset))).toEqual([
      'too-early',
      'verified',
      'verified',
      'too-late',
    ]);
  });

  it('ends a presigned S3 URL when it says, and gives others their skew at least', async () => {
    const s3 = await signed('s3', true);
    expect([-901, -900, 300, 301].map((offset) => reasonAt(s3, offset))).toEqual([
      'too-early',
      'verified',
      'verified',
      'expired',
    ]);
    const sts = await signed('sts', true);
    expect([301, 900, 901].map((offset) => reasonAt(sts, offset))).toEqual(['verified', 'verified', 'too-late']);
  });
});

describe('what a body is claimed to be', () => {
  it.each([
    [undefined, { kind: 'unsigned' }],
    ['UNSIGNED-PAYLOAD', { kind: 'unsigned' }],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', isSigned: true, hasTrailer: false }],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', isSigned: true, hasTrailer: true }],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', isSigned: false, hasTrailer: true }],
  ])('%s', (declared, payload) => {
    expect(claimedPayload({ 'x-amz-content-sha256': declared })).toEqual(payload);
  });

  it('is nothing else', () => {
    expect(
      faultOf(() => claimedPayload({ 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' })).reason,
    ).toBe('content-sha256-malformed');
  });
});
