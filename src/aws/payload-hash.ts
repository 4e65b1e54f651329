// A streamed body that must turn out to have the hash its signature speaks of. The last piece has left before the hash
// is known, so nothing may be kept of a body until it has been read to its end.

import { createHash, hash } from 'node:crypto';
import { s3SignatureError } from './sigv4-s3-errors.ts';
import { type StreamedBody, wholeOf } from './streamed-body.ts';

/** The bytes of `source`; throws XAmzContentSHA256Mismatch at its end when they hash to something else. */
export class CheckedBody implements StreamedBody {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #sha256: string;

  constructor(source: AsyncIterable<Uint8Array>, sha256: string) {
    this.#source = source;
    this.#sha256 = sha256;
  }

  whole(mostBytes: number): Promise<Uint8Array> | undefined {
    return wholeOf(this.#source, mostBytes)?.then((bytes) => {
      this.#check(hash('sha256', bytes, 'hex'));
      return bytes;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const hashed = createHash('sha256');
    for await (const piece of this.#source) {
      hashed.update(piece);
      yield piece;
    }
    this.#check(hashed.digest('hex'));
  }

  #check(computed: string): void {
    if (computed === this.#sha256) return;
    throw s3SignatureError({ reason: 'content-sha256-differs', declared: this.#sha256, computed });
  }
}
