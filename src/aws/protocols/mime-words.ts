// RFC 2047 words: how S3 lets headers carry text that is not ASCII. Written as AWS writes them, in Q when most characters
// are ASCII and in B otherwise. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html

export function encodeWord(text: string): string {
  const strange = [...text].filter((char) => !/[\t\r\n\x20-\x7e]/.test(char)).length;
  if (strange === 0 && !/[\r\n]/.test(text)) return text;
  const bytes = Buffer.from(text);
  if (strange * 2 >= [...text].length) return `=?UTF-8?B?${bytes.toString('base64')}?=`;
  return `=?UTF-8?Q?${[...bytes].map(quoted).join('')}?=`;
}

function quoted(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === ' ') return '_';
  return /[!-<>@-^`-~]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Text that is not all words of UTF-8, well-formed, stays as it is. */
export function decodeWords(text: string): string {
  if (!text.startsWith('=?')) return text;
  const decoded = text.split(/[ \t]+/).map(decodeWord);
  return decoded.includes(undefined) ? text : decoded.join('');
}

function decodeWord(word: string): string | undefined {
  const [, encoding, content = ''] = /^=\?utf-8\?([bq])\?([^?\s]*)\?=$/i.exec(word) ?? [];
  if (encoding === undefined) return undefined;
  if (encoding.toLowerCase() === 'q') {
    const bytes = content.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex: string) => fromHex(hex));
    return Buffer.from(bytes, 'latin1').toString();
  }
  const bytes = Buffer.from(content, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === content.replace(/=+$/, '') ? bytes.toString() : undefined;
}

const fromHex = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));
