// What the journal has and LMDB has not yet: values as places on the tape that the journal was written from, so that the heap
// has nothing of them but numbers.

import { ByteWriter } from '../journal/bytes.ts';
import type { Write } from './items.ts';
import { SortedNames } from './sorted-names.ts';

/** Where a value's length (uint32) is on the tape, and behind it the value; or `removed`. */
export type Place = number;

export const removed: Place = -1;

/** An entry's key as text of one character a byte, which are in the same order. */
export type Name = string;

export const nameOf = (key: Buffer): Name => key.toString('latin1');

export const keyOf = (name: Name): Buffer => Buffer.from(name, 'latin1');

/** By what a change on the tape begins with. */
const kinds = { removal: 0, put: 1, counter: 2 } as const;

export class PendingLayer {
  readonly tape: ByteWriter;
  readonly places = new Map<Name, Place>();
  readonly counters = new Map<string, number>();
  readonly #names = new SortedNames();

  constructor(tape = new ByteWriter()) {
    this.tape = tape;
  }

  /** Of names that are here now. */
  set(name: Name, place: Place): void {
    const before = this.places.size;
    this.places.set(name, place);
    if (this.places.size > before) this.#names.add(name);
  }

  bytesAt(place: Place): Buffer {
    const { bytes } = this.tape;
    const start = place + 4;
    return bytes.subarray(start, start + bytes.readUInt32LE(place));
  }

  textAt(place: Place): string {
    const { bytes } = this.tape;
    const start = place + 4;
    return bytes.toString('utf8', start, start + bytes.readUInt32LE(place));
  }

  /** In order; without a value where one is removed. */
  *between(
    from: Name,
    to: Name,
    isBackwards: boolean,
  ): Iterable<{ readonly key: Buffer; readonly value: string | undefined }> {
    for (const name of this.#names.between(from, to, isBackwards)) {
      const place = this.places.get(name) as Place;
      yield { key: keyOf(name), value: place === removed ? undefined : this.textAt(place) };
    }
  }
}

/** Returns the place. */
export function writeEntry(tape: ByteWriter, { key, value }: Write): Place {
  tape.byte(value === undefined ? kinds.removal : kinds.put);
  tape.count(key.length);
  tape.raw(key);
  if (value === undefined) return removed;
  const at = tape.skip(4);
  if (typeof value === 'string') tape.utf8(value);
  else tape.raw(value);
  tape.uint32At(at, tape.length - at - 4);
  return at;
}

export function writeCounter(tape: ByteWriter, name: string, value: number): void {
  tape.byte(kinds.counter);
  tape.count(name.length);
  tape.text(name);
  tape.float(value);
}

/** Takes in what is on the layer's tape from `start` on. */
export function readTape(layer: PendingLayer, start: number): void {
  const reader = layer.tape.readerAt(start);
  while (reader.at < layer.tape.length) {
    const kind = reader.byte();
    const length = reader.count();
    if (kind === kinds.counter) {
      layer.counters.set(reader.text(length), reader.float());
      continue;
    }
    const name = reader.bytes.toString('latin1', reader.at, reader.at + length);
    reader.at += length;
    layer.set(name, kind === kinds.put ? reader.at : removed);
    if (kind === kinds.put) {
      const size = reader.uint32();
      reader.at += size;
    }
  }
}
