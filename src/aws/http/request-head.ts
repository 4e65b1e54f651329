// The head of a request as the fast path reads it: only what is plain and whole. Whatever else HTTP/1.1 has, and all
// that is broken, is for node's parser, which finds it out and refuses it.

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
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0 || end > longestHeadBytes) return undefined;
  const text = bytes.toString('latin1', 0, end);
  if (unprintable.test(text)) return undefined;
  const firstEnd = lineEnd(text, 0);
  const line = requestLine.exec(text.slice(0, firstEnd));
  if (!line) return undefined;
  const headers = parseHeaders(text, firstEnd + 2);
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

/** Also the halves of a line's end that stand alone: one parser's line would be two of another's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;

const requestLine = /^(GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) (\/[!"$-~]*) HTTP\/1\.1$/;

const plainNumber = /^\d{1,15}$/;

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end < 0 ? text.length : end;
}

function parseHeaders(text: string, from: number): Record<string, string> | undefined {
  const headers = Object.create(null) as Record<string, string>;
  for (let at = from; at < text.length; ) {
    const end = lineEnd(text, at);
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon >= end) return undefined;
    const name = nameOf(text.slice(at, colon));
    if (name === undefined) return undefined;
    const value = trimmed(text, colon + 1, end);
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known},${value}`;
    at = end + 2;
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

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

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
