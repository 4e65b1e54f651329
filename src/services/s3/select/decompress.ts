// Objects on their way into a query: decompressed, and counted before and after.

import { PassThrough, pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import unbzip2 from 'unbzip2-stream';
import { AwsError } from '../../../aws/errors.ts';
import { invalidCompressionFormat, truncatedInput } from './select.errors.ts';

export type Compression = 'NONE' | 'GZIP' | 'BZIP2';

export interface Meter {
  /** Bytes as they lie there. */
  scanned: number;
  /** Of them, once decompressed. */
  processed: number;
}

export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  let sourceFault: unknown;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source) {
        meter.scanned += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      sourceFault = error;
      throw error;
    }
  }
  try {
    for await (const piece of compression === 'NONE' ? counted() : decompressed(counted(), compression)) {
      meter.processed += piece.byteLength;
      yield piece;
    }
  } catch (error) {
    if (sourceFault !== undefined || error instanceof AwsError || compression === 'NONE') throw error;
    throw isOfOtherFormat(error) ? invalidCompressionFormat() : truncatedInput();
  }
}

function decompressed(source: AsyncIterable<Uint8Array>, compression: 'GZIP' | 'BZIP2'): AsyncIterable<Uint8Array> {
  const pieces = Readable.from(source);
  const ignore = () => undefined;
  if (compression === 'GZIP') return pipeline(pieces, createGunzip(), ignore);
  // An older kind of stream, which cannot be iterated over.
  return pipeline(pieces, unbzip2(), new PassThrough(), ignore);
}

/** What the decompressors say of what does not even begin as it should. */
function isOfOtherFormat(error: unknown): boolean {
  return /header check|magic number|Not a BZIP/.test(
    String((error as { readonly message?: unknown } | undefined)?.message),
  );
}
