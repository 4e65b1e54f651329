// A journal of transactions in two files that take turns: while what one of them tells is brought into the database, the
// other is written. Appending is a write into the page cache, which takes some microseconds and is not held up by a sync
// that is under way; handing it to another thread would cost five times as much. A thread waits for the disk, once for
// all that was appended.

import { closeSync, fdatasync, fsync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OtherFormat } from '../other-format.ts';
import { type Frame, framesIn, isOfFormat, isUnwritten } from './journal-frames.ts';

export interface JournalOptions {
  readonly directory: string;
  /** See `fileHeadOf`. */
  readonly fileHead: Buffer;
  /** Whether `flush` waits for the disk. */
  readonly isDurable: boolean;
  /** The system's, or that of a disk which is full. */
  readonly write?: Write | undefined;
}

/** Returns how many bytes were written. */
export type Write = (descriptor: number, bytes: Uint8Array, at: number, count: number, position: number) => number;

const fileNames = ['journal-0', 'journal-1'] as const;

/**
 * By so much a file grows, with zeros, before frames are written into it: a sync that need not write a new length takes half
 * the time.
 */
const growth = Buffer.alloc(256 * 1024);

interface JournalFile {
  readonly descriptor: number;
  /** Where the next frame goes. */
  bytes: number;
  /** All that is there, written by now or not. */
  size: number;
  isSynced: boolean;
}

/** What it had is read, and in the database, before it is opened. */
export class Journal {
  readonly #fileHead: Buffer;
  readonly #isDurable: boolean;
  readonly #write: Write;
  readonly #files: readonly [JournalFile, JournalFile];
  #current: JournalFile;
  /** A directory's entries are not on disk with the files that they name. */
  #unsyncedDirectory: string | undefined;
  #lastSync: Promise<void> = Promise.resolve();
  /** The one that begins when that is over. */
  #nextSync: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor({ directory, fileHead, isDurable, write = writeSync }: JournalOptions) {
    this.#fileHead = fileHead;
    this.#isDurable = isDurable;
    this.#write = write;
    // Emptied: what they had is in the database. From here on their bytes are written over, which costs the disk less.
    // The first sync brings that to the disk too, so that nothing of it is found again behind what is written now.
    const open = (name: string): JournalFile => {
      const descriptor = openSync(join(directory, name), 'w');
      this.#writeAll(descriptor, fileHead, 0);
      return { descriptor, bytes: fileHead.length, size: fileHead.length, isSynced: false };
    };
    this.#files = [open(fileNames[0]), open(fileNames[1])];
    this.#current = this.#files[0];
    this.#unsyncedDirectory = directory;
  }

  /** The frame outlives the process. When it cannot be written, nothing is there of it. */
  append(frame: Uint8Array): void {
    if (this.#failure) throw this.#failure.error;
    const file = this.#current;
    while (file.bytes + frame.length > file.size) {
      this.#writeAll(file.descriptor, growth, file.size);
      file.size += growth.length;
    }
    // A frame that was written in part is not whole, and the next one is written over it.
    this.#writeAll(file.descriptor, frame, file.bytes);
    file.bytes += frame.length;
    file.isSynced = false;
  }

  /** Resolves when everything that was appended by now is on disk. */
  flush(): Promise<void> {
    if (!this.#isDurable) return Promise.resolve();
    this.#nextSync ??= this.#lastSync.then(() => {
      this.#nextSync = undefined;
      const sync = this.#sync();
      this.#lastSync = sync.catch(() => undefined); // whoever flushes is told
      return sync;
    });
    return this.#nextSync;
  }

  /** From now on the other file is written, from its beginning: what it had is in the database. */
  rotate(): void {
    const [first, second] = this.#files;
    this.#current = this.#current === first ? second : first;
    this.#current.bytes = this.#fileHead.length;
  }

  async close(): Promise<void> {
    await this.flush();
    for (const { descriptor } of this.#files) closeSync(descriptor);
  }

  #writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length; ) at += this.#write(descriptor, bytes, at, bytes.length - at, position + at);
  }

  /** The older one first: nothing of the newer one counts without all of it. */
  async #sync(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    try {
      if (this.#unsyncedDirectory !== undefined) await syncDirectory(this.#unsyncedDirectory);
      this.#unsyncedDirectory = undefined;
      const [first, second] = this.#files;
      for (const file of this.#current === first ? [second, first] : [first, second]) {
        if (file.isSynced) continue;
        file.isSynced = true;
        await syncFile(file.descriptor);
      }
    } catch (error) {
      // Nobody knows what the disk has, and it may not say so again: what was done on top of it would be wrong.
      this.#failure ??= { error };
      throw error;
    }
  }
}

const syncFile = promisify(fdatasync);

async function syncDirectory(directory: string): Promise<void> {
  const descriptor = openSync(directory, 'r');
  try {
    await promisify(fsync)(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What a journal tells that came after the transaction with that number, in order. */
export function* readJournal(directory: string, fileHead: Buffer, afterNumber: number): Iterable<Frame> {
  const runs = fileNames.map((name) => [...framesOf(join(directory, name), fileHead)]);
  runs.sort(([a], [b]) => (a?.number ?? 0) - (b?.number ?? 0));
  let last = afterNumber;
  for (const frame of runs.flat()) {
    if (frame.number <= last) continue;
    if (frame.number !== last + 1) return;
    yield frame;
    last = frame.number;
  }
}

function framesOf(path: string, fileHead: Buffer): Iterable<Frame> {
  const bytes = readIfThere(path);
  if (isUnwritten(bytes, fileHead)) return [];
  if (!isOfFormat(bytes, fileHead)) throw new OtherFormat(path);
  return framesIn(bytes, fileHead.length);
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  }
}
