// Numbers and texts as bytes, one behind the other, and back. By hand: what a message is made of is known, and a
// serializer of anything takes three times as long.

const firstCapacity = 64 * 1024;

/** Bytes that grow. */
export class ByteWriter {
  /** Those from `length` on are not written yet. */
  bytes: Buffer;
  length = 0;
  readonly #expected: number;
  #view: DataView;
  #reader: ByteReader;

  /** What outgrows its bytes is copied: who will have very many says so, and is copied once. */
  constructor(expected = 0) {
    this.#expected = expected;
    this.bytes = Buffer.allocUnsafeSlow(firstCapacity);
    this.#view = viewOf(this.bytes);
    this.#reader = new ByteReader(this.bytes);
  }

  /** Makes room, for whoever writes without asking. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const capacity = Math.max(this.bytes.length * 2, this.length + count, this.#expected);
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.#view = viewOf(larger);
  }

  /** Leaves that many bytes to be written later; returns where they are. */
  skip(count: number): number {
    this.reserve(count);
    const at = this.length;
    this.length += count;
    return at;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  float(value: number): void {
    this.floatAt(this.skip(8), value);
  }

  floatAt(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  uint32At(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** In as few bytes as it needs: one up to 127, two up to 16,383. */
  count(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest & 127) | 128;
    this.bytes[this.length++] = rest;
  }

  /** Its length is not written: the reader has to know how many characters there are. */
  text(value: string): void {
    this.reserve(value.length * 3 + 8);
    const at = this.length;
    let start = at + 1;
    let size = this.bytes.write(value, start);
    const isPlain = size === value.length;
    this.bytes[at] = Number(isPlain);
    if (!isPlain) {
      start += 4;
      size = this.bytes.write(value, start);
      this.uint32At(at + 1, size);
    }
    this.length = start + size;
  }

  /**
   * The same as `text`, of a text whose end is there as bytes, one for each character. False, and nothing is written, where its
   * beginning has other characters.
   */
  textBefore(start: string, end: Uint8Array): boolean {
    this.reserve(start.length * 3 + end.length + 8);
    const at = this.length + 1;
    if (this.bytes.write(start, at) !== start.length) return false;
    this.bytes[this.length] = 1;
    this.bytes.set(end, at + start.length);
    this.length = at + start.length + end.length;
    return true;
  }

  /** In UTF-8; neither its length nor its characters' number is written. Returns how many bytes it took. */
  utf8(value: string): number {
    this.reserve(value.length * 3);
    const size = this.bytes.write(value, this.length);
    this.length += size;
    return size;
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Reads what is written, until more is. */
  readerAt(at: number): ByteReader {
    if (this.#reader.bytes !== this.bytes) this.#reader = new ByteReader(this.bytes);
    this.#reader.at = at;
    return this.#reader;
  }
}

/** Reads what a writer wrote, in the same order. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;
  readonly #view: DataView;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.#view = viewOf(bytes);
  }

  byte(): number {
    return this.bytes[this.at++] as number;
  }

  float(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  uint32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  count(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  text(characters: number): string {
    const isPlain = this.byte() === 1;
    const size = isPlain ? characters : this.uint32();
    this.at += size;
    return this.bytes.toString(isPlain ? 'latin1' : 'utf8', this.at - size, this.at);
  }

  /** A copy: what is read from may be written over. */
  raw(count: number): Uint8Array {
    this.at += count;
    return Uint8Array.prototype.slice.call(this.bytes, this.at - count, this.at);
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);
