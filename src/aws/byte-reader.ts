// Reads lines and runs of bytes from a stream of arbitrary pieces, taking no more from it than is asked for.

export interface ByteReader {
  /**
   * The next line as Latin-1 without its CRLF. Undefined when the stream ends first, when the line is longer than
   * `longestBytes`, or when its carriage return has no line feed after it: it is then of no use to read on.
   */
  line(longestBytes: number): Promise<string | undefined>;
  /** At most `mostBytes` of what is there, at least one; undefined at the end. */
  some(mostBytes: number): Promise<Uint8Array | undefined>;
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** Never calls the iterator's `return`, so that the stream stays open for its owner. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const pieces = source[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);

  async function some(mostBytes: number): Promise<Uint8Array | undefined> {
    while (piece.length === 0) {
      const next = await pieces.next();
      if (next.done) return undefined;
      piece = next.value;
    }
    const taken = piece.subarray(0, mostBytes);
    piece = piece.subarray(taken.length);
    return taken;
  }

  async function byte(): Promise<number | undefined> {
    if (piece.length === 0) return (await some(1))?.[0];
    const first = piece[0];
    piece = piece.subarray(1);
    return first;
  }

  async function line(longestBytes: number): Promise<string | undefined> {
    let text = '';
    for (;;) {
      const window = piece.subarray(0, longestBytes - text.length + 1);
      const end = window.indexOf(carriageReturn);
      const read = end < 0 ? window : window.subarray(0, end);
      text += Buffer.from(read.buffer, read.byteOffset, read.length).toString('latin1');
      if (text.length > longestBytes) return undefined;
      piece = piece.subarray(read.length);
      const next = await byte();
      if (next === undefined) return undefined;
      if (next === carriageReturn) return (await byte()) === lineFeed ? text : undefined;
      text += String.fromCharCode(next);
    }
  }

  return { line, some };
}
