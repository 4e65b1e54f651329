// The Range header. One range of bytes is honoured; anything else is read over, and the whole is sent.

import { awsError } from '../../aws/errors.ts';
import type { ByteRange } from './bodies.ts';
import type { Age } from './canonical-users.ts';
import { invalidArgument, invalidRequest } from './s3.errors.ts';

/** Undefined when the whole is meant. */
export function parseRange(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    if (Number(last) === 0) throw invalidRange(header ?? '', bytes);
    // The end of nothing is the whole of it; its beginning is not there.
    if (bytes === 0) return undefined;
    const wanted = Math.min(Number(last), bytes);
    return { start: bytes - wanted, end: bytes };
  }
  const start = Number(first);
  const end = last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= bytes) throw invalidRange(header ?? '', bytes);
  return { start, end };
}

/** `bytes=first-last`, both given and both within. */
export function parseCopyRange(header: string, bytes: number, { isCurrent }: Age): ByteRange {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    );
  }
  if (Number(last) >= bytes) {
    const message = `Range specified is not valid for source object of size: ${bytes}`;
    // What was written against Ceph expects a code that AWS does not have here.
    if (!isCurrent) throw awsError('InvalidRange', message);
    throw Number(first) < bytes
      ? invalidArgument(message, 'x-amz-copy-source-range', header)
      : invalidRequest('The specified copy range is invalid for the source object size');
  }
  return { start: Number(first), end: Number(last) + 1 };
}

function invalidRange(header: string, bytes: number) {
  return awsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: header,
    ActualObjectSize: bytes,
  });
}

export const formatContentRange = ({ start, end }: ByteRange, bytes: number): string =>
  `bytes ${start}-${end - 1}/${bytes}`;
