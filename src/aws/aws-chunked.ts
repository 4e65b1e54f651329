// Decodes the aws-chunked content encoding of S3 uploads: chunks that may each be signed, chained to the signature of the
// request, and trailers. Bytes are passed on before the signature of their chunk is known to be right, so nothing may be
// kept of a body until it has been read to its end. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html

import { createHash, type Hash, hash } from 'node:crypto';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { type AwsError, awsError } from './errors.ts';
import { streamOf } from './protocols/protocol.ts';
import { type ChunkSigning, isSignatureOf } from './sigv4.ts';
import { s3SignatureError } from './sigv4-s3-errors.ts';
import { type StreamedBody, wholeOf } from './streamed-body.ts';

export interface ChunkedOptions {
  /** Chunks carry signatures. They are verified when `signing` is given, and read over otherwise. */
  readonly isSigned: boolean;
  /** Header fields follow the last chunk, with a signature of their own when the chunks are signed. */
  readonly hasTrailer: boolean;
  readonly signing?: ChunkSigning | undefined;
  /** From x-amz-trailer, in lower case. All of them must come, and no others. */
  readonly announcedTrailers?: readonly string[] | undefined;
  /** From x-amz-decoded-content-length. */
  readonly decodedLength?: number | undefined;
}

export interface ChunkedBody extends StreamedBody {
  /** `x-amz-checksum-…` and the like, in lower case. Complete once the body has been read to its end. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** All but the last chunk that has bytes must be this long. */
const shortestChunkBytes = 8192;
const longestHeaderBytes = 1024;
const longestTrailerBytes = 16 * 1024;
const mostFramingBytes = 64 * 1024;
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The bytes of `source` without their encoding, in pieces as they come. Reads on only when it is asked to, and never
 * closes `source`: an answer may still have to leave through the connection that it comes from.
 */
export function decodeChunked(source: AsyncIterable<Uint8Array>, options: ChunkedOptions): ChunkedBody {
  const trailers = new Map<string, string>();
  const iterate = (pieces: AsyncIterable<Uint8Array>) => decode(createByteReader(pieces), options, trailers);
  return {
    trailers,
    whole(mostBytes) {
      // How long it is, the chunks say; that their frames are much longer than what is in them, nobody expects.
      const { decodedLength } = options;
      if (decodedLength === undefined || decodedLength > mostBytes) return undefined;
      return wholeOf(source, mostBytes + mostFramingBytes)?.then((bytes) => joined(iterate(streamOf(bytes))));
    },
    [Symbol.asyncIterator]: () => iterate(source),
  };
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return read.length === 1 ? (read[0] as Uint8Array) : Buffer.concat(read);
}

async function* decode(
  reader: ByteReader,
  options: ChunkedOptions,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let previousSignature = options.signing?.seedSignature ?? '';
  let previousSize: number | undefined;
  let decodedBytes = 0;
  for (let number = 1; ; number++) {
    const header = parseChunkHeader(await reader.line(longestHeaderBytes), options.isSigned);
    checkChunkSize(header.size, previousSize, number);
    const hashed = options.signing && createHash('sha256');
    for (let left = header.size; left > 0; ) {
      const piece = (await reader.some(left)) ?? refuseIncomplete();
      hashed?.update(piece);
      left -= piece.length;
      yield piece;
    }
    if (options.signing) checkChunk(options.signing, previousSignature, header, hashed as Hash);
    previousSignature = header.signature;
    previousSize = header.size;
    if (header.size === 0) break;
    if ((await reader.line(0)) !== '') refuseIncomplete();
    decodedBytes += header.size;
    if (options.decodedLength !== undefined && decodedBytes > options.decodedLength) throw wrongLength();
  }
  await readEnd(reader, options, previousSignature, trailers);
  if (options.decodedLength !== undefined && decodedBytes !== options.decodedLength) throw wrongLength();
}

interface ChunkHeader {
  readonly size: number;
  /** Empty in an unsigned body. */
  readonly signature: string;
}

function parseChunkHeader(line: string | undefined, isSigned: boolean): ChunkHeader {
  const pattern = isSigned ? /^([0-9A-Fa-f]{1,16});chunk-signature=([0-9a-f]{64})$/ : /^([0-9A-Fa-f]{1,16})$/;
  const match = pattern.exec(line ?? '');
  if (!match) return refuseIncomplete();
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}

function checkChunkSize(size: number, previousSize: number | undefined, number: number): void {
  if (size > 0 && previousSize !== undefined && previousSize < shortestChunkBytes) {
    throw awsError('InvalidChunkSizeError', 'Only the last chunk is allowed to have a size less than 8192 bytes', 403, {
      Chunk: number,
      BadChunkSize: previousSize,
    });
  }
  if (!Number.isSafeInteger(size)) refuseIncomplete();
}

function checkChunk(signing: ChunkSigning, previousSignature: string, header: ChunkHeader, hashed: Hash): void {
  const { amzDate, scope } = signing;
  const sha256 = hashed.digest('hex');
  const lines = ['AWS4-HMAC-SHA256-PAYLOAD', amzDate, scope, previousSignature, emptySha256, sha256];
  checkLink(signing, lines.join('\n'), header.signature);
}

function checkLink(signing: ChunkSigning, stringToSign: string, signature: string): void {
  if (isSignatureOf(stringToSign, signing.key, signature)) return;
  throw s3SignatureError({ reason: 'mismatch', accessKeyId: signing.accessKeyId, signature, stringToSign });
}

/** What follows the empty chunk: trailers, an empty line, and no more. */
async function readEnd(
  reader: ByteReader,
  options: ChunkedOptions,
  previousSignature: string,
  trailers: Map<string, string>,
): Promise<void> {
  const trailer = options.hasTrailer ? await readTrailer(reader) : '';
  if (!options.hasTrailer && (await reader.line(0)) !== '') refuseIncomplete();
  const signedPart: string[] = [];
  let signature: string | undefined;
  for (const line of trailer.split('\n').filter((text) => text !== '')) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw malformedTrailer();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signature = value;
      continue;
    }
    signedPart.push(`${name}:${value}\n`);
    trailers.set(name, value);
  }
  const announced = new Set(options.announcedTrailers);
  if ([...announced].some((name) => !trailers.has(name))) throw malformedTrailer();
  if (options.isSigned && options.hasTrailer && !/^[0-9a-f]{64}$/.test(signature ?? '')) refuseIncomplete();
  if ([...trailers.keys()].some((name) => !announced.has(name))) throw malformedTrailer();
  if ((await reader.some(1)) !== undefined) refuseIncomplete();
  if (options.signing && options.hasTrailer) {
    const { amzDate, scope } = options.signing;
    const lines = ['AWS4-HMAC-SHA256-TRAILER', amzDate, scope, previousSignature, hash('sha256', signedPart.join(''))];
    checkLink(options.signing, lines.join('\n'), signature ?? '');
  }
}

/** The lines up to the empty one, joined by line feeds. */
async function readTrailer(reader: ByteReader): Promise<string> {
  let trailer = '';
  for (;;) {
    const line = (await reader.line(longestTrailerBytes - trailer.length)) ?? refuseIncomplete();
    if (line === '') return trailer;
    trailer += `${line}\n`;
  }
}

function refuseIncomplete(): never {
  throw awsError('IncompleteBody', 'The request body terminated unexpectedly');
}

function wrongLength(): AwsError {
  return awsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}

function malformedTrailer(): AwsError {
  return awsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
}
