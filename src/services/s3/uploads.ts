// Multipart uploads in progress, as the index has them.

import { AwsError } from '../../aws/errors.ts';
import { afterPrefix, type Items, type Write } from '../../drivers/items/items.ts';
import type { Objects } from '../../drivers/objects/objects.ts';
import { doomBody, releaseBody } from './bodies.ts';
import { bucketPrefix, parseKeyed, partKey, partsPrefix, uploadKey } from './object-index.ts';
import { noSuchUpload } from './s3.errors.ts';
import {
  type BodyRef,
  decodePart,
  decodeUpload,
  encodeRecord,
  type PartRecord,
  type UploadRecord,
} from './version-record.ts';

export interface UploadPlace {
  readonly bucketId: string;
  readonly key: string;
  readonly uploadId: string;
}

export interface Upload extends UploadPlace {
  readonly record: UploadRecord;
}

const entryOf = ({ bucketId, key, uploadId }: UploadPlace): Buffer => uploadKey(bucketId, key, uploadId);

/** 48 hexadecimal digits that begin with when it was started, so that uploads of one key are in that order. */
function newUploadId(sequence: number, chance: Uint8Array): string {
  return sequence.toString(16).padStart(12, '0') + Buffer.from(chance).toString('hex').slice(0, 36);
}

/** Of the moment when it was started, in the order of versions. */
export const sequenceOf = (uploadId: string): number => Number.parseInt(uploadId.slice(0, 12), 16);

export const isUploadId = (text: string): boolean => /^[0-9a-f]{48}$/.test(text);

export function startUpload(
  index: Items,
  place: Omit<UploadPlace, 'uploadId'>,
  gate: { readonly key: Buffer; readonly whenShut: () => Error },
  record: UploadRecord,
  chance: Uint8Array,
): Promise<string> {
  return index.change({
    reads: [gate.key],
    decide([open], moment) {
      if (!open) throw gate.whenShut();
      const uploadId = newUploadId(moment.nextSequence(), chance);
      return { writes: [{ key: entryOf({ ...place, uploadId }), value: encodeRecord(record) }], result: uploadId };
    },
  });
}

export async function requireUpload(index: Items, place: UploadPlace): Promise<Upload> {
  const record = isUploadId(place.uploadId)
    ? await index.get(entryOf(place), (value) => (value === undefined ? undefined : decodeUpload(value)))
    : undefined;
  if (!record) throw noSuchUpload(place.uploadId);
  return { ...place, record };
}

/** Replaces the part of that number, if there is one; its body is returned. */
export function putPart(
  index: Items,
  upload: Upload,
  number: number,
  part: PartRecord,
  bodyWrites: readonly Write[],
): Promise<readonly BodyRef[]> {
  const key = partKey(upload.uploadId, number);
  return index.change({
    reads: [entryOf(upload), key],
    decide([open, replaced]) {
      if (!open) throw noSuchUpload(upload.uploadId);
      const record = decodeUpload(open);
      const released = replaced ? [decodePart(replaced).body] : [];
      const writes = [
        { key: entryOf(upload), value: encodeRecord({ ...record, revision: record.revision + 1 }) },
        { key, value: encodeRecord(part) },
        ...bodyWrites,
        ...released.flatMap(doomBody),
      ];
      return { writes, result: released };
    },
  });
}

export interface NumberedPart {
  readonly number: number;
  readonly record: PartRecord;
}

/** In the order of their numbers, those behind `after`. */
export async function listParts(
  index: Items,
  uploadId: string,
  after = 0,
  most = 10_000,
): Promise<readonly NumberedPart[]> {
  const prefix = partsPrefix(uploadId);
  const parts: NumberedPart[] = [];
  await index.visit(
    { from: partKey(uploadId, Math.min(after + 1, 0xffff)), to: afterPrefix(prefix) },
    (entry, value) => {
      const number = entry.readUInt16BE(entry.length - 2);
      if (number > after) parts.push({ number, record: decodePart(value) });
      return parts.length < most;
    },
  );
  return parts;
}

/** What ends an upload, whether it becomes an object or not. `keeps` are bodies that live on in the object. */
export function endingWrites(
  upload: UploadPlace,
  parts: readonly NumberedPart[],
  keeps: ReadonlySet<number>,
): { readonly writes: readonly Write[]; readonly released: readonly BodyRef[] } {
  const released = parts.filter(({ number }) => !keeps.has(number)).map(({ record }) => record.body);
  const writes: Write[] = [
    { key: entryOf(upload) },
    ...parts.map(({ number }) => ({ key: partKey(upload.uploadId, number) })),
    ...released.flatMap(doomBody),
  ];
  return { writes, released };
}

/** A part came after the parts were listed, or the upload has ended; to be done again, which tells of what. */
export class UploadChanged extends Error {}

export const uploadEntry = entryOf;

/** To be asked in the step that ends an upload, of the entry of `uploadEntry`. */
export function checkUnchanged(found: string | undefined, { record }: Upload): void {
  if (!found || decodeUpload(found).revision !== record.revision) throw new UploadChanged();
}

/** Returns the bodies that nobody refers to any more. */
export async function abortUpload(objects: Objects, place: UploadPlace): Promise<readonly BodyRef[]> {
  for (;;) {
    const upload = await requireUpload(objects.index, place);
    const { writes, released } = endingWrites(upload, await listParts(objects.index, upload.uploadId), new Set());
    try {
      return await objects.index.change({
        reads: [entryOf(upload)],
        decide([open]) {
          checkUnchanged(open, upload);
          return { writes, result: released };
        },
      });
    } catch (error) {
      if (!(error instanceof UploadChanged)) throw error;
      await objects.index.settled();
    }
  }
}

/** What was there when they began is gone: their conditions cannot be judged by what is there when they end. */
export async function noteRemoval(index: Items, bucketId: string, key: string): Promise<void> {
  const from = uploadKey(bucketId, key, '');
  const entries: Buffer[] = [];
  await index.visit({ from, to: afterPrefix(from) }, (entry) => entries.push(Buffer.from(entry)) > 0);
  for (const entry of entries) {
    await index.change({
      reads: [entry],
      decide([open]) {
        if (!open) return { writes: [], result: undefined };
        const record = decodeUpload(open);
        const noted = { ...record, sawRemoval: true, revision: record.revision + 1 };
        return { writes: [{ key: entry, value: encodeRecord(noted) }], result: undefined };
      },
    });
  }
}

/** In the order of keys and then of their start, until the visitor returns false. */
export async function visitUploads(
  index: Items,
  bucketId: string,
  from: Buffer | undefined,
  visitor: (upload: Upload) => boolean,
): Promise<void> {
  const prefix = bucketPrefix('upload', bucketId);
  await index.visit({ from: from ?? prefix, to: afterPrefix(prefix) }, (entry, value) => {
    const { key, rest } = parseKeyed(entry);
    return visitor({ bucketId, key, uploadId: rest.toString('latin1'), record: decodeUpload(value) });
  });
}

/** For a bucket that is gone. */
export async function dropUploads(objects: Objects, bucketId: string): Promise<void> {
  const left: UploadPlace[] = [];
  await visitUploads(objects.index, bucketId, undefined, (upload) => left.push(upload) > 0);
  for (const upload of left) await dropUpload(objects, upload);
}

/** Of one that was found, and may have ended since: then there is nothing left to do. */
export async function dropUpload(objects: Objects, place: UploadPlace): Promise<void> {
  try {
    for (const ref of await abortUpload(objects, place)) await releaseBody(objects, ref);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NoSuchUpload')) throw error;
  }
}
