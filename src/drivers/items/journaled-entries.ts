// Entries and counters in an LMDB environment of their own, behind a journal. What is written is appended to the journal as
// one frame, and is on disk after an fdatasync: both cost a fraction of a transaction of LMDB. When the journal has grown, what it
// tells is brought into LMDB in small steps. After a crash the journal is read again.
//
// What is read is what is on disk: changes are seen when the journal has them for sure.

import { mkdirSync } from 'node:fs';
import { asBinary, type Database, open, type RangeOptions, type RootDatabase } from 'lmdb';
import { throwCause } from '../../kernel/lmdb-key-value.ts';
import type { ByteWriter } from '../journal/bytes.ts';
import { Journal, readJournal, type Write as WriteFile } from '../journal/journal.ts';
import { beginFrame, endFrame, fileHeadOf, isEmptyFrame } from '../journal/journal-frames.ts';
import type { KeyRange, Write } from './items.ts';
import { overlaid } from './overlaid.ts';
import {
  keyOf,
  type Name,
  nameOf,
  PendingLayer,
  type Place,
  readTape,
  removed,
  writeCounter,
  writeEntry,
} from './pending-layer.ts';

export interface JournaledEntriesOptions {
  readonly directory: string;
  /** `relaxed` never waits for the disk: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
  /** To the journal; the system's when absent. */
  readonly write?: WriteFile | undefined;
  /** A transaction of LMDB; absent, it is made as it is asked for. */
  readonly commit?: Commit | undefined;
  /** What is held in memory and read again after a crash at most, twice over; with this much, LMDB is brought up to date. */
  readonly journalBytes?: number | undefined;
}

/** Makes a transaction, or fails as a disk does that is full. */
export type Commit = (transaction: () => Promise<unknown>) => Promise<unknown>;

/** What belongs together: all of it is there after a crash, or nothing. Counters are as they will be. */
export interface Together {
  readonly writes: ReadonlyMap<Name, Write>;
  readonly counters: ReadonlyMap<string, number>;
}

/** Raised whenever what is in the journal is written in another way. */
export const fileHead = fileHeadOf('items', 1);

/** A tape of 8 MiB, which grows twofold, has room for this and what comes last. */
const usualJournalBytes = 7 * 1024 * 1024;
/** Their names are on the heap. */
const mostEntries = 40_000;
/** What is handed to LMDB at once: the event loop waits meanwhile. */
const stepEntries = 250;
const stepBytes = 128 * 1024;

/** The number of the last frame that LMDB has all of; a counter like the others, but no user's. */
const markCounter = '\u0000journal';

/** Goes past the encoding of text; LMDB's types know of one kind of values only. */
const binary = (bytes: Uint8Array): string => asBinary(bytes) as unknown as string;

export class JournaledEntries {
  readonly #root: RootDatabase<unknown, string>;
  readonly #entries: Database<string, Buffer>;
  readonly #counters: Database<number, string>;
  readonly #journal: Journal;
  readonly #journalBytes: number;
  readonly #commit: Commit;
  #layer = new PendingLayer();
  /** On its way into LMDB, with the number of its last frame. */
  #older: PendingLayer | undefined;
  #olderNumber = 0;
  #spareTape: ByteWriter | undefined;
  /** Resolves to whether LMDB has all of the older layer. */
  #checkpoint: Promise<boolean> = Promise.resolve(true);
  /** Why it has not. */
  #failure: unknown;
  /** Of the last frame. */
  #number: number;

  constructor(options: JournaledEntriesOptions) {
    const { directory, durability, write, journalBytes = usualJournalBytes } = options;
    this.#journalBytes = journalBytes;
    this.#commit = options.commit ?? ((transaction) => transaction());
    mkdirSync(directory, { recursive: true });
    // 8 KiB pages allow keys of up to 4,026 bytes. There is one batch at a time, and it is done when it is on disk.
    this.#root = open({
      path: directory,
      pageSize: 8192,
      noSync: durability === 'relaxed',
      overlappingSync: false,
      eventTurnBatching: false,
    });
    this.#entries = this.#root.openDB({ name: 'entries', keyEncoding: 'binary', encoding: 'string' });
    this.#counters = this.#root.openDB({ name: 'counters', encoding: 'json' });
    this.#number = this.#recover(directory);
    this.#journal = new Journal({ directory, fileHead, isDurable: durability === 'strict', write });
  }

  /** `name` where it is known already. */
  get(key: Buffer, name?: Name): string | undefined {
    const found = this.#find(key, name);
    if (!found) return this.#entries.get(key);
    return found.place === removed ? undefined : found.layer.textAt(found.place);
  }

  /** A copy. */
  getBytes(key: Buffer): Uint8Array | undefined {
    const found = this.#find(key);
    if (!found) return this.#entries.getBinary(key);
    return found.place === removed ? undefined : Buffer.from(found.layer.bytesAt(found.place));
  }

  counter(name: string): number {
    return this.#layer.counters.get(name) ?? this.#older?.counters.get(name) ?? this.#counters.get(name) ?? 0;
  }

  between(range: KeyRange): Iterable<{ readonly key: Buffer; readonly value: string }> {
    return this.#overlay(range, this.#entries.getRange(rangeOptions(range)));
  }

  *keys(range: KeyRange): Iterable<Buffer> {
    const stored = this.#entries.getKeys(rangeOptions(range)).map((key) => ({ key, value: '' }));
    for (const { key } of this.#overlay(range, stored)) yield key;
  }

  counterNames(prefix: string): readonly string[] {
    const names = new Set(this.#counters.getKeys({ start: prefix, end: `${prefix}\uffff` }));
    for (const layer of [this.#older, this.#layer])
      for (const name of layer?.counters.keys() ?? []) if (name.startsWith(prefix)) names.add(name);
    return [...names].filter((name) => this.counter(name) !== 0);
  }

  /** Resolves when it is on disk, and seen by whoever reads. One at a time. What cannot be appended leaves nothing behind. */
  async write({ writes, counters }: Together): Promise<void> {
    // Whoever writes faster than LMDB takes it in has to wait, or memory would have no bound.
    if (this.#older && this.#isFull() && !(await this.#bringOlder())) throw this.#failure;
    const layer = this.#layer;
    const places = this.#append(layer.tape, writes.values(), counters);
    await this.#journal.flush();
    let i = 0;
    for (const name of writes.keys()) layer.set(name, places[i++] as Place);
    for (const [name, value] of counters) layer.counters.set(name, value);
    if (this.#isFull()) this.#beginCheckpoint();
  }

  async close(): Promise<void> {
    // What LMDB does not take is in the journal for the next start.
    if (await this.#bringOlder()) this.#beginCheckpoint();
    await this.#checkpoint;
    await this.#journal.close();
    await this.#root.close();
  }

  #isFull(): boolean {
    return this.#layer.tape.length > this.#journalBytes || this.#layer.places.size > mostEntries;
  }

  #find(key: Buffer, known?: Name): { readonly layer: PendingLayer; readonly place: Place } | undefined {
    const [layer, older] = [this.#layer, this.#older];
    if (layer.places.size === 0 && !older) return undefined;
    const name = known ?? nameOf(key);
    const place = layer.places.get(name);
    if (place !== undefined) return { layer, place };
    const olderPlace = older?.places.get(name);
    return older && olderPlace !== undefined ? { layer: older, place: olderPlace } : undefined;
  }

  #overlay(range: KeyRange, stored: Iterable<{ key: Buffer; value: string }>) {
    const { from, to, isBackwards } = boundsOf(range);
    const [low, high] = [nameOf(from), nameOf(to)];
    let all = stored;
    for (const layer of [this.#older, this.#layer])
      if (layer && layer.places.size > 0) all = overlaid(all, layer.between(low, high, isBackwards), isBackwards);
    return all;
  }

  /** Places of the writes, in their order. */
  #append(tape: ByteWriter, writes: Iterable<Write>, counters: ReadonlyMap<string, number>): readonly Place[] {
    const places: Place[] = [];
    const start = beginFrame(tape);
    try {
      for (const write of writes) places.push(writeEntry(tape, write));
      for (const [name, value] of counters) writeCounter(tape, name, value);
      if (isEmptyFrame(tape, start)) {
        tape.length = start;
        return places;
      }
      this.#journal.append(endFrame(tape, start, this.#number + 1));
    } catch (error) {
      tape.length = start;
      throw error;
    }
    this.#number += 1;
    return places;
  }

  /** Brings what the journal tells into LMDB, after a crash; the number of the last frame. */
  #recover(directory: string): number {
    const mark = this.#counters.get(markCounter) ?? 0;
    let last = mark;
    const layer = new PendingLayer();
    for (const { number, payload } of readJournal(directory, fileHead, mark)) {
      const start = layer.tape.length;
      layer.tape.raw(payload);
      readTape(layer, start);
      last = number;
    }
    if (last > mark) this.#root.transactionSync(() => this.#bringRest(layer, last));
    return last;
  }

  #beginCheckpoint(): void {
    if (this.#older) return;
    this.#older = this.#layer;
    this.#olderNumber = this.#number;
    this.#layer = new PendingLayer(this.#spareTape);
    this.#spareTape = undefined;
    this.#journal.rotate();
    this.#startCheckpoint(this.#older);
  }

  /** One that failed is made again, from its beginning: a disk that was full need not be so any more. */
  async #bringOlder(): Promise<boolean> {
    const isDone = await this.#checkpoint;
    if (isDone || !this.#older) return isDone;
    this.#startCheckpoint(this.#older);
    return this.#checkpoint;
  }

  #startCheckpoint(older: PendingLayer): void {
    this.#checkpoint = this.#bringAll(older, this.#olderNumber).then(
      () => {
        this.#older = undefined;
        if (older.tape.bytes.length > this.#journalBytes * 2) return true; // one that had to grow beyond what is usual
        this.#spareTape = older.tape;
        older.tape.length = 0;
        return true;
      },
      (error: unknown) => {
        this.#failure = error;
        return false;
      },
    );
  }

  async #bringAll(layer: PendingLayer, number: number): Promise<void> {
    const places = layer.places.entries();
    for (let isDone = false; !isDone; ) {
      const step = () => {
        isDone = this.#bring(layer, places);
        if (isDone) this.#bringCounters(layer, number);
      };
      await this.#commit(() => this.#root.batch(step)).catch(throwCause);
    }
  }

  #bringRest(layer: PendingLayer, number: number): void {
    const places = layer.places.entries();
    while (!this.#bring(layer, places));
    this.#bringCounters(layer, number);
  }

  /** Some of what is left; true when that was the rest. */
  #bring(layer: PendingLayer, left: Iterator<[Name, Place]>): boolean {
    let bytes = 0;
    for (let count = 0; count < stepEntries && bytes < stepBytes; count++) {
      const next = left.next();
      if (next.done) return true;
      const [name, place] = next.value;
      const key = keyOf(name);
      if (place === removed) {
        void this.#entries.remove(key);
        continue;
      }
      const value = layer.bytesAt(place);
      void this.#entries.put(key, binary(value));
      bytes += value.length;
    }
    return false;
  }

  #bringCounters(layer: PendingLayer, number: number): void {
    for (const [name, value] of layer.counters)
      void (value === 0 ? this.#counters.remove(name) : this.#counters.put(name, value));
    void this.#counters.put(markCounter, number);
  }
}

/** Where a visit may come to, whatever its direction. */
function boundsOf({ from, to, reverse = false, after }: KeyRange) {
  if (!after) return { from, to, isBackwards: reverse };
  return reverse ? { from, to: after, isBackwards: true } : { from: behind(after), to, isBackwards: false };
}

/** The smallest key that is greater. */
const behind = (key: Buffer): Buffer => Buffer.concat([key, Buffer.of(0)]);

function rangeOptions(range: KeyRange): RangeOptions {
  const { from, to, isBackwards } = boundsOf(range);
  if (!isBackwards) return { start: from, end: to };
  // Backwards, lmdb takes the start as the highest: inclusive unless it says otherwise.
  return { start: to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse: true };
}
