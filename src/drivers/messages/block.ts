// A block of neighbours: values by position, as the bytes of one row. First how many there are (uint32); then for each, in
// ascending order, its position (float64) and where its value ends (uint32); then the values.

import { ByteReader } from '../journal/bytes.ts';

const headBytes = 4;
const entryBytes = 12;

/** One that is read. */
export class Block {
  readonly bytes: Buffer;
  readonly count: number;
  readonly #reader: ByteReader;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#reader = new ByteReader(bytes);
    this.count = this.#view.getUint32(0, true);
  }

  position(index: number): number {
    return this.#view.getFloat64(headBytes + index * entryBytes, true);
  }

  /** Where a value begins; of the index behind the last one, where that ends. */
  start(index: number): number {
    const values = headBytes + this.count * entryBytes;
    return index === 0 ? values : values + this.#view.getUint32(headBytes + index * entryBytes - 4, true);
  }

  /** Of the first position that is not below that one. */
  indexFrom(position: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether nothing that lies between its first and its last is elsewhere. */
  spans(position: number): boolean {
    return this.position(0) <= position && position <= this.position(this.count - 1);
  }

  /** The same reader each time. */
  find(position: number): ByteReader | undefined {
    const index = this.indexFrom(position);
    if (index === this.count || this.position(index) !== position) return undefined;
    this.#reader.at = this.start(index);
    return this.#reader;
  }
}

/** What a block is made of, before it is known how much fits in. */
export class BlockParts {
  /** Of the block, if it was made now. */
  size = headBytes;
  readonly #positions: number[] = [];
  readonly #values: Uint8Array[] = [];

  get isEmpty(): boolean {
    return this.#positions.length === 0;
  }

  get first(): number {
    return this.#positions[0] as number;
  }

  /** In ascending order. */
  add(position: number, value: Uint8Array): void {
    this.#positions.push(position);
    this.#values.push(value);
    this.size += sizeInBlock(value);
  }

  /** They are in the block, and gone from here. */
  make(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.size);
    const view = new DataView(bytes.buffer);
    const count = this.#positions.length;
    view.setUint32(0, count, true);
    const start = headBytes + count * entryBytes;
    let end = start;
    for (let i = 0; i < count; i++) {
      const value = this.#values[i] as Uint8Array;
      bytes.set(value, end);
      end += value.length;
      view.setFloat64(headBytes + i * entryBytes, this.#positions[i] as number, true);
      view.setUint32(headBytes + i * entryBytes + 8, end - start, true);
    }
    this.#positions.length = 0;
    this.#values.length = 0;
    this.size = headBytes;
    return bytes;
  }
}

export const sizeInBlock = (value: Uint8Array): number => entryBytes + value.length;
