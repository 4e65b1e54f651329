// The canonical request of Signature Version 4: what client and server both hash. Works on the request as it came over
// the wire, byte by byte (a character is a byte here, as Node gives paths and headers), because decoding and encoding
// again is where implementations differ. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

/** Header names in lower case; a header that came twice is joined by `,`, with no space. */
export type SignableHeaders = Readonly<Record<string, string | undefined>>;

export interface SignableRequest {
  readonly method: string;
  /** As on the wire, before any decoding, without the query. */
  readonly path: string;
  /** As on the wire, without the `?`. */
  readonly query: string;
  readonly headers: SignableHeaders;
}

const s3SigningNames = new Set(['s3', 's3-object-lambda', 's3-outposts', 's3express']);

/** S3 signs the path as it is; every other service normalises it and encodes it once more. */
export function isS3Signing(service: string): boolean {
  return s3SigningNames.has(service);
}

// encodedByte[b]: the byte itself if RFC 3986 calls it unreserved, else %XX.
const encodedByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

const percent = 0x25;
const plus = 0x2b;
const slash = 0x2f;
const space = 0x20;

export function canonicalPath(path: string, service: string): string {
  if (path === '' || path === '/') return '/';
  return isS3Signing(service) ? reencodePath(path) : encodePath(normalizePath(path));
}

/** Removes `.`, `..` and empty segments, as RFC 3986 and AWS's SDKs do. */
function normalizePath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function encodePath(path: string): string {
  if (/^[A-Za-z0-9\-._~/]*$/.test(path)) return path;
  let encoded = '';
  for (let i = 0; i < path.length; i++) {
    const byte = path.charCodeAt(i) & 0xff;
    encoded += byte === slash ? '/' : encodedByte[byte];
  }
  return encoded;
}

/** Brings a path that is encoded already into the one canonical encoding, which has all slashes as they are. */
function reencodePath(path: string): string {
  if (/^[A-Za-z0-9\-._~/]*$/.test(path)) return path;
  return path
    .split(/\/|%2f/i)
    .map(reencodePathSegment)
    .join('/');
}

function reencodePathSegment(segment: string): string {
  return reencode(segment, plus);
}

/** Decodes percent escapes and encodes canonically in one pass. A `+` stands for the byte `plusByte`. */
function reencode(text: string, plusByte: number): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  let encoded = '';
  for (let i = 0; i < text.length; i++) {
    let byte = text.charCodeAt(i) & 0xff;
    if (byte === percent) {
      const escaped = hexByteAt(text, i + 1);
      if (escaped >= 0) {
        byte = escaped;
        i += 2;
      }
    } else if (byte === plus) byte = plusByte;
    encoded += encodedByte[byte];
  }
  return encoded;
}

/** The byte that two hexadecimal digits spell, or -1: a stray `%` stands for itself. */
function hexByteAt(text: string, at: number): number {
  const pair = text.slice(at, at + 2);
  return /^[0-9A-Fa-f]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1;
}

/** Decodes one name or value of a query: `+` is a space, escapes are UTF-8. */
export function decodeQueryText(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const bytes = reencode(text, space).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Sorted by name, then by value, both encoded; a presigned URL's own signature is left out. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: { readonly name: string; readonly value: string }[] = [];
  for (const part of query.split('&')) {
    if (part === '' || part.startsWith('X-Amz-Signature=')) continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push({ name: reencode(name, space), value: reencode(value, space) });
  }
  if (pairs.length > 1) pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  let joined = '';
  for (const { name, value } of pairs) joined += `${joined === '' ? '' : '&'}${name}=${value}`;
  return joined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `method\npath\nquery\nheaders\n\nsigned headers\npayload hash`. `names` must be sorted. */
export function canonicalRequest(
  request: SignableRequest,
  service: string,
  names: readonly string[],
  payloadHash: string,
): string {
  let headers = '';
  for (const name of names) headers += `${name}:${foldHeader(request.headers[name] ?? '')}\n`;
  const path = canonicalPath(request.path, service);
  return `${request.method}\n${path}\n${canonicalQuery(request.query)}\n${headers}\n${names.join(';')}\n${payloadHash}`;
}

function foldHeader(value: string): string {
  const trimmed = value.trim();
  return /\s\s|[\t\r\n]/.test(trimmed) ? trimmed.replace(/\s+/g, ' ') : trimmed;
}
