// A transaction's payload in the journal: one change behind the other. A byte tells what follows: a queue whose changes come
// next, or a table of it, whether a value is put there, and under which key; then the value with its length (uint32).

import type { ByteReader, ByteWriter } from '../journal/bytes.ts';
import type { Key } from './storage.ts';

export interface ChangeOnTape {
  readonly queueId: string;
  readonly table: number;
  readonly key: Key;
  /** Where its length is, and behind it the value; undefined for a removal. */
  readonly valueAt: number | undefined;
}

const queueFollows = 0;
const firstTable = 2;

export function writeQueue(tape: ByteWriter, queueId: string): void {
  tape.byte(queueFollows);
  tape.count(queueId.length);
  tape.text(queueId);
}

export function writeChange(tape: ByteWriter, table: number, isPut: boolean): void {
  tape.byte(firstTable + table * 2 + Number(isPut));
}

export function writeKey(tape: ByteWriter, key: Key): void {
  const isNumber = typeof key === 'number';
  tape.byte(Number(isNumber));
  if (isNumber) {
    tape.float(key);
    return;
  }
  tape.count(key.length);
  tape.text(key);
}

/** Those from `start` to the tape's end. */
export function* changesOn(tape: ByteWriter, start: number): Iterable<ChangeOnTape> {
  const reader = tape.readerAt(start);
  let queueId = '';
  while (reader.at < tape.length) {
    const what = reader.byte();
    if (what === queueFollows) {
      queueId = reader.text(reader.count());
      continue;
    }
    const table = Math.floor((what - firstTable) / 2);
    const key = readKey(reader);
    const isPut = what % 2 === 1;
    const valueAt = isPut ? reader.at : undefined;
    if (isPut) {
      const size = reader.uint32();
      reader.at += size;
    }
    yield { queueId, table, key, valueAt };
  }
}

function readKey(reader: ByteReader): Key {
  return reader.byte() === 1 ? reader.float() : reader.text(reader.count());
}
