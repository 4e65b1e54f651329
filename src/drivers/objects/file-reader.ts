// Reads a body that is a file, piece by piece, one ahead of whoever takes them.

import { read } from 'node:fs';
import { BodyMissing, type Pieces } from './objects.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';
import { mostPieceBytes, type PieceMemory } from './piece-memory.ts';

export interface ReadSpan {
  readonly id: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly pieces: Pieces;
}

export interface FileReading {
  readonly files: OpenFiles;
  readonly memory: PieceMemory;
  /** Throws BodyMissing for what is no id. */
  pathOf(id: string): string;
}

interface FilledPiece {
  readonly buffer: Buffer;
  readonly bytes: number;
}

export class FileReader implements AsyncIterableIterator<Uint8Array> {
  readonly #reading: FileReading;
  readonly #span: ReadSpan;
  #at: number;
  #file: OpenFile | undefined;
  #ahead: Promise<FilledPiece> | undefined;
  /** The piece that was given out last. */
  #lent: Buffer | undefined;
  #isOver = false;

  constructor(reading: FileReading, span: ReadSpan) {
    this.#reading = reading;
    this.#span = span;
    this.#at = span.start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      // Whoever asks for the next piece is done with the one before.
      const returned = this.#lent;
      this.#lent = undefined;
      if (!this.#ahead) {
        if (!this.#file) await this.#open();
        if (this.#at < this.#span.end) this.#ahead = this.#read(this.#newPiece());
      }
      if (!this.#ahead) {
        if (returned) this.#reading.memory.giveBack(returned);
        this.#finish();
        return { done: true, value: undefined };
      }
      const { buffer, bytes } = await this.#ahead;
      this.#at += bytes;
      this.#ahead = undefined;
      if (this.#at < this.#span.end) this.#ahead = this.#read(returned ?? this.#newPiece());
      else if (returned) this.#reading.memory.giveBack(returned);
      if (this.#span.pieces === 'lent') this.#lent = buffer;
      return { done: false, value: bytes === buffer.byteLength ? buffer : buffer.subarray(0, bytes) };
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  /** The piece that was given out last stays its reader's, who may still be sending it. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#ahead?.catch(() => undefined);
    this.#finish();
    return { done: true, value: undefined };
  }

  async #open(): Promise<void> {
    const { id } = this.#span;
    try {
      this.#file = await this.#reading.files.open(this.#reading.pathOf(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new BodyMissing(id);
      throw error;
    }
  }

  #newPiece(): Buffer {
    const left = this.#span.end - this.#at;
    if (this.#span.pieces === 'lent') return this.#reading.memory.take(left);
    return Buffer.allocUnsafeSlow(Math.min(mostPieceBytes, left));
  }

  #read(buffer: Buffer): Promise<FilledPiece> {
    const at = this.#at;
    const { end } = this.#span;
    const { descriptor } = this.#file as OpenFile;
    const filled = new Promise<FilledPiece>((resolve, reject) => {
      read(descriptor, buffer, 0, Math.min(buffer.byteLength, end - at), at, (error, bytes) => {
        if (error) reject(error);
        else if (bytes === 0) reject(new Error(`a body ends at byte ${at}, before byte ${end}`));
        else resolve({ buffer, bytes });
      });
    });
    filled.catch(() => undefined); // whoever asks for the piece is told
    return filled;
  }

  #finish(): void {
    this.#isOver = true;
    this.#file?.release();
    this.#file = undefined;
  }
}
