// Pages of keys in the order of their bytes. Keys that share a prefix up to the delimiter are rolled into one, and are
// jumped over rather than read, so that a page costs as much as it shows.

import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import { bucketPrefix, currentKey, objectKeyOf, parseKeyed, versionKey, versionsPrefix } from './object-index.ts';
import type { VersionRecord } from './version-record.ts';
import { decodeListed, decodeVersion, type ListedContent } from './version-text.ts';

export interface PageRequest {
  readonly bucketId: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** Begins behind this key, or behind all keys of this common prefix. */
  readonly after: string | undefined;
  /** `after` may lie among the keys of a common prefix, and those behind it are still to come, rolled into one. */
  readonly startsAnywhere?: boolean;
  readonly most: number;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly commonPrefixes: readonly string[];
  /** Of the last entry or common prefix, when there is more. */
  readonly next: string | undefined;
}

export interface ListedObject {
  readonly key: string;
  readonly record: ListedContent;
}

/** So many keys of a common prefix are read over before it is worth a jump. */
const readOver = 8;

/** The part of a key up to and with the first delimiter behind the prefix. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

export async function listObjects(index: Items, request: PageRequest): Promise<Page<ListedObject>> {
  const { bucketId, prefix, delimiter, most } = request;
  const entries: ListedObject[] = [];
  const commonPrefixes: string[] = [];
  const whole = currentKey(bucketId, prefix);
  const to = afterPrefix(whole);
  let from: Buffer | undefined = most > 0 ? startOf(request, whole) : undefined;
  let last: string | undefined;
  let next: string | undefined;
  while (from) {
    let jumpTo: Buffer | undefined;
    let passed = 0;
    await index.visit({ from, to }, (entry, value) => {
      const key = objectKeyOf(entry);
      const common = commonPrefixOf(key, prefix, delimiter);
      if (common !== undefined && common === commonPrefixes.at(-1)) {
        passed += 1;
        if (passed < readOver) return true;
        jumpTo = afterPrefix(currentKey(bucketId, common));
        return false;
      }
      const record = decodeListed(value);
      if (!record) return true;
      if (isFilled(entries, commonPrefixes, most)) {
        next = last;
        return false;
      }
      last = common ?? key;
      passed = 0;
      if (common === undefined) entries.push({ key, record });
      else commonPrefixes.push(common);
      return true;
    });
    from = jumpTo;
  }
  return { entries, commonPrefixes, next };
}

const isFilled = (entries: readonly unknown[], prefixes: readonly unknown[], most: number): boolean =>
  entries.length + prefixes.length >= most;

function startOf(request: PageRequest, whole: Buffer): Buffer {
  const { bucketId, after } = request;
  if (after === undefined || after === '') return whole;
  const behind = currentKey(bucketId, after);
  if (Buffer.compare(behind, whole) < 0) return whole;
  const common = passedPrefix(request);
  return common === undefined ? Buffer.concat([behind, Buffer.of(0)]) : afterPrefix(currentKey(bucketId, common));
}

/** A page that ended with a common prefix, or within what is rolled into one, goes on behind all of its keys. */
export function passedPrefix({ prefix, delimiter, after, startsAnywhere }: PageRequest): string | undefined {
  if (!after?.startsWith(prefix)) return undefined;
  const common = commonPrefixOf(after, prefix, delimiter);
  return startsAnywhere && common !== after ? undefined : common;
}

export interface ListedVersion {
  readonly key: string;
  readonly record: VersionRecord;
  readonly isLatest: boolean;
}

export interface VersionPageRequest extends PageRequest {
  /** Within the key `after`, begins behind this version. */
  readonly afterVersion: { readonly order: number } | undefined;
}

export interface VersionPage extends Page<ListedVersion> {
  readonly nextVersionId: string | undefined;
}

/** The current version of each key and then its older ones, from the two places where they are. */
export async function listVersions(index: Items, request: VersionPageRequest): Promise<VersionPage> {
  const { bucketId, prefix, delimiter, most } = request;
  const entries: ListedVersion[] = [];
  const commonPrefixes: string[] = [];
  const walk = createVersionWalk(index, request);
  let last: { readonly key: string; readonly versionId?: string } | undefined;
  for (;;) {
    const found = most > 0 ? await walk.next() : undefined;
    if (!found) return { entries, commonPrefixes, next: undefined, nextVersionId: undefined };
    const common = commonPrefixOf(found.key, prefix, delimiter);
    if (common !== undefined && common === commonPrefixes.at(-1)) {
      walk.jump(currentKey(bucketId, common));
      continue;
    }
    if (isFilled(entries, commonPrefixes, most)) {
      return { entries, commonPrefixes, next: last?.key, nextVersionId: last?.versionId };
    }
    if (common === undefined) {
      entries.push(found);
      last = { key: found.key, versionId: found.record.versionId };
    } else {
      commonPrefixes.push(common);
      last = { key: common };
    }
  }
}

const versionsOnPage = 500;

/** Every version there is of keys with that prefix, newest first for each key, in pieces that are read one after the other. */
export async function* versionPages(
  index: Items,
  bucketId: string,
  prefix = '',
): AsyncGenerator<readonly ListedVersion[]> {
  let after: string | undefined;
  let afterVersion: { readonly order: number } | undefined;
  for (;;) {
    const request = { bucketId, prefix, delimiter: undefined, after, afterVersion, most: versionsOnPage };
    const { entries, next } = await listVersions(index, request);
    yield entries;
    const last = entries.at(-1);
    if (next === undefined || !last) return;
    after = last.key;
    afterVersion = { order: last.record.order };
  }
}

interface VersionWalk {
  next(): Promise<ListedVersion | undefined>;
  /** Goes on behind every key that begins as this entry of `current` does. */
  jump(currentEntry: Buffer): void;
}

function createVersionWalk(index: Items, request: VersionPageRequest): VersionWalk {
  const { bucketId, prefix, after, afterVersion } = request;
  const readAtOnce = Math.min(1000, request.most + 1);
  const whole = currentKey(bucketId, prefix);
  // The key's current version may be an older one than that which the page begins behind, when that was removed since.
  const start =
    after !== undefined && afterVersion ? later(currentKey(bucketId, after), whole) : startOf(request, whole);
  const current = createCursor(index, start, afterPrefix(whole), readAtOnce, (entry) => objectKeyOf(entry));
  const others = bucketPrefix('version', bucketId);
  const oldWhole = Buffer.concat([others, whole.subarray(9)]);
  const older = createCursor(
    index,
    olderStart(oldWhole),
    afterPrefix(oldWhole),
    readAtOnce,
    (entry) => parseKeyed(entry).key,
  );
  return {
    async next() {
      const first = await current.peek();
      const isPassed = first && afterVersion && first.key === after && first.record.order >= afterVersion.order;
      if (isPassed) current.pass();
      const [newest, older1] = [isPassed ? await current.peek() : first, await older.peek()];
      if (!newest && !older1) return undefined;
      const isNewest = newest && (!older1 || Buffer.compare(Buffer.from(newest.key), Buffer.from(older1.key)) <= 0);
      if (isNewest) {
        current.pass();
        return { ...newest, isLatest: true };
      }
      older.pass();
      return { ...(older1 as Walked), isLatest: false };
    },
    jump(currentEntry) {
      current.seek(afterPrefix(currentEntry));
      older.seek(afterPrefix(Buffer.concat([others, currentEntry.subarray(9)])));
    },
  };

  function olderStart(from: Buffer): Buffer {
    if (after === undefined || after === '') return from;
    if (afterVersion)
      return later(Buffer.concat([versionKey(bucketId, after, afterVersion.order), Buffer.of(0)]), from);
    const common = passedPrefix(request);
    const behind =
      common === undefined
        ? afterPrefix(versionsPrefix(bucketId, after))
        : afterPrefix(Buffer.concat([others, Buffer.from(common)]));
    return later(behind, from);
  }
}

const later = (one: Buffer, other: Buffer): Buffer => (Buffer.compare(one, other) < 0 ? other : one);

interface Walked {
  readonly key: string;
  readonly record: VersionRecord;
}

interface Cursor {
  peek(): Promise<Walked | undefined>;
  pass(): void;
  seek(entry: Buffer): void;
}

function createCursor(
  index: Items,
  start: Buffer,
  to: Buffer,
  readAtOnce: number,
  keyOf: (entry: Buffer) => string,
): Cursor {
  let from = start;
  let isEnded = false;
  let ahead: { readonly entry: Buffer; readonly walked: Walked }[] = [];
  let at = 0;
  return {
    async peek() {
      if (at >= ahead.length && !isEnded) {
        ahead = [];
        at = 0;
        if (Buffer.compare(from, to) < 0) {
          await index.visit({ from, to }, (entry, value) => {
            ahead.push({ entry: Buffer.from(entry), walked: { key: keyOf(entry), record: decodeVersion(value) } });
            return ahead.length < readAtOnce;
          });
        }
        const last = ahead.at(-1);
        if (last && ahead.length === readAtOnce) from = Buffer.concat([last.entry, Buffer.of(0)]);
        else isEnded = true;
      }
      return ahead[at]?.walked;
    },
    pass() {
      at += 1;
    },
    seek(entry) {
      while (at < ahead.length && Buffer.compare((ahead[at] as (typeof ahead)[number]).entry, entry) < 0) at += 1;
      if (at >= ahead.length && Buffer.compare(from, entry) < 0) from = entry;
    },
  };
}
