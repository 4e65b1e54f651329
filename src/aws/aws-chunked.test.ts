import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChunkedOptions, decodeChunked } from './aws-chunked.ts';
import { AwsError } from './errors.ts';
import { type ChunkSigning, verifySignature } from './sigv4.ts';
import { parseCredential } from './sigv4-credential.ts';
import { signingKey } from './sigv4-key.ts';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

// The reference encoder, written from the documentation alone.
interface Plan {
  readonly chunks: readonly Uint8Array[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly signing?: ChunkSigning;
  readonly hasTrailer: boolean;
}

function encode({ chunks, trailers, signing, hasTrailer }: Plan): Buffer {
  const parts: (string | Uint8Array)[] = [];
  let previous = signing?.seedSignature ?? '';
  const sign = (kind: string, rest: string) => {
    if (!signing) throw new Error('unsigned');
    previous = createHmac('sha256', signing.key)
      .update(`${kind}\n${signing.amzDate}\n${signing.scope}\n${previous}\n${rest}`)
      .digest('hex');
    return previous;
  };
  for (const chunk of [...chunks, new Uint8Array(0)]) {
    const signature = signing
      ? `;chunk-signature=${sign('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${sha256(chunk)}`)}`
      : '';
    parts.push(`${chunk.length.toString(16)}${signature}\r\n`, chunk, chunk.length > 0 ? '\r\n' : '');
  }
  if (hasTrailer) {
    for (const [name, value] of trailers) parts.push(`${name}:${value}\r\n`);
    const block = trailers.map(([name, value]) => `${name}:${value}\n`).join('');
    if (signing) parts.push(`x-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256(block))}\r\n`);
  }
  parts.push('\r\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
}

async function* pieces(whole: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(Math.max(cut, from), whole.length);
    yield whole.subarray(from, to);
    from = to;
  }
  yield whole.subarray(from);
}

async function decodeAll(whole: Uint8Array, options: ChunkedOptions, cuts: readonly number[] = []) {
  const body = decodeChunked(pieces(whole, cuts), options);
  const read: Uint8Array[] = [];
  for await (const piece of body) read.push(piece);
  return { bytes: Buffer.concat(read), trailers: Object.fromEntries(body.trailers) };
}

async function codeOf(whole: Uint8Array, options: ChunkedOptions, cuts: readonly number[] = []): Promise<string> {
  try {
    await decodeAll(whole, options, cuts);
    return 'decoded';
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
}

const scope = { date: '20260102', region: 'us-east-1', service: 's3' };
const signing: ChunkSigning = {
  key: signingKey('secret', scope),
  accessKeyId: 'AKIDEXAMPLE',
  amzDate: '20260102T030405Z',
  scope: '20260102/us-east-1/s3/aws4_request',
  seedSignature: sha256('seed'),
};

// Chunks that are long enough, but for the last.
const plans = fc
  .record({
    full: fc.array(fc.tuple(fc.integer({ min: 8192, max: 9000 }), fc.nat(255)), { maxLength: 3 }),
    last: fc.uint8Array({ maxLength: 50 }),
    trailers: fc.array(
      fc.tuple(fc.stringMatching(/^x-amz-checksum-[a-z0-9]{1,6}$/), fc.base64String({ minLength: 4, maxLength: 12 })),
      { maxLength: 2 },
    ),
    isSigned: fc.boolean(),
    hasTrailer: fc.boolean(),
  })
  .map(({ full, last, trailers, isSigned, hasTrailer }) => {
    const chunks = [...full.map(([size, byte]) => new Uint8Array(size).fill(byte)), ...(last.length > 0 ? [last] : [])];
    const unique = [...new Map(trailers)];
    const plan: Plan = { chunks, trailers: unique, hasTrailer: hasTrailer || !isSigned, ...(isSigned && { signing }) };
    const data = Buffer.concat(chunks);
    const options: ChunkedOptions = {
      isSigned,
      hasTrailer: plan.hasTrailer,
      signing: plan.signing,
      decodedLength: data.length,
      announcedTrailers: plan.hasTrailer ? unique.map(([name]) => name) : [],
    };
    return { plan, data, options, whole: encode(plan) };
  });
const cuts = fc.array(fc.nat(30_000), { maxLength: 12 });

describe('decodeChunked', () => {
  it('gives back what was encoded, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(plans, cuts, async ({ plan, data, options, whole }, where) => {
        const decoded = await decodeAll(whole, options, where);
        expect(decoded.bytes.equals(data)).toBe(true);
        expect(decoded.trailers).toEqual(plan.hasTrailer ? Object.fromEntries(plan.trailers) : {});
      }),
      { numRuns: 150 },
    );
  });

  it('reads over signatures that it cannot verify', async () => {
    const chunks = [Buffer.from('hello')];
    const whole = encode({ chunks, trailers: [['x-amz-checksum-crc32', 'NhCmhg==']], hasTrailer: true, signing });
    const announcedTrailers = ['x-amz-checksum-crc32'];
    const decoded = await decodeAll(whole, { isSigned: true, hasTrailer: true, announcedTrailers });
    expect(decoded).toEqual({ bytes: Buffer.from('hello'), trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' } });
  });

  it('refuses every truncation', async () => {
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        cuts,
        async ({ options, whole }, share, where) => {
          const code = await codeOf(whole.subarray(0, Math.floor(share * whole.length)), options, where);
          expect(['IncompleteBody', 'MalformedTrailerError']).toContain(code);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('refuses every changed byte of a signed body', async () => {
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async ({ plan, options, whole }, share, flip) => {
          fc.pre(plan.signing !== undefined);
          const at = Math.floor(share * whole.length);
          const changed = Buffer.from(whole);
          changed[at]! ^= flip;
          // Only the case of a name and of a size's digits does not count.
          fc.pre(changed.toString('latin1').toLowerCase() !== whole.toString('latin1').toLowerCase());
          // Nor do a trailer's line ends and surrounding blanks, which are no part of what is signed.
          fc.pre(!/^[\s]$/.test(String.fromCharCode(changed[at]!)));
          expect(await codeOf(changed, options)).not.toBe('decoded');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('answers hostile bytes with an AWS error, and soon', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isSigned) => {
        expect(await codeOf(bytes, { isSigned, hasTrailer: true })).not.toBe('decoded');
      }),
      { numRuns: 200 },
    );
  });

  const unsigned: ChunkedOptions = { isSigned: false, hasTrailer: true };
  const k8 = 'a'.repeat(8192);
  it.each([
    ['a chunk size beyond any number', 'ffffffffffffffff\r\nabc', unsigned, 'IncompleteBody'],
    ['a chunk size with too many digits', '00000000000000001\r\na\r\n0\r\n\r\n', unsigned, 'IncompleteBody'],
    ['a size line without an end', 'a'.repeat(5000), unsigned, 'IncompleteBody'],
    ['a negative chunk size', '-1\r\n\r\n0\r\n\r\n', unsigned, 'IncompleteBody'],
    ['a missing CRLF after a chunk', '3\r\nabc0\r\n\r\n', unsigned, 'IncompleteBody'],
    ['a bare line feed', '3\nabc\n0\n\n', unsigned, 'IncompleteBody'],
    ['a short chunk that is not the last', `3\r\nabc\r\n2000\r\n${k8}\r\n0\r\n\r\n`, unsigned, 'InvalidChunkSizeError'],
    [
      'a signature where none belongs',
      `3;chunk-signature=${'0'.repeat(64)}\r\nabc\r\n0\r\n\r\n`,
      unsigned,
      'IncompleteBody',
    ],
    [
      'no signature where one belongs',
      '3\r\nabc\r\n0\r\n\r\n',
      { isSigned: true, hasTrailer: false },
      'IncompleteBody',
    ],
    ['bytes after the end', '0\r\n\r\nx', unsigned, 'IncompleteBody'],
    ['more than was announced', '3\r\nabc\r\n0\r\n\r\n', { ...unsigned, decodedLength: 2 }, 'IncompleteBody'],
    ['less than was announced', '3\r\nabc\r\n0\r\n\r\n', { ...unsigned, decodedLength: 4 }, 'IncompleteBody'],
    ['a trailer that is no header field', '0\r\nnonsense\r\n\r\n', unsigned, 'MalformedTrailerError'],
    [
      'a trailer that was announced and is missing',
      '0\r\n\r\n',
      { ...unsigned, announcedTrailers: ['x-amz-checksum-crc32'] },
      'MalformedTrailerError',
    ],
    ['a trailer that was not announced', '0\r\nx-a:b\r\n\r\n', unsigned, 'MalformedTrailerError'],
    [
      'a chunk longer than all that was announced, which does not end',
      'b\r\ndummy data\r\n0\r\n\r\n',
      { ...unsigned, decodedLength: 10 },
      'IncompleteBody',
    ],
    [
      'a trailer without a signature where one belongs',
      `0;chunk-signature=${'0'.repeat(64)}\r\nx-a:b\r\n\r\n`,
      { isSigned: true, hasTrailer: true, announcedTrailers: ['x-a'] },
      'IncompleteBody',
    ],
    ['an endless trailer', `0\r\n${'x-a:b\r\n'.repeat(9000)}\r\n`, unsigned, 'IncompleteBody'],
    ['nothing at all', '', unsigned, 'IncompleteBody'],
  ] satisfies [string, string, ChunkedOptions, string][])('refuses %s', async (_name, text, options, code) => {
    expect(await codeOf(Buffer.from(text, 'latin1'), options)).toBe(code);
  });

  it('reads no further than it is asked to, and leaves its source open', async () => {
    let served = 0;
    let isClosed = false;
    const chunk = new Uint8Array(10_000);
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          served += 1;
          return { done: false, value: served % 2 === 1 ? Buffer.from(`${served > 1 ? '\r\n' : ''}2710\r\n`) : chunk };
        },
        return: async () => {
          isClosed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    let taken = 0;
    for await (const piece of decodeChunked(source, unsigned)) {
      taken += piece.length;
      if (taken >= 30_000) break;
    }
    expect({ served, isClosed }).toEqual({ served: 6, isClosed: false });
  });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html
describe("S3's documented example", () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const headers = (signedHeaders: string, signature: string, rest: Record<string, string>) => ({
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': '66824',
    ...rest,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`,
  });
  const body = (signatures: readonly string[], end: string) =>
    Buffer.from(
      `10000;chunk-signature=${signatures[0]}\r\n${'a'.repeat(65536)}\r\n400;chunk-signature=${signatures[1]}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${signatures[2]}\r\n${end}\r\n`,
    );
  const verify = (signed: Record<string, string>) => {
    const request = {
      method: 'PUT',
      path: '/examplebucket/chunkObject.txt',
      query: '',
      headers: signed,
      body: new Uint8Array(0),
    };
    return verifySignature(request, parseCredential(signed, ''), secret, Date.UTC(2013, 4, 24));
  };

  it('of signed chunks', async () => {
    const { payload, chunkSigning } = verify(
      headers(
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
        { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      ),
    );
    expect(payload).toEqual({ kind: 'chunked', isSigned: true, hasTrailer: false });
    const whole = body(
      [
        'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
        '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
        'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
      ],
      '',
    );
    expect(whole.length).toBe(66824);
    const decoded = await decodeAll(whole, {
      isSigned: true,
      hasTrailer: false,
      signing: chunkSigning,
      decodedLength: 66560,
    });
    expect(decoded.bytes.toString()).toBe('a'.repeat(66560));
  });

  it('of signed chunks with a trailer', async () => {
    const { payload, chunkSigning } = verify(
      headers(
        'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
        {
          'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
          'x-amz-trailer': 'x-amz-checksum-crc32c',
        },
      ),
    );
    expect(payload).toEqual({ kind: 'chunked', isSigned: true, hasTrailer: true });
    const whole = body(
      [
        'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
        '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
        '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      ],
      'x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
    );
    const decoded = await decodeAll(whole, {
      isSigned: true,
      hasTrailer: true,
      signing: chunkSigning,
      announcedTrailers: ['x-amz-checksum-crc32c'],
      decodedLength: 66560,
    });
    expect(decoded.trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
  });
});
