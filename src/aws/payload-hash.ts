// A streamed body that must turn out to have the hash its signature speaks of. The last piece has left before the hash
// is known, so nothing may be kept of a body until it has been read to its end.

import { createHash } from 'node:crypto';
import { s3SignatureError } from './sigv4-s3-errors.ts';

/** The pieces of `source`; throws XAmzContentSHA256Mismatch at its end when they hash to something else. */
export async function* checkedStream(
  source: AsyncIterable<Uint8Array>,
  sha256: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hashed = createHash('sha256');
  for await (const piece of source) {
    hashed.update(piece);
    yield piece;
  }
  const computed = hashed.digest('hex');
  if (computed !== sha256) throw s3SignatureError({ reason: 'content-sha256-differs', declared: sha256, computed });
}
