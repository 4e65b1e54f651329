// The head of a request as the fast path reads it: only what is plain and whole. Whatever else HTTP/1.1 has, and all
// that is broken, is for node's parser, which finds it out and refuses it.

import { newRecord } from '../../kernel/record.ts';

export interface RequestHead {
  readonly method: string;
  /** In origin form, with the query. */
  readonly target: string;
  /** Lower-case names; repeated headers are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** Where the body starts. */
  readonly length: number;
}

/** As node's parser: what is longer it refuses. */
const longestHeadBytes = 16 * 1024;

/** Undefined for a head that is not all there, not plain, or not well-formed. */
export function parseRequestHead(bytes: Buffer): RequestHead | undefined {
  const lines = findLines(bytes);
  if (lines === 0) return undefined;
  const end = lineEnds[lines - 1] as number;
  const text = bytes.toString('latin1', 0, end);
  const line = requestLine.exec(text.slice(0, lineEnds[0]));
  if (!line) return undefined;
  const headers = parseHeaders(text, lines);
  if (!headers || !isPlain(headers)) return undefined;
  const length = headers['content-length'];
  if (length !== undefined && !plainNumber.test(length)) return undefined;
  return {
    method: line[1] as string,
    target: line[2] as string,
    headers,
    bodyBytes: length === undefined ? 0 : Number(length),
    length: end + 4,
  };
}

const requestLine = /^(GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) (\/[!"$-~]*) HTTP\/1\.1$/;

const plainNumber = /^\d{1,15}$/;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colonByte = 0x3a;

/** What stands out among the bytes of a head. */
const plain = 0;
const unprintable = 1;
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === colonByte || byte === carriageReturn) return byte;
  return (byte < 0x20 && byte !== tab) || byte === 0x7f ? unprintable : plain;
});

/** Of the head that was looked at last: where each line ends, and where its first colon is. A line takes three bytes at least. */
const lineEnds = new Uint16Array(longestHeadBytes / 3 + 1);
const colons = new Uint16Array(longestHeadBytes / 3 + 1);

/**
 * How many lines there are before the empty one; 0 when that is not there, or something stands before it that is not
 * printed. Also the halves of a line's end that stand alone: one parser's line would be two of another's.
 */
function findLines(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length, longestHeadBytes + 3);
  let lines = 0;
  let start = 0;
  let firstColon = 0;
  for (let at = 0; at < limit; at++) {
    const kind = kinds[bytes[at] as number];
    if (kind === plain) continue;
    if (kind === colonByte) {
      if (firstColon === 0) firstColon = at;
      continue;
    }
    if (kind !== carriageReturn || bytes[at + 1] !== lineFeed) return 0;
    if (at === start) return lines;
    lineEnds[lines] = at;
    colons[lines] = firstColon;
    lines += 1;
    firstColon = 0;
    at += 1;
    start = at + 1;
  }
  return 0;
}

function parseHeaders(text: string, lines: number): Record<string, string> | undefined {
  const headers = newRecord<string>();
  for (let line = 1; line < lines; line++) {
    const colon = colons[line] as number;
    if (colon === 0) return undefined;
    const name = nameOf(text.slice((lineEnds[line - 1] as number) + 2, colon));
    if (name === undefined) return undefined;
    const value = trimmed(text, colon + 1, lineEnds[line] as number);
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known},${value}`;
  }
  return headers;
}

/** Without the spaces and tabs around it. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === tab;

/** Clients send the same few names again and again. */
const knownNames = new Map<string, string>();
const mostKnownNames = 1_000;

/** In lower case; undefined for what is no name (a folded line starts with a space). */
function nameOf(raw: string): string | undefined {
  const known = knownNames.get(raw);
  if (known !== undefined) return known;
  if (!token.test(raw)) return undefined;
  const name = raw.toLowerCase();
  if (knownNames.size < mostKnownNames && raw.length <= 64) knownNames.set(raw, name);
  return name;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Whether the request is read to its end by its length, and answered on a connection that stays open. */
function isPlain(headers: Readonly<Record<string, string>>): boolean {
  const connection = headers['connection'];
  return (
    headers['host'] !== undefined &&
    headers['transfer-encoding'] === undefined &&
    headers['expect'] === undefined &&
    headers['upgrade'] === undefined &&
    (connection === undefined || connection.toLowerCase() === 'keep-alive')
  );
}
