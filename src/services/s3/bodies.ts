// Bodies on their way in and out: measured and checked as they stream by, small ones kept in the index, and let go of
// when nothing refers to them any more.

import { createHash } from 'node:crypto';
import type { Write } from '../../drivers/items/items.ts';
import type { Objects } from '../../drivers/objects/objects.ts';
import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import { type Checksum, type ChecksumAlgorithm, createChecksum } from './checksums.ts';
import type { RunningCrc } from './crc.ts';
import { type CustomerKey, decryptPiece, encryptStream } from './customer-keys.ts';
import { bodyKey, doomedKey } from './object-index.ts';
import { type BodyRef, decodePartList, type ListedPart, type ObjectContent } from './version-record.ts';

/** At most this much is kept in the index, where one fsync serves many. */
const smallBytes = 16 * 1024;

export interface ReceivedBody {
  readonly bytes: number;
  readonly md5: Buffer;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  readonly ref: BodyRef;
  /** What must be written into the index with whatever refers to the body. */
  readonly writes: readonly Write[];
  readonly nonce: string | undefined;
}

export interface Receiving {
  readonly objects: Objects;
  readonly random: Random;
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly customerKey?: CustomerKey | undefined;
}

/** Reads all of `source`. When it fails nothing is kept. */
export async function receiveBody(
  source: AsyncIterable<Uint8Array>,
  { objects, random, algorithms, customerKey }: Receiving,
): Promise<ReceivedBody> {
  const meter = createMeter(algorithms);
  const nonce = customerKey && Buffer.from(random.bytes(16));
  const measured = meter.watch(source);
  const stored = customerKey && nonce ? encryptStream(measured, customerKey, nonce) : measured;
  const { small, rest } = await readSmall(stored);
  const ref = await keep(objects, random, small, rest);
  return {
    bytes: meter.bytes(),
    md5: meter.md5(),
    checksums: meter.checksums(),
    ref,
    writes:
      ref.kind === 'none'
        ? []
        : [{ key: bodyKey(ref.id), value: ref.kind === 'small' ? small.toString('base64') : fileMark }],
    nonce: nonce?.toString('hex'),
  };
}

/** The entry of a body that is a file says only that it is referred to. */
export const fileMark = 'file';

async function keep(
  objects: Objects,
  random: Random,
  small: Buffer,
  rest: AsyncIterable<Uint8Array> | undefined,
): Promise<BodyRef> {
  if (rest) return { kind: 'file', id: (await objects.bodies.write(rest)).id };
  if (small.byteLength === 0) return { kind: 'none' };
  return { kind: 'small', id: newBodyId(random) };
}

export const newBodyId = (random: Random): string => Buffer.from(random.bytes(16)).toString('hex');

/** The whole of a small body, or all of a larger one as a stream. */
async function readSmall(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly small: Buffer; readonly rest?: AsyncIterable<Uint8Array> }> {
  const pieces = source[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done) return { small: read.length === 1 ? asBuffer(read[0] as Uint8Array) : Buffer.concat(read) };
    read.push(next.value);
    bytes += next.value.byteLength;
    if (bytes > smallBytes) return { small: Buffer.alloc(0), rest: continued(read, pieces) };
  }
}

async function* continued(
  read: readonly Uint8Array[],
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* read;
  for (;;) {
    const next = await pieces.next();
    if (next.done) return;
    yield next.value;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Meter {
  watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
  bytes(): number;
  md5(): Buffer;
  checksums(): ReadonlyMap<ChecksumAlgorithm, string>;
}

export function createMeter(algorithms: readonly ChecksumAlgorithm[]): Meter {
  const md5 = createHash('md5');
  const running = new Map<ChecksumAlgorithm, RunningCrc>(
    algorithms.map((algorithm) => [algorithm, createChecksum(algorithm)]),
  );
  let bytes = 0;
  return {
    async *watch(source) {
      for await (const piece of source) {
        bytes += piece.byteLength;
        md5.update(piece);
        for (const checksum of running.values()) checksum.update(piece);
        yield piece;
      }
    },
    bytes: () => bytes,
    md5: () => md5.digest(),
    checksums: () =>
      new Map([...running].map(([algorithm, checksum]) => [algorithm, checksum.digest().toString('base64')])),
  };
}

export function checksumOf(body: ReceivedBody, algorithm: ChecksumAlgorithm): Checksum {
  return { algorithm, value: body.checksums.get(algorithm) as string, type: 'FULL_OBJECT' };
}

/** What makes a body nobody's. A file stays until `releaseBodies`, or until a sweep finds the note. */
export function doomBody(ref: BodyRef): readonly Write[] {
  if (ref.kind === 'none') return [];
  if (ref.kind === 'small') return [{ key: bodyKey(ref.id) }];
  return [{ key: doomedKey(ref.id), value: ref.kind }];
}

/** Removes what is doomed. Nobody waits for it: what does not succeed is noted, and taken up by a sweep. */
export function releaseBodies(objects: Objects, log: Log, refs: readonly BodyRef[]): void {
  const lasting = refs.filter(({ kind }) => kind === 'file' || kind === 'parts');
  if (lasting.length === 0) return;
  Promise.all(lasting.map((ref) => releaseBody(objects, ref))).catch((error: unknown) =>
    log.warn('a body could not be removed; it will be tried again', { error }),
  );
}

export async function releaseBody(objects: Objects, ref: BodyRef): Promise<void> {
  if (ref.kind === 'none' || ref.kind === 'small') return;
  const refs = ref.kind === 'parts' ? ((await readPartList(objects, ref.id)) ?? []).map(({ body }) => body) : [ref];
  for (const part of refs) if (part.kind === 'file') await objects.bodies.remove(part.id);
  const keys = [ref, ...refs].flatMap((gone) => (gone.kind === 'none' ? [] : [bodyKey(gone.id)]));
  const writes = [...keys, doomedKey(ref.id)].map((key) => ({ key }));
  await objects.index.change({ reads: [], decide: () => ({ writes, result: undefined }) });
}

/** For a body that was received and then not used. */
export async function discardBody({ bodies }: Objects, { ref }: Pick<ReceivedBody, 'ref'>): Promise<void> {
  if (ref.kind === 'file') await bodies.remove(ref.id);
}

export function readPartList({ index }: Objects, id: string): Promise<readonly ListedPart[] | undefined> {
  return index.get(bodyKey(id), (value) => (value === undefined ? undefined : decodePartList(value).parts));
}

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

type Content = Pick<ObjectContent, 'bytes' | 'body' | 'nonce'>;

/**
 * A part of a body: bytes when it is small, otherwise a stream whose files stay until it ends. Undefined when the body
 * went away since its record was read.
 */
export async function openBody(
  objects: Objects,
  content: Content,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
): Promise<Uint8Array | AsyncIterable<Uint8Array> | undefined> {
  const { body } = content;
  if (body.kind === 'none' || range.start >= range.end) return new Uint8Array(0);
  if (body.kind === 'small') return readSmallBody(objects, content, range, customerKey);
  if (body.kind === 'file')
    return holdWhile(objects, content, [body.id], readContent(objects, content, range, customerKey));
  const parts = await readPartList(objects, body.id);
  if (!parts) return undefined;
  const ids = parts.flatMap((part) => (part.body.kind === 'file' ? [part.body.id] : []));
  return holdWhile(objects, content, ids, readParts(objects, parts, range, customerKey));
}

async function readSmallBody(
  { index }: Objects,
  { body, nonce }: Content,
  { start, end }: ByteRange,
  customerKey: CustomerKey | undefined,
): Promise<Uint8Array | undefined> {
  const id = (body as { readonly id: string }).id;
  const bytes = await index.get(bodyKey(id), (value) =>
    value === undefined ? undefined : Buffer.from(value, 'base64').subarray(start, end),
  );
  return bytes && customerKey && nonce !== undefined ? decryptPiece(bytes, customerKey, nonce, start) : bytes;
}

async function* readContent(
  objects: Objects,
  content: Content,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body, nonce } = content;
  if (body.kind === 'small') {
    const bytes = await readSmallBody(objects, content, range, customerKey);
    if (!bytes) throw new Error('a part of an object that is being read is gone');
    yield bytes;
  } else if (body.kind === 'file') {
    let at = range.start;
    for await (const piece of objects.bodies.read(body.id, range.start, range.end)) {
      yield customerKey && nonce !== undefined ? decryptPiece(piece, customerKey, nonce, at) : piece;
      at += piece.byteLength;
    }
  }
}

async function* readParts(
  objects: Objects,
  parts: readonly ListedPart[],
  { start, end }: ByteRange,
  customerKey: CustomerKey | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let partStart = 0;
  for (const part of parts) {
    const within = { start: Math.max(0, start - partStart), end: Math.min(part.bytes, end - partStart) };
    if (within.start < within.end) yield* readContent(objects, part, within, customerKey);
    partStart += part.bytes;
    if (partStart >= end) return;
  }
}

/** Holds the files until the stream ends or is closed; undefined when they were let go of before they were held. */
async function holdWhile(
  { bodies, index }: Objects,
  { body }: Content,
  ids: readonly string[],
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<AsyncIterableIterator<Uint8Array> | undefined> {
  const release = bodies.hold(ids);
  const id = (body as { readonly id: string }).id;
  const isDoomed = await index.getMany(
    [doomedKey(id), bodyKey(id)],
    ([doomed, there]) => doomed !== undefined || there === undefined,
  );
  if (isDoomed) {
    release();
    return undefined;
  }
  const held: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => held,
    async next() {
      try {
        const next = await pieces.next();
        if (next.done) release();
        return next;
      } catch (error) {
        release();
        throw error;
      }
    },
    async return() {
      release();
      return pieces.return();
    },
  };
  return held;
}
