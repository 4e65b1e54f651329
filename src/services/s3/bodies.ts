// Bodies on their way in and out: measured and checked as they stream by, small ones kept in the index, and let go of
// when nothing refers to them any more.

import { createHash, hash } from 'node:crypto';
import { wholeOf } from '../../aws/streamed-body.ts';
import type { Items, Write } from '../../drivers/items/items.ts';
import type { BodyWriter, Objects, Pieces } from '../../drivers/objects/objects.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import { type Checksum, type ChecksumAlgorithm, checksumBytes, createChecksum, prepareChecksums } from './checksums.ts';
import type { RunningCrc } from './crc.ts';
import { type CustomerKey, createEncryption, decryptPiece } from './customer-keys.ts';
import { bodyKey, doomedKey } from './object-index.ts';
import { type BodyRef, decodePartList, type ListedPart, type ObjectContent } from './version-record.ts';

/** At most this much is kept in the index, where one fsync serves many. */
const smallBytes = 16 * 1024;

/** A body of no more than this, when its request says so, comes in one piece rather than as a stream. */
const wholeBytes = 256 * 1024;

export interface ReceivedBody {
  readonly bytes: number;
  readonly md5: Buffer;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  readonly ref: BodyRef;
  /** What must be written into the index with whatever refers to the body. */
  readonly writes: readonly Write[];
  readonly nonce: string | undefined;
}

/** What ids of bodies are made of. */
export interface BodyIds {
  readonly random: Random;
  readonly nowMs: TimestampMs;
}

export interface Receiving extends BodyIds {
  readonly objects: Objects;
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly customerKey?: CustomerKey | undefined;
}

/** Reads all of `source`. When it fails nothing is kept. */
export async function receiveBody(source: AsyncIterable<Uint8Array>, receiving: Receiving): Promise<ReceivedBody> {
  const { random, algorithms, customerKey } = receiving;
  const nonce = customerKey && Buffer.from(random.bytes(16));
  const cipher = customerKey && nonce && createEncryption(customerKey, nonce);
  const preparing = prepareChecksums(algorithms);
  if (preparing) await preparing;
  const keeper = new BodyKeeper(receiving);
  const wholly = wholeOf(source, wholeBytes);
  const whole = wholly && (await wholly);
  const meter: Meter = whole ? new WholeMeter(whole, algorithms) : new RunningMeter(algorithms);
  if (whole) await keeper.push(cipher ? cipher(whole) : whole);
  else await receivePieces(source, meter as RunningMeter, cipher, keeper);
  const { ref, writes } = await keeper.end();
  const { bytes } = meter;
  return { bytes, md5: meter.md5(), checksums: meter.checksums(), ref, writes, nonce: nonce?.toString('hex') };
}

async function receivePieces(
  source: AsyncIterable<Uint8Array>,
  meter: RunningMeter,
  cipher: ((piece: Uint8Array) => Uint8Array) | undefined,
  keeper: BodyKeeper,
): Promise<void> {
  try {
    for await (const piece of source) {
      meter.update(piece);
      const pushed = keeper.push(cipher ? cipher(piece) : piece);
      if (pushed) await pushed;
    }
  } catch (error) {
    await keeper.abandon();
    throw error;
  }
}

/** The entry of a body that is a file says only that it is referred to. */
export const fileMark = 'file';

/** Keeps what comes in mind until it is too much for the index, and in a file from there on. */
class BodyKeeper {
  readonly #receiving: Receiving;
  #small: Uint8Array[] = [];
  #bytes = 0;
  #writer: BodyWriter | undefined;

  constructor(receiving: Receiving) {
    this.#receiving = receiving;
  }

  push(piece: Uint8Array): Promise<void> | undefined {
    if (this.#writer) return this.#writer.push(piece);
    this.#small.push(piece);
    this.#bytes += piece.byteLength;
    return this.#bytes > smallBytes ? this.#begin() : undefined;
  }

  async end(): Promise<Pick<ReceivedBody, 'ref' | 'writes'>> {
    if (this.#writer) {
      const { id } = await this.#writer.end();
      return { ref: { kind: 'file', id }, writes: [{ key: bodyKey(id), value: fileMark }] };
    }
    if (this.#bytes === 0) return { ref: { kind: 'none' }, writes: [] };
    const [first] = this.#small;
    const value = this.#small.length === 1 ? (first as Uint8Array) : Buffer.concat(this.#small);
    const id = newBodyId(this.#receiving);
    return { ref: { kind: 'bytes', id }, writes: [{ key: bodyKey(id), value }] };
  }

  async abandon(): Promise<void> {
    await this.#writer?.abandon();
  }

  async #begin(): Promise<void> {
    const writer = await this.#receiving.objects.bodies.create();
    this.#writer = writer;
    for (const piece of this.#small) await writer.push(piece);
    this.#small = [];
  }
}

/** Begins with the time, so that new bodies come behind all others in the index: their pages are few, and at hand. */
export function newBodyId({ random, nowMs }: BodyIds): string {
  const id = Buffer.from(random.bytes(16));
  id.writeUIntBE(nowMs, 0, 6);
  return id.toString('hex');
}

interface Meter {
  readonly bytes: number;
  md5(): Buffer;
  checksums(): ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Of bytes that are all there. */
class WholeMeter implements Meter {
  readonly bytes: number;
  readonly #whole: Uint8Array;
  readonly #algorithms: readonly ChecksumAlgorithm[];

  constructor(whole: Uint8Array, algorithms: readonly ChecksumAlgorithm[]) {
    this.bytes = whole.byteLength;
    this.#whole = whole;
    this.#algorithms = algorithms;
  }

  md5(): Buffer {
    return hash('md5', this.#whole, 'buffer');
  }

  checksums(): ReadonlyMap<ChecksumAlgorithm, string> {
    const computed = new Map<ChecksumAlgorithm, string>();
    for (const algorithm of this.#algorithms) computed.set(algorithm, checksumBytes(algorithm, this.#whole));
    return computed;
  }
}

/** Of bytes that come one piece after the other. */
class RunningMeter implements Meter {
  bytes = 0;
  readonly #md5 = createHash('md5');
  readonly #running = new Map<ChecksumAlgorithm, RunningCrc>();

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    for (const algorithm of algorithms) this.#running.set(algorithm, createChecksum(algorithm));
  }

  update(piece: Uint8Array): void {
    this.bytes += piece.byteLength;
    this.#md5.update(piece);
    for (const checksum of this.#running.values()) checksum.update(piece);
  }

  md5(): Buffer {
    return this.#md5.digest();
  }

  checksums(): ReadonlyMap<ChecksumAlgorithm, string> {
    const computed = new Map<ChecksumAlgorithm, string>();
    for (const [algorithm, checksum] of this.#running) computed.set(algorithm, checksum.digest().toString('base64'));
    return computed;
  }
}

export function checksumOf(body: ReceivedBody, algorithm: ChecksumAlgorithm): Checksum {
  return { algorithm, value: body.checksums.get(algorithm) as string, type: 'FULL_OBJECT' };
}

/** What makes a body nobody's. A file stays until `releaseBodies`, or until a sweep finds the note. */
export function doomBody(ref: BodyRef): readonly Write[] {
  if (ref.kind === 'none') return [];
  if (ref.kind === 'small' || ref.kind === 'bytes') return [{ key: bodyKey(ref.id) }];
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
  if (ref.kind !== 'file' && ref.kind !== 'parts') return;
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
export function openBody(
  objects: Objects,
  content: Content,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
  pieces: Pieces = 'kept',
): Promise<Uint8Array | AsyncIterable<Uint8Array> | undefined> {
  const { body } = content;
  if (body.kind === 'none' || range.start >= range.end) return Promise.resolve(new Uint8Array(0));
  if (body.kind === 'small' || body.kind === 'bytes') return readSmallBody(objects, content, range, customerKey);
  if (body.kind === 'file')
    return holdWhile(objects, content, [body.id], readContent(objects, content, range, customerKey, pieces));
  return openParts(objects, content, body.id, range, customerKey, pieces);
}

async function openParts(
  objects: Objects,
  content: Content,
  listId: string,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
  pieces: Pieces,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const parts = await readPartList(objects, listId);
  if (!parts) return undefined;
  const ids = parts.flatMap((part) => (part.body.kind === 'file' ? [part.body.id] : []));
  return holdWhile(objects, content, ids, readParts(objects, parts, range, customerKey, pieces));
}

async function readSmallBody(
  { index }: Objects,
  { body, nonce }: Content,
  { start, end }: ByteRange,
  customerKey: CustomerKey | undefined,
): Promise<Uint8Array | undefined> {
  const all = await readSmallEntry(index, body);
  const bytes = all && end - start < all.byteLength ? all.subarray(start, end) : all;
  return bytes && customerKey && nonce !== undefined ? decryptPiece(bytes, customerKey, nonce, start) : bytes;
}

/** Those of earlier versions are text. */
export function readSmallEntry(index: Items, body: BodyRef): Promise<Uint8Array | undefined> {
  if (body.kind === 'bytes') return index.getBytes(bodyKey(body.id));
  const { id } = body as { readonly id: string };
  return index.get(bodyKey(id), (value) => (value === undefined ? undefined : Buffer.from(value, 'base64')));
}

function readContent(
  objects: Objects,
  content: Content,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
  pieces: Pieces,
): AsyncIterableIterator<Uint8Array> {
  const { body, nonce } = content;
  if (body.kind !== 'file') return readSmallContent(objects, content, range, customerKey);
  const read = objects.bodies.read(body.id, range.start, range.end, pieces);
  return customerKey && nonce !== undefined ? decrypted(read, customerKey, nonce, range.start) : read;
}

async function* readSmallContent(
  objects: Objects,
  content: Content,
  range: ByteRange,
  customerKey: CustomerKey | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (content.body.kind !== 'small' && content.body.kind !== 'bytes') return;
  const bytes = await readSmallBody(objects, content, range, customerKey);
  if (!bytes) throw new Error('a part of an object that is being read is gone');
  yield bytes;
}

async function* decrypted(
  source: AsyncIterable<Uint8Array>,
  customerKey: CustomerKey,
  nonce: string,
  start: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = start;
  for await (const piece of source) {
    yield decryptPiece(piece, customerKey, nonce, at);
    at += piece.byteLength;
  }
}

async function* readParts(
  objects: Objects,
  parts: readonly ListedPart[],
  { start, end }: ByteRange,
  customerKey: CustomerKey | undefined,
  pieces: Pieces,
): AsyncGenerator<Uint8Array, void, undefined> {
  let partStart = 0;
  for (const part of parts) {
    const within = { start: Math.max(0, start - partStart), end: Math.min(part.bytes, end - partStart) };
    if (within.start < within.end) yield* readContent(objects, part, within, customerKey, pieces);
    partStart += part.bytes;
    if (partStart >= end) return;
  }
}

/** Holds the files until the stream ends or is closed; undefined when they were let go of before they were held. */
async function holdWhile(
  { bodies, index }: Objects,
  { body }: Content,
  ids: readonly string[],
  pieces: AsyncIterableIterator<Uint8Array>,
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
      return (await pieces.return?.()) ?? { done: true, value: undefined };
    },
  };
  return held;
}
