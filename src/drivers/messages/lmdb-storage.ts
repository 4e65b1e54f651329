// The engine's tables in an LMDB environment of their own, behind a journal. A transaction is carried out in memory, and is
// committed when the journal has it, which costs a tenth of what a transaction of LMDB does. When the journal has grown, what it
// tells is brought into LMDB at once; a message that was removed by then never gets there. After a crash the journal is
// read again.

import { mkdirSync } from 'node:fs';
import { type Database, open } from 'lmdb';
import { throwCause } from '../../kernel/lmdb-key-value.ts';
import { ByteWriter } from '../journal/bytes.ts';
import { Journal, readJournal, type Write } from '../journal/journal.ts';
import { beginFrame, endFrame, fileHeadOf, isEmptyFrame } from '../journal/journal-frames.ts';
import { OtherFormat } from '../other-format.ts';
import { changesOn, writeChange, writeQueue } from './changes-on-tape.ts';
import { type Codec, countersCodec, messageCodec, recentCodec, stateCodec } from './codec.ts';
import { type ChangingTable, LayeredTable, type Scribe } from './layered-table.ts';
import { NameMap } from './name-map.ts';
import { PositionMap } from './position-map.ts';
import type { Key, MessageState, MessageStorage, QueueCounters, RecentEntry, Shelf, StoredMessage } from './storage.ts';
import { HeldBlocks, StoredBlocks } from './stored-blocks.ts';
import { type RowDatabase, StoredRows } from './stored-rows.ts';
import { CheckpointStep } from './stored-table.ts';

export interface LmdbStorageOptions {
  readonly directory: string;
  /** `relaxed` never waits for the disk: a crash of the host may lose the last moments. */
  readonly durability: 'strict' | 'relaxed';
  /** To the journal; the system's when absent. */
  readonly write?: Write;
  /** A transaction of LMDB; absent, it is made as it is asked for. */
  readonly commit?: Commit;
  readonly checkpoints?: Checkpoints;
}

/** Makes a transaction, or fails as a disk does that is full. */
export type Commit = (transaction: () => Promise<unknown>) => Promise<unknown>;

/** When what the journal tells is brought into LMDB. */
interface Checkpoints {
  /** What is held in memory and read again after a crash at most, twice over. */
  readonly largestTape: number;
  readonly mostChanges: number;
  /** Of a step: the event loop waits some milliseconds meanwhile. */
  readonly room: number;
}

const usualCheckpoints: Checkpoints = { largestTape: 16 * 1024 * 1024, mostChanges: 100_000, room: 8000 };

/** What the last transaction before a checkpoint mostly has at most. */
const mostBeyond = 1024 * 1024;

/** Raised whenever what is in the journal, or in LMDB, is written in another way. */
const formatNumber = 3;
export const fileHead = fileHeadOf('messages', formatNumber);

/** By their numbers in the journal. */
const tableNames = ['messages', 'states', 'recent', 'counters'] as const;

interface Refusal {
  readonly error: unknown;
  readonly askAt: number;
}

/** A shelf whose tables are in the order of their names. */
interface LayeredShelf extends Shelf {
  readonly tables: readonly LayeredTable<Key, unknown>[];
}

export function openLmdbStorage(options: LmdbStorageOptions): MessageStorage {
  return new LmdbStorage(options);
}

class LmdbStorage implements MessageStorage, Scribe {
  tape: ByteWriter;
  olderTape: ByteWriter | undefined;
  #spareTape: ByteWriter | undefined;
  readonly #root: ReturnType<typeof openRoot>;
  readonly #about: Database<number, string>;
  readonly #databases: readonly RowDatabase[];
  readonly #held = { messages: new HeldBlocks(), states: new HeldBlocks() };
  readonly #journal: Journal;
  readonly #checkpoints: Checkpoints;
  readonly #shelves = new Map<string, LayeredShelf>();
  /** Tables with changes that are only on the tape, and how many those are. */
  #changed = new Set<ChangingTable>();
  #changes = 0;
  /** Queues that are gone: their shelves are kept until LMDB knows it. */
  readonly #forgotten = new Set<string>();
  readonly #commit: Commit;
  /** Whose changes are on the older tape, and the number of the last transaction there. */
  #aged: ReadonlySet<ChangingTable> = new Set();
  #agedNumber = 0;
  /** Never fails. */
  #checkpoint: Promise<void> = Promise.resolve();
  /** LMDB did not take what is on the older tape: why, and how long the newer one is when it is asked to again. */
  #refusal: Refusal | undefined;
  /** Of the transaction that is being carried out. */
  readonly #touched = new Set<ChangingTable>();
  #queueOnTape = '';
  /** Of the last transaction. */
  #number: number;

  constructor(options: LmdbStorageOptions) {
    const { directory, durability, write, checkpoints = usualCheckpoints } = options;
    this.#checkpoints = checkpoints;
    this.#commit = options.commit ?? ((transaction) => transaction());
    this.tape = this.#newTape();
    mkdirSync(directory, { recursive: true });
    this.#root = openRoot(directory, durability === 'relaxed');
    this.#about = openAbout(this.#root, directory);
    this.#databases = tableNames.map((name) => this.#root.openDB({ name, encoding: 'binary' }));
    this.#number = this.#recover(directory);
    this.#journal = new Journal({ directory, fileHead, isDurable: durability === 'strict', write });
  }

  shelf(queueId: string): Shelf {
    this.#forgotten.delete(queueId);
    return this.#shelf(queueId);
  }

  forget(queueId: string): void {
    this.#forgotten.add(queueId);
  }

  queueIds(): readonly string[] {
    const ids = new Set(this.#shelves.keys());
    const counters = this.#databases[tableNames.indexOf('counters')] as RowDatabase;
    for (const [id] of counters.getKeys()) ids.add(id);
    return [...ids].filter((id) => this.#shelf(id).counters.get('')).sort();
  }

  transact(run: () => void): void {
    const { tape } = this;
    const start = beginFrame(tape);
    this.#queueOnTape = '';
    try {
      run();
      if (isEmptyFrame(tape, start)) tape.length = start;
      else {
        if (this.#refusal) this.#askAgain(this.#refusal);
        this.#journal.append(endFrame(tape, start, this.#number + 1));
      }
    } catch (error) {
      tape.length = start;
      for (const table of this.#touched) table.takeBack();
      this.#touched.clear();
      throw error;
    }
    if (this.#touched.size === 0) return;
    this.#number += 1;
    this.#keepAll();
    if (this.#isFull()) this.#beginCheckpoint();
  }

  begin(table: ChangingTable, isPut: boolean): void {
    const { tape } = this;
    const { number, queueId } = table.name;
    if (queueId !== this.#queueOnTape) {
      this.#queueOnTape = queueId;
      writeQueue(tape, queueId);
    }
    writeChange(tape, number, isPut);
    this.#touched.add(table);
  }

  flush(): Promise<void> {
    return this.#journal.flush();
  }

  async close(): Promise<void> {
    await this.#checkpoint;
    // What LMDB does not take is in the journal for the next start.
    if (this.#refusal) this.#bringAged();
    await this.#checkpoint;
    if (this.#changes > 0) this.#beginCheckpoint();
    await this.#checkpoint;
    await this.#journal.close();
    await this.#root.close();
  }

  #shelf(queueId: string): LayeredShelf {
    let shelf = this.#shelves.get(queueId);
    if (!shelf) {
      shelf = this.#newShelf(queueId);
      this.#shelves.set(queueId, shelf);
    }
    return shelf;
  }

  #newShelf(queueId: string): LayeredShelf {
    const inBlocks = <V>(name: 'messages' | 'states', codec: Codec<V>) => {
      const number = tableNames.indexOf(name);
      const stored = new StoredBlocks(this.#databases[number] as RowDatabase, queueId, this.#held[name]);
      return new LayeredTable<number, V>({ number, queueId }, codec, stored, () => new PositionMap(), this);
    };
    const inRows = <K extends string, V>(name: 'recent' | 'counters', codec: Codec<V>) => {
      const number = tableNames.indexOf(name);
      const stored = new StoredRows<K>(this.#databases[number] as RowDatabase, queueId);
      return new LayeredTable<K, V>({ number, queueId }, codec, stored, () => new NameMap<K>(), this);
    };
    const messages = inBlocks<StoredMessage>('messages', messageCodec);
    const states = inBlocks<MessageState>('states', stateCodec);
    const recent = inRows<string, RecentEntry>('recent', recentCodec);
    const counters = inRows<'', QueueCounters>('counters', countersCodec);
    return { messages, states, recent, counters, tables: [messages, states, recent, counters] };
  }

  #keepAll(): void {
    for (const table of this.#touched) {
      this.#changes += table.keep();
      this.#changed.add(table);
    }
    this.#touched.clear();
  }

  /** Brings what the journal tells into LMDB, after a crash; the number of the last transaction. */
  #recover(directory: string): number {
    const mark = this.#about.get(markKey) ?? 0;
    let last = mark;
    for (const { number, payload } of readJournal(directory, fileHead, mark)) {
      const start = this.tape.length;
      this.tape.raw(payload);
      for (const change of changesOn(this.tape, start)) {
        const table = this.#shelf(change.queueId).tables[change.table] as LayeredTable<Key, unknown>;
        if (change.valueAt === undefined) table.applyRemoval(change.key);
        else table.applyPut(change.key, change.valueAt, false);
        this.#touched.add(table);
      }
      this.#keepAll();
      last = number;
    }
    if (last === mark) return last;
    const tables = this.#age();
    this.#root.transactionSync(() => {
      const step = new CheckpointStep(Number.POSITIVE_INFINITY);
      for (const table of tables) table.bring(step);
      void this.#about.put(markKey, last);
    });
    this.#settle(tables);
    return last;
  }

  #isFull(): boolean {
    const { largestTape, mostChanges } = this.#checkpoints;
    return this.tape.length > largestTape || this.#changes > mostChanges;
  }

  /** A disk that was full need not be so any more. Until it is not, nothing is taken in that memory has no room for. */
  #askAgain({ error, askAt }: Refusal): void {
    if (this.#isFull()) {
      if (askAt !== asked) this.#bringAged();
      throw error;
    }
    if (this.tape.length > askAt) this.#bringAged();
  }

  #beginCheckpoint(): void {
    if (this.olderTape) return;
    this.#aged = this.#age();
    this.#agedNumber = this.#number;
    this.#journal.rotate();
    this.#bringAged();
  }

  /** From the beginning, also of what was brought in part. */
  #bringAged(): void {
    const tables = this.#aged;
    if (this.#refusal) this.#refusal = { ...this.#refusal, askAt: asked };
    for (const table of tables) table.rewind();
    this.#checkpoint = this.#bringAll(tables, this.#agedNumber).then(
      () => {
        this.#refusal = undefined;
        this.#settle(tables);
      },
      (error: unknown) => {
        this.#refusal = { error, askAt: this.tape.length + this.#checkpoints.largestTape / 8 };
      },
    );
  }

  #newTape(): ByteWriter {
    return new ByteWriter(this.#checkpoints.largestTape + mostBeyond);
  }

  /** What changed is on the older tape from now on. */
  #age(): ReadonlySet<ChangingTable> {
    const tables = this.#changed;
    for (const table of tables) table.age();
    this.#changed = new Set();
    this.#changes = 0;
    this.olderTape = this.tape;
    this.tape = this.#spareTape ?? this.#newTape();
    this.#spareTape = undefined;
    return tables;
  }

  /** Only what the journal has for sure: half of it may be in LMDB when the process dies. */
  async #bringAll(tables: Iterable<ChangingTable>, number: number): Promise<void> {
    await this.#journal.flush();
    const left = tables[Symbol.iterator]();
    for (let table = left.next(); !table.done; ) {
      const bringSome = () => {
        const step = new CheckpointStep(this.#checkpoints.room);
        while (step.room > 0 && !table.done) if (table.value.bring(step)) table = left.next();
        if (table.done) void this.#about.put(markKey, number);
      };
      await this.#commit(() => this.#root.batch(bringSome)).catch(throwCause);
    }
  }

  /** LMDB has all that was aged. */
  #settle(tables: Iterable<ChangingTable>): void {
    for (const table of tables) table.settle();
    if (this.olderTape && this.olderTape.bytes.length <= (this.#checkpoints.largestTape + mostBeyond) * 2) {
      this.#spareTape = this.olderTape;
      this.#spareTape.length = 0;
    }
    this.olderTape = undefined;
    for (const id of this.#forgotten) {
      if (this.#shelves.get(id)?.tables.some((table) => this.#changed.has(table))) continue;
      this.#shelves.delete(id);
      this.#forgotten.delete(id);
    }
  }
}

/** It is being asked. */
const asked = Number.POSITIVE_INFINITY;

const markKey = 'journal';
const formatKey = 'format';

function openRoot(path: string, noSync: boolean) {
  // There is one batch at a time, and it is done when it is on disk.
  return open<unknown, string>({ path, noSync, maxDbs: 8, overlappingSync: false, eventTurnBatching: false });
}

/** Where the number is of the last transaction that LMDB has all of, and that of the format it is written in. */
function openAbout(root: ReturnType<typeof openRoot>, directory: string): Database<number, string> {
  const isNew = [...root.getKeys()].every((name) => name === 'about');
  const about = root.openDB<number, string>({ name: 'about', encoding: 'msgpack' });
  const format = about.get(formatKey) ?? (isNew ? formatNumber : 1);
  if (format !== formatNumber) throw new OtherFormat(directory);
  if (isNew) about.putSync(formatKey, formatNumber);
  return about;
}
