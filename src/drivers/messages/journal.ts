// A journal of transactions in two files that take turns: while what one of them tells is brought into the database, the
// other is written. Appending costs one write, and waiting for the disk one fdatasync, however many transactions come at
// once; both are done by other threads.

import { close, closeSync, fdatasync, fsyncSync, openSync, readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Frame, frameOf, framesIn } from './journal-frames.ts';
import { createSignal, type Signal } from './signal.ts';
import type { Commit } from './storage.ts';

export interface JournalOptions {
  readonly directory: string;
  /** Whether `flush` waits for the disk. */
  readonly isDurable: boolean;
}

const fileNames = ['journal-0', 'journal-1'] as const;

/** Transactions that are written together. */
class Group implements Commit {
  readonly file: JournalFile;
  readonly frames: Buffer[] = [];
  readonly written: Signal = createSignal();
  readonly #flush: () => Promise<void>;

  constructor(file: JournalFile, flush: () => Promise<void>) {
    this.file = file;
    this.#flush = flush;
  }

  get committed(): Promise<void> {
    return this.written.promise;
  }

  flush(): Promise<void> {
    return this.written.promise.then(this.#flush);
  }
}

interface JournalFile {
  readonly descriptor: number;
  /** How much of it is taken, by what waits to be written, too. */
  bytes: number;
  writtenBytes: number;
  isSynced: boolean;
}

/** What it had is read, and in the database, before it is opened. */
export class Journal {
  readonly #isDurable: boolean;
  readonly #files: readonly [JournalFile, JournalFile];
  #current: JournalFile;
  #waiting: Group[] = [];
  #isWriting = false;
  #syncing: Promise<void> | undefined;
  /** The sync that begins when the one that is under way is over. */
  #nextSync: Promise<void> | undefined;
  #last: Commit = { committed: Promise.resolve(), flush: () => this.#sync() };
  #failure: { readonly error: unknown } | undefined;

  constructor({ directory, isDurable }: JournalOptions) {
    this.#isDurable = isDurable;
    // Emptied: what they had is in the database. From here on their bytes are written over, which costs the disk less.
    const open = (name: string): JournalFile => {
      const descriptor = openSync(join(directory, name), 'w');
      return { descriptor, bytes: 0, writtenBytes: 0, isSynced: true };
    };
    this.#files = [open(fileNames[0]), open(fileNames[1])];
    this.#current = this.#files[0];
    if (isDurable) syncDirectory(directory);
  }

  /** How much the file has that is being written. */
  get bytes(): number {
    return this.#current.bytes;
  }

  /** Of what was appended last. */
  get last(): Commit {
    return this.#last;
  }

  /** A disk that failed once is not written to again: what was done on top of it would be wrong. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  append(frame: Frame): Commit {
    let group = this.#waiting.at(-1);
    if (!group || group.file !== this.#current) {
      group = new Group(this.#current, () => this.#sync());
      this.#waiting.push(group);
    }
    const bytes = frameOf(frame);
    group.frames.push(bytes);
    this.#current.bytes += bytes.length;
    this.#last = group;
    this.#writeNext();
    return group;
  }

  /** From now on the other file is written, from its beginning: what it had is in the database. */
  rotate(): void {
    const [first, second] = this.#files;
    this.#current = this.#current === first ? second : first;
    this.#current.bytes = 0;
    this.#current.writtenBytes = 0;
  }

  async close(): Promise<void> {
    await this.#last.flush();
    for (const { descriptor } of this.#files) await promisify(close)(descriptor);
  }

  #writeNext(): void {
    const group = this.#waiting[0];
    if (this.#isWriting || !group) return;
    this.#waiting.shift();
    this.#isWriting = true;
    const bytes = group.frames.length === 1 ? (group.frames[0] as Buffer) : Buffer.concat(group.frames);
    this.#write(group, bytes);
  }

  #write(group: Group, bytes: Buffer): void {
    const { file } = group;
    write(file.descriptor, bytes, 0, bytes.length, file.writtenBytes, (error, count) => {
      if (error) {
        this.#fail(error, group);
        return;
      }
      file.writtenBytes += count;
      if (count < bytes.length) {
        this.#write(group, bytes.subarray(count));
        return;
      }
      file.isSynced = false;
      this.#isWriting = false;
      this.#writeNext();
      group.written.end();
    });
  }

  /** Resolves when everything that is written by now is on disk. */
  #sync(): Promise<void> {
    if (!this.#isDurable) return Promise.resolve();
    this.#nextSync ??= (this.#syncing ?? Promise.resolve()).then(() => {
      this.#syncing = this.#nextSync;
      this.#nextSync = undefined;
      return this.#syncFiles();
    });
    return this.#nextSync;
  }

  /** The older one first: nothing of the newer one counts without all of it. */
  async #syncFiles(): Promise<void> {
    this.check();
    const [first, second] = this.#files;
    for (const file of this.#current === first ? [second, first] : [first, second]) {
      if (file.isSynced) continue;
      file.isSynced = true;
      try {
        await syncFile(file.descriptor);
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    }
  }

  #fail(error: unknown, group?: Group): void {
    this.#failure ??= { error };
    for (const { written } of group ? [group, ...this.#waiting] : this.#waiting) written.fail(error);
    this.#waiting = [];
  }
}

const syncFile = promisify(fdatasync);

/** A directory's entries are not on disk with the files that they name. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** What a journal tells that came after the transaction with that number, in order. */
export function* readJournal(directory: string, afterNumber: number): Iterable<Frame> {
  const runs = fileNames.map((name) => [...framesIn(readIfThere(join(directory, name)))]);
  runs.sort(([a], [b]) => (a?.number ?? 0) - (b?.number ?? 0));
  let last = afterNumber;
  for (const frame of runs.flat()) {
    if (frame.number <= last) continue;
    if (frame.number !== last + 1) return;
    yield frame;
    last = frame.number;
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
