// Cyclic redundancy checks of up to 64 bits, sixteen bytes at a step: a few dozen WebAssembly instructions, assembled here,
// which take a fifth of the time of the same in JavaScript, that has no 64-bit integers to compute with.
//
// The memory of a machine: sixteen tables of 256 entries of eight bytes (entry n of table k is n followed by k zero
// bytes), the check so far, and a window through which the bytes pass.

/** What of it is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const tableBytes = 256 * 8;
const tablesAtOnce = 16;
const stateAt = tablesAtOnce * tableBytes;
const windowAt = stateAt + 16;
const windowBytes = 64 * 1024;
const pages = Math.ceil((windowAt + windowBytes) / 65_536);

export interface CrcState {
  low: number;
  high: number;
}

export interface CrcMachine {
  /** Takes the bytes into the check so far, whose bits are in reversed order. */
  update(state: CrcState, bytes: Uint8Array): void;
}

/** For a polynomial whose bits are in reversed order. */
export function createCrcMachine(reversed: bigint): CrcMachine {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, run } = exports as { readonly memory: { readonly buffer: ArrayBuffer }; run(end: number): void };
  const view = new DataView(memory.buffer);
  fillTables(view, reversed);
  const window = new Uint8Array(memory.buffer, windowAt, windowBytes);
  return {
    update(state, bytes) {
      view.setInt32(stateAt, state.low, true);
      view.setInt32(stateAt + 4, state.high, true);
      for (let at = 0; at < bytes.length; at += windowBytes) {
        const piece = bytes.length <= windowBytes ? bytes : bytes.subarray(at, at + windowBytes);
        window.set(piece);
        run(windowAt + piece.length);
      }
      state.low = view.getInt32(stateAt, true);
      state.high = view.getInt32(stateAt + 4, true);
    },
  };
}

function fillTables(view: DataView, reversed: bigint): void {
  const first: bigint[] = [];
  for (let n = 0; n < 256; n++) {
    let crc = BigInt(n);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ reversed : crc >> 1n;
    first.push(crc);
  }
  let table = first;
  for (let k = 0; k < tablesAtOnce; k++) {
    for (const [n, entry] of table.entries()) view.setBigUint64(k * tableBytes + n * 8, entry, true);
    table = table.map((before) => (before >> 8n) ^ (first[Number(before & 0xffn)] as bigint));
  }
}

// https://webassembly.github.io/spec/core/binary/index.html
const i32 = 0x7f;
const i64 = 0x7e;
const noValue = 0x40;

/** An unsigned number, seven bits a byte. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** A signed one that is not negative: the sixth bit of the last byte is its sign. */
function constant(value: number): number[] {
  return [0x41, ...(value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...constant(value >>> 7).slice(1)])];
}

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load32 = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
const load64 = (offset: number): number[] => [0x29, 3, ...unsigned(offset)];
const load8 = [0x2d, 0, 0];
const store64 = (offset: number): number[] => [0x37, 3, ...unsigned(offset)];
const [add32, and32, xor32, shl32, shrU32, ltU32] = [0x6a, 0x71, 0x73, 0x74, 0x76, 0x49];
const [shrU64, xor64, wrap64] = [0x88, 0x85, 0xa7];
const shift64 = (bits: number): number[] => [0x42, bits, shrU64];

// Locals: where the run ends (given), where it is, two words before and two words after the first eight bytes, the check.
const [end, at, first, second, third, fourth, crc] = [0, 1, 2, 3, 4, 5, 6] as const;

/** The entry of a table for one byte of a word: an entry has eight bytes, so the index comes shifted by three. */
function entryOf(table: number, word: number, byte: number): number[] {
  const shift = byte === 0 ? [...constant(3), shl32] : [...constant(byte * 8 - 3), shrU32];
  return [...get(word), ...shift, ...constant(0x7f8), and32, ...load64(table * tableBytes)];
}

function sixteenBytes(): number[] {
  const entries = [first, second, third, fourth].flatMap((word, group) =>
    [0, 1, 2, 3].map((byte) => entryOf(15 - group * 4 - byte, word, byte)),
  );
  return [
    ...[...get(at), ...load32(0), ...get(crc), wrap64, xor32, ...set(first)],
    ...[...get(at), ...load32(4), ...get(crc), ...shift64(32), wrap64, xor32, ...set(second)],
    ...[...get(at), ...load32(8), ...set(third), ...get(at), ...load32(12), ...set(fourth)],
    ...entries.flatMap((entry, index) => (index === 0 ? entry : [...entry, xor64])),
    ...set(crc),
  ];
}

function oneByte(): number[] {
  return [
    ...[...get(at), ...load8, ...get(crc), wrap64, xor32, ...set(first)],
    ...[...get(crc), ...shift64(8), ...entryOf(0, first, 0), xor64, ...set(crc)],
  ];
}

/** Steps as long as another one is within the run. */
function repeat(bytes: number, step: readonly number[]): number[] {
  const fits = [...get(end), ...get(at), ...constant(bytes), add32, ltU32];
  const advance = [...get(at), ...constant(bytes), add32, ...set(at)];
  // block: loop: leave when it does not fit; step; again.
  return [0x02, noValue, 0x03, noValue, ...fits, 0x0d, 1, ...step, ...advance, 0x0c, 0, 0x0b, 0x0b];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const code = [
    ...[...constant(windowAt), ...set(at), ...constant(0), ...load64(stateAt), ...set(crc)],
    ...repeat(16, sixteenBytes()),
    ...repeat(1, oneByte()),
    ...[...constant(0), ...get(crc), ...store64(stateAt), 0x0b],
  ];
  const body = [2, 5, i32, 1, i64, ...code];
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}
