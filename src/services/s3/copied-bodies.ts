// The bytes of an object under another id, without looking at them: what is encrypted stays so, parts stay parts.

import type { Write } from '../../drivers/items/items.ts';
import type { Objects } from '../../drivers/objects/objects.ts';
import { type BodyIds, fileMark, newBodyId, readPartList, readSmallEntry } from './bodies.ts';
import { bodyKey } from './object-index.ts';
import { type BodyRef, encodeRecord, type ListedPart } from './version-record.ts';

export interface CopiedRef {
  readonly ref: BodyRef;
  /** What must be written into the index with whatever refers to the copy. */
  readonly writes: readonly Write[];
  /** To be removed when nothing is going to refer to them. */
  readonly files: readonly string[];
}

/** Undefined when the body went away since its record was read. */
export async function copyBodyRef(objects: Objects, ids: BodyIds, ref: BodyRef): Promise<CopiedRef | undefined> {
  switch (ref.kind) {
    case 'none':
      return { ref, writes: [], files: [] };
    case 'small':
    case 'bytes':
      return copySmall(objects, newBodyId(ids), ref);
    case 'file':
      return copyFile(objects, ref.id);
    case 'parts':
      return copyParts(objects, ids, ref.id);
  }
}

export async function discardCopy({ bodies }: Objects, { files }: CopiedRef): Promise<void> {
  for (const id of files) await bodies.remove(id);
}

async function copySmall({ index }: Objects, id: string, from: BodyRef): Promise<CopiedRef | undefined> {
  const value = await readSmallEntry(index, from);
  return value && { ref: { kind: 'bytes', id }, writes: [{ key: bodyKey(id), value }], files: [] };
}

async function copyFile({ bodies }: Objects, from: string): Promise<CopiedRef | undefined> {
  try {
    const id = await bodies.copy(from);
    return { ref: { kind: 'file', id }, writes: [{ key: bodyKey(id), value: fileMark }], files: [id] };
  } catch (error) {
    if ((error as Error).name === 'BodyMissing') return undefined;
    throw error;
  }
}

async function copyParts(objects: Objects, ids: BodyIds, from: string): Promise<CopiedRef | undefined> {
  const listed = await readPartList(objects, from);
  if (!listed) return undefined;
  const parts: ListedPart[] = [];
  const writes: Write[] = [];
  const files: string[] = [];
  for (const part of listed) {
    const copied = await copyBodyRef(objects, ids, part.body);
    if (!copied) {
      await discardCopy(objects, { ref: part.body, writes, files });
      return undefined;
    }
    parts.push({ ...part, body: copied.ref });
    writes.push(...copied.writes);
    files.push(...copied.files);
  }
  const id = newBodyId(ids);
  writes.push({ key: bodyKey(id), value: encodeRecord({ parts }) });
  return { ref: { kind: 'parts', id }, writes, files };
}
