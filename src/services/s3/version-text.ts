// Versions of objects as the index has them. What every object has stands in lines, which are written and read in a
// fraction of the time of JSON and take a third of the room; the last line is JSON of what only some have. Delete
// markers, and objects that earlier releases wrote, are JSON as a whole.

import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import type { BodyRef, Encryption, ObjectHeaders, ObjectVersion, VersionRecord } from './version-record.ts';

/** The first line; JSON begins otherwise. A next form would have another number. */
const form = '1';

type OfSome =
  | 'acl'
  | 'encryption'
  | 'headers'
  | 'legalHold'
  | 'metadata'
  | 'nonce'
  | 'partCount'
  | 'replication'
  | 'restore'
  | 'retention'
  | 'tags'
  | 'uploadId';

/** What the last line holds. */
type Rest = { readonly [Name in OfSome]?: ObjectVersion[Name] | undefined };

export function encodeVersion(record: VersionRecord): string {
  if (record.kind === 'marker') return JSON.stringify(record);
  const { checksum, storageClass, versionId } = record;
  const shown = checksum
    ? `${checksum.algorithm}\n${checksum.type === 'COMPOSITE' ? 'C' : 'F'}${checksum.value}`
    : '\n';
  const identity = `${record.order}\n${versionId === 'null' ? '' : versionId}\n${record.modifiedMs}`;
  const content = `${record.bytes}\n${record.etag}\n${shown}\n${textOfBody(record.body)}`;
  const traits = `${record.owner}\n${storageClass === 'STANDARD' ? '' : storageClass}\n${contentTypeOf(record)}`;
  return `${form}\n${identity}\n${content}\n${traits}\n${textOfRest(record)}`;
}

export function decodeVersion(text: string): VersionRecord {
  if (text.startsWith('{')) return JSON.parse(text) as VersionRecord;
  const lines = text.split('\n') as VersionLines;
  if (lines[0] !== form) throw new Error(`an object is in the form ${lines[0]}, which a later release wrote`);
  const rest = lines[12] === '' ? nothing : (JSON.parse(lines[12]) as Rest);
  return {
    kind: 'object',
    order: Number(lines[1]),
    versionId: lines[2] || 'null',
    modifiedMs: Number(lines[3]),
    bytes: Number(lines[4]),
    etag: lines[5],
    checksum: lines[6] === '' ? undefined : checksumOf(lines[6], lines[7]),
    body: parseBody(lines[8]),
    owner: lines[9],
    storageClass: lines[10] || 'STANDARD',
    headers: rest.headers ?? headersOf(lines[11]),
    encryption: rest.encryption ?? byDefault,
    acl: rest.acl,
    metadata: rest.metadata,
    tags: rest.tags,
    retention: rest.retention,
    legalHold: rest.legalHold,
    nonce: rest.nonce,
    partCount: rest.partCount,
    uploadId: rest.uploadId,
    restore: rest.restore,
    replication: rest.replication,
  };
}

/** What a list shows of an object. */
export interface ListedContent
  extends Pick<ObjectVersion, 'kind' | 'modifiedMs' | 'bytes' | 'etag' | 'owner' | 'storageClass' | 'restore'> {
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'> | undefined;
}

/** As much of `decodeVersion` as a list shows, which is a page of a thousand: undefined for a delete marker. */
export function decodeListed(text: string): ListedContent | undefined {
  // JSON ends with a brace, as does a last line that is not empty; what is in there is of some only.
  if (!text.endsWith('\n') || !text.startsWith(`${form}\n`)) {
    const record = decodeVersion(text);
    return record.kind === 'marker' ? undefined : record;
  }
  const modifiedAt = lineBehind(text, 0, 3);
  const bytesAt = lineBehind(text, modifiedAt, 1);
  const etagAt = lineBehind(text, bytesAt, 1);
  const algorithmAt = lineBehind(text, etagAt, 1);
  const valueAt = lineBehind(text, algorithmAt, 1);
  const ownerAt = lineBehind(text, valueAt, 2);
  const classAt = lineBehind(text, ownerAt, 1);
  const typeAt = lineBehind(text, classAt, 1);
  return {
    kind: 'object',
    modifiedMs: Number(text.slice(modifiedAt, bytesAt - 1)),
    bytes: Number(text.slice(bytesAt, etagAt - 1)),
    etag: text.slice(etagAt, algorithmAt - 1),
    checksum:
      valueAt - algorithmAt === 1
        ? undefined
        : listedChecksum(text.slice(algorithmAt, valueAt - 1), text.charCodeAt(valueAt) === compositeMark),
    owner: text.slice(ownerAt, classAt - 1),
    storageClass: typeAt - classAt === 1 ? 'STANDARD' : text.slice(classAt, typeAt - 1),
    restore: undefined,
  };
}

const compositeMark = 'C'.charCodeAt(0);

/** Where the line begins that is so many lines behind the one that `at` is in. */
function lineBehind(text: string, at: number, lines: number): number {
  let begin = at;
  for (let n = 0; n < lines; n++) begin = text.indexOf('\n', begin) + 1;
  return begin;
}

function listedChecksum(algorithm: string, isComposite: boolean): Pick<Checksum, 'algorithm' | 'type'> {
  return { algorithm: algorithm as ChecksumAlgorithm, type: isComposite ? 'COMPOSITE' : 'FULL_OBJECT' };
}

// Form, identity (3), bytes, ETag, algorithm, type and value of the checksum, body, owner, storage class, content type, rest.
// biome-ignore format: a table
type VersionLines = [
  string, string, string, string, string, string, string, string, string, string, string, string, string,
];

const nothing: Rest = {};
const byDefault: Encryption = { kind: 'AES256' };

function checksumOf(algorithm: string, typed: string): Checksum {
  const type = typed.startsWith('C') ? 'COMPOSITE' : 'FULL_OBJECT';
  return { algorithm: algorithm as ChecksumAlgorithm, type, value: typed.slice(1) };
}

const bodyLetters = { bytes: 'b', small: 's', file: 'f', parts: 'p' } as const;
const bodyKinds = { b: 'bytes', s: 'small', f: 'file', p: 'parts' } as const;

const textOfBody = (body: BodyRef): string => (body.kind === 'none' ? '' : bodyLetters[body.kind] + body.id);

function parseBody(text: string): BodyRef {
  if (text === '') return noBody;
  return { kind: bodyKinds[text.charAt(0) as keyof typeof bodyKinds], id: text.slice(1) };
}

const noBody: BodyRef = { kind: 'none' };

const headersOf = (contentType: string): ObjectHeaders => ({ contentType: contentType || undefined });

/** Whether all there is to the headers is a type that fits into a line. */
function hasPlainHeaders({ headers }: ObjectVersion): boolean {
  return (
    !headers.contentType?.includes('\n') &&
    headers.cacheControl === undefined &&
    headers.contentDisposition === undefined &&
    headers.contentEncoding === undefined &&
    headers.contentLanguage === undefined &&
    (headers.expires ?? headers.expiresMs) === undefined &&
    headers.redirect === undefined
  );
}

const contentTypeOf = (record: ObjectVersion): string =>
  hasPlainHeaders(record) ? (record.headers.contentType ?? '') : '';

function textOfRest(record: ObjectVersion): string {
  const { encryption, acl, metadata, tags, retention, legalHold, nonce, partCount, uploadId, restore, replication } =
    record;
  const headers = hasPlainHeaders(record) ? undefined : record.headers;
  const isAll =
    encryption.kind === 'AES256' &&
    (headers ?? acl ?? metadata ?? tags ?? retention ?? legalHold) === undefined &&
    (nonce ?? partCount ?? uploadId ?? restore ?? replication) === undefined;
  if (isAll) return '';
  const rest: Rest = {
    ...(encryption.kind !== 'AES256' && { encryption }),
    ...{ headers, acl, metadata, tags, retention, legalHold, nonce, partCount, uploadId, restore, replication },
  };
  return JSON.stringify(rest);
}
