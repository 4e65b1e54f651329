// Versions of objects come and go: each change is decided in one step of the index, so that of two writers one is the
// later. What a change needs to know beyond single entries is read before and checked in the step; when somebody was
// faster it is done again.

import type { Count, Items, Moment, Write } from '../../drivers/items/items.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import { doomBody } from './bodies.ts';
import {
  bucketPrefix,
  countOf,
  currentKey,
  eventKey,
  gateKey,
  nullVersionKey,
  orderOfVersionId,
  versionIdOf,
  versionKey,
  versionsPrefix,
} from './object-index.ts';
import { noSuchBucket } from './s3.errors.ts';
import type { BodyRef, ObjectVersion, VersionRecord } from './version-record.ts';
import { decodeVersion, encodeVersion } from './version-text.ts';

export interface Place {
  readonly bucketName: string;
  readonly bucketId: string;
  readonly versioning: 'Enabled' | 'Suspended' | undefined;
  readonly key: string;
}

const decodeMaybe = (value: string | undefined): VersionRecord | undefined =>
  value === undefined ? undefined : decodeVersion(value);

/** The entry that says where the version named `null` is. */
const decodeOrder = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

export function getCurrent(index: Items, { bucketId, key }: Place): Promise<VersionRecord | undefined> {
  return index.get(currentKey(bucketId, key), decodeMaybe);
}

/** `null` finds the version that was written while the bucket kept none. */
export async function getVersion(
  index: Items,
  place: Place,
  versionId: string | undefined,
): Promise<VersionRecord | undefined> {
  if (versionId === undefined) return getCurrent(index, place);
  return (await locate(index, place, versionId))?.record;
}

interface Located {
  readonly record: VersionRecord;
  readonly entry: Buffer;
  readonly isCurrent: boolean;
}

async function locate(index: Items, place: Place, versionId: string | undefined): Promise<Located | undefined> {
  const { bucketId, key } = place;
  const entry = currentKey(bucketId, key);
  const current = await index.get(entry, decodeMaybe);
  if (current && (versionId === undefined || current.versionId === versionId)) {
    return { record: current, entry, isCurrent: true };
  }
  if (versionId === undefined) return undefined;
  const order =
    versionId === 'null' ? await index.get(nullVersionKey(bucketId, key), decodeOrder) : orderOfVersionId(versionId);
  if (order === undefined) return undefined;
  const older = versionKey(bucketId, key, order);
  const record = await index.get(older, decodeMaybe);
  return record?.versionId === versionId ? { record, entry: older, isCurrent: false } : undefined;
}

/** Somebody changed what was read; to be done again. */
class Overtaken extends Error {}

/** A change sees what was decided before it at once, and a reader only when it is written: so that is waited for. */
async function untilDone<T>(index: Items, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      await index.settled();
    }
  }
}

export interface Identity {
  readonly versionId: string;
  readonly order: number;
}

/** What is noted of a change, to be told later. */
export interface NotedEvent {
  readonly replicates: boolean;
}

export interface NewVersion {
  record(identity: Identity): VersionRecord;
  /** Eighteen bytes or more, for the version's id. */
  readonly chance: Uint8Array;
  /** Throws when the object as it is forbids it. */
  check?(current: VersionRecord | undefined): void;
  /** Entries to be written with it. */
  readonly writes?: readonly Write[];
  /** More entries to be read in the step, and what to make of them: throws when it must not be. */
  readonly reads?: readonly Buffer[];
  verify?(found: readonly (string | undefined)[]): void;
  /** What is to be told of it. */
  event?(record: VersionRecord): NotedEvent | undefined;
}

export interface Written {
  readonly record: VersionRecord;
  /** Bodies that nothing refers to any more. */
  readonly released: readonly BodyRef[];
}

/** Makes a version the current one. Resolves when it is on disk. */
export function putVersion(index: Items, place: Place, version: NewVersion): Promise<Written> {
  if (place.versioning !== 'Suspended') return putOver(index, place, version, undefined);
  // A version named `null` gives way to the next one of that name.
  return untilDone(index, async () => {
    const nullOrder = await index.get(nullVersionKey(place.bucketId, place.key), decodeOrder);
    return putOver(index, place, version, nullOrder);
  });
}

function putOver(index: Items, place: Place, version: NewVersion, nullOrder: number | undefined): Promise<Written> {
  const { bucketId, key, versioning } = place;
  const reads = [gateKey(bucketId), currentKey(bucketId, key)];
  if (versioning === 'Suspended') reads.push(nullVersionKey(bucketId, key), versionKey(bucketId, key, nullOrder ?? 0));
  const own = reads.length;
  if (version.reads) reads.push(...version.reads);
  return index.change({
    reads,
    decide(found, moment) {
      const [gate, current] = found;
      if (!gate) throw noSuchBucket(place.bucketName);
      let oldNull: VersionRecord | undefined;
      if (versioning === 'Suspended') {
        const [, , pointer, older] = found;
        if (decodeOrder(pointer) !== nullOrder) throw new Overtaken();
        oldNull = nullOrder === undefined ? undefined : decodeMaybe(older);
      }
      version.verify?.(found.slice(own));
      return decidePut(place, version, decodeMaybe(current), oldNull, moment);
    },
  });
}

function decidePut(
  place: Place,
  version: NewVersion,
  current: VersionRecord | undefined,
  oldNull: VersionRecord | undefined,
  moment: Moment,
) {
  const { bucketId, key, versioning } = place;
  version.check?.(current);
  const order = moment.nextSequence();
  const isNull = versioning !== 'Enabled';
  const made = version.record({ order, versionId: isNull ? 'null' : versionIdOf(order, version.chance) });
  const event = version.event?.(made);
  const record: VersionRecord =
    event?.replicates && made.kind === 'object' ? { ...made, replication: 'PENDING' } : made;
  const writes: Write[] = [{ key: currentKey(bucketId, key), value: encodeVersion(record) }];
  if (version.writes) writes.push(...version.writes);
  const gone: VersionRecord[] = oldNull ? [oldNull] : [];
  if (oldNull) writes.push({ key: versionKey(bucketId, key, oldNull.order) }, { key: nullVersionKey(bucketId, key) });
  if (current && isNull && current.versionId === 'null') gone.push(current);
  else if (current) writes.push(...setAside(place, current));
  if (event) writes.push({ key: eventKey(bucketId, moment.nextSequence()), value: JSON.stringify(event) });
  return decided(place, { record }, writes, gone, 1);
}

export interface Replica {
  /** With the id and the order that it has where it comes from. */
  readonly record: VersionRecord;
  readonly writes?: readonly Write[];
  event?(record: VersionRecord): NotedEvent | undefined;
}

/**
 * Puts a version where its age says that it belongs: before all others, or among them. One of the same id is replaced.
 * To be used where versions are kept.
 */
export function placeVersion(index: Items, place: Place, { record, writes = [], event }: Replica): Promise<Written> {
  const { bucketId, key } = place;
  const olderEntry = versionKey(bucketId, key, record.order);
  return index.change<Written>({
    reads: [gateKey(bucketId), currentKey(bucketId, key), olderEntry],
    decide([gate, currentEntry, older], moment) {
      if (!gate) throw noSuchBucket(place.bucketName);
      const current = decodeMaybe(currentEntry);
      const isNewest = !current || current.order <= record.order;
      const replaced = current?.order === record.order ? current : decodeMaybe(older);
      const placed = { key: isNewest ? currentKey(bucketId, key) : olderEntry, value: encodeVersion(record) };
      const told = event?.(record);
      const all = [
        placed,
        ...writes,
        ...(isNewest && current && !replaced ? setAside(place, current) : []),
        ...(told ? [{ key: eventKey(bucketId, moment.nextSequence()), value: JSON.stringify(told) }] : []),
      ];
      return decided(place, { record }, all, replaced ? [replaced] : [], 1);
    },
  });
}

/** Moves the current version to where the others are. */
function setAside({ bucketId, key }: Place, current: VersionRecord): Write[] {
  const writes: Write[] = [{ key: versionKey(bucketId, key, current.order), value: encodeVersion(current) }];
  if (current.versionId === 'null') {
    writes.push({ key: nullVersionKey(bucketId, key), value: String(current.order) });
  }
  return writes;
}

function decided<Result extends object>(
  { bucketId }: Place,
  result: Result,
  writes: Write[],
  gone: readonly VersionRecord[],
  added: number,
) {
  const released: BodyRef[] = [];
  for (const record of gone) {
    if (record.kind !== 'object') continue;
    released.push(record.body);
    writes.push(...doomBody(record.body));
  }
  const by = added - gone.length;
  return {
    writes,
    counts: by === 0 ? noCounts : [{ counter: countOf(bucketId), by }],
    result: { released, ...result }, // what is added to a copy takes V8 a microsecond
  };
}

const noCounts: readonly Count[] = [];

export interface Removal {
  check?(record: VersionRecord): void;
  event?(record: VersionRecord): object | undefined;
  /** Of the removal of what is not there; `order` is the event's own. */
  eventOfNothing?: ((order: number) => object | undefined) | undefined;
}

export interface Removed {
  /** Undefined when there was nothing. */
  readonly record: VersionRecord | undefined;
  readonly released: readonly BodyRef[];
}

const nothingRemoved: Removed = { record: undefined, released: [] };

/** Removes one version for good; the newest of the others becomes the current one. */
export function removeVersion(
  index: Items,
  place: Place,
  versionId: string | undefined,
  removal: Removal,
): Promise<Removed> {
  const { bucketId, key } = place;
  return untilDone(index, async () => {
    const located = await locate(index, place, versionId);
    if (!located) return removeNothing(index, place, removal);
    const next = located.isCurrent && place.versioning ? await newestOther(index, place) : undefined;
    const reads = [gateKey(bucketId), located.entry, ...(next ? [versionKey(bucketId, key, next.order)] : [])];
    return index.change<Removed>({
      reads,
      decide([gate, entry, nextEntry], moment) {
        if (!gate) throw noSuchBucket(place.bucketName);
        const record = decodeMaybe(entry);
        if (record?.order !== located.record.order || (next && !nextEntry)) throw new Overtaken();
        removal.check?.(record);
        const writes: Write[] = located.isCurrent ? promote(place, decodeMaybe(nextEntry)) : [{ key: located.entry }];
        if (!located.isCurrent && record.versionId === 'null') writes.push({ key: nullVersionKey(bucketId, key) });
        const event = removal.event?.(record);
        if (event) {
          writes.push({ key: eventKey(bucketId, moment.nextSequence()), value: JSON.stringify(event) });
        }
        return decided(place, { record }, writes, [record], 0);
      },
    });
  });
}

/** S3 tells of the removal of what was not there, too. */
async function removeNothing(index: Items, { bucketId, bucketName, key }: Place, removal: Removal): Promise<Removed> {
  if (!removal.eventOfNothing) return nothingRemoved;
  const { eventOfNothing } = removal;
  return index.change<Removed>({
    reads: [gateKey(bucketId), currentKey(bucketId, key)],
    decide([gate, current], moment) {
      if (!gate) throw noSuchBucket(bucketName);
      if (current !== undefined) throw new Overtaken();
      const order = moment.nextSequence();
      const event = eventOfNothing(order);
      return {
        writes: event ? [{ key: eventKey(bucketId, order), value: JSON.stringify(event) }] : [],
        result: nothingRemoved,
      };
    },
  });
}

function promote({ bucketId, key }: Place, next: VersionRecord | undefined): Write[] {
  const current = currentKey(bucketId, key);
  if (!next) return [{ key: current }];
  return [
    { key: current, value: encodeVersion(next) },
    { key: versionKey(bucketId, key, next.order) },
    ...(next.versionId === 'null' ? [{ key: nullVersionKey(bucketId, key) }] : []),
  ];
}

async function newestOther(index: Items, { bucketId, key }: Place): Promise<VersionRecord | undefined> {
  const from = versionsPrefix(bucketId, key);
  let newest: VersionRecord | undefined;
  await index.visit({ from, to: afterPrefix(from) }, (_key, value) => {
    newest = decodeVersion(value);
    return false;
  });
  return newest;
}

/** Changes what is remembered of a version, in place. Undefined when there is no such version. */
export function updateVersion(
  index: Items,
  place: Place,
  versionId: string | undefined,
  change: (record: ObjectVersion) => ObjectVersion,
  event?: (record: ObjectVersion) => object | undefined,
): Promise<VersionRecord | undefined> {
  return untilDone(index, async () => {
    const located = await locate(index, place, versionId);
    if (located?.record.kind !== 'object') return located?.record;
    return index.change<VersionRecord | undefined>({
      reads: [gateKey(place.bucketId), located.entry],
      decide([gate, entry], moment) {
        if (!gate) throw noSuchBucket(place.bucketName);
        const before = decodeMaybe(entry);
        if (before?.kind !== 'object' || before.order !== located.record.order) throw new Overtaken();
        const record = change(before);
        const writes: Write[] = [{ key: located.entry, value: encodeVersion(record) }];
        const told = event?.(record);
        if (told) {
          const value = JSON.stringify(told);
          writes.push({ key: eventKey(place.bucketId, moment.nextSequence()), value });
        }
        return { writes, result: record };
      },
    });
  });
}

/** Lets objects be written into a new bucket. */
export function openGate(index: Items, bucketId: string): Promise<void> {
  return index.change({
    reads: [],
    decide: () => ({ writes: [{ key: gateKey(bucketId), value: 'open' }], result: undefined }),
  });
}

/** False when the bucket holds versions or delete markers. Afterwards nothing can be written into it. */
export function closeGate(index: Items, bucketId: string): Promise<boolean> {
  return index.change({
    reads: [],
    decide: (_found, moment) =>
      moment.counter(countOf(bucketId)) > 0
        ? { writes: [], result: false }
        : { writes: [{ key: gateKey(bucketId) }], result: true },
  });
}

/** Whether an entry of that kind is there for the bucket. */
export async function hasAny(
  index: Items,
  kind: Parameters<typeof bucketPrefix>[0],
  bucketId: string,
): Promise<boolean> {
  const from = bucketPrefix(kind, bucketId);
  let found = false;
  await index.visit({ from, to: afterPrefix(from) }, () => {
    found = true;
    return false;
  });
  return found;
}
