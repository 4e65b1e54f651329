// Reads JSON: a value a line, or values one after another however they are laid out.

import { isUtf8 } from 'node:buffer';
import { asBuffer, cutLines, mostRecordBytes } from './lines.ts';
import type { JsonRecord } from './records.ts';
import { invalidTextEncoding, jsonParsingError, overMaxRecordSize } from './select.errors.ts';

const newline = Buffer.from('\n');

export async function* readJsonLines(
  source: AsyncIterable<Uint8Array>,
  { skipsFirst = false, lastStart }: { readonly skipsFirst?: boolean; readonly lastStart?: number },
): AsyncGenerator<readonly JsonRecord[]> {
  let skips = skipsFirst;
  for await (const lines of cutLines(source, newline)) {
    const records: JsonRecord[] = [];
    let isOver = false;
    for (const { bytes, start } of lines) {
      if (skips) {
        skips = false;
        continue;
      }
      isOver = lastStart !== undefined && start > lastStart;
      if (isOver) break;
      if (!isBlank(bytes)) records.push(...valuesOf(bytes));
    }
    if (records.length > 0) yield records;
    if (isOver) return;
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 0x20) return false;
  return true;
}

/** AWS takes several values in a line. */
function valuesOf(bytes: Buffer): readonly JsonRecord[] {
  if (!isUtf8(bytes)) throw invalidTextEncoding();
  const text = bytes.toString();
  try {
    return [{ json: JSON.parse(text) as unknown, source: text }];
  } catch {
    const scanner = createScanner();
    return [...scanner.push(bytes), ...scanner.end()];
  }
}

export async function* readJsonValues(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly JsonRecord[]> {
  const scanner = createScanner();
  for await (const piece of source) {
    const records = scanner.push(asBuffer(piece));
    if (records.length > 0) yield records;
  }
  const last = scanner.end();
  if (last.length > 0) yield last;
}

interface Scanner {
  push(piece: Buffer): readonly JsonRecord[];
  end(): readonly JsonRecord[];
}

const [quote, backslash] = [0x22, 0x5c];
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;
const isSpace = (byte: number): boolean => byte <= 0x20;

/** Finds where values end: at the bracket that closes them, or where a bare one is followed by a space. */
function createScanner(): Scanner {
  let pending: Buffer = Buffer.alloc(0);
  let scanned = 0;
  let [depth, inString, isEscaped, hasBegun] = [0, false, false, false];

  function parse(bytes: Buffer): JsonRecord {
    if (bytes.length > mostRecordBytes) throw overMaxRecordSize();
    if (!isUtf8(bytes)) throw invalidTextEncoding();
    const source = bytes.toString();
    try {
      return { json: JSON.parse(source) as unknown, source };
    } catch {
      throw jsonParsingError();
    }
  }

  /** Whether the value ends after this byte, or before it. */
  function step(byte: number): 'after' | 'before' | undefined {
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) {
        inString = false;
        if (depth === 0) return 'after';
      }
      return undefined;
    }
    if (isSpace(byte)) return hasBegun && depth === 0 ? 'before' : undefined;
    hasBegun = true;
    if (byte === quote) inString = true;
    else if (isOpening(byte)) depth += 1;
    else if (isClosing(byte)) {
      depth -= 1;
      if (depth < 0) throw jsonParsingError();
      if (depth === 0) return 'after';
    }
    return undefined;
  }

  return {
    push(piece) {
      pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
      const records: JsonRecord[] = [];
      let from = 0;
      for (; scanned < pending.length; scanned += 1) {
        const ends = step(pending[scanned] as number);
        if (!ends) continue;
        const end = ends === 'after' ? scanned + 1 : scanned;
        records.push(parse(pending.subarray(from, end)));
        from = end;
        hasBegun = false;
      }
      pending = pending.subarray(from);
      scanned -= from;
      if (!hasBegun) {
        pending = Buffer.alloc(0);
        scanned = 0;
      }
      if (pending.length > mostRecordBytes) throw overMaxRecordSize();
      return records;
    },
    end: () => (hasBegun ? [parse(pending)] : []),
  };
}

/** JSON as it stands, without the spaces between its tokens: numbers keep all their digits. */
export function compactJson(source: string): string {
  return source.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text: string | undefined) => text ?? '');
}
