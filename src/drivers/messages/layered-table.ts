// A table of one queue: what LMDB has of it, and over that what is in the journal and not there yet, as places on the tapes
// that the journal is written from. Newer changes lie over older ones, which are on their way into LMDB.

import type { ByteReader, ByteWriter } from '../journal/bytes.ts';
import { writeKey } from './changes-on-tape.ts';
import type { Codec } from './codec.ts';
import type { Key, ShelfTable } from './storage.ts';
import type { CheckpointStep, ComingChanges, StoredTable } from './stored-table.ts';

/** What a table is called in the journal. */
export interface TableName {
  readonly number: number;
  readonly queueId: string;
}

/** Who writes down what is changed. */
export interface Scribe {
  /** Takes what is changed now. */
  readonly tape: ByteWriter;
  /** Has what is on its way into LMDB. */
  readonly olderTape: ByteWriter | undefined;
  /** A change of the table follows on the tape: its key, and its value if it is put. */
  begin(table: ChangingTable, isPut: boolean): void;
}

/** A table as a transaction and a checkpoint see it. */
export interface ChangingTable {
  readonly name: TableName;
  /** The transaction is committed. Returns how many more keys have changed by it. */
  keep(): number;
  /** The transaction is not. */
  takeBack(): void;
  /** What changed is on its way into LMDB from now on. */
  age(): void;
  /** It is brought there from the beginning, whatever was brought before. */
  rewind(): void;
  /** Brings there what the step has room for; whether that was the rest. */
  bring(step: CheckpointStep): boolean;
  /** LMDB has it. */
  settle(): void;
}

/** Where a value is on its tape, which has less than a gigabyte, doubled; odd when neither LMDB nor an older tape has the key. Or `removed`. */
type Place = number;

const removed: Place = -1;

/** Places by keys: a map of positions, or of names. */
export interface Places<K extends Key> {
  readonly size: number;
  get(key: K): Place | undefined;
  set(key: K, place: Place): unknown;
  delete(key: K): unknown;
  forEach(see: (place: Place, key: K) => void): void;
  /** All that are there, ascending. */
  sortedKeys(): ArrayLike<K>;
}

const isNew = (place: Place): boolean => place > 0 && place % 2 === 1;

export class LayeredTable<K extends Key, Value> implements ShelfTable<K, Value>, ChangingTable {
  readonly name: TableName;
  readonly #codec: Codec<Value>;
  readonly #stored: StoredTable<K>;
  readonly #scribe: Scribe;
  readonly #newPlaces: () => Places<K>;
  #changes: Places<K>;
  #older: Places<K> | undefined;
  #coming: OlderChanges<K> | undefined;
  /** Of the transaction that is being carried out: what was changed, and what was there before. */
  #touched: K[] = [];
  #before: (Place | undefined)[] = [];
  #sizeBefore = 0;

  constructor(
    name: TableName,
    codec: Codec<Value>,
    stored: StoredTable<K>,
    newPlaces: () => Places<K>,
    scribe: Scribe,
  ) {
    this.name = name;
    this.#codec = codec;
    this.#stored = stored;
    this.#newPlaces = newPlaces;
    this.#changes = newPlaces();
    this.#scribe = scribe;
  }

  get(key: K): Value | undefined {
    const reader = this.#find(key);
    return reader && this.#codec.decode(reader);
  }

  insert(key: K, value: Value): void {
    this.#write(key, value, true);
  }

  put(key: K, value: Value): void {
    this.#write(key, value, false);
  }

  remove(key: K): void {
    this.#scribe.begin(this, false);
    writeKey(this.#scribe.tape, key);
    this.applyRemoval(key);
  }

  range(start: K, end: K, limit: number): readonly { readonly key: K; readonly value: Value }[] {
    return this.keys(start, end, limit).map((key) => ({ key, value: this.get(key) as Value }));
  }

  keys(start: K, end: K, limit: number): readonly K[] {
    const pending = new Map<K, Place>();
    const add = (place: Place, key: K) => {
      if (key >= start && key < end) pending.set(key, place);
    };
    this.#older?.forEach(add);
    this.#changes.forEach(add);
    // Of those that are stored, as many as are pending may turn out to be others by now.
    const stored = this.#stored.keys(start, end, limit + pending.size);
    if (pending.size === 0) return stored;
    const keys = stored.filter((key) => !pending.has(key));
    for (const [key, place] of pending) if (place !== removed) keys.push(key);
    return keys.sort((a, b) => (a < b ? -1 : 1)).slice(0, limit);
  }

  /** Its value is at that place of the tape. */
  applyPut(key: K, at: number, isKnownNew: boolean): void {
    const before = this.#changes.get(key);
    const staysNew = before === undefined ? isKnownNew : isNew(before);
    this.#changes.set(key, at * 2 + Number(staysNew));
    this.#touched.push(key);
    this.#before.push(before);
  }

  /** What came and went on one tape leaves nothing behind. */
  applyRemoval(key: K): void {
    const before = this.#changes.get(key);
    if (before !== undefined && isNew(before)) this.#changes.delete(key);
    else this.#changes.set(key, removed);
    this.#touched.push(key);
    this.#before.push(before);
  }

  keep(): number {
    this.#touched.length = 0;
    this.#before.length = 0;
    const growth = this.#changes.size - this.#sizeBefore;
    this.#sizeBefore = this.#changes.size;
    return growth;
  }

  takeBack(): void {
    for (let i = this.#touched.length - 1; i >= 0; i--) {
      const [key, before] = [this.#touched[i] as K, this.#before[i]];
      if (before === undefined) this.#changes.delete(key);
      else this.#changes.set(key, before);
    }
    this.keep();
  }

  age(): void {
    this.#older = this.#changes;
    this.rewind();
    this.#changes = this.#newPlaces();
    this.#sizeBefore = 0;
  }

  rewind(): void {
    this.#coming = undefined;
  }

  bring(step: CheckpointStep): boolean {
    if (!this.#older) return true;
    this.#coming ??= new OlderChanges(this.#older, this.#scribe);
    this.#stored.bring(this.#coming, step);
    return this.#coming.isOver;
  }

  settle(): void {
    this.#older = undefined;
    this.#coming = undefined;
    this.#stored.settle();
  }

  #write(key: K, value: Value, isKnownNew: boolean): void {
    this.#scribe.begin(this, true);
    const { tape } = this.#scribe;
    writeKey(tape, key);
    const at = tape.skip(4);
    this.#codec.encode(tape, value);
    tape.uint32At(at, tape.length - at - 4);
    this.applyPut(key, at, isKnownNew);
  }

  #find(key: K): ByteReader | undefined {
    const place = this.#changes.get(key);
    if (place !== undefined) return readerAt(this.#scribe.tape, place);
    const older = this.#older?.get(key);
    if (older !== undefined) return readerAt(this.#scribe.olderTape as ByteWriter, older);
    return this.#stored.get(key);
  }
}

/** What is on its way into LMDB, one change at a time. */
class OlderChanges<K extends Key> implements ComingChanges<K> {
  readonly #places: Places<K>;
  readonly #keys: ArrayLike<K>;
  readonly #scribe: Scribe;
  #at = 0;

  /** The places do not change any more. */
  constructor(places: Places<K>, scribe: Scribe) {
    this.#places = places;
    this.#keys = places.sortedKeys();
    this.#scribe = scribe;
  }

  get isOver(): boolean {
    return this.#at === this.#keys.length;
  }

  get key(): K {
    return this.#keys[this.#at] as K;
  }

  get value(): Uint8Array | undefined {
    const place = this.#places.get(this.key) as Place;
    return place === removed ? undefined : valueAt(this.#scribe.olderTape as ByteWriter, place);
  }

  next(): void {
    this.#at += 1;
  }
}

const atOf = (place: Place): number => Math.floor(place / 2);

function readerAt(tape: ByteWriter, place: Place): ByteReader | undefined {
  return place === removed ? undefined : tape.readerAt(atOf(place) + 4);
}

function valueAt(tape: ByteWriter, place: Place): Uint8Array {
  const reader = tape.readerAt(atOf(place));
  const size = reader.uint32();
  return tape.bytes.subarray(reader.at, reader.at + size);
}
